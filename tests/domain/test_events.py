"""Events: their names, and that none of them holds what must be expunged."""

from dataclasses import fields

import pytest

from portal.domain.events import EVENT_BY_NAME, EVENT_TYPES, PaymentInitiated, ReceiptRendered, event_name

NAMES = {
    "PAYMENT_INITIATED",
    "PUSH_REQUESTED",
    "PUSH_ACCEPTED",
    "PUSH_REJECTED",
    "PAYER_ACTION_SEEN",
    "CLAIM_MADE",
    "PROVIDER_EVENT_RECEIVED",
    "VERIFICATION_RESULT",
    "OUTCOME_UNCERTAIN",
    "PAYMENT_COMPLETED",
    "LATE_SUCCESS_RECEIVED",
    "PAYMENT_FAILED",
    "PAYMENT_CANCELLED",
    "PAYMENT_EXPIRED",
    "AMOUNT_MISMATCH",
    "DUPLICATE_SUCCESS",
    "RECEIPT_ALLOCATED",
    "RECEIPT_RENDERED",
    "PROVIDER_CHARGED",
    "REFUND_REQUESTED",
    "REFUND_APPROVED",
    "REFUND_REJECTED",
    "REFUND_DISPATCHED",
    "REFUND_NOT_SENT",
    "REFUND_SUBMITTED",
    "REFUND_UNCERTAIN",
    "REFUND_SUCCEEDED",
    "REFUND_FAILED",
    "REFUND_RETURNED",
    "REFUND_CONTRADICTED",
    "REFUND_END_CONFIRMED",
    "REFUND_TAKEN",
    "REFUND_LAID_BACK",
    "REFUND_FINDING_PROPOSED",
    "REFUND_FINDING_DROPPED",
    "REFUND_CLOSED",
    "CREDIT_CHOSEN",
    "CREDIT_APPLIED",
    "CREDIT_WITHDRAWN",
    "CREDIT_TAKEN_BACK",
    "DEPOSIT_DEDUCTED",
    "REFUND_OVERTAKEN",
    "PAYMENT_REVERSED",
    "REVERSAL_COVERED",
    "DISPUTE_OPENED",
    "DISPUTE_WON",
    "DISPUTE_CHARGED",
    "DISPUTE_LOST",
}
"""Those of features.md §5.4 that a payment and its refunds need, and more: of what was sent and not answered, of how
the office ends a refund, of what a payer keeps, of a deposit, and of what moves by itself.
"""


def test_events_are_stored_under_the_names_of_the_state_table() -> None:
    assert set(EVENT_BY_NAME) == NAMES
    assert event_name(PaymentInitiated) == "PAYMENT_INITIATED"
    assert EVENT_BY_NAME["RECEIPT_RENDERED"] is ReceiptRendered


@pytest.mark.covers("N8")
def test_no_event_holds_a_phone_number_or_a_name() -> None:
    held = {field.name for kind in EVENT_TYPES for field in fields(kind)}
    assert not held & {"phone", "msisdn", "name", "email", "payer_name"}
