"""What landlord, tenant and office typed about a deposit's lines, read; what will not do is refused at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.domain.deposit_events import Claim, DeductionKind
from portal.domain.deposit_line import Line
from portal.domain.deposit_return import MOST_LINES, DepositReturn
from portal.domain.errors import Refused
from portal.domain.money import AmountUnreadable, Currency, Money, parse_amount, sum_of
from portal.domain.short_text import one_line

LONGEST_NOTE = 300


class LineRefused(Refused):
    """A field of one line, which is one of several of that name."""

    def __init__(self, number: int, field: str, problem: str, **facts: object) -> None:
        super().__init__(field, problem, number=number, **facts)
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedClaim:
    """A row of the landlord's form as it came."""

    kind: str = ""
    amount: str = ""
    note: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.kind.strip() or self.amount.strip() or self.note.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedClaims:
    """That form; `shown` is the deposit that its page had shown, in minor units."""

    rows: Sequence[TypedClaim]
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is claimed, each with its words, and what goes back at once."""

    claims: tuple[Claim, ...]
    notes: tuple[str, ...]
    claimed: Money
    rest: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAnswer:
    """What a tenant chose for a line, AGREE or DISPUTE, and why."""

    choice: str
    note: str


Answers = dict[int, str | None]
"""By the number of the line: the words of whoever disputes it, None of whoever agrees."""


def read_claims(typed: TypedClaims, deposit: Money) -> Claims:
    """Rows that are left empty claim nothing. Raises Refused with the first thing that will not do."""
    if typed.shown != str(deposit.minor):
        raise Refused("deposit", "changed", deposit=deposit)
    rows = [(number, row) for number, row in enumerate(typed.rows, start=1) if not row.is_blank]
    if len(rows) > MOST_LINES:
        raise Refused("deposit", "too_many", most=MOST_LINES)
    claims, notes, left = [], [], deposit
    for number, row in rows:
        kind = _kind(number, row.kind)
        amount = _amount(number, "claimed", row.amount, left, least=1)
        claims.append(Claim(kind=kind, amount=amount))
        notes.append(_note(number, "claim_note", row.note))
        left -= amount
    claimed = sum_of([deposit, -left])
    return Claims(claims=tuple(claims), notes=tuple(notes), claimed=claimed, rest=left)


def read_answers(one: DepositReturn, typed: Mapping[int, TypedAnswer]) -> Answers:
    """For every line that waits for the tenant. Raises Refused."""
    answers: Answers = {}
    for line in one.lines:
        if not line.is_open:
            continue
        answer = typed.get(line.number, TypedAnswer(choice="", note=""))
        if answer.choice == "DISPUTE":
            answers[line.number] = _note(line.number, "dispute_note", answer.note)
        elif answer.choice == "AGREE" and one_line(answer.note):
            # It cannot be taken back, so of two words that do not agree neither is believed.
            raise LineRefused(line.number, "answer", "both")
        elif answer.choice == "AGREE":
            answers[line.number] = None
        elif not line.is_for_the_office:
            raise LineRefused(line.number, "answer", "empty")
    return answers


def read_decision(line: Line, amount: str, note: str) -> tuple[Money, str]:
    """What the landlord gets of a line, and why. Raises Refused."""
    deducted = _amount(line.number, "decided", amount, line.claimed, least=0)
    return deducted, _note(line.number, "decided_note", note)


def _kind(number: int, typed: str) -> DeductionKind:
    try:
        return DeductionKind(typed)
    except ValueError:
        raise LineRefused(number, "claim_kind", "empty") from None


def _amount(number: int, field: str, typed: str, most: Money, *, least: int) -> Money:
    try:
        amount = parse_amount(typed, most.currency)
    except AmountUnreadable as error:
        foreign = most.currency is not Currency.TZS and error.problem != "empty"
        raise LineRefused(number, field, "not_dollars" if foreign else error.problem) from None
    if not Money(least, most.currency) <= amount <= most:
        raise LineRefused(number, field, "beyond", available=most)
    return amount


def _note(number: int, field: str, typed: str) -> str:
    note = one_line(typed)
    if not note:
        raise LineRefused(number, field, "empty")
    if len(note) > LONGEST_NOTE:
        raise LineRefused(number, field, "length", max=LONGEST_NOTE)
    return note
