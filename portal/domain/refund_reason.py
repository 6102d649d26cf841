"""Why money goes back: the customer's six words (F3)."""

from __future__ import annotations

from enum import StrEnum


class RefundReason(StrEnum):
    CANCELLED_APPLICATION = "CANCELLED_APPLICATION"
    PROPERTY_UNAVAILABLE = "PROPERTY_UNAVAILABLE"
    LANDLORD_CANCELLATION = "LANDLORD_CANCELLATION"
    DUPLICATE_PAYMENT = "DUPLICATE_PAYMENT"
    FRAUDULENT_TRANSACTION = "FRAUDULENT_TRANSACTION"
    OTHER = "OTHER"
