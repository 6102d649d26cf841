"""A line of a bank's statement of ours: money that came or was taken back, what of it still waits, and why.

Its events are a stream of their own beside those of payments, for money comes whether or not a payment wants it. They
hold neither the payer's name nor what the payer wrote: those stand beside the stream, sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from portal.domain.money import Money

NO_ID = "~"
"""What a bank reference begins with where the bank gave none."""


class Held(StrEnum):
    """Why money waits in suspense."""

    NO_REFERENCE = "NO_REFERENCE"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    """It names a reference in our form, and no payment has it."""
    TOO_LITTLE = "TOO_LITTLE"
    """Towards a payment whose total has not come yet."""
    TOO_MUCH = "TOO_MUCH"
    """What is left of it after its payment got its total."""
    DUPLICATE = "DUPLICATE"
    """For a payment that is paid already."""
    WRONG_CURRENCY = "WRONG_CURRENCY"
    UNCLEAR_SPLIT = "UNCLEAR_SPLIT"
    """It names several payments, and their totals are not its sum."""
    OTHER_WAY = "OTHER_WAY"
    """It names a payment that is to be made another way than by bank."""
    IN_QUESTION = "IN_QUESTION"
    """For a payment about which a person must decide something else first."""
    REVERSED = "REVERSED"
    """The bank took an earlier credit back (below zero), or gave an earlier debit back."""
    SEND_BACK = "SEND_BACK"
    """Two people have decided that it goes back to whoever sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBooked:
    """The bank says so in `statement`. `amount` is below zero where money was taken back.

    `account` is ours by its short name; `names` are the references that its text holds.
    """

    statement: str
    account: str
    bank_reference: str
    booked_on: date
    amount: Money
    is_reversal: bool
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHeld:
    """What is left of it waits, and why; `payment` is the one that it is about, where it is about one."""

    reason: Held
    payment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAllocated:
    """So much of it is that payment's, which goes through `provider`."""

    payment: str
    provider: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCancelledOut:
    """A credit of which nothing was used, and its reversal: each names the other, and nothing of either is left."""

    line: str


LineEvent = LineBooked | LineHeld | LineAllocated | LineCancelledOut
LINE_EVENT_TYPES: tuple[type[LineEvent], ...] = LineEvent.__args__


class IllegalLine(Exception):
    """A history that cannot be: a fault of ours, so the transaction that tried it is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """The fold of a line's events. What is `waiting` stands in suspense; `held` says why, as long as anything does."""

    id: str
    version: int
    statement: str
    account: str
    bank_reference: str
    booked_on: date
    amount: Money
    is_reversal: bool
    names: tuple[str, ...]
    waiting: Money
    held: Held | None
    payment: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def untouched(self) -> bool:
        """Nothing of it has gone anywhere."""
        return self.waiting == self.amount

    @property
    def receipt_code(self) -> str | None:
        """What the payer's own bank may call it too."""
        return None if self.bank_reference.startswith(NO_ID) else self.bank_reference


def apply(line: BankLine | None, event: LineEvent, at: datetime, *, id: str) -> BankLine:
    """The line after one more event. Raises IllegalLine."""
    if line is None:
        return _booked(event, at, id)
    return replace(line, version=line.version + 1, updated_at=at, **_changes(line, event))


def _booked(event: LineEvent, at: datetime, id_: str) -> BankLine:
    if not isinstance(event, LineBooked) or not event.amount:
        raise IllegalLine(f"a line does not begin with {event}")
    return BankLine(
        id=id_,
        version=1,
        statement=event.statement,
        account=event.account,
        bank_reference=event.bank_reference,
        booked_on=event.booked_on,
        amount=event.amount,
        is_reversal=event.is_reversal,
        names=event.names,
        waiting=event.amount,
        held=None,
        payment=None,
        created_at=at,
        updated_at=at,
    )


def _changes(line: BankLine, event: LineEvent) -> dict[str, Any]:
    match event:
        case LineHeld() if line.waiting:
            return {"held": event.reason, "payment": event.payment}
        case LineAllocated() if Money(0, line.amount.currency) < event.amount <= line.waiting:
            return _left(line, line.waiting - event.amount)
        case LineCancelledOut() if line.untouched:
            return _left(line, Money(0, line.amount.currency))
        case _:
            raise IllegalLine(f"{event} for {line}")


def _left(line: BankLine, waiting: Money) -> dict[str, Any]:
    return {
        "waiting": waiting,
        "held": line.held if waiting else None,
        "payment": line.payment if waiting else None,
    }
