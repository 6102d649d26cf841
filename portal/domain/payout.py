"""A payout: what is owed to landlords, and our own fees, sent from one bank account of ours in one file.

Payments are not paid out one by one. A payout takes of each payment what is owed and no other payout has, so a refund
that came after its payment was paid out is taken off the next one. No payment is touched by what becomes of a payout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.domain.money import Currency, Money, sum_of

OURSELVES = "own"
"""Who gets our own fees, where others have the id of a landlord."""


class PayoutState(StrEnum):
    """Where a payout stands."""

    PREPARED = "PREPARED"
    APPROVED = "APPROVED"
    SENT = "SENT"
    PAID = "PAID"
    RETURNED = "RETURNED"
    """The bank gave every line of it back."""
    DROPPED = "DROPPED"


class LeftOut(StrEnum):
    """Why somebody to whom something is owed is not in it."""

    NOTHING_TO_SEND = "NOTHING_TO_SEND"
    """What went back to tenants is as much as came, or more: it is carried over to the next payout."""
    NO_ACCOUNT = "NO_ACCOUNT"
    """Nobody has given their bank account."""
    UNCONFIRMED = "UNCONFIRMED"
    """Somebody has, and no second person has confirmed it."""
    DISPUTED = "DISPUTED"
    """The payer's bank asks this money back, and has not decided."""


class Returned(StrEnum):
    """Why the bank did not do a transfer, or gave its money back."""

    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    """There is no such account, or it is closed."""
    NAME_DIFFERS = "NAME_DIFFERS"
    REFUSED = "REFUSED"
    """The account or its bank does not take the money."""
    NOT_SENT = "NOT_SENT"
    """Our own bank did not send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem:
    """So much of what one payment (`stream`) owes by an `account` of the ledger; below zero where money went back."""

    account: str
    stream: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One transfer: to a landlord's bank account, or to our own with our fees (`OURSELVES`).

    `destination` is the id of the bank account as it was confirmed then.
    """

    number: int
    payee: str
    destination: str
    items: tuple[PayoutItem, ...]
    returned: Returned | None = None

    @property
    def amount(self) -> Money:
        return sum_of([item.amount for item in self.items])


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Who is not in it, what is owed to them, and why not."""

    payee: str
    amount: Money
    why: LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPrepared:
    """All that was owed at that instant; `prepared_by` is nobody where the portal did it by itself."""

    account: str
    currency: Currency
    lines: tuple[PayoutLine, ...]
    passed: tuple[Passed, ...]
    prepared_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutApproved:
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutDropped:
    """Called off before it was sent: all of it can be in another one."""

    dropped_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutSent:
    """Its file was handed to the bank: from here on money may be on its way."""

    sent_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPaid:
    """The bank has done it, under this reference: now the money has moved."""

    bank_reference: str
    told_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReturned:
    """The bank did not do one transfer of it, or gave its money back; it is owed again."""

    line: int
    why: Returned
    told_by: str


PayoutEvent = PayoutPrepared | PayoutApproved | PayoutDropped | PayoutSent | PayoutPaid | LineReturned
PAYOUT_EVENTS: tuple[type[PayoutEvent], ...] = PayoutEvent.__args__
_S = PayoutState
PAYOUT_TRANSITIONS: dict[tuple[PayoutState | None, type[PayoutEvent]], PayoutState] = {
    (None, PayoutPrepared): _S.PREPARED,
    (_S.PREPARED, PayoutApproved): _S.APPROVED,
    (_S.PREPARED, PayoutDropped): _S.DROPPED,
    (_S.APPROVED, PayoutDropped): _S.DROPPED,
    (_S.APPROVED, PayoutSent): _S.SENT,
    (_S.SENT, PayoutPaid): _S.PAID,
    # Or RETURNED, with the last line of it: `ends_of_payout` has this fork.
    (_S.SENT, LineReturned): _S.SENT,
    (_S.PAID, LineReturned): _S.PAID,
}
WAITING_PAYOUT = (_S.PREPARED, _S.APPROVED)
"""Not with the bank yet: of one account and currency there is one at a time."""
UNDER_WAY = (*WAITING_PAYOUT, _S.SENT)
"""Its money is promised, and has not moved."""


class IllegalPayout(ValueError):
    """No edge of the table, or a payout that cannot be: a fault of ours, so its transaction is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """The fold of a payout's events. `prepared_at` is its cut-off: what came later is in the next one."""

    reference: str
    version: int
    state: PayoutState
    account: str
    currency: Currency
    lines: tuple[PayoutLine, ...]
    passed: tuple[Passed, ...]
    prepared_by: str | None
    prepared_at: datetime
    updated_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    sent_by: str | None = None
    sent_at: datetime | None = None
    dropped_by: str | None = None
    bank_reference: str | None = None
    paid_at: datetime | None = None

    @property
    def live(self) -> tuple[PayoutLine, ...]:
        """What of it nobody gave back or called off."""
        return () if self.state is _S.DROPPED else tuple(line for line in self.lines if line.returned is None)

    @property
    def amount(self) -> Money:
        """What it was prepared for."""
        return sum_of([line.amount for line in self.lines])

    @property
    def live_amount(self) -> Money:
        return sum((line.amount for line in self.live), Money(0, self.currency))

    @property
    def with_the_bank(self) -> bool:
        """A line of it can come back."""
        return self.state in (_S.SENT, _S.PAID)

    def line(self, number: int) -> PayoutLine:
        """Raises LookupError."""
        found = next((line for line in self.lines if line.number == number), None)
        if found is None:
            raise LookupError(number)
        return found


