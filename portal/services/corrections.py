"""Payments that no provider will answer for: one person of the office says what they found, a second one decides.

What is decided goes through the door like any other outcome, in the transaction that notes who decided it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from portal.domain.correction import Correction, Finding, Verdict, can_be_decided, possible_findings
from portal.domain.errors import NotFound, Refused
from portal.domain.events import Event, VerificationResult
from portal.domain.money import AmountUnreadable, Money, parse_amount
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.receipt_code import CodeFound, spellings
from portal.domain.refund_outcome import Cause
from portal.domain.reversal import WentBack, left_here
from portal.providers.registry import Registry
from portal.services.excess import Excess, can_be_kept
from portal.services.office import Unchanged, approves, of_the_office, read_note
from portal.services.payers_word import PayersWord, waiting_of
from portal.services.reversals import Reversals
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import contacts, people, queries
from portal.store import corrections as correction_rows
from portal.store import payments as payment_rows
from portal.store import refunds as refund_rows
from portal.store.leases import Basket
from portal.store.types import Tx

MOST_RECEIVED = 1_000_000_000
"""In whole units of the currency: more than any rent, and far below what a row can hold."""
_NOTES = {Finding.NO_MONEY: "note", Finding.STANDS: "why"}
"""The fields of those that move no money: whoever proposes them says how they know."""
_CODE = re.compile(r"[A-Za-z0-9.]{4,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """A payment as the office sees it. `names` has the people of its corrections, `possible` what may be proposed."""

    payment: Payment
    due: Basket
    payee_name: str
    phone: str | None
    payer_name: str
    timeline: list[tuple[Event, datetime]]
    corrections: list[Correction]
    names: dict[str, str]
    possible: tuple[Finding, ...]
    can_be_asked: bool
    can_be_kept: bool

    @property
    def waiting(self) -> Correction | None:
        """The proposal that nobody has decided yet."""
        return waiting_of(self.corrections)

    @property
    def can_be_decided(self) -> bool:
        """As it was proposed."""
        return self.waiting is not None and can_be_decided(self.payment, self.waiting)


class Corrections:
    """Look at a case, propose, confirm, turn down; `word` is for what a payer told. Whoever is not of the office finds
    nothing here.
    """

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement
        self._reversals = Reversals(tools, registry, settlement)
        self.word = PayersWord(tools, Excess(tools, registry, settlement))

    async def case(self, person: Person, reference: str) -> Case:
        """Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._case(tx, reference))

    async def money_came(self, person: Person, reference: str, code: str, amount: str) -> None:
        """Propose that it was paid, as typed. Raises NotFound, Refused, Unchanged."""
        await self._propose(person, reference, Finding.MONEY_CAME, code=code, amount=amount)

    async def no_money(self, person: Person, reference: str, note: str) -> None:
        """Propose that nothing was paid. Raises NotFound, Refused, Unchanged."""
        await self._propose(person, reference, Finding.NO_MONEY, note=note)

    async def stands(self, person: Person, reference: str, why: str) -> None:
        """Propose that it is right as it is booked. Raises NotFound, Refused, Unchanged."""
        await self._propose(person, reference, Finding.STANDS, why=why)

    async def money_went_back(self, person: Person, reference: str, code: str, amount: str) -> None:
        """Propose that the operator has sent it back, as typed. Raises NotFound, Refused, Unchanged."""
        await self._propose(person, reference, Finding.WENT_BACK, code=code, amount=amount)

    async def confirm(self, person: Person, reference: str, correction: str) -> None:
        """A second person agrees, and the payment is settled accordingly. Raises NotFound, Unchanged."""
        approves(person)
        await self._tools.store.write(lambda tx: self._confirm(tx, person, reference, correction))

    async def turn_down(self, person: Person, reference: str, correction: str) -> None:
        """Drop a proposal, one's own too: no money is decided by it. Raises NotFound, Unchanged."""
        of_the_office(person)

        def drop(tx: Tx) -> None:
            waiting = self._same(tx, locked(tx, reference), correction)
            self.word.decide(tx, waiting, Verdict.TURNED_DOWN, person)

        await self._tools.store.write(drop)

    async def _propose(self, person: Person, reference: str, finding: Finding, **typed: str) -> None:
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._add(tx, person, reference, finding, **typed))

    def _add(self, tx: Tx, person: Person, reference: str, finding: Finding, **typed: str) -> None:
        payment = locked(tx, reference)
        if finding not in possible_findings(payment):
            raise Unchanged("settled")
        if waiting_of(self._all(tx, reference)):
            raise Unchanged("proposed")
        field = _NOTES.get(finding)
        correction = Correction(
            id=self._tools.reference(),
            payment=reference,
            finding=finding,
            receipt_code=_code(tx, payment, finding, typed["code"]) if field is None else None,
            amount=_amount(payment, finding, typed["amount"]) if field is None else None,
            note=read_note(field, typed[field]) if field else None,
            proposed_by=person.id,
            proposed_at=self._tools.clock(),
            version=payment.version,
        )
        correction_rows.propose(tx, self._tools.vault, correction)

    def _confirm(self, tx: Tx, person: Person, reference: str, correction: str) -> None:
        payment = locked(tx, reference)
        waiting = self._same(tx, payment, correction)
        if waiting.proposed_by == person.id:
            raise Unchanged("own")
        if not can_be_decided(payment, waiting):
            raise Unchanged("settled")
        if waiting.finding is Finding.WENT_BACK and _is_booked(tx, payment, waiting.receipt_code or ""):
            raise Unchanged("settled")
        after = self._settled(tx, payment, waiting, person)
        if after.version == payment.version:
            raise Unchanged("settled")
        self.word.decide(tx, waiting, Verdict.CONFIRMED, person)

    def _settled(self, tx: Tx, payment: Payment, found: Correction, person: Person) -> Payment:
        if found.finding is Finding.KEEP:
            return self.word.keep(tx, person, payment)
        if found.finding is Finding.STANDS:
            found_right = VerificationResult(
                code=payment.code or "", source=Source.OFFICE, found=CodeFound.AS_BOOKED
            )
            return self._settlement.append(tx, payment, [found_right])
        if payment.in_question or not found.amount or found.finding is not Finding.WENT_BACK:
            return self._settlement.settle(tx, payment.reference, found.outcome, Source.OFFICE)
        gone = WentBack(
            reference=self._tools.reference(),
            cause=Cause.ELSEWHERE,
            request_id=found.receipt_code or "",
            amount=found.amount,
            code=found.receipt_code,
            confirmed_by=person.id,
        )
        return self._reversals.found(tx, payment, gone)

    def _same(self, tx: Tx, payment: Payment, correction: str) -> Correction:
        """The waiting proposal, if it is the one that was shown."""
        waiting = waiting_of(self._all(tx, payment.reference))
        if waiting is None or waiting.id != correction:
            raise Unchanged("gone")
        return waiting

    def _case(self, tx: Tx, reference: str) -> Case:
        payment = payment_rows.load(tx, reference)
        if payment is None:
            raise NotFound
        made = self._all(tx, reference)
        named = {payment.payer, *(one.proposed_by for one in made), *(one.decided_by for one in made)}
        names = {person.id: person.name for id_ in named if id_ and (person := people.load(tx, id_))}
        return Case(
            payment=payment,
            due=queries.due_of(tx, payment),
            payee_name=people.name_of(tx, payment.payee),
            phone=contacts.masked(tx, reference),
            payer_name=names[payment.payer],
            timeline=queries.timeline_of(tx, reference),
            corrections=made,
            names=names,
            possible=possible_findings(payment),
            can_be_asked=self._registry.can_be_asked(payment),
            can_be_kept=can_be_kept(tx, payment),
        )

    def _all(self, tx: Tx, reference: str) -> list[Correction]:
        return correction_rows.of_payment(tx, self._tools.vault, reference)


