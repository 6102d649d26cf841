"""What a tenant may ask back of a payment, and what they wish for as they typed it, priced before they confirm."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.allocation import Allocation
from portal.domain.errors import PortalError, Refused
from portal.domain.money import AmountUnreadable, Money, parse_amount, sum_of
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_pots import parts_of, refundable
from portal.domain.refund_reason import ASKED_FOR, RefundReason
from portal.domain.refund_terms import TERMS, RefundTerms
from portal.domain.short_text import one_line

LONGEST_NOTE = 500


class NothingToRefund(PortalError):
    """Not paid, or all of it has gone back or was asked back."""

    status = 409
    code = "nothing_to_refund"


class DepositReturning(NothingToRefund):
    """What is left of it is a deposit, whose return goes its own road; the lease leads there."""

    code = "deposit_returning"

    def __init__(self, lease: str) -> None:
        super().__init__(lease=lease)
        self.lease = lease


class InDispute(PortalError):
    """The payer's bank asks the same money back: until it has decided, nothing more is sent."""

    status = 409
    code = "in_dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it came. `whole` and `amount`: all of it, or so much.

    `available` is what the page had shown, in minor units; None of whoever was shown nothing.
    """

    reason: str
    whole: bool
    amount: str
    notes: str
    available: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A form that can be read; `amount` is without our fee."""

    reason: RefundReason
    amount: Money
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a wish comes to: `total` goes back, and `kept` of the fees does not."""

    wish: Wish
    parts: tuple[RefundPart, ...]
    total: Money
    fee: Money
    kept: Money
    beyond: Money
    terms: RefundTerms
    bills: tuple[tuple[Allocation, Money], ...]
    """Each that loses some, and how much in its own currency."""


def available_of(payment: Payment) -> Money:
    """Raises NothingToRefund, InDispute."""
    if payment.disputes.open:
        raise InDispute
    left = refundable(payment) if payment.state is State.COMPLETED else None
    if not left:
        raise NothingToRefund
    return left


def may_be_asked_back(payment: Payment) -> bool:
    """Some of it can, as long as its deposit goes no road of its own."""
    return payment.state is State.COMPLETED and not payment.disputes.open and bool(refundable(payment))


def read_wish(payment: Payment, typed: Typed) -> Wish:
    """Raises NothingToRefund, InDispute, and Refused with the first thing that will not do."""
    available = available_of(payment)
    if typed.available not in (None, str(available.minor)):
        raise Refused("available", "changed", available=available)
    reason = _reason(typed.reason)
    amount = available if typed.whole else _amount(typed.amount, available)
    return Wish(reason=reason, amount=amount, notes=read_notes(typed.notes, reason))


def price_of(payment: Payment, wish: Wish) -> Price:
    """Raises BeyondWhatIsLeft."""
    parts = parts_of(payment, wish.reason, wish.amount)
    nothing = Money(0, wish.amount.currency)

    def out_of(pot: Pot) -> Money:
        return sum((part.amount for part in parts if part.pot is pot), nothing)

    return Price(
        wish=wish,
        parts=parts,
        total=sum_of([part.amount for part in parts]),
        fee=out_of(Pot.FEE),
        kept=payment.fees.total - sum_of([out_of(Pot.FEE), *(one.fee for one in payment.refunds.live)]),
        beyond=out_of(Pot.EXCESS),
        terms=TERMS[wish.reason],
        bills=bills_of(payment, parts),
    )


def bills_of(payment: Payment, parts: tuple[RefundPart, ...]) -> tuple[tuple[Allocation, Money], ...]:
    """Each bill that loses some by these parts, and how much in its own currency."""
    return tuple((payment.allocation_of(part.bill), part.uncredited) for part in parts if part.uncredited)


def read_amount(typed: str, most: Money) -> Money:
    """At least the smallest unit. Raises Refused."""
    return _amount(typed, most)


def read_note(typed: str, field: str) -> str:
    """Raises Refused where nothing was written, or a book."""
    note = one_line(typed)
    if not note:
        raise Refused(field, "empty")
    if len(note) > LONGEST_NOTE:
        raise Refused(field, "length", max=LONGEST_NOTE)
    return note


def _reason(typed: str) -> RefundReason:
    reason = next((one for one in ASKED_FOR if one == typed), None)
    if reason is None:
        raise Refused("reason", "empty")
    return reason


def _amount(typed: str, available: Money) -> Money:
    try:
        amount = parse_amount(typed, available.currency)
    except AmountUnreadable as unreadable:
        raise Refused("amount", unreadable.problem) from None
    least = Money(1, available.currency)
    if amount < least:
        raise Refused("amount", "range", min=least, max=available)
    if amount > available:
        raise Refused("amount", "beyond", available=available)
    return amount


def read_notes(typed: str, reason: RefundReason) -> str:
    """What a payer writes beside it, which another reason than those of the list needs. Raises Refused."""
    return read_note(typed, "notes") if one_line(typed) or reason is RefundReason.OTHER else ""
