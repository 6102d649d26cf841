"""What is typed in a menu goes to the oldest bill first, to the last shilling, and to nothing that nobody owes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.bill import Bill, PartPolicy, PartTerms, agreed_part
from portal.domain.fold import apply
from portal.domain.menu import MenuRefused, Refusal, no_fees, spread
from portal.domain.money import Money, shillings, sum_of
from portal.domain.payment_state import State
from tests.makers import NOW, PAYMENT, a_bill, a_payment, a_reference, completed, heard, initiated

ANY, WHOLE = PartTerms(PartPolicy.ANY_PART), PartTerms(PartPolicy.FULL_ONLY)
BY_RENT = PartTerms(PartPolicy.RENT_OR_MORE, shillings(250_000))


def owed(*amounts: int) -> list[Bill]:
    return [
        a_bill(
            reference=a_reference(100 + number), amount=shillings(amount), due_on=date(2026, 3, 1 + number)
        )
        for number, amount in enumerate(amounts)
    ]


def parts(*amounts: int, terms: PartTerms = ANY, typed: int) -> list[int]:
    return [each.amount.minor for each in spread(owed(*amounts), terms, shillings(typed))]


def refused(*amounts: int, terms: PartTerms = ANY, typed: int) -> tuple[Refusal, list[int]]:
    with pytest.raises(MenuRefused) as refusal:
        spread(owed(*amounts), terms, shillings(typed))
    return refusal.value.refusal, [each.minor for each in refusal.value.amounts]


@pytest.mark.covers("A11")
@pytest.mark.parametrize(
    "terms, typed, paid",
    [
        (ANY, 450_000, [450_000]),
        (ANY, 500_000, [450_000, 50_000]),
        (ANY, 900_000, [450_000, 450_000]),
        (ANY, 1_000, [1_000]),
        (WHOLE, 450_000, [450_000]),
        (WHOLE, 900_000, [450_000, 450_000]),
        (BY_RENT, 250_000, [250_000]),
        (BY_RENT, 700_000, [450_000, 250_000]),
    ],
)
def test_bills_are_paid_in_their_order_and_the_last_may_be_paid_in_part(
    terms: PartTerms, typed: int, paid: list[int]
) -> None:
    assert parts(450_000, 450_000, terms=terms, typed=typed) == paid


@pytest.mark.covers("A11")
@pytest.mark.parametrize(
    "terms, typed, refusal, instead",
    [
        (ANY, 900_001, Refusal.TOO_MUCH, [900_000]),
        (ANY, 999, Refusal.TOO_LITTLE, [1_000]),
        (ANY, 0, Refusal.TOO_LITTLE, [1_000]),
        (ANY, 449_500, Refusal.WRONG_AMOUNT, [449_000, 450_000]),
        (ANY, 450_500, Refusal.WRONG_AMOUNT, [450_000, 451_000]),
        (WHOLE, 100_000, Refusal.TOO_LITTLE, [450_000]),
        (WHOLE, 500_000, Refusal.WRONG_AMOUNT, [450_000, 900_000]),
        (BY_RENT, 200_000, Refusal.TOO_LITTLE, [250_000]),
        (BY_RENT, 600_000, Refusal.WRONG_AMOUNT, [450_000, 700_000]),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_could(
    terms: PartTerms, typed: int, refusal: Refusal, instead: list[int]
) -> None:
    assert refused(450_000, 450_000, terms=terms, typed=typed) == (refusal, instead)


@given(
    amounts=st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    terms=st.sampled_from([ANY, WHOLE, BY_RENT]),
    typed=st.integers(0, 7 * 10**6),
)
def test_no_shilling_is_lost_and_no_bill_gets_more_than_it_needs(
    amounts: list[int], terms: PartTerms, typed: int
) -> None:
    bills = owed(*amounts)
    try:
        allocations = spread(bills, terms, shillings(typed))
    except MenuRefused as refusal:
        for instead in refusal.amounts:
            assert sum_of([each.amount for each in spread(bills, terms, instead)]) == instead
        return
    assert sum_of([each.amount for each in allocations]) == shillings(typed)
    assert [each.bill for each in allocations] == [bill.reference for bill in bills[: len(allocations)]]
    *whole, last = zip(allocations, bills, strict=False)
    assert all(each.amount == bill.rest for each, bill in whole)
    assert agreed_part(last[1], terms, last[0].amount) == last[0].amount


def test_no_fee_is_taken_that_the_menu_does_not_show() -> None:
    assert no_fees(shillings(450_000)).total == Money(0, shillings(0).currency)


def test_what_begins_in_a_menu_is_settled_without_a_request_of_ours() -> None:
    begun = initiated(by_menu=True, fees=no_fees(shillings(450_000)))
    payment = apply(None, begun, NOW, reference=PAYMENT)
    payment = apply(payment, heard(), NOW, reference=PAYMENT)
    assert (payment.state, payment.by_menu) == (State.PROCESSING, True)
    payment = apply(payment, completed(payment.total), NOW, reference=PAYMENT)
    assert (payment.state, payment.received) == (State.COMPLETED, payment.amount)
    assert not a_payment().by_menu
    assert isinstance(begun, e.PaymentInitiated)
