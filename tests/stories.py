"""Payments by chance, from their beginning to whatever follows: of one bill or several, in two currencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from portal.domain import refund_events as r
from portal.domain.bill import Bill, PaymentType
from portal.domain.figures import Posted
from portal.domain.fold import apply
from portal.domain.ledger import entries_of
from portal.domain.money import Currency, Money
from portal.domain.outcome import Paid
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_pots import refundable
from portal.domain.refund_reason import RefundReason
from tests.facts import Fact, Tale, facts, fitting
from tests.makers import BILLED, LEASE, a_bill, a_reference, all_of, initiated, paid_in_shillings
from tests.more_stories import History, with_more
from tests.refunds import requested, road


@dataclass(frozen=True)
class Story:
    """What happened to a payment, and the bills that it was for as they stood when it began."""

    reference: str
    bills: tuple[Bill, ...]
    history: History

    @property
    def payment(self) -> Payment:
        return self._told()[0]

    @property
    def posted(self) -> list[Posted]:
        """What the ledger has of it."""
        return self._told()[1]

    def _told(self) -> tuple[Payment, list[Posted]]:
        payment, posted = None, []
        for event, at in self.history:
            payment = apply(payment, event, at, reference=self.reference)
            posted += [Posted(entry, event) for entry in entries_of(event, payment, at)]
        assert payment
        return payment, posted


IN_DOLLARS = a_reference(9_001)
"""The lease of bills in dollars."""
_EVERY = count(10_000)


@st.composite
def stories(draw: st.DrawFn, numbers: Callable[[], int] = _EVERY.__next__) -> Story:
    """`numbers` gives every reference a number of its own."""
    bills = _bills(draw, numbers)
    in_dollars = bills[0].amount.currency is Currency.USD
    asked = initiated(lease=bills[0].lease, **(paid_in_shillings if in_dollars else all_of)(*bills))
    tale = Tale(*bills, asked=asked, reference=a_reference(numbers()))
    for bill in bills:
        if draw(st.booleans()):
            meanwhile = Money(draw(st.integers(0, bill.amount.minor)), bill.amount.currency)
            tale.bills[bill.reference] = replace(bill, paid=meanwhile)
    for fact in draw(st.lists(facts, max_size=5)):
        tale.tell(_its_own(fitting(fact, tale.payment.total), tale.reference))
    if draw(st.integers(0, 3)):
        tale.tell(_its_own(Paid(receipt_code="U"), tale.reference))
    story = Story(tale.reference, bills, _with_refunds(draw, tale, numbers))
    if story.payment.state is not State.COMPLETED:
        return story
    return replace(story, history=with_more(draw, story.history, story.payment, bills, numbers))


def _bills(draw: st.DrawFn, numbers: Callable[[], int]) -> tuple[Bill, ...]:
    currency = draw(st.sampled_from([Currency.TZS, Currency.TZS, Currency.USD]))
    amounts = draw(st.lists(st.integers(1_000, 3_000_000), min_size=1, max_size=3))
    return tuple(
        a_bill(
            reference=a_reference(numbers()),
            lease=IN_DOLLARS if currency is Currency.USD else LEASE,
            type=(kind := draw(st.sampled_from(BILLED))),
            period=date(2026, 3 + place, 1) if kind is PaymentType.RENT else None,
            amount=Money(amount, currency),
            paid=Money(0, currency),
        )
        for place, amount in enumerate(amounts)
    )


def _with_refunds(draw: st.DrawFn, tale: Tale, numbers: Callable[[], int]) -> History:
    history, payment, at = [*tale.history], tale.payment, tale.now
    for _ in range(draw(st.integers(0, 3)) if payment.state is State.COMPLETED else 0):
        left = refundable(payment)
        if not left:
            break
        amount = Money(draw(st.integers(1, left.minor)), left.currency)
        reason, state = draw(st.sampled_from(RefundReason)), draw(st.sampled_from(_ENDS))
        asked = requested(payment, amount, reason=reason, refund=a_reference(numbers()))
        events = (
            _by_hand(asked) if draw(st.booleans()) and state is RefundState.SUCCEEDED else road(state, asked)
        )
        at += timedelta(minutes=5)
        for event in events:
            payment = apply(payment, event, at, reference=payment.reference)
            history.append((event, at))
    return history


_ENDS = (RefundState.SUCCEEDED, *RefundState)
"""Most of them succeed."""


def _by_hand(asked: r.RefundRequested) -> list[r.RefundEvent]:
    agreed, *_, gone = (event for event in road(RefundState.SUCCEEDED, asked) if event is not asked)
    assert isinstance(agreed, r.RefundApproved)
    assert isinstance(gone, r.RefundSucceeded)
    return [asked, replace(agreed, route=RefundRoute.BY_HAND), replace(gone, code=f"FT{asked.refund}")]


def _its_own(fact: Fact, reference: str) -> Any:
    """With an id and a code that no other payment has."""
    own = {"request_id": f"ws_CO_{reference}", "receipt_code": f"U{reference[3:]}"}
    told: Any = fact
    given = {field.name for field in fields(told)} & set(own)
    return replace(told, **{name: own[name] for name in given if getattr(told, name) is not None})
