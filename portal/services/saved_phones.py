"""Saving a phone: proved by a code that comes to it, by being the account's own, or by a payment completed from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.domain.errors import NotFound, Refused
from portal.domain.method import WALLETS, PaymentMethod, first_guess
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.domain.saved_method import MOST_SAVED
from portal.providers.registry import Registry
from portal.services.one_time_codes import OneTimeCodes, Proof
from portal.services.orders import phone_is_proved
from portal.services.saving import Agreed, consent, how_many, read_nickname, save
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import contacts, jobs, saved_methods, unverified_phones
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.store.unverified_phones import UnverifiedPhone
from portal.telemetry.log import get_log
from portal.templating.consents import Matter

log = get_log("saved_phones")


@dataclass(frozen=True, slots=True)
class Named:
    """A number that somebody wants to save: `proved` and saved at once, or a code is on its way to it.

    In a demo, whose pages print it, `code` is that code.
    """

    id: str
    proved: bool
    code: str | None = field(default=None, repr=False)


class SavedPhones:
    """Raises NotFound for what is not this person's."""

    def __init__(self, tools: Tools, registry: Registry, *, demo: bool) -> None:
        self._tools, self._registry, self._demo = tools, registry, demo
        self._codes = OneTimeCodes(tools)

    async def add(
        self, person: Person, typed: str, network: str, nickname: str, agreed: Agreed, client: str
    ) -> Named:
        """Raises Refused (phone, network, nickname, consent), TooMany."""
        phone = _read_phone(typed)
        wanted = UnverifiedPhone(
            id=self._tools.reference(),
            person=person.id,
            method=self._read_network(network, phone),
            phone=phone,
            nickname=read_nickname(nickname),
            consent=consent(agreed, Matter.PHONE, self._tools.clock()),
        )
        code = self._codes.new()
        return await self._tools.store.write(lambda tx: self._add(tx, person, wanted, code, client))

    async def waiting(self, person: Person, phone_id: str) -> UnverifiedPhone | None:
        """A number that waits for its code; None where it has been saved meanwhile."""
        return await self._tools.store.read(lambda tx: self._waiting(tx, person, phone_id))

    async def send_again(self, person: Person, phone_id: str, client: str) -> Named:
        """Another code; the one before it ends. Raises TooMany."""
        code = self._codes.new()
        return await self._tools.store.write(lambda tx: self._send_again(tx, person, phone_id, code, client))

    async def verify(self, person: Person, phone_id: str, typed: str, client: str) -> None:
        """Use the code up, and the number is saved. Raises Refused (code), TooMany."""
        if not typed.strip():
            raise Refused("code", "empty")
        if not await self._tools.store.write(lambda tx: self._verify(tx, person, phone_id, typed, client)):
            raise Refused("code", "wrong")

    async def save_paid(self, job: jobs.Job) -> None:
        """A completed payment proves the number that it came from; it is saved if its payer wanted that."""

        def work(tx: Tx) -> None:
            self._save_paid(tx, locked(tx, job.payload["payment"]))
            jobs.done(tx, job)

        await self._tools.store.write(work)

    def _add(self, tx: Tx, person: Person, wanted: UnverifiedPhone, code: str, client: str) -> Named:
        if saved_methods.find(tx, self._tools.vault, person.id, wanted.phone) is not None:
            raise Refused("phone", "saved")
        wanted = replace(wanted, id=unverified_phones.keep(tx, self._tools.vault, wanted))
        if phone_is_proved(tx, self._tools, person, wanted.phone):
            self._save(tx, wanted)
            return Named(wanted.id, proved=True)
        if how_many(tx, self._tools, person.id) > MOST_SAVED:
            raise Refused("phone", "too_many", most=MOST_SAVED)
        return self._send(tx, wanted, code, client)

    def _send_again(self, tx: Tx, person: Person, phone_id: str, code: str, client: str) -> Named:
        wanted = self._waiting(tx, person, phone_id)
        return self._send(tx, wanted, code, client) if wanted else Named(phone_id, proved=True)

    def _send(self, tx: Tx, wanted: UnverifiedPhone, code: str, client: str) -> Named:
        code_id = self._codes.keep(tx, self._proof(wanted), code, client)
        self._codes.send(tx, code_id, code, wanted.person, "save_code", unverified=wanted.id)
        return Named(wanted.id, proved=False, code=code if self._demo else None)

    def _verify(self, tx: Tx, person: Person, phone_id: str, typed: str, client: str) -> bool:
        wanted = self._waiting(tx, person, phone_id, lock=True)
        if wanted is None:
            return True  # pressed twice, or paid from meanwhile
        if self._codes.take(tx, self._proof(wanted), typed, client) is None:
            return False
        self._save(tx, wanted)
        return True

    def _save(self, tx: Tx, wanted: UnverifiedPhone, last_used_at: datetime | None = None) -> None:
        """It is proved now."""
        unverified_phones.forget(tx, wanted.person, wanted.id)
        new = NewMethod(
            id=wanted.id,
            person=wanted.person,
            method=wanted.method,
            what=wanted.phone,
            nickname=wanted.nickname,
            consent=wanted.consent,
            verified_at=self._tools.clock(),
            last_used_at=last_used_at,
        )
        save(tx, self._tools, new, field="phone")

    def _proof(self, wanted: UnverifiedPhone) -> Proof:
        """A code that this person asked for says nothing of who signs in with the number, or saves it elsewhere."""
        vault, digits = self._tools.vault, wanted.phone.digits
        purpose = vault.index(f"{wanted.person}:{digits}", kind="phone to save")
        return Proof(vault.index(digits, kind="phone"), purpose, wanted.person)

    def _waiting(
        self, tx: Tx, person: Person, phone_id: str, *, lock: bool = False
    ) -> UnverifiedPhone | None:
        vault = self._tools.vault
        found = unverified_phones.load(tx, vault, person.id, phone_id, lock=lock)
        if found is None and saved_methods.load(tx, vault, person.id, phone_id) is None:
            raise NotFound
        return found

    def _save_paid(self, tx: Tx, payment: Payment) -> None:
        wanted = self._wanted(tx, payment)
        if wanted is None:
            return
        saved = saved_methods.find(tx, self._tools.vault, payment.payer, wanted.phone)
        if saved is not None:
            saved_methods.change_network(tx, payment.payer, saved, payment.method)
            return
        try:
            self._save(tx, wanted, last_used_at=payment.created_at)
        except Refused as refusal:
            log.info("phone_not_saved", payment=payment.reference, problem=refusal.problem)

    def _wanted(self, tx: Tx, payment: Payment) -> UnverifiedPhone | None:
        """As it was named among the saved ones, or as it was ticked on the pay path; by the network that it paid by."""
        vault, contact = self._tools.vault, contacts.load(tx, self._tools.vault, payment.reference)
        waiting = unverified_phones.paid_from(tx, payment.reference, payment.payer)
        named = unverified_phones.load(tx, vault, payment.payer, waiting) if waiting else None
        if named:
            return replace(named, method=payment.method)
        if contact.phone is None or contact.save_consent is None:
            return None
        agreed = Agreed(contact.save_consent, contact.language)
        return UnverifiedPhone(
            id=self._tools.reference(),
            person=payment.payer,
            method=payment.method,
            phone=contact.phone,
            nickname=None,
            consent=consent(agreed, Matter.PHONE, payment.created_at),
        )

    def _read_network(self, chosen: str, phone: Phone) -> PaymentMethod:
        """The one that was chosen, or else the one that the number started on."""
        wallets = [wallet for wallet in WALLETS if self._registry.speaks_of(wallet)]
        method = PaymentMethod(chosen) if chosen in wallets else first_guess(phone.first_network)
        if method not in wallets or chosen not in ("", method):
            raise Refused("network", "empty")
        return method


def _read_phone(typed: str) -> Phone:
    try:
        return parse_phone(typed)
    except PhoneUnreadable as error:
        raise Refused("phone", error.problem) from None
