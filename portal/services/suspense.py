"""Money that waits in suspense: who of the office proposes whose it is, and who decides.

As with payments that no provider answers for, one person proposes and another confirms: whoever could give money to a
payment alone could give it to their own. What is decided goes through the door in the transaction that notes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.assignment import Assignment
from portal.domain.bank_line import BankLine, Held, LineEvent
from portal.domain.correction import Verdict
from portal.domain.decision import STANDS_UNTIL_A_PERSON_DECIDES
from portal.domain.errors import NotFound, Refused
from portal.domain.ids import ReferenceUnreadable, parse_reference
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, State
from portal.domain.person import Person
from portal.services.matching import Matching
from portal.services.office import Unchanged, approves, of_the_office, read_note
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import assignments, bank_lines, people, suspense
from portal.store import payments as payment_rows
from portal.store.bank_lines import Written
from portal.store.cursors import Cursors, scope_of
from portal.store.suspense import Expected, WaitingSum
from portal.store.types import Tx

SUGGESTED_FOR = timedelta(days=60)
"""Payments that were begun so long ago or less."""
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. `suggested` is a payment whose payer has typed the bank's id of it; or one of exactly
    that total, whose payer is named with the money.
    """

    line: BankLine
    written: Written
    suggested: Expected | None
    proposed: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """One page; `older` is the signed cursor of the next one, if there is one. `sums` are those of the whole queue."""

    rows: list[Row]
    sums: list[WaitingSum]
    newer: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One line with all that is known of it. `payment` is the one that it waits for; `came` is what waits for that
    payment altogether. `names` has the people of its proposals.
    """

    line: BankLine
    written: Written
    history: list[tuple[LineEvent, datetime]]
    suggested: Expected | None
    payment: Payment | None
    came: Money | None
    assignments: list[Assignment]
    names: dict[str, str]

    @property
    def waiting(self) -> Assignment | None:
        """The proposal that nobody has decided yet."""
        return _open(self.assignments)

    @property
    def can_be_decided(self) -> bool:
        return self.line.waiting.minor > 0


class Suspense:
    """Look, propose, confirm, turn down. Whoever is not of the office finds nothing here."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    async def queue(self, person: Person, cursor: str | None) -> Queue:
        """What waits, the oldest first. Raises NotFound, BadCursor."""
        of_the_office(person)
        scope = scope_of(person.id, list="suspense")
        after = self._cursors.read(cursor, scope=scope) if cursor else None
        return await self._tools.store.read(lambda tx: self._queue(tx, after, scope))

    async def sums(self, person: Person) -> list[WaitingSum]:
        """All that waits, by currency. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(suspense.sums)

    async def case(self, person: Person, id_: str) -> Case:
        """Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._case(tx, id_))

    async def assign(self, person: Person, id_: str, reference: str, why: str) -> None:
        """Propose that the money is for a payment. Raises NotFound, Refused (reference, why), Unchanged."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._propose(tx, person, id_, reference, why))

    async def send_back(self, person: Person, id_: str, why: str) -> None:
        """Propose that the money goes back to whoever sent it. Raises NotFound, Refused (why), Unchanged."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._propose(tx, person, id_, None, why))

    async def confirm(self, person: Person, id_: str, assignment: str) -> None:
        """A second person agrees, and so it is done. Raises NotFound, Unchanged."""
        approves(person)
        await self._tools.store.write(lambda tx: self._confirm(tx, person, id_, assignment))

    async def turn_down(self, person: Person, id_: str, assignment: str) -> None:
        """Drop a proposal, one's own too: no money is decided by it. Raises NotFound, Unchanged."""
        of_the_office(person)

        def drop(tx: Tx) -> None:
            waiting = self._same(tx, _held(tx, id_), assignment)
            assignments.decide(tx, waiting, Verdict.TURNED_DOWN, person.id, self._tools.clock())

        await self._tools.store.write(drop)

    def _propose(self, tx: Tx, person: Person, id_: str, reference: str | None, why: str) -> None:
        line = _held(tx, id_)
        _decidable(line, sends_back=reference is None)
        if _open(self._all(tx, id_)):
            raise Unchanged("proposed")
        payment = None if reference is None else self._payment(tx, line, reference)
        assignments.propose(
            tx,
            self._tools.vault,
            Assignment(
                id=self._tools.reference(),
                line=id_,
                payment=payment.reference if payment else None,
                note=read_note("why", why),
                proposed_by=person.id,
                proposed_at=self._tools.clock(),
            ),
        )

    def _confirm(self, tx: Tx, person: Person, id_: str, assignment: str) -> None:
        bank_lines.alone(tx)
        line = _held(tx, id_)
        waiting = self._same(tx, line, assignment)
        if waiting.proposed_by == person.id:
            raise Unchanged("own")
        _decidable(line, sends_back=waiting.payment is None)
        if waiting.payment is None:
            self._matching.send_back(tx, line)
        else:
            self._matching.assign(tx, line, self._still(tx, line, waiting.payment))
        assignments.decide(tx, waiting, Verdict.CONFIRMED, person.id, self._tools.clock())

    def _payment(self, tx: Tx, line: BankLine, typed: str) -> Payment:
        """The payment that somebody typed, if this money can be for it."""
        if not typed.strip():
            raise Refused("reference", "empty")
        try:
            payment = payment_rows.load(tx, parse_reference(typed), lock=True)
        except ReferenceUnreadable:
            raise Refused("reference", "format") from None
        if payment is None:
            raise Refused("reference", "unknown")
        objection = self._objection(line, payment)
        if objection:
            raise Refused("reference", objection)
        return payment

    def _still(self, tx: Tx, line: BankLine, reference: str) -> Payment:
        payment = locked(tx, reference)
        if self._objection(line, payment):
            raise Unchanged("settled")
        return payment

    def _objection(self, line: BankLine, payment: Payment) -> str | None:
        if payment.provider != self._matching.provider:
            return "other_way"
        if payment.total.currency is not line.waiting.currency:
            return "other_currency"
        if payment.state is State.COMPLETED:
            return "paid"
        if payment.state not in CALLED_OFF and payment.reason in STANDS_UNTIL_A_PERSON_DECIDES:
            return "in_question"
        return "same" if (line.held, line.payment) == (Held.TOO_LITTLE, payment.reference) else None

    def _same(self, tx: Tx, line: BankLine, assignment: str) -> Assignment:
        """The waiting proposal, if it is the one that was shown."""
        waiting = _open(self._all(tx, line.id))
        if waiting is None or waiting.id != assignment:
            raise Unchanged("gone")
        return waiting

    def _queue(self, tx: Tx, after: suspense.Place | None, scope: str) -> Queue:
        lines, next_after = suspense.queue(tx, after)
        written = bank_lines.written(tx, self._tools.vault, [line.id for line in lines])
        proposed = assignments.proposed(tx, [line.id for line in lines])
        suggested = self._suggested(tx, lines, written)
        rows = [Row(line, written[line.id], suggested.get(line.id), line.id in proposed) for line in lines]
        newer = self._cursors.sign(*next_after, scope=scope) if next_after else None
        return Queue(rows, suspense.sums(tx), newer)

    def _case(self, tx: Tx, id_: str) -> Case:
        line = bank_lines.load(tx, id_)
        if line is None:
            raise NotFound
        made, written = self._all(tx, id_), bank_lines.written(tx, self._tools.vault, [id_])
        named = {who for one in made for who in (one.proposed_by, one.decided_by) if who}
        toward = bank_lines.toward(tx, line.payment) if line.payment else []
        return Case(
            line=line,
            written=written[id_],
            history=bank_lines.history(tx, id_),
            suggested=self._suggested(tx, [line], written).get(id_),
            payment=payment_rows.load(tx, line.payment) if line.payment else None,
            came=_sum(one.waiting for one in toward),
            assignments=made,
            names={who.id: who.name for id_ in named if (who := people.load(tx, id_))},
        )

    def _suggested(
        self, tx: Tx, lines: Sequence[BankLine], written: dict[str, Written]
    ) -> dict[str, Expected]:
        """For a person to look at, never to act on: two people may be called alike and owe the same."""
        since, credits_ = self._tools.clock() - SUGGESTED_FOR, [one for one in lines if one.waiting.minor > 0]
        totals, codes = (
            {line.waiting for line in credits_},
            {line.bank_reference.upper() for line in credits_},
        )
        expected = suspense.expected(tx, self._matching.provider, totals, codes, since) if credits_ else []
        found = {line.id: _likely(line, written[line.id], expected) for line in lines}
        return {id_: likely[0] for id_, likely in found.items() if len(likely) == 1}

    def _all(self, tx: Tx, id_: str) -> list[Assignment]:
        return assignments.of_line(tx, self._tools.vault, id_)


