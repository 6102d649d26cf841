"""The amounts that pages show of a payment, each with the ledger entries that it is the sum of.

A figure is a question to the entries of the payment's own stream: which kinds of account, by which of its events. What
is only owed is no figure: no money has moved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.domain import events as e
from portal.domain.account_kind import CASH, OWED, AccountKind, kind_of
from portal.domain.credit_events import CreditApplied, CreditTakenBack
from portal.domain.deposit_events import DepositDeducted
from portal.domain.deposit_pots import deducted_of
from portal.domain.ledger import Entry, owed_to
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.received import received_of
from portal.domain.refund_events import PaymentReversed, RefundReturned, RefundSucceeded, ReversalCovered
from portal.domain.refund_part import Pot


class FigureKind(StrEnum):
    """As it stands in an address; one of a bill, an event or a refund has that behind it."""

    TOTAL = "total"
    AMOUNT = "amount"
    BILL = "bill"
    APPLIED = "applied"
    PLATFORM_FEE = "platform-fee"
    PROCESSING_FEE = "processing-fee"
    PROVIDER_FEE = "provider-fee"
    FEES = "fees"
    EXCESS = "excess"
    BEYOND = "beyond"
    RECEIVED = "received"
    CAME = "came"
    BACK = "back"
    NET = "net"
    REFUND = "refund"
    REFUND_OF_BILLS = "refund-of-bills"
    REFUND_OF_FEE = "refund-of-fee"
    REFUND_LOST = "refund-lost"
    DEDUCTED = "deducted"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry with the event that posted it."""

    entry: Entry
    event: e.Event


Choice = Callable[[Sequence[Posted]], list[Posted]]


@dataclass(frozen=True, slots=True)
class Figure:
    """`amount` is what pages show; `side` times the sum of the entries that `choose` finds is the same.

    They stand on `accounts` of these kinds; of those on which a landlord is owed, on such as the payment's bills have.
    `of`: the bill, the refund or the number of the event that it is of.
    """

    kind: FigureKind
    amount: Money
    side: int
    accounts: frozenset[AccountKind]
    choose: Choice
    of: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.of}" if self.of else self.kind.value


SETTLED = (e.PaymentCompleted, e.LateSuccessReceived)
_BACK = (RefundSucceeded, PaymentReversed, RefundReturned, ReversalCovered)
"""What moves the money of a refund; what came back takes its own entries out again."""
_SET_APART = (*SETTLED, e.DuplicateSuccess)
_CREDIT, _DEBIT = -1, 1
_PLATFORM = frozenset({AccountKind.PLATFORM_FEE})
_PROCESSING = frozenset({AccountKind.PROCESSING_FEE})
_PROVIDER = frozenset({AccountKind.PROVIDER_FEE})
_FEES = _PLATFORM | _PROCESSING | _PROVIDER
_SUSPENSE = frozenset({AccountKind.SUSPENSE})
_DEPOSIT = frozenset({AccountKind.DEPOSIT})
_LOSS = frozenset({AccountKind.LOSS})


def figures_of(payment: Payment, posted: Sequence[Posted] = ()) -> dict[str, Figure]:
    """Every figure of a payment by its name; of single events only those whose entries are given."""
    found = [*_of_all(payment), *_of_bills(payment), *_of_refunds(payment), *_of_events(posted)]
    return {figure.name: figure for figure in found}


def sum_of_entries(figure: Figure, chosen: Iterable[Posted]) -> Money:
    """What the entries come to, as the figure counts them; zero where there are none."""
    nothing = Money(0, figure.amount.currency)
    return sum((counted(figure, one) for one in chosen), nothing)


def counted(figure: Figure, one: Posted) -> Money:
    """So much an entry adds to the figure."""
    return one.entry.amount if figure.side == _DEBIT else -one.entry.amount


def _of_all(payment: Payment) -> Iterable[Figure]:
    fees, money, owed = payment.fees, received_of(payment), _owed(payment)
    yield _figure(FigureKind.TOTAL, payment.total, _DEBIT, CASH, *SETTLED)
    yield _figure(FigureKind.AMOUNT, payment.amount, _CREDIT, owed, *SETTLED)
    yield _figure(FigureKind.PLATFORM_FEE, fees.platform, _CREDIT, _PLATFORM, *SETTLED)
    yield _figure(FigureKind.PROCESSING_FEE, fees.processing, _CREDIT, _PROCESSING, *SETTLED)
    yield _figure(FigureKind.PROVIDER_FEE, fees.provider, _CREDIT, _PROVIDER, *SETTLED)
    yield _figure(FigureKind.FEES, fees.total, _CREDIT, _FEES, *SETTLED)
    yield _figure(FigureKind.CAME, money.came, _CREDIT, owed, *_SET_APART)
    yield _figure(FigureKind.BACK, money.back, _DEBIT, owed, *_BACK)
    yield _figure(FigureKind.NET, money.net, _CREDIT, owed, *_SET_APART, *_BACK)
    # An amount that cannot be one is booked as what was asked for, and so explains nothing.
    if payment.received and payment.received.minor > 0:
        yield _figure(FigureKind.RECEIVED, payment.received, _DEBIT, CASH, *SETTLED, e.AmountMismatch)
    if kept := deducted_of(payment):
        yield _figure(FigureKind.DEDUCTED, kept, _DEBIT, _DEPOSIT, DepositDeducted)
    if payment.excess:
        yield _figure(FigureKind.EXCESS, payment.excess, _CREDIT, _SUSPENSE, e.DuplicateSuccess)


