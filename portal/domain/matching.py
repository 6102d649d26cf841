"""What becomes of money that came by bank: which payments it pays, and what of it waits and why.

Only what is certain is done: money goes to the payment whose reference came with it, and no further than its total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.domain.bank_line import BankLine, Held
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import State


@dataclass(frozen=True, slots=True)
class Share:
    """So much of a line."""

    line: BankLine
    amount: Money


@dataclass(frozen=True, slots=True)
class Paying:
    """The shares come to exactly the payment's total; the door then has the last word."""

    payment: Payment
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """Why what is left of a line waits, and for which payment."""

    reason: Held
    payment: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`holdings` by the line's id, for each line of which something is left when all is paid."""

    payings: tuple[Paying, ...] = ()
    holdings: Mapping[str, Holding] = field(default_factory=dict)


def plan_for(line: BankLine, named: Sequence[Payment], earlier: Sequence[BankLine], provider: str) -> Plan:
    """`named` are the payments of ours that a credit is for, each once; `provider` is the one that takes transfers.

    `earlier` are the lines that wait for the rest of the named payment, the oldest first.
    """
    if not named:
        return _held(line, Holding(Held.UNKNOWN_REFERENCE if line.names else Held.NO_REFERENCE))
    first = named[0].reference
    if stranger := next((one for one in named if one.provider != provider), None):
        return _held(line, Holding(Held.OTHER_WAY, stranger.reference))
    if any(one.total.currency is not line.waiting.currency for one in named):
        return _held(line, Holding(Held.WRONG_CURRENCY, first))
    return _toward(line, named[0], earlier) if len(named) == 1 else _split(line, named)


def _toward(line: BankLine, payment: Payment, earlier: Sequence[BankLine]) -> Plan:
    """One payment: by this line alone where it is enough, else with those that came before."""
    reference, total = payment.reference, payment.total
    if payment.state is State.COMPLETED:
        return _held(line, Holding(Held.DUPLICATE, reference))
    if total <= line.waiting:
        holdings = {one.id: Holding(Held.DUPLICATE, reference) for one in earlier}
        return Plan(
            (Paying(payment, (Share(line, total),)),),
            holdings | _rest(line, line.waiting - total, Holding(Held.TOO_MUCH, reference)),
        )
    missing = total
    for one in earlier:
        missing -= one.waiting
    if line.waiting < missing:
        return _held(line, Holding(Held.TOO_LITTLE, reference))
    shares = (*(Share(one, one.waiting) for one in earlier), Share(line, missing))
    rest = _rest(line, line.waiting - missing, Holding(Held.TOO_MUCH, reference))
    return Plan((Paying(payment, shares),), rest)


def _split(line: BankLine, named: Sequence[Payment]) -> Plan:
    """Several payments: each gets its total where that is what came, to the last shilling."""
    sum_ = Money(0, line.waiting.currency)
    for payment in named:
        sum_ += payment.total
    if sum_ != line.waiting:
        return _held(line, Holding(Held.UNCLEAR_SPLIT, named[0].reference))
    paid = [payment for payment in named if payment.state is State.COMPLETED]
    open_ = [payment for payment in named if payment.state is not State.COMPLETED]
    payings = tuple(Paying(payment, (Share(line, payment.total),)) for payment in open_)
    return Plan(payings, {line.id: Holding(Held.DUPLICATE, paid[0].reference)} if paid else {})


def _held(line: BankLine, holding: Holding) -> Plan:
    return Plan(holdings={line.id: holding})


def _rest(line: BankLine, rest: Money, holding: Holding) -> dict[str, Holding]:
    return {line.id: holding} if rest else {}