def _held(tx: Tx, id_: str) -> BankLine:
    """The line, held until the transaction ends; raises NotFound."""
    line = bank_lines.load(tx, id_, lock=True)
    if line is None:
        raise NotFound
    return line


def _decidable(line: BankLine, *, sends_back: bool) -> None:
    if line.waiting.minor <= 0 or (sends_back and line.held is Held.SEND_BACK):
        raise Unchanged("settled")


def _likely(line: BankLine, written: Written, expected: Sequence[Expected]) -> list[Expected]:
    """Claimed by its payer; or of exactly that total, and the payer's first and last name stand with the money."""
    code = line.receipt_code.upper() if line.receipt_code else ""
    claimed = [one for one in expected if code and one.payment.claimed_code == code]
    if claimed:
        return claimed
    words = set(f"{written.text} {written.payer or ''}".upper().replace("/", " ").replace(",", " ").split())
    return [
        one
        for one in expected
        if one.payment.total == line.waiting
        and one.payment.reference != line.payment
        and _is_named(one, words)
    ]


def _is_named(expected: Expected, words: set[str]) -> bool:
    names = [name for name in expected.payer_name.upper().split() if len(name) >= _SHORTEST_NAME]
    return len(names) > 1 and {names[0], names[-1]} <= words


def _sum(amounts: Iterable[Money]) -> Money | None:
    total: Money | None = None
    for amount in amounts:
        total = amount if total is None else total + amount
    return total


def _open(made: Iterable[Assignment]) -> Assignment | None:
    return next((one for one in made if one.verdict is None), None)
