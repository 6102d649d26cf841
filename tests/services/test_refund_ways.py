"""By which way money goes back: the best that takes so much of this payment now; by hand where none does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry
from portal.services.refund_ways import BY_HAND, way_back, way_of
from tests.makers import NOW, a_payment
from tests.refunds import PART, REFUND, with_refund
from tests.services.refunding import provider_that

WHOLE = SendsBack(route=RefundRoute.REVERSAL, within=timedelta(days=60))
PAYOUT = SendsBack(route=RefundRoute.PAYOUT, part=True, again=True)
ALL = shillings(453_500)


def route(
    payment: Payment, amount: Money, *ways: SendsBack, days: int = 0, has_phone: bool = True
) -> RefundRoute:
    registry, now = Registry([provider_that(*ways)]), NOW + timedelta(days=days)
    return way_back(registry, payment, REFUND, amount, now, has_phone=has_phone).route


@pytest.mark.covers("F6", "F7")
def test_a_part_that_cannot_be_taken_back_is_paid_out_to_the_number_that_paid() -> None:
    assert route(a_payment(), ALL, WHOLE, PAYOUT) is RefundRoute.REVERSAL
    assert route(a_payment(), PART, WHOLE, PAYOUT) is RefundRoute.PAYOUT
    assert route(a_payment(), PART, WHOLE, PAYOUT, has_phone=False) is RefundRoute.BY_HAND
    assert route(a_payment(), PART, WHOLE) is RefundRoute.BY_HAND
    nameless = replace(a_payment(), receipt_code=None)
    assert route(nameless, ALL, WHOLE, PAYOUT) is RefundRoute.PAYOUT


@pytest.mark.covers("F6")
def test_neither_a_second_time_nor_after_its_days_where_the_provider_does_not_take_it() -> None:
    once = SendsBack(route=RefundRoute.REVERSAL, part=True)
    before = with_refund(RefundState.SUCCEEDED, refund=REFUND[:-1] + "X")
    assert route(a_payment(), PART, once) is RefundRoute.REVERSAL
    assert route(before, PART, once, PAYOUT) is RefundRoute.PAYOUT
    assert route(with_refund(RefundState.FAILED), PART, once) is RefundRoute.REVERSAL
    assert route(a_payment(), ALL, WHOLE, days=60) is RefundRoute.REVERSAL
    assert route(a_payment(), ALL, WHOLE, days=61) is RefundRoute.BY_HAND


def test_of_a_way_that_a_provider_has_no_more_nothing_can_be_asked() -> None:
    payment = with_refund(RefundState.SUBMITTED)
    refund = payment.refunds.named(REFUND)
    assert way_of(Registry([provider_that(WHOLE)]), payment, refund) is WHOLE
    assert way_of(Registry([]), payment, refund) == SendsBack(route=RefundRoute.REVERSAL)
    assert BY_HAND.part
