"""Why money goes back: the customer's six words (F3), and the end of a lease, for which nobody asks by a form."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from portal.domain.refund_outcome import Cause


class RefundReason(StrEnum):
    CANCELLED_APPLICATION = "CANCELLED_APPLICATION"
    PROPERTY_UNAVAILABLE = "PROPERTY_UNAVAILABLE"
    LANDLORD_CANCELLATION = "LANDLORD_CANCELLATION"
    DUPLICATE_PAYMENT = "DUPLICATE_PAYMENT"
    FRAUDULENT_TRANSACTION = "FRAUDULENT_TRANSACTION"
    OTHER = "OTHER"
    LEASE_ENDED = "LEASE_ENDED"
    """A deposit goes back by its own road (deposit_return.py)."""


ASKED_FOR = tuple(reason for reason in RefundReason if reason is not RefundReason.LEASE_ENDED)
"""The six that a form offers."""


REASON_OF: Mapping[Cause, RefundReason] = MappingProxyType(
    {Cause.ELSEWHERE: RefundReason.OTHER, Cause.DISPUTE: RefundReason.FRAUDULENT_TRANSACTION}
)
"""Of money that went back by itself: by either of them its bills are owed again."""