def _figure(
    kind: FigureKind, amount: Money, side: int, accounts: frozenset[AccountKind], *events: type[e.Event]
) -> Figure:
    return Figure(kind, amount, side, accounts, _by(accounts, events))


def _by(accounts: frozenset[AccountKind], events: tuple[type[e.Event], ...]) -> Choice:
    def choose(posted: Sequence[Posted]) -> list[Posted]:
        on_these = [one for one in posted if kind_of(one.entry.account) in accounts]
        return [one for one in on_these if isinstance(one.event, events)]

    return choose


def _of_bills(payment: Payment) -> Iterable[Figure]:
    """What was asked for of each bill, what of that it was credited with, and what came beyond it."""
    for each in payment.allocations:
        asked = payment.asked_for(each.amount)
        applied = payment.went_to(each)
        whole, credited = (_of_bill(payment, each.bill, events) for events in (SETTLED, _SET_APART))
        owed = frozenset({kind_of(owed_to(payment, each))})
        yield Figure(FigureKind.BILL, asked, _CREDIT, owed, whole, each.bill)
        yield Figure(FigureKind.APPLIED, applied, _CREDIT, owed, credited, each.bill)
        if beyond := asked - applied:
            apart = _beyond(payment, each.bill, _SUSPENSE)
            yield Figure(FigureKind.BEYOND, beyond, _CREDIT, _SUSPENSE, apart, each.bill)


def _owed(payment: Payment, bills: Collection[str | None] | None = None) -> frozenset[AccountKind]:
    """On what kinds of account its bills stand, or some of them."""
    some = [each for each in payment.allocations if bills is None or each.bill in bills]
    return frozenset(kind_of(owed_to(payment, each)) for each in some)


def _of_bill(payment: Payment, bill: str, events: tuple[type[e.Event], ...]) -> Choice:
    """An account that is owed several bills has an entry for each, in the payment's order, but for nothing none."""
    in_order = [each.bill for each in payment.allocations if payment.asked_for(each.amount)]

    def choose(posted: Sequence[Posted]) -> list[Posted]:
        settled = _by(OWED, SETTLED)(posted)
        its_own = [one for one, paid in zip(settled, in_order, strict=False) if paid == bill]
        apart = _beyond(payment, bill, OWED)(posted)
        return [one for one in (*its_own, *apart) if isinstance(one.event, events)]

    return choose


def _beyond(payment: Payment, bill: str, accounts: frozenset[AccountKind]) -> Choice:
    def choose(posted: Sequence[Posted]) -> list[Posted]:
        return [
            one
            for one in _by(accounts, (e.DuplicateSuccess,))(posted)
            if isinstance(one.event, e.DuplicateSuccess)
            and payment.allocation_of(one.event.bill).bill == bill
        ]

    return choose


def _of_refunds(payment: Payment) -> Iterable[Figure]:
    for one in payment.refunds.sent_back:
        owed = _owed(payment, {part.bill for part in one.parts if part.pot is Pot.BILL})
        bills = owed | _SUSPENSE if one.of(Pot.EXCESS) else owed
        for kind, amount, side, accounts in (
            (FigureKind.REFUND, one.amount, _CREDIT, CASH),
            (FigureKind.REFUND_OF_BILLS, one.without_fee - one.lost, _DEBIT, bills),
            (FigureKind.REFUND_OF_FEE, one.fee, _DEBIT, _PLATFORM),
            (FigureKind.REFUND_LOST, one.lost, _DEBIT, _LOSS),
        ):
            yield Figure(kind, amount, side, accounts, _of_refund(one.reference, accounts), one.reference)


def _of_refund(refund: str, accounts: frozenset[AccountKind]) -> Choice:
    def choose(posted: Sequence[Posted]) -> list[Posted]:
        moved = _by(accounts, _BACK)(posted)
        return [one for one in moved if isinstance(one.event, _BACK) and one.event.refund == refund]

    return choose


def _of_events(posted: Sequence[Posted]) -> Iterable[Figure]:
    """What one event brought in, sent out, or took from one owner to another."""
    for seq, event in {one.entry.seq: one.event for one in posted}.items():
        accounts = _TAKEN_FROM.get(type(event), CASH)
        choose = _of_event(seq, accounts)
        total = sum((one.entry.amount.minor for one in choose(posted)), 0)
        if total:
            side = _DEBIT if total > 0 else _CREDIT
            amount = Money(abs(total), choose(posted)[0].entry.amount.currency)
            yield Figure(FigureKind.EVENT, amount, side, accounts, choose, str(seq))


_TAKEN_FROM: dict[type[e.Event], frozenset[AccountKind]] = {
    CreditApplied: frozenset({AccountKind.CREDIT}),
    CreditTakenBack: frozenset({AccountKind.CREDIT}),
    DepositDeducted: _DEPOSIT,
}


def _of_event(seq: int, accounts: frozenset[AccountKind]) -> Choice:
    def choose(posted: Sequence[Posted]) -> list[Posted]:
        its_own = [one for one in posted if one.entry.seq == seq]
        return [one for one in its_own if kind_of(one.entry.account) in accounts]

    return choose
