"""Bills: what is left of one, and which part of it may be paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bill import (
    SMALLEST_PART,
    BillStatus,
    PartPolicy,
    PartRefused,
    PaymentType,
    agreed_part,
    paid_notice,
)
from portal.domain.money import shillings
from tests.makers import BILLED, a_bill

owed = st.integers(1, 10**9)


@given(owed, st.integers(0, 2 * 10**9))
def test_what_is_left_and_what_is_paid_make_the_whole(amount: int, paid: int) -> None:
    bill = a_bill(amount=shillings(amount), paid=shillings(paid))
    assert bill.rest.minor == max(0, amount - paid)
    expected = BillStatus.PAID if paid >= amount else BillStatus.PART_PAID if paid else BillStatus.DUE
    assert bill.status is expected


@given(owed, st.integers(0, 10**9), st.sampled_from(PartPolicy))
def test_whoever_names_no_amount_pays_all_that_is_left(amount: int, paid: int, policy: PartPolicy) -> None:
    bill = a_bill(amount=shillings(amount), paid=shillings(paid))
    assert agreed_part(bill, policy, None) == bill.rest
    assert agreed_part(bill, policy, bill.rest) == bill.rest


@pytest.mark.covers("A1", "D04")
@given(owed, st.integers(-(10**6), 2 * 10**9))
def test_a_part_is_never_more_than_is_left_nor_a_trifle(amount: int, wanted: int) -> None:
    bill = a_bill(amount=shillings(amount))
    smallest = min(SMALLEST_PART, amount)
    if smallest <= wanted <= amount:
        assert agreed_part(bill, PartPolicy.ANY_PART, shillings(wanted)) == shillings(wanted)
        return
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, PartPolicy.ANY_PART, shillings(wanted))
    assert refusal.value.problem == "range"
    assert (refusal.value.smallest, refusal.value.largest) == (shillings(smallest), bill.rest)


@given(owed, owed)
def test_a_landlord_who_wants_all_gets_all_or_nothing(amount: int, wanted: int) -> None:
    bill = a_bill(amount=shillings(amount))
    if wanted == amount:
        assert agreed_part(bill, PartPolicy.FULL_ONLY, shillings(wanted)) == bill.amount
        return
    with pytest.raises(PartRefused) as refusal:
        agreed_part(bill, PartPolicy.FULL_ONLY, shillings(wanted))
    assert refusal.value.problem == "full_only"
    assert refusal.value.smallest == refusal.value.largest == bill.rest


@pytest.mark.covers("D11", "S21")
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
