"""What else happens to a payment that is paid: it goes back by itself and is ours again, is kept, and is deducted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.bill import Bill
from portal.domain.credit import unused_parts, waiting_parts
from portal.domain.credit_events import CreditChosen, CreditWithdrawn
from portal.domain.deposit_events import DepositDeducted
from portal.domain.deposit_pots import deposit_left, parts_of_deposit
from portal.domain.fold import apply
from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund_outcome import Cause, RefundRefusal
from portal.domain.refund_turn import beyond_when_returned
from portal.domain.reversal import CameBack, WentBack, came_back, found_again, left_here, went_back
from tests.makers import a_reference

History = list[tuple[e.Event, datetime]]


def with_more(
    draw: st.DrawFn,
    history: History,
    payment: Payment,
    bills: Iterable[Bill],
    numbers: Callable[[], int],
) -> History:
    """`history` has led to `payment`."""
    told, at = [*history], history[-1][1]
    for act in draw(
        st.lists(st.sampled_from(["gone", "gone", "back", "keep", "withdraw", "deduct"]), max_size=4)
    ):
        at += timedelta(minutes=5)
        for event in _events(draw, act, payment, bills, numbers, at):
            payment = apply(payment, event, at, reference=payment.reference)
            told.append((event, at))
        for event in found_again(payment):
            payment = apply(payment, event, at, reference=payment.reference)
            told.append((event, at))
    return told


def _events(
    draw: st.DrawFn,
    act: str,
    payment: Payment,
    bills: Iterable[Bill],
    numbers: Callable[[], int],
    at: datetime,
) -> Iterable[e.Event]:
    match act:
        case "gone" if left := left_here(payment):
            # All of it, or a part; of all the fees that were paid on are lost.
            amount = draw(st.one_of(st.just(left.minor), st.integers(1, left.minor)))
            name = a_reference(numbers())
            told = WentBack(
                reference=name,
                cause=draw(st.sampled_from([Cause.ELSEWHERE, Cause.DISPUTE])),
                request_id=f"re_{name}",
                amount=Money(amount, left.currency),
                at=at,
            )
            return went_back(payment, told, Source.CALLBACK)
        case "back" if payment.refunds.by_itself:
            return _ours_again(draw, payment, bills, at)
        case "keep" if parts := waiting_parts(payment):
            return [CreditChosen(parts=parts, chosen_by=payment.payer)]
        case "withdraw" if parts := unused_parts(payment):
            return [CreditWithdrawn(parts=parts, chosen_by=payment.payer)]
        case "deduct" if left := deposit_left(payment):
            kept = Money(draw(st.integers(1, left.minor)), left.currency)
            name = a_reference(numbers())
            return [DepositDeducted(deposit_return=name, line=1, parts=parts_of_deposit(payment, kept))]
        case _:
            return []


def _ours_again(draw: st.DrawFn, payment: Payment, bills: Iterable[Bill], at: datetime) -> list[e.Event]:
    """Its bills need it, or somebody has paid them meanwhile."""
    refund = payment.refunds.by_itself[-1]
    told = CameBack(request_id=refund.request_id or "", reason=RefundRefusal.CALLED_OFF, code="won", at=at)
    events: list[e.Event] = [*came_back(payment, told, Source.CALLBACK)]
    for event in [*events]:
        if isinstance(event, r.RefundReturned):
            paid = draw(st.booleans())
            now = {each.reference: replace(each, paid=each.owed if paid else each.paid) for each in bills}
            events += beyond_when_returned(payment, refund, now)
    return events
