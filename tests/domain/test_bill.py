"""Bills: what is left of one, and which part of it may be paid."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bill import (
    SMALLEST_PART,
    BillStatus,
    PartPolicy,
    PartRefused,
    PartTerms,
    PaymentType,
    agreed_part,
    paid_notice,
)
from portal.domain.money import Currency, Money, shillings
from tests.makers import BILLED, a_bill

owed = st.integers(1, 10**9)
ANY_PART, FULL_ONLY = PartTerms(PartPolicy.ANY_PART), PartTerms(PartPolicy.FULL_ONLY)


@given(owed, st.integers(0, 2 * 10**9))
def test_what_is_left_and_what_is_paid_make_the_whole(amount: int, paid: int) -> None:
    bill = a_bill(amount=shillings(amount), paid=shillings(paid))
    assert bill.rest.minor == max(0, amount - paid)
    expected = BillStatus.PAID if paid >= amount else BillStatus.PART_PAID if paid else BillStatus.DUE
    assert bill.status is expected


@given(owed, st.integers(0, 10**9), st.sampled_from(PartPolicy))
def test_whoever_names_no_amount_pays_all_that_is_left(amount: int, paid: int, policy: PartPolicy) -> None:
    bill = a_bill(amount=shillings(amount), paid=shillings(paid))
    assert agreed_part(bill, PartTerms(policy, shillings(450_000)), None) == bill.rest
    assert agreed_part(bill, PartTerms(policy, shillings(450_000)), bill.rest) == bill.rest


@pytest.mark.covers("A1", "D04")
@given(owed, st.integers(-(10**6), 2 * 10**9))
def test_a_part_is_never_more_than_is_left_nor_a_trifle(amount: int, wanted: int) -> None:
    bill = a_bill(amount=shillings(amount))
    if wanted == amount or SMALLEST_PART <= wanted <= amount - SMALLEST_PART:
        assert agreed_part(bill, ANY_PART, shillings(wanted)) == shillings(wanted)
        return
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, ANY_PART, shillings(wanted))
    assert refusal.value.whole == bill.rest


@pytest.mark.covers("A19")
@pytest.mark.parametrize(
    "owes,wanted,problem",
    [
        (450_000, 999, "range"),
        (450_000, 450_001, "range"),
        (450_000, 449_001, "leaves_too_little"),
        (450_000, 449_999, "leaves_too_little"),
        (2_000, 1_001, "leaves_too_little"),
        (1_999, 1_000, "whole_only"),
        (1_999, 1, "whole_only"),
        (1_000, 999, "whole_only"),
        (500, 501, "whole_only"),
    ],
)
def test_a_refused_part_says_which_amounts_work(owes: int, wanted: int, problem: str) -> None:
    bill = a_bill(amount=shillings(owes))
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, ANY_PART, shillings(wanted))
    error = refusal.value
    assert error.problem == problem
    if problem == "whole_only":
        assert error.smallest == error.largest == error.whole
    for amount in (error.smallest, error.largest, error.whole):
        assert agreed_part(bill, ANY_PART, amount) == amount


@pytest.mark.covers("A19")
@given(st.integers(SMALLEST_PART, 10**7), st.lists(st.integers(0, 10**7), max_size=9))
def test_no_row_of_parts_leaves_a_rest_that_cannot_be_paid(amount: int, wishes: list[int]) -> None:
    bill = a_bill(amount=shillings(amount))
    for wish in wishes:
        try:
            part = agreed_part(bill, ANY_PART, shillings(wish))
        except PartRefused:
            continue
        bill = replace(bill, paid=bill.paid + part)
        assert not bill.rest or bill.rest.minor >= SMALLEST_PART
        if not bill.rest:
            return


@given(owed, owed)
def test_a_landlord_who_wants_all_gets_all_or_nothing(amount: int, wanted: int) -> None:
    bill = a_bill(amount=shillings(amount))
    if wanted == amount:
        assert agreed_part(bill, FULL_ONLY, shillings(wanted)) == bill.amount
        return
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, FULL_ONLY, shillings(wanted))
    assert refusal.value.problem == "full_only"
    assert refusal.value.smallest == refusal.value.largest == bill.rest


@pytest.mark.covers("D11", "S21")
@pytest.mark.parametrize(
    "paid, released, rest, status",
    [
        (0, 0, 450_000, BillStatus.DUE),
        (100_000, 0, 350_000, BillStatus.PART_PAID),
        (100_000, 200_000, 150_000, BillStatus.PART_PAID),
        (100_000, 350_000, 0, BillStatus.PAID),
        (0, 450_000, 0, BillStatus.NOT_OWED),
    ],
)
def test_what_is_not_owed_any_more_is_not_asked_for(
    paid: int, released: int, rest: int, status: BillStatus
) -> None:
    bill = replace(a_bill(), paid=shillings(paid), released=shillings(released))
    assert (bill.rest, bill.status) == (shillings(rest), status)


def test_a_refund_is_nothing_that_can_be_billed() -> None:
    with pytest.raises(ValueError, match="refund"):
        a_bill(type=PaymentType.REFUND)
    assert [a_bill(type=kind).type for kind in BILLED] == [
        "DEPOSIT",
        "RENT",
        "SERVICE_FEE",
        "SECURITY_DEPOSIT",
    ]


@pytest.mark.covers("D49")
@pytest.mark.parametrize(
    "kind,notice",
    [
        (PaymentType.DEPOSIT, "DEPOSIT_PAID"),
        (PaymentType.RENT, "RENT_PAID"),
        (PaymentType.SERVICE_FEE, "SERVICE_FEE_PAID"),
        (PaymentType.SECURITY_DEPOSIT, "SECURITY_DEPOSIT_PAID"),
    ],
)
def test_a_lease_is_told_by_type_what_was_paid(kind: PaymentType, notice: str) -> None:
    assert paid_notice(kind) == notice


BY_RENT = PartTerms(PartPolicy.RENT_OR_MORE, shillings(450_000))


@pytest.mark.covers("A19")
@given(owed, st.integers(1, 10**7), st.integers(-(10**6), 2 * 10**9))
def test_a_part_is_never_less_than_the_rent_where_the_landlord_says_so(
    amount: int, rent: int, wanted: int
) -> None:
    bill, terms = a_bill(amount=shillings(amount)), PartTerms(PartPolicy.RENT_OR_MORE, shillings(rent))
    least = max(rent, SMALLEST_PART)
    if wanted == amount or least <= wanted <= amount - SMALLEST_PART:
        assert agreed_part(bill, terms, shillings(wanted)) == shillings(wanted)
        return
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, terms, shillings(wanted))
    error = refusal.value
    for would_do in (error.smallest, error.largest, error.whole):
        assert agreed_part(bill, terms, would_do) == would_do


@pytest.mark.covers("A19")
@pytest.mark.parametrize(
    "owes,wanted,problem",
    [
        (1_350_000, 449_999, "less_than_rent"),
        (1_350_000, 0, "less_than_rent"),
        (1_350_000, 1_350_001, "range"),
        (1_350_000, 1_349_999, "leaves_too_little"),
        (450_000, 449_999, "whole_by_rent"),
        (450_999, 450_000, "whole_by_rent"),
        (35_000, 10_000, "whole_by_rent"),
    ],
)
def test_a_part_refused_by_the_rent_says_so(owes: int, wanted: int, problem: str) -> None:
    with pytest.raises(PartRefused) as refusal:
        agreed_part(a_bill(amount=shillings(owes)), BY_RENT, shillings(wanted))
    assert refusal.value.problem == problem


@pytest.mark.covers("A19")
@pytest.mark.parametrize(
    "terms,owes,smallest",
    [
        (ANY_PART, 2_000, 1_000),
        (ANY_PART, 1_999, None),
        (FULL_ONLY, 10**6, None),
        (BY_RENT, 451_000, 450_000),
        (BY_RENT, 450_999, None),
        (PartTerms(PartPolicy.RENT_OR_MORE, shillings(5)), 2_000, 1_000),
    ],
)
def test_the_smallest_part_follows_the_policy(terms: PartTerms, owes: int, smallest: int | None) -> None:
    expected = None if smallest is None else shillings(smallest)
    assert terms.smallest_of(a_bill(amount=shillings(owes))) == expected


def test_a_rent_in_another_currency_measures_no_bill() -> None:
    dollars = a_bill(amount=Money(5_000_00, Currency.USD), paid=Money(0, Currency.USD))
    assert BY_RENT.smallest_of(dollars) is None


def test_a_policy_by_the_rent_needs_the_rent() -> None:
    with pytest.raises(ValueError, match="needs the rent"):
        PartTerms(PartPolicy.RENT_OR_MORE)
