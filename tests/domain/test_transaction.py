"""Transactions: what people see of money that moved."""

from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.fees import Fees
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.domain.transaction import TransactionStatus, TransactionType, transactions_of
from tests import makers
from tests.facts import TOTAL
from tests.makers import NOW, a_payment

FREE = Fees(shillings(0), shillings(0), shillings(0))


def rows(event: e.Event, state: State = State.COMPLETED, **changes: Any) -> list[tuple[str, str, int]]:
    made = transactions_of(event, a_payment(state, **changes), NOW)
    return [(row.type, row.kind, row.amount.minor) for row in made]


@pytest.mark.covers("D19", "D18", "S26")
@pytest.mark.parametrize("success", [makers.completed(TOTAL), makers.came_late(TOTAL)])
def test_a_success_is_a_charge_of_what_was_paid_and_a_fee_of_each_kind(success: e.Event) -> None:
    assert rows(success) == [
        (TransactionType.CHARGE, "gross", 453_500),
        (TransactionType.FEE, "platform", 2_250),
        (TransactionType.FEE, "processing", 250),
        (TransactionType.FEE, "provider", 1_000),
    ]


def test_a_fee_of_nothing_is_no_row() -> None:
    assert rows(makers.completed(shillings(450_000)), fees=FREE) == [
        (TransactionType.CHARGE, "gross", 450_000)
    ]


@pytest.mark.covers("D12")
def test_a_wrong_amount_is_a_charge_in_suspense_and_no_fee() -> None:
    wrong = makers.mismatch(shillings(5))
    assert rows(wrong, state=State.UNCERTAIN) == [(TransactionType.CHARGE, "suspense", 5)]
    assert rows(wrong, state=State.COMPLETED) == []
    no_amount = makers.mismatch(shillings(0))
    assert rows(no_amount, state=State.UNCERTAIN) == [(TransactionType.CHARGE, "suspense", TOTAL.minor)]


def test_what_moves_no_money_is_no_row() -> None:
    for event in (makers.heard(), makers.failed(), e.DuplicateSuccess(excess=shillings(5))):
        assert rows(event) == []


def test_a_row_says_which_event_made_it_and_when() -> None:
    payment = a_payment()
    charge, *fees = transactions_of(makers.completed(TOTAL), payment, NOW)
    assert (charge.payment, charge.seq, charge.line) == (payment.reference, payment.version, 0)
    assert (charge.status, charge.created_at) == (TransactionStatus.SUCCESS, NOW)
    assert [fee.line for fee in fees] == [1, 2, 3]
