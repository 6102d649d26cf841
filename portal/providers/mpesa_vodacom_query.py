"""What Vodacom says of a transaction that it is asked about: by one of our ids or theirs, or by a receipt code (§2.5).

An answer tells neither an amount nor what was paid for. About a request of ours that is no matter: we know what we
asked for. About a receipt code it proves only that somebody paid us something.
"""

from __future__ import annotations

import re
from typing import Any

from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.providers.mpesa_vodacom_codes import (
    NO_ID,
    NOT_FOUND_YET,
    STATUSES,
    code_of,
    is_success,
    read_code,
    transaction_id,
)
from portal.providers.provider import REVERSED, Inquiry
from portal.providers.wire import Answer

_QUERY_REFERENCE = re.compile("[A-Za-z0-9]{1,32}")


def is_query_reference(text: str) -> bool:
    """Nothing else can be asked by."""
    return _QUERY_REFERENCE.fullmatch(text) is not None


def checked(answer: Answer, inquiry: Inquiry, question: str) -> Outcome:
    """INS-0 says here that the question was understood, never that money moved. `question` is the question's own id."""
    code = code_of(answer)
    if code in NOT_FOUND_YET:
        # Also said of what they have and have not indexed: time decides, not this code.
        return Pending(code)
    if not is_success(answer):
        return Unknown(Reason.AMBIGUOUS, code or f"HTTP {answer.status}, no result")
    # No document says whether the id of the question or of the payment comes back.
    if answer.body.get("output_ThirdPartyConversationID") not in (question, inquiry.reference, NO_ID, None):
        return Unknown(Reason.AMBIGUOUS, "answer to another question")
    standing = _standing(answer.body)
    if inquiry.receipt_code and isinstance(standing, Paid) and not _is_of(standing, inquiry.receipt_code):
        return Unknown(Reason.AMBIGUOUS, "answer about another transaction")
    return standing


def _is_of(paid: Paid, receipt_code: str) -> bool:
    """However the payer wrote it."""
    return paid.receipt_code is not None and paid.receipt_code.lower() == receipt_code.lower()


def _standing(body: dict[str, Any]) -> Outcome:
    status = body.get("output_ResponseTransactionStatus")
    if status == NO_ID:
        return Pending(NO_ID)
    if not isinstance(status, str) or status not in STATUSES:
        return Unknown(Reason.UNKNOWN_ERROR, read_code(status) or "unreadable status", mapped=False)
    reason = STATUSES[status]
    if reason is not None:
        return NotPaid(reason, status)
    if str(body.get("output_Reversed")).lower() == "true":
        # Money came and went: neither paid nor failed, so a person looks at it.
        return Unknown(Reason.CONTRADICTION, REVERSED)
    return Paid(receipt_code=transaction_id(body.get("output_OriginalTransactionID")))