def apply_payout(payout: Payout | None, event: PayoutEvent, at: datetime, *, reference: str) -> Payout:
    """The payout after one more event. Raises IllegalPayout."""
    state = next_payout_state(payout.state if payout else None, type(event))
    if payout is None:
        return _prepared(event, at, reference)
    changed: dict[str, Any] = {"state": state, "version": payout.version + 1, "updated_at": at}
    match event:
        case PayoutApproved() if event.approved_by == payout.prepared_by:
            raise IllegalPayout("nobody approves what they prepared")
        case PayoutApproved():
            changed |= {"approved_by": event.approved_by, "approved_at": at}
        case PayoutDropped():
            changed |= {"dropped_by": event.dropped_by}
        case PayoutSent():
            changed |= {"sent_by": event.sent_by, "sent_at": at}
        case PayoutPaid():
            changed |= {"bank_reference": event.bank_reference, "paid_at": at}
        case _:
            changed |= _returned(payout, event, state)
    return replace(payout, **changed)


def next_payout_state(state: PayoutState | None, kind: type[PayoutEvent]) -> PayoutState:
    """The table's answer; raises IllegalPayout where it has none."""
    try:
        return PAYOUT_TRANSITIONS[state, kind]
    except KeyError:
        raise IllegalPayout(f"{kind.__name__} in {state}") from None


def ends_of_payout(state: PayoutState | None, kind: type[PayoutEvent]) -> tuple[PayoutState, ...]:
    """Every state that an event of that kind may lead to; raises IllegalPayout."""
    following = next_payout_state(state, kind)
    return (following, _S.RETURNED) if kind is LineReturned else (following,)


def totals(items: Iterable[PayoutItem]) -> dict[str, Money]:
    """What the items take out of each account of the ledger."""
    sums: dict[str, Money] = {}
    for item in items:
        sums[item.account] = sums[item.account] + item.amount if item.account in sums else item.amount
    return sums


def _prepared(event: PayoutEvent, at: datetime, reference: str) -> Payout:
    if not isinstance(event, PayoutPrepared) or not event.lines:
        raise IllegalPayout(f"a payout does not begin with {event}")
    if any(line.amount.minor <= 0 or line.amount.currency is not event.currency for line in event.lines):
        raise IllegalPayout("a line sends nothing, or another currency")
    taken = [(item.account, item.stream) for line in event.lines for item in line.items]
    if len(set(taken)) < len(taken):
        raise IllegalPayout("a posting stands in it twice")
    return Payout(
        reference=reference,
        version=1,
        state=_S.PREPARED,
        account=event.account,
        currency=event.currency,
        lines=event.lines,
        passed=event.passed,
        prepared_by=event.prepared_by,
        prepared_at=at,
        updated_at=at,
    )


def _returned(payout: Payout, event: PayoutEvent, state: PayoutState) -> dict[str, Any]:
    if not isinstance(event, LineReturned) or payout.line(event.line).returned is not None:
        raise IllegalPayout("a line comes back once")
    lines = tuple(
        replace(line, returned=event.why) if line.number == event.line else line for line in payout.lines
    )
    all_back = all(line.returned is not None for line in lines)
    return {"lines": lines, "state": _S.RETURNED if all_back else state}
