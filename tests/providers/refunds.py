"""Requests for money back, as the portal would make them: every default is good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.domain.money import shillings
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_reason import RefundReason
from portal.providers.refund import RefundInquiry, RefundInstruction
from tests.makers import RECEIPT_CODE, REQUEST_ID, a_phone, a_reference
from tests.providers.account import REFERENCE

REFUND = a_reference(700)
CALLBACK = "https://pay.example/webhooks/mpesa/refund-token"


def a_refund(**changes: Any) -> RefundInstruction:
    """All that Asha paid, by a reversal."""
    instruction = RefundInstruction(
        reference=REFUND,
        payment=REFERENCE,
        route=RefundRoute.REVERSAL,
        amount=shillings(453_500),
        paid=shillings(453_500),
        reason=RefundReason.DUPLICATE_PAYMENT,
        callback_url=CALLBACK,
        receipt_code=RECEIPT_CODE,
        request_id=REQUEST_ID,
        phone=a_phone(),
    )
    return replace(instruction, **changes)


def a_refund_inquiry(**changes: Any) -> RefundInquiry:
    """About that refund, whose answer was lost."""
    inquiry = RefundInquiry(
        reference=REFUND,
        payment=REFERENCE,
        route=RefundRoute.REVERSAL,
        amount=shillings(453_500),
        callback_url=CALLBACK,
        receipt_code=RECEIPT_CODE,
    )
    return replace(inquiry, **changes)
