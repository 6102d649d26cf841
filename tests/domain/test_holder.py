"""A deposit is held by whoever lets the home now, and a refund out of two landlords' pots has no single one to ask."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.bill import PaymentType
from portal.domain.holder import holder_of, one_holder
from portal.domain.money import shillings
from portal.domain.refund_part import Pot, RefundPart
from tests.makers import BILL, BILLED, LANDLORD, NEIGHBOUR, a_bill, a_payment, a_reference, all_of

RENT = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))
BOTH = a_payment(**all_of(a_bill(), RENT))


def out_of(*bills: str, pot: Pot = Pot.BILL, minor: int = 1_000) -> list[RefundPart]:
    return [RefundPart(pot=pot, amount=shillings(minor), bill=bill) for bill in bills]


@pytest.mark.parametrize("kind", BILLED)
def test_only_a_deposit_goes_over_to_whoever_lets_the_home_now(kind: PaymentType) -> None:
    payment = a_payment(**all_of(a_bill(type=kind)))
    is_deposit = kind in (PaymentType.DEPOSIT, PaymentType.SECURITY_DEPOSIT)
    found = holder_of(payment, payment.allocations[0], NEIGHBOUR)
    assert found == (NEIGHBOUR if is_deposit else LANDLORD)


@pytest.mark.covers("F8")
def test_of_two_landlords_money_no_single_one_is_asked() -> None:
    assert one_holder(BOTH, out_of(BILL), NEIGHBOUR) == NEIGHBOUR
    assert one_holder(BOTH, out_of(RENT.reference), NEIGHBOUR) == LANDLORD
    assert one_holder(BOTH, out_of(BILL, RENT.reference), NEIGHBOUR) is None
    assert one_holder(BOTH, out_of(BILL, RENT.reference), LANDLORD) == LANDLORD


def test_for_what_came_beyond_the_bills_no_landlord_is_asked() -> None:
    assert one_holder(BOTH, out_of(BILL, pot=Pot.EXCESS), NEIGHBOUR) is None
    fee = RefundPart(pot=Pot.FEE, amount=shillings(1_000))
    assert one_holder(BOTH, [fee, *out_of(BILL, minor=0)], NEIGHBOUR) is None
    assert one_holder(BOTH, [fee, *out_of(BILL), *out_of(RENT.reference, minor=0)], NEIGHBOUR) == NEIGHBOUR
