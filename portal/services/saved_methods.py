"""A tenant's saved ways to pay: listed, named, made the default, deleted. Nobody else finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from portal.domain.appointment import Appointment
from portal.domain.bank_account import AccountUnfit, parse_bank_account
from portal.domain.errors import NotFound, Refused
from portal.domain.method import PaymentMethod
from portal.domain.person import Person
from portal.domain.rent_day import next_rent_day
from portal.domain.saved_method import Kind, SavedMethod
from portal.domain.zone import EAST_AFRICA
from portal.services.saving import Agreed, consent, read_nickname, save
from portal.services.tools import Tools
from portal.store import appointments, jobs, leases, saved_methods, unverified_phones
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.store.unverified_phones import UnverifiedPhone
from portal.templating.consents import Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything of one person. `rent_day`: when rent is due next, as far as anybody knows."""

    methods: list[SavedMethod]
    unverified: list[UnverifiedPhone]
    appointment: Appointment | None
    rent_day: date | None
    today: date


class SavedMethods:
    """What changes anything raises NotFound for what is not this person's."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def overview(self, person: Person) -> Overview:
        return await self._tools.store.read(lambda tx: self._overview(tx, person))

    async def method(self, person: Person, method_id: str) -> SavedMethod:
        """Raises NotFound."""
        vault = self._tools.vault
        found = await self._tools.store.read(lambda tx: saved_methods.load(tx, vault, person.id, method_id))
        if found is None:
            raise NotFound
        return found

    async def either(self, person: Person, method_id: str) -> SavedMethod | UnverifiedPhone:
        """One that is saved, or a phone that waits for its proof. Raises NotFound."""
        vault = self._tools.vault
        waiting = await self._tools.store.read(
            lambda tx: unverified_phones.load(tx, vault, person.id, method_id)
        )
        return waiting or await self.method(person, method_id)

    async def add_account(
        self, person: Person, bank: str, holder: str, number: str, nickname: str, agreed: Agreed
    ) -> None:
        """Raises Refused (bank, holder, number, nickname, consent)."""
        try:
            account = parse_bank_account(bank, holder, number)
        except AccountUnfit as unfit:
            raise Refused(unfit.field, unfit.problem) from None
        new = NewMethod(
            id=self._tools.reference(),
            person=person.id,
            method=PaymentMethod.BANK_TRANSFER,
            what=account,
            nickname=read_nickname(nickname),
            consent=consent(agreed, Matter.ACCOUNT, self._tools.clock()),
            verified_at=None,
        )
        await self._tools.store.write(lambda tx: save(tx, self._tools, new, field="number"))

    async def make_default(self, person: Person, method_id: str) -> None:
        await self._change(lambda tx: saved_methods.make_default(tx, person.id, method_id))

    async def rename(self, person: Person, method_id: str, typed: str) -> None:
        """Raises Refused (nickname)."""
        nickname, vault = read_nickname(typed), self._tools.vault
        await self._change(lambda tx: saved_methods.rename(tx, vault, person.id, method_id, nickname))

    async def delete(self, person: Person, method_id: str) -> None:
        """A phone that waits for its proof can be deleted too; what is deleted already stays so."""
        await self._change(lambda tx: self._delete(tx, person, method_id))

    async def _change(self, change: Callable[[Tx], bool]) -> None:
        if not await self._tools.store.write(change):
            raise NotFound

    def _overview(self, tx: Tx, person: Person) -> Overview:
        vault, today = self._tools.vault, self._tools.clock().astimezone(EAST_AFRICA).date()
        return Overview(
            methods=saved_methods.of_person(tx, vault, person.id),
            unverified=unverified_phones.of_person(tx, vault, person.id),
            appointment=appointments.of_person(tx, person.id),
            rent_day=next_rent_day(leases.rent_days(tx, person.id), today),
            today=today,
        )

    def _delete(self, tx: Tx, person: Person, method_id: str) -> bool:
        if unverified_phones.forget(tx, person.id, method_id):
            return True
        now, saved = self._tools.clock(), saved_methods.load(tx, self._tools.vault, person.id, method_id)
        appointments.remove(tx, person.id, method_id)
        if saved and saved.kind is Kind.CARD:
            jobs.enqueue(tx, "forget_card", method_id, now, method=method_id)
        is_gone = saved_methods.delete(tx, person.id, method_id, now)
        return is_gone or saved_methods.was_deleted(tx, person.id, method_id)