def _code(tx: Tx, payment: Payment, finding: Finding, typed: str) -> str:
    """The operator's code, which nothing else was booked with, in whichever letters it was typed."""
    code = typed.strip()
    if not code:
        raise Refused("receipt_code", "empty")
    if not _CODE.fullmatch(code):
        raise Refused("receipt_code", "format")
    if finding is Finding.WENT_BACK and _is_booked(tx, payment, code):
        raise Refused("receipt_code", "booked")
    if queries.paid_with_codes(tx, payment.provider, spellings(code)) - {payment.reference}:
        raise Refused("receipt_code", "taken")
    return code


def _is_booked(tx: Tx, payment: Payment, code: str) -> bool:
    """Of what went back, or of the payment itself: then it is no code of a reversal."""
    typed = spellings(code)
    known = any(refund_rows.with_request(tx, payment.provider, one) for one in typed)
    found = correction_rows.another_went_back_with(tx, payment.reference, payment.provider, code)
    return known or found or payment.receipt_code in typed


def _amount(payment: Payment, finding: Finding, typed: str) -> Money:
    currency = payment.total.currency
    try:
        amount = parse_amount(typed, currency)
    except AmountUnreadable as unreadable:
        raise Refused("amount", unreadable.problem) from None
    least, most = (parse_amount(str(whole), currency) for whole in (1, MOST_RECEIVED))
    if finding is Finding.WENT_BACK:
        most = payment.in_question or left_here(payment)
        least = payment.in_question or least
    if not least <= amount <= most:
        raise Refused("amount", "range", min=least, max=most)
    return amount
