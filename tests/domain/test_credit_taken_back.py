"""No bill stays paid with money that went back: what a credit had paid is taken out of it, and pays it again later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import credit_events as c
from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.bill import Bill, PaymentType
from portal.domain.credit import IllegalCredit, paid_again, unused_parts, uses, waiting_parts
from portal.domain.credit_use import standing_uses
from portal.domain.ledger import TAKEN_BACK, entries_of, payable_to
from portal.domain.money import Money, shillings
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund import IllegalRefund, RefundState
from portal.domain.refund_outcome import Cause, RefundRefusal
from portal.domain.refund_pots import BeyondWhatIsLeft, pots_left
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import beyond_when_returned
from portal.domain.reversal import CameBack, WentBack, came_back, found_again, went_back
from portal.domain.transaction import RETURNED, TransactionType, transactions_of
from tests.domain.test_credit import after, beyond_two_bills
from tests.makers import BILL, LANDLORD, NOW, TENANT, a_bill, a_payment, a_reference
from tests.refunds import refund_failed, requested, succeeded

NEW, MARCH, APRIL, MAY = a_reference(600), a_reference(71), a_reference(72), a_reference(73)
OTHER_LANDLORD = a_reference(5)
FEES_PAID_ON = 1_250


def applied(bill: str, amount: int, payee: str = LANDLORD) -> c.CreditApplied:
    return c.CreditApplied(
        bill=bill, type=PaymentType.RENT, period=None, amount=shillings(amount), payee=payee
    )


def chosen(payment: Payment) -> c.CreditChosen:
    return c.CreditChosen(parts=waiting_parts(payment), chosen_by=TENANT)


def twice() -> Payment:
    """The bill of 450,000 was paid before, and all of it is kept."""
    payment = after(a_payment(), e.DuplicateSuccess(excess=shillings(450_000), bill=BILL))
    return after(payment, chosen(payment))


def gone(amount: int, name: str = "re_9", reference: str = NEW, hours: int = 0) -> WentBack:
    return WentBack(
        reference=reference,
        cause=Cause.ELSEWHERE,
        request_id=name,
        amount=shillings(amount),
        at=NOW + timedelta(hours=hours),
    )


def back(name: str = "re_9", hours: int = 1) -> CameBack:
    at = NOW + timedelta(hours=hours)
    return CameBack(request_id=name, reason=RefundRefusal.CALLED_OFF, code="won", at=at)


def taken(payment: Payment, amount: int) -> list[tuple[str, int]]:
    events = went_back(payment, gone(amount), Source.CALLBACK)
    after(payment, *events)
    return [(one.bill, one.amount.minor) for one in events if isinstance(one, c.CreditTakenBack)]


@pytest.mark.covers("I11", "F11")
@pytest.mark.parametrize(
    "amount,out_of",
    [
        (102_250, []),
        (102_251, [(MAY, 1)]),
        (200_000, [(MAY, 97_750)]),
        (202_250, [(MAY, 100_000)]),
        (250_000, [(MAY, 100_000), (APRIL, 47_750)]),
        (453_500, [(MAY, 100_000), (APRIL, 50_000), (MARCH, 200_000)]),
    ],
)
def test_what_bills_have_used_gives_what_pots_and_unused_credit_do_not_the_newest_use_first(
    amount: int, out_of: list[tuple[str, int]]
) -> None:
    used = after(twice(), applied(MARCH, 200_000), applied(APRIL, 50_000), applied(MAY, 100_000))
    assert used.credit_left == shillings(100_000)
    assert taken(used, amount) == out_of


def test_a_bill_that_used_it_twice_loses_the_newer_use_before_what_others_used_between() -> None:
    used = after(twice(), applied(MARCH, 100_000), applied(APRIL, 150_000), applied(MARCH, 200_000))
    assert taken(used, 302_250) == [(MARCH, 200_000), (APRIL, 100_000)]


@pytest.mark.covers("I11", "F11", "I8")
def test_what_is_taken_out_of_a_bill_is_debited_to_the_landlord_who_had_it() -> None:
    used = after(twice(), applied(MARCH, 450_000, OTHER_LANDLORD))
    posted: Counter[str] = Counter()
    for event in went_back(used, gone(453_500), Source.CALLBACK):
        used = after(used, event)
        for line in entries_of(event, used, NOW):
            posted[line.account] += line.amount.minor
        if isinstance(event, c.CreditTakenBack):
            (moved,) = transactions_of(event, used, NOW)
            assert (moved.type, moved.kind, moved.amount) == (
                TransactionType.TRANSFER,
                RETURNED,
                shillings(450_000),
            )
    assert +posted == {payable_to(OTHER_LANDLORD): 450_000, "fee:platform": 2_250, TAKEN_BACK: FEES_PAID_ON}
    assert standing_uses(used.credit_uses) == []
    assert used.credit_left == shillings(0)
    assert used.reserved == shillings(452_250)


def test_a_refund_that_has_not_left_gives_way_before_a_bill_does() -> None:
    payment = beyond_two_bills()
    kept = after(payment, chosen(payment), applied(MARCH, 300_000))
    withdrawn = after(kept, c.CreditWithdrawn(parts=unused_parts(kept), chosen_by=TENANT))
    asked = after(withdrawn, requested(withdrawn, shillings(200_000), reason=RefundReason.DUPLICATE_PAYMENT))
    events = went_back(asked, gone(202_500), Source.CALLBACK)
    assert [type(event) for event in events] == [r.RefundOvertaken, r.PaymentReversed]


@pytest.mark.parametrize(
    "bill,amount", [(MARCH, 200_001), (MARCH, 0), (APRIL, 1)], ids=["more", "nothing", "another bill"]
)
def test_no_more_is_taken_out_of_a_bill_than_it_has_used(bill: str, amount: int) -> None:
    used = after(twice(), applied(MARCH, 200_000))
    event = c.CreditTakenBack(
        refund=NEW,
        bill=bill,
        type=PaymentType.RENT,
        period=None,
        amount=shillings(amount),
        payee=LANDLORD,
    )
    with pytest.raises(IllegalCredit):
        after(used, event)


def again(payment: Payment, bills: dict[str, Bill]) -> list[tuple[str, int]]:
    """What is paid again once the money is here again, if the bills stand so by then."""
    returned = [use for use in payment.credit_uses if use.refund]
    here = after(payment, *came_back(payment, back(), Source.CALLBACK))
    assert [use.refund for use in here.credit_uses] == [None] * len(here.credit_uses)
    events = paid_again(here, returned, bills)
    after(here, *events)
    return [(one.bill, one.amount.minor) for one in events if isinstance(one, c.CreditApplied)]


@pytest.mark.covers("I11", "F12")
@pytest.mark.parametrize(
    "march,april,paid",
    [
        (0, 0, [(MARCH, 300_000), (APRIL, 150_000)]),
        (300_000, 0, [(APRIL, 150_000)]),
        (100_000, 149_500, [(MARCH, 200_000), (APRIL, 500)]),
        (300_000, 150_000, []),
    ],
)
def test_money_that_is_here_again_pays_what_it_had_paid_and_nobody_paid_meanwhile(
    march: int, april: int, paid: list[tuple[str, int]]
) -> None:
    used = after(twice(), applied(MARCH, 300_000), applied(APRIL, 150_000))
    reversed_ = after(used, *went_back(used, gone(453_500), Source.CALLBACK))
    bills = {
        MARCH: a_bill(reference=MARCH, amount=shillings(300_000), paid=shillings(march)),
        APRIL: a_bill(reference=APRIL, amount=shillings(150_000), paid=shillings(april)),
    }
    assert again(reversed_, bills) == paid


def test_no_rest_stays_that_is_too_small_when_it_pays_again() -> None:
    used = after(twice(), applied(MARCH, 300_000))
    reversed_ = after(used, *went_back(used, gone(453_500), Source.CALLBACK))
    bill = a_bill(reference=MARCH, amount=shillings(700_000), paid=shillings(399_500))
    assert again(reversed_, {MARCH: bill}) == [(MARCH, 299_500)]


@dataclass(frozen=True)
class Step:
    """What happens, to which of several, and with how much."""

    act: str
    which: int
    minor: int
    hours: int


steps = st.lists(
    st.builds(
        Step,
        act=st.sampled_from(["gone", "gone", "back", "keep", "use", "pay", "withdraw", "ask", "end", "fail"]),
        which=st.integers(0, 2),
        minor=st.integers(1, 500_000),
        hours=st.integers(0, 40),
    ),
    max_size=25,
)


class Play:
    """A payment whose money was not needed, in all that happens to it, with all that it posts and credits."""

    def __init__(self) -> None:
        self.payment = beyond_two_bills()
        later = (a_bill(reference=name, amount=shillings(200_000)) for name in (MARCH, APRIL, MAY))
        own = (a_bill(reference=each.bill, amount=each.amount) for each in self.payment.allocations)
        self.bills = {bill.reference: bill for bill in (*later, *own)}
        self.by_others: Counter[str] = Counter()
        self.balances: Counter[str] = Counter()
        self.names = 0

    def do(self, step: Step) -> None:
        before = self.payment
        for event in self._events(step):
            self._append(event)
            if isinstance(event, r.RefundReturned):
                refund = before.refunds.named(event.refund)
                for beyond in beyond_when_returned(before, refund, self.bills):
                    self._append(beyond)
                returned = [use for use in before.credit_uses if use.refund == event.refund]
                for one in paid_again(self.payment, returned, self.bills):
                    self._append(one)
        for event in found_again(self.payment):
            self._append(event)

    def _events(self, step: Step) -> list[e.Event]:
        payment, open_ = self.payment, self.payment.refunds.open
        bill = [*self.bills.values()][step.which]
        match step.act:
            case "gone":
                fact = gone(step.minor, f"re_{step.which}", a_reference(700 + step.which), step.hours)
                return went_back(payment, fact, Source.CALLBACK)
            case "back":
                return [*came_back(payment, back(f"re_{step.which}", step.hours), Source.CALLBACK)]
            case "keep" if parts := waiting_parts(payment):
                return [c.CreditChosen(parts=parts, chosen_by=TENANT)]
            case "use":
                return [applied(one.reference, some.minor) for one, some in uses(payment.credit_left, [bill])]
            case "pay" if bill.rest:
                self._credit(bill.reference, bill.rest)
                self.by_others[bill.reference] += bill.rest.minor
                return []
            case "withdraw" if parts := unused_parts(payment):
                return [c.CreditWithdrawn(parts=parts, chosen_by=TENANT)]
            case "ask":
                return self._asked(step.minor)
            case "end" | "fail" if open_:
                return [
                    succeeded(open_[0].reference) if step.act == "end" else refund_failed(open_[0].reference)
                ]
            case _:
                return []

    def _asked(self, amount: int) -> list[e.Event]:
        self.names += 1
        try:
            asked = requested(self.payment, shillings(amount), reason=RefundReason.DUPLICATE_PAYMENT)
        except BeyondWhatIsLeft:
            return []
        return [replace(asked, refund=a_reference(800 + self.names))]

    def _append(self, event: e.Event) -> None:
        try:
            now = after(self.payment, event)
        except IllegalRefund:
            return
        for line in entries_of(event, now, NOW):
            self.balances[line.account] += line.amount.minor
        match event:
            case c.CreditApplied():
                self._credit(event.bill, event.amount)
            case c.CreditTakenBack():
                self._credit(event.bill, -event.amount)
        self.payment = now

    def _credit(self, bill: str, amount: Money) -> None:
        self.bills[bill] = replace(self.bills[bill], paid=self.bills[bill].paid + amount)


@pytest.mark.covers("I11", "F11", "F12", "I8")
@settings(max_examples=300, deadline=None)
@given(steps=steps)
def test_whatever_happens_no_bill_is_paid_with_money_that_is_not_here(steps: list[Step]) -> None:
    play = Play()
    for step in steps:
        play.do(step)
        now = play.payment
        standing: Counter[str] = Counter()
        for use in standing_uses(now.credit_uses):
            assert use.amount > shillings(0)
            standing[use.bill] += use.amount.minor
        for name in (MARCH, APRIL, MAY):
            bill = play.bills[name]
            assert bill.paid.minor == standing[name] + play.by_others[name]
            assert bill.paid <= bill.amount
        assert play.balances[payable_to(LANDLORD)] == -standing.total()
        assert now.credit_left.minor >= 0
        assert min(pot.amount.minor for pot in pots_left(now)) >= 0
        lost = sum(one.lost.minor for one in now.refunds.lost)
        assert play.balances[TAKEN_BACK] == lost
        here = [*(pot.amount.minor for pot in pots_left(now)), now.credit_left.minor, standing.total()]
        assert not lost or not any(here)
        reached = {one.state for one in now.refunds if one.by_itself}
        assert reached <= {RefundState.SUCCEEDED, RefundState.FAILED}
