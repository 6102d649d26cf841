"""Signing in by a one-time code to a phone or an e-mail address. An address we do not know gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from portal.domain.errors import NotFound, Refused
from portal.domain.person import Person, masked_email
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.services.one_time_codes import OneTimeCodes, Proof
from portal.services.tools import Tools
from portal.store import people, sign_in
from portal.store.types import Tx

SESSION_LIVES = timedelta(hours=12)


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
        self._codes = OneTimeCodes(tools)

    async def send_code(self, typed: str, client: str) -> str | None:
        """Send a code to an address of ours; in demo mode also give it back. Raises Refused (address), TooMany."""
        address = read_address(typed)
        code = self._codes.new()
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
        """The code goes to the address that was typed, and to no other of this person's."""
        proof = self._proof(tx, address)
        code_id = self._codes.keep(tx, proof, code, client)
        if proof.person:
            by = "phone" if address.phone else "email"
            self._codes.send(tx, code_id, code, proof.person, "code", by=by)
        return proof.person is not None

    def _use_code(
        self, tx: Tx, address: Address, code: str, client: str, old_token: str | None
    ) -> SignedIn | None:
        person_id = self._codes.take(tx, self._proof(tx, address), code, client)
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

    def _proof(self, tx: Tx, address: Address) -> Proof:
        index, person = self._index(address), self._person(tx, address)
        return Proof(index, index, person.id if person else None)

    def _person(self, tx: Tx, address: Address) -> Person | None:
        if address.phone:
            return people.by_phone(tx, self._tools.vault, address.phone)
        return people.by_email(tx, self._tools.vault, address.email or "")

    def _index(self, address: Address) -> str:
        if address.phone:
            return self._tools.vault.index(address.phone.digits, kind="phone")
        return self._tools.vault.index(address.email or "", kind="email")


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
