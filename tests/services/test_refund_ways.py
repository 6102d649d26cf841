"""By which way money goes back: the best that takes so much of this payment now; by hand where none does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.menu import no_fees
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refunds import Refunds
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry
from portal.services.refund_ways import BY_HAND, unproved, way_back, way_of
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
    assert route(refused(RefundRefusal.OUR_BALANCE), PART, once) is RefundRoute.REVERSAL
    assert route(a_payment(), ALL, WHOLE, days=60) is RefundRoute.REVERSAL
    assert route(a_payment(), ALL, WHOLE, days=61) is RefundRoute.BY_HAND


def test_of_a_way_that_a_provider_has_no_more_nothing_can_be_asked() -> None:
    payment = with_refund(RefundState.SUBMITTED)
    refund = payment.refunds.named(REFUND)
    assert way_of(Registry([provider_that(WHOLE)]), payment, refund) is WHOLE
    assert way_of(Registry([]), payment, refund) == SendsBack(route=RefundRoute.REVERSAL)
    assert BY_HAND.part


@pytest.mark.covers("F4")
@pytest.mark.parametrize(
    "name,ours,is_unproved", [("RC1", False, False), (None, False, True), (None, True, False)]
)
def test_whether_it_failed_is_asked_of_nobody_who_has_no_name_for_it(
    name: str | None, *, ours: bool, is_unproved: bool
) -> None:
    payment = with_refund(RefundState.FAILED)
    refund = replace(payment.refunds.named(REFUND), doubtful=True, request_id=name)
    answering = replace(WHOLE, answers_questions=True, known_by_our_reference=ours)
    assert unproved(Registry([provider_that(answering)]), payment, refund) is is_unproved


@pytest.mark.covers("F6", "F7")
def test_a_way_that_takes_only_the_whole_takes_what_was_captured_and_gives_no_fee_away() -> None:
    """Of a payment without fees the whole can go; of one whose fees stay, nothing but a payout can."""
    payment = a_payment()
    free = a_payment(fees=no_fees(payment.amount))
    assert route(free, free.amount, WHOLE, PAYOUT) is RefundRoute.REVERSAL
    assert route(payment, payment.amount, WHOLE, PAYOUT) is RefundRoute.PAYOUT
    with_ours = payment.amount + payment.fees.platform
    assert route(payment, with_ours, WHOLE, PAYOUT) is RefundRoute.PAYOUT
    ours_alone = a_payment(fees=replace(no_fees(payment.amount), platform=payment.fees.platform))
    assert route(ours_alone, with_ours, WHOLE, PAYOUT) is RefundRoute.REVERSAL


@pytest.mark.covers("F7")
@pytest.mark.parametrize(
    "refusal,same_sum,less",
    [
        (RefundRefusal.NOT_FOUND, RefundRoute.PAYOUT, RefundRoute.PAYOUT),
        (RefundRefusal.AMOUNT, RefundRoute.PAYOUT, RefundRoute.REVERSAL),
        (RefundRefusal.LIMIT, RefundRoute.PAYOUT, RefundRoute.REVERSAL),
        (RefundRefusal.PAYEE_CANNOT_RECEIVE, RefundRoute.BY_HAND, RefundRoute.BY_HAND),
        (RefundRefusal.ALREADY_DONE, RefundRoute.BY_HAND, RefundRoute.BY_HAND),
        (RefundRefusal.DISPUTED, RefundRoute.BY_HAND, RefundRoute.BY_HAND),
        (RefundRefusal.OUR_BALANCE, RefundRoute.REVERSAL, RefundRoute.REVERSAL),
        (RefundRefusal.NOT_ALLOWED, RefundRoute.REVERSAL, RefundRoute.REVERSAL),
        (RefundRefusal.CALLED_OFF, RefundRoute.REVERSAL, RefundRoute.REVERSAL),
        (RefundRefusal.REFUSED, RefundRoute.BY_HAND, RefundRoute.BY_HAND),
    ],
)
def test_what_was_refused_for_the_payment_s_own_sake_is_not_tried_that_way_again(
    refusal: RefundRefusal, same_sum: RefundRoute, less: RefundRoute
) -> None:
    any_part = SendsBack(route=RefundRoute.REVERSAL, part=True)
    payment = refused(refusal)
    assert route(payment, PART, any_part, PAYOUT) is same_sum
    assert route(payment, shillings(50_000), any_part, PAYOUT) is less


def test_the_next_way_that_is_refused_too_leaves_it_to_the_office() -> None:
    any_part = SendsBack(route=RefundRoute.REVERSAL, part=True)
    once = refused(RefundRefusal.NOT_FOUND)
    (first,) = once.refunds.every
    by_payout = replace(first, reference=REFUND[:-1] + "X", route=RefundRoute.PAYOUT)
    twice = replace(once, refunds=Refunds((first, by_payout)))
    assert route(twice, PART, any_part, PAYOUT) is RefundRoute.BY_HAND


def test_what_the_bank_could_not_send_says_nothing_of_the_provider() -> None:
    payment = refused(RefundRefusal.REFUSED)
    (failed,) = payment.refunds.every
    by_hand = replace(payment, refunds=Refunds((replace(failed, route=RefundRoute.BY_HAND),)))
    assert route(by_hand, PART, PAYOUT) is RefundRoute.PAYOUT


def refused(refusal: RefundRefusal) -> Payment:
    """Its reversal of a part came to nothing for that reason."""
    payment = with_refund(RefundState.FAILED)
    (failed,) = payment.refunds.every
    return replace(payment, refunds=Refunds((replace(failed, refusal=refusal),)))
