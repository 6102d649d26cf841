"""Payouts for tests: each event with good defaults, and a payout that stands in a state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.domain.ledger import PLATFORM_FEE, payable_to
from portal.domain.money import Currency, Money, shillings
from portal.domain.payout import (
    OURSELVES,
    LeftOut,
    LineReturned,
    Passed,
    Payout,
    PayoutApproved,
    PayoutDropped,
    PayoutEvent,
    PayoutItem,
    PayoutLine,
    PayoutPaid,
    PayoutPrepared,
    PayoutSent,
    PayoutState,
    Returned,
    apply_payout,
)
from tests.makers import LANDLORD, NEIGHBOUR, NOW, OFFICE, PAYMENT, a_reference

PAYOUT = a_reference(600)
ACCOUNT = a_reference(601)
OUR_ACCOUNT = a_reference(602)
APPROVER = a_reference(101)


def an_item(amount: int = 450_000, stream: str = PAYMENT, account: str = payable_to(LANDLORD)) -> PayoutItem:
    return PayoutItem(account=account, stream=stream, amount=shillings(amount))


def prepared(**changes: Any) -> PayoutPrepared:
    """Juma gets what Asha paid, we our fee, and a landlord is carried over."""
    fee = an_item(2_500, account=PLATFORM_FEE)
    event = PayoutPrepared(
        account="CRDB",
        currency=Currency.TZS,
        lines=(
            PayoutLine(number=1, payee=LANDLORD, destination=ACCOUNT, items=(an_item(),)),
            PayoutLine(number=2, payee=OURSELVES, destination=OUR_ACCOUNT, items=(fee,)),
        ),
        passed=(Passed(payee=NEIGHBOUR, amount=shillings(-5), why=LeftOut.NOTHING_TO_SEND),),
        prepared_by=OFFICE,
    )
    return replace(event, **changes)


APPROVED = PayoutApproved(approved_by=APPROVER)
DROPPED = PayoutDropped(dropped_by=OFFICE)
SENT = PayoutSent(sent_by=OFFICE)
PAID = PayoutPaid(bank_reference="FT26062ABC", told_by=OFFICE)
ROADS: dict[PayoutState, list[PayoutEvent]] = {
    PayoutState.PREPARED: [],
    PayoutState.DROPPED: [DROPPED],
    PayoutState.APPROVED: [APPROVED],
    PayoutState.SENT: [APPROVED, SENT],
    PayoutState.PAID: [APPROVED, SENT, PAID],
}


def came_back(line: int = 1, why: Returned = Returned.NAME_DIFFERS) -> LineReturned:
    return LineReturned(line=line, why=why, told_by=OFFICE)


ROADS[PayoutState.RETURNED] = [APPROVED, SENT, came_back(1), came_back(2)]


def a_payout(state: PayoutState = PayoutState.PREPARED, **changes: Any) -> Payout:
    return told_payout(prepared(**changes), *ROADS[state])


def told_payout(*events: PayoutEvent, before: Payout | None = None) -> Payout:
    """The payout after these events."""
    for event in events:
        before = apply_payout(before, event, NOW, reference=PAYOUT)
    assert before
    return before


def dollars_item(minor: int) -> PayoutItem:
    return replace(an_item(), amount=Money(minor, Currency.USD))
