"""What a landlord keeps of a payment, and what its bills owe again, after some of it has gone back."""

from __future__ import annotations

import pytest

from portal.domain.allocation import allocated_to
from portal.domain.bill import PaymentType
from portal.domain.deposit_events import DepositDeducted
from portal.domain.deposit_pots import parts_of_deposit
from portal.domain.money import shillings
from portal.domain.received import held_of, opened_again, received_of
from portal.domain.refund import RefundState
from portal.domain.refund_reason import RefundReason
from tests.deposits import RETURN
from tests.makers import a_bill, a_payment, a_reference, dollars, paid_in_shillings
from tests.refunds import PART, told, with_refund


def test_what_has_gone_back_is_not_the_landlord_s_any_more() -> None:
    payment = with_refund(RefundState.SUCCEEDED, amount=shillings(100_000))
    payment = with_refund(RefundState.SUCCEEDED, payment, shillings(50_000), refund=a_reference(501))
    money = received_of(payment)
    assert (money.came, money.back, money.net) == tuple(map(shillings, (450_000, 150_000, 300_000)))


@pytest.mark.parametrize("state", [state for state in RefundState if state is not RefundState.SUCCEEDED])
def test_what_has_not_gone_back_is_the_landlord_s_still(state: RefundState) -> None:
    payment = with_refund(state)
    assert received_of(payment).net == received_of(payment).came == shillings(450_000)
    assert opened_again(payment) is None


def test_our_fee_that_goes_back_is_not_the_landlord_s() -> None:
    payment = with_refund(RefundState.SUCCEEDED, reason=RefundReason.PROPERTY_UNAVAILABLE)
    assert payment.refunds.sum_back == shillings(100_500)
    assert received_of(payment).back == shillings(100_000)


def test_only_a_refund_that_leaves_the_bill_owed_opens_it_again() -> None:
    payment = with_refund(RefundState.SUCCEEDED, reason=RefundReason.PROPERTY_UNAVAILABLE)
    assert opened_again(payment) is None
    payment = with_refund(RefundState.SUCCEEDED, payment, shillings(30_000), refund=a_reference(501))
    assert opened_again(payment) == shillings(30_000)


def test_a_bill_in_dollars_owes_dollars_again() -> None:
    bill = a_bill(amount=dollars(20_000), paid=dollars(0))
    payment = a_payment(**paid_in_shillings(bill))
    back = with_refund(RefundState.SUCCEEDED, payment, payment.amount)
    assert opened_again(back) == dollars(20_000)
    assert received_of(back).net == shillings(0)
    assert allocated_to(bill, dollars(20_000)).applied == dollars(20_000)


def test_a_deposit_is_held_until_it_goes_back_or_some_of_it_becomes_the_landlord_s() -> None:
    payment = with_refund(RefundState.SUCCEEDED, amount=shillings(100_000))
    assert held_of(payment) == shillings(350_000)
    kept = told(
        payment, DepositDeducted(deposit_return=RETURN, line=1, parts=parts_of_deposit(payment, PART))
    )
    assert held_of(kept) == shillings(250_000)


def test_of_a_rent_nothing_is_held() -> None:
    assert held_of(a_payment(type=PaymentType.RENT)) == shillings(0)
