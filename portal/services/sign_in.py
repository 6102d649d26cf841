"""Signing in by a one-time code to a phone or an e-mail address. An address we do not know gets the same answer."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from portal.domain.errors import NotFound, Refused
from portal.domain.person import Person, masked_email
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.services.tools import Tools
from portal.store import jobs, limits, messages, people, sign_in
from portal.store.limits import Limit
from portal.store.types import Tx

CODE_LIVES = timedelta(minutes=10)
SESSION_LIVES = timedelta(hours=12)
_WINDOW = timedelta(minutes=15)
SENDS = Limit("code sent", 3, _WINDOW)
TRIES = Limit("code tried", 5, _WINDOW)
SENDS_PER_PERSON = Limit("code sent to person", 3, _WINDOW)
TRIES_PER_PERSON = Limit("code tried for person", 5, _WINDOW)
# A carrier puts thousands of phones behind one address: these only stop a machine, the ones above guard an account.
SENDS_PER_CLIENT = Limit("code sent from", 100, _WINDOW)
TRIES_PER_CLIENT = Limit("code tried from", 200, _WINDOW)
CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Address:
    """A phone or an e-mail address, as somebody typed it, read."""

    phone: Phone | None
    email: str | None

    @property
    def shown(self) -> str:
        return self.phone.masked if self.phone else masked_email(self.email or "")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `token` goes into the cookie and is kept nowhere else."""

    token: str = field(repr=False)
    person: Person


class SignIn:
    """`demo` also lets the named characters in by one click, and prints the code on the page."""

    def __init__(self, tools: Tools, *, demo: bool) -> None:
        self._tools, self.demo = tools, demo

    async def send_code(self, typed: str, client: str) -> str | None:
        """Send a code to an address of ours; in demo mode also give it back. Raises Refused (address), TooMany."""
        address = read_address(typed)
        code = self._new_code()
        known = await self._tools.store.write(lambda tx: self._keep_code(tx, address, code, client))
        return code if self.demo and known else None

    async def enter(self, typed: str, code: str, client: str, old_token: str | None) -> SignedIn:
        """Use a code up; the session begins under a new token. Raises Refused (code), TooMany."""
        address = read_address(typed)
        signed_in = await self._tools.store.write(
            lambda tx: self._use_code(tx, address, code, client, old_token)
        )
        if signed_in is None:
            raise Refused("code", "wrong")
        return signed_in

    async def as_character(self, person_id: str, old_token: str | None) -> SignedIn:
        """One click, in demo mode only; anywhere else it is not there."""
        if not self.demo:
            raise NotFound
        return await self._tools.store.write(lambda tx: self._open(tx, people.load(tx, person_id), old_token))

    async def characters(self) -> list[Person]:
        """Whom the demo offers."""
        return await self._tools.store.read(people.everyone) if self.demo else []

    async def person_of(self, token: str) -> Person | None:
        """Whose session this is, while it lives."""
        now = self._tools.clock()
        return await self._tools.store.read(lambda tx: sign_in.person_of_session(tx, token, now))

    async def leave(self, token: str) -> None:
        await self._tools.store.write(lambda tx: sign_in.close_session(tx, token))

    def _keep_code(self, tx: Tx, address: Address, code: str, client: str) -> bool:
        now, index = self._tools.clock(), self._index(address)
        limits.hit(tx, SENDS, index, now)
        limits.hit(tx, SENDS_PER_CLIENT, client, now)
        person = self._person(tx, address)
        if person:
            limits.hit(tx, SENDS_PER_PERSON, person.id, now)
        code_id = self._tools.reference()
        sign_in.keep_code(
            tx,
            code_id=code_id,
            address_index=index,
            person=person.id if person else None,
            code_hash=self._hash(index, code),
            expires_at=now + CODE_LIVES,
        )
        if person:
            self._tell(tx, person, code_id, code, by="phone" if address.phone else "email")
        return person is not None

    def _tell(self, tx: Tx, person: Person, code_id: str, code: str, *, by: str) -> None:
        """The code goes to the address that was typed, and to no other of this person's."""
        now = self._tools.clock()
        message = messages.write(
            tx,
            self._tools.vault,
            key=f"code:{code_id}",
            person=person.id,
            payment=None,
            kind="code",
            body=code,
            now=now,
        )
        jobs.enqueue(tx, "send", f"code:{code_id}", now, message=message, by=by)

    def _use_code(
        self, tx: Tx, address: Address, code: str, client: str, old_token: str | None
    ) -> SignedIn | None:
        """Every try is counted in the transaction that commits it, so a wrong one must not raise in here."""
        now, index = self._tools.clock(), self._index(address)
        limits.hit(tx, TRIES, index, now)
        limits.hit(tx, TRIES_PER_CLIENT, client, now)
        if person := self._person(tx, address):
            # An account has two addresses, and no more tries for that.
            limits.hit(tx, TRIES_PER_PERSON, person.id, now)
        person_id = sign_in.take_code(tx, index, self._hash(index, _digits(code)), now)
        return self._open(tx, people.load(tx, person_id), old_token) if person_id else None

    def _open(self, tx: Tx, person: Person | None, old_token: str | None) -> SignedIn:
        """A session under a fresh token; the one that the browser came with ends."""
        if person is None:
            raise NotFound
        if old_token:
            sign_in.close_session(tx, old_token)
        token, now = self._tools.random(32).hex(), self._tools.clock()
        sign_in.open_session(tx, token, person.id, now, now + SESSION_LIVES)
        return SignedIn(token, person)

    def _person(self, tx: Tx, address: Address) -> Person | None:
        if address.phone:
            return people.by_phone(tx, self._tools.vault, address.phone)
        return people.by_email(tx, self._tools.vault, address.email or "")

    def _index(self, address: Address) -> str:
        if address.phone:
            return self._tools.vault.index(address.phone.digits, kind="phone")
        return self._tools.vault.index(address.email or "", kind="email")

    def _hash(self, index: str, code: str) -> str:
        return hmac.new(self._tools.signing_keys[0], f"code:{index}:{code}".encode(), sha256).hexdigest()

    def _new_code(self) -> str:
        return f"{int.from_bytes(self._tools.random(8)) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


_LONGEST_EMAIL = 254


def read_address(typed: str) -> Address:
    """A Tanzanian mobile number or an e-mail address; raises Refused for the field `address`."""
    text = typed.strip()
    if "@" in text:
        return Address(None, _read_email(text))
    try:
        return Address(parse_phone(text), None)
    except PhoneUnreadable as error:
        raise Refused("address", error.problem) from None


def _read_email(text: str) -> str:
    name, _, domain = text.partition("@")
    plain = text.isprintable() and " " not in text and "@" not in domain
    if not (plain and name and "." in domain.strip(".") and len(text) <= _LONGEST_EMAIL):
        raise Refused("address", "format")
    return text.lower()


def _digits(code: str) -> str:
    """What a person pasted, spaces and dashes and all."""
    return "".join(c for c in code if c.isdigit())[: CODE_DIGITS + 1]
