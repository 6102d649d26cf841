"""One payment for several bills: whatever happens to it, each bill gets what it needs and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.allocation import Allocation, allocated_to
from portal.domain.bill import Bill, PaymentType
from portal.domain.fold import apply
from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.payment import Payment
from portal.domain.payment_state import IllegalTransition, State
from tests import facts
from tests.facts import Fact, Tale, completed, fitting
from tests.makers import BILL, BILLED, NOW, PAYMENT, a_bill, a_payment, a_reference, all_of, initiated

RENT = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))


@st.composite
def owed(draw: st.DrawFn) -> list[Bill]:
    """Up to six bills of a lease, none of them paid in full."""
    bills = []
    for number in range(draw(st.integers(1, 6))):
        amount = draw(st.integers(1, 10**6))
        paid = draw(st.integers(0, amount - 1))
        bills.append(
            a_bill(
                reference=a_reference(100 + number),
                type=draw(st.sampled_from(BILLED)),
                amount=shillings(amount),
                paid=shillings(paid),
            )
        )
    return bills


def asked(bills: list[Bill], part: int | None) -> e.PaymentInitiated:
    """For all that is left of them or, of one, for a part."""
    if part is None or len(bills) > 1:
        return initiated(**all_of(*bills))
    (bill,) = bills
    wanted = min(shillings(part), bill.rest)
    return initiated(**all_of(bill) | {"amount": wanted, "allocations": (allocated_to(bill, wanted),)})


@pytest.mark.covers("A20", "B19", "D18")
@given(
    owed(),
    st.none() | st.integers(1, 10**6),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.lists(facts.facts, max_size=8),
)
def test_each_bill_is_credited_with_what_it_needs_and_the_rest_waits_in_suspense(
    bills: list[Bill], part: int | None, paid_meanwhile: list[float], given_: list[Fact]
) -> None:
    tale = Tale(*bills, asked=asked(bills, part))
    for bill, share in zip(bills, paid_meanwhile, strict=False):
        more = shillings(int(bill.rest.minor * share))
        tale.bills[bill.reference] = replace(bill, paid=bill.paid + more)
    before = dict(tale.bills)
    for fact in given_:
        tale.tell(fitting(fact, tale.payment.total))
    payment = tale.payment
    assert sum(tale.postings.values()) == 0
    assert sum(each.amount.minor for each in payment.allocations) == payment.amount.minor
    if not completed(tale):
        assert tale.bills == before
        assert payment.excess is None
        return
    for each in payment.allocations:
        bill = before[each.bill]
        assert each.applied == min(each.amount, bill.rest)
        assert tale.bills[each.bill].paid == bill.paid + each.applied
        assert tale.bills[each.bill].paid <= bill.amount
    assert payment.excess == (payment.amount - payment.applied or None)
    assert tale.charges == [payment.received]
    if payment.received == payment.total:
        assert tale.postings["suspense"] == -(payment.excess.minor if payment.excess else 0)


@pytest.mark.covers("A20", "B19")
def test_of_two_bills_of_which_one_was_paid_meanwhile_only_that_one_is_too_much() -> None:
    tale = Tale(a_bill(), RENT, asked=initiated(**all_of(a_bill(), RENT)))
    tale.bills[BILL] = replace(a_bill(), paid=shillings(100_000))
    assert [type(event) for event in tale.tell(Paid())] == [e.PaymentCompleted, e.DuplicateSuccess]
    assert [each.excess for each in tale.payment.allocations] == [shillings(100_000), None]
    assert [bill.rest for bill in tale.bills.values()] == [shillings(0)] * 2
    assert (tale.payment.excess, tale.payment.applied) == (shillings(100_000), shillings(800_000))


def test_an_older_payment_without_allocations_is_all_for_its_one_bill() -> None:
    payment = a_payment(State.COMPLETED)
    (allocation,) = payment.allocations
    assert allocation == Allocation(
        bill=BILL, type=PaymentType.DEPOSIT, period=None, amount=shillings(450_000)
    )
    extra = apply(payment, e.DuplicateSuccess(excess=shillings(50_000)), NOW, reference=PAYMENT)
    assert (extra.excess, extra.bills) == (shillings(50_000), (BILL,))


def begun(**changes: object) -> Payment:
    return apply(None, initiated(**changes), NOW, reference=PAYMENT)


def test_allocations_that_are_not_the_amount_or_name_a_bill_twice_are_no_payment() -> None:
    both = all_of(a_bill(), RENT)
    assert begun(**both).bills == (BILL, RENT.reference)
    with pytest.raises(IllegalTransition, match="not its amount"):
        begun(**both | {"amount": shillings(899_999)})
    with pytest.raises(IllegalTransition, match="twice"):
        begun(**all_of(a_bill(), a_bill()))
