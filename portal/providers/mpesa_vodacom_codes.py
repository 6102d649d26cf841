"""What Vodacom's codes mean (providers.md §2.8), and how they are read: one table for answers and callbacks.

Mozambique's OpenAPI has the same shape with other meanings (its INS-5 is a cancelled prompt, its INS-993 to INS-997 are
direct debit): nothing of it may be copied here.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from portal.domain.outcome import NotPaid, Paid, Reason, Unknown
from portal.domain.refund_outcome import RefundRefusal
from portal.providers.wire import Answer

OUTCOMES: dict[str, Reason | None] = {
    "INS-0": None,
    # A wrong PIN, a payer's no and more share this code: it says that nothing was paid, and not why.
    # It comes with HTTP 401, though it has nothing to do with our session: it is never replayed.
    "INS-6": Reason.NOT_COMPLETED,
    "INS-13": Reason.PAYEE_PROBLEM,
    "INS-15": Reason.PAYEE_PROBLEM,
    "INS-17": Reason.PAYEE_PROBLEM,
    "INS-18": Reason.PAYEE_PROBLEM,
    "INS-20": Reason.PAYEE_PROBLEM,
    "INS-21": Reason.PAYEE_PROBLEM,
    "INS-26": Reason.PAYEE_PROBLEM,
    "INS-28": Reason.PAYEE_PROBLEM,
    "INS-30": Reason.PAYEE_PROBLEM,
    "INS-31": Reason.PAYEE_PROBLEM,
    "INS-35": Reason.PAYEE_PROBLEM,
    "INS-36": Reason.PAYEE_PROBLEM,
    "INS-39": Reason.PAYEE_PROBLEM,
    "INS-40": Reason.PAYEE_PROBLEM,
    "INS-41": Reason.PAYEE_PROBLEM,
    "INS-42": Reason.PAYEE_PROBLEM,
    "INS-43": Reason.PAYEE_PROBLEM,
    "INS-989": Reason.PAYEE_PROBLEM,
    "INS-990": Reason.LIMIT_DAILY,
    "INS-991": Reason.LIMIT_DAILY,
    "INS-992": Reason.LIMIT_DAILY,
    # The limits of the organisation are ours, not the payer's.
    "INS-993": Reason.PAYEE_PROBLEM,
    "INS-994": Reason.PAYEE_PROBLEM,
    "INS-995": Reason.LIMIT_PER_PAYMENT,
    "INS-996": Reason.PAYEE_PROBLEM,
    "INS-997": Reason.PAYEE_PROBLEM,
    "INS-998": Reason.PAYEE_PROBLEM,
    "INS-2006": Reason.INSUFFICIENT_FUNDS,
    "INS-2051": Reason.NOT_REGISTERED,
}
"""None is "paid", or in an asynchronous answer "accepted"; a code that is in neither table is pending, unmapped."""

REFUNDS: dict[str, RefundRefusal | None] = {
    "INS-0": None,
    # It failed, and they do not say why: so is called a second reversal of the same payment, too.
    "INS-6": RefundRefusal.REFUSED,
    "INS-13": RefundRefusal.NOT_ALLOWED,
    "INS-15": RefundRefusal.AMOUNT,
    "INS-18": RefundRefusal.NOT_FOUND,
    "INS-35": RefundRefusal.NOT_FOUND,
    **dict.fromkeys(
        (
            *("INS-17", "INS-20", "INS-21", "INS-26", "INS-28", "INS-30", "INS-31", "INS-36"),
            *("INS-39", "INS-40", "INS-41", "INS-42", "INS-43"),
        ),
        RefundRefusal.REFUSED,
    ),
    "INS-989": RefundRefusal.NOT_ALLOWED,
    **dict.fromkeys(("INS-990", "INS-991", "INS-992", "INS-993", "INS-994", "INS-995"), RefundRefusal.LIMIT),
    "INS-996": RefundRefusal.NOT_ALLOWED,
    "INS-997": RefundRefusal.NOT_ALLOWED,
    "INS-998": RefundRefusal.NOT_ALLOWED,
    "INS-2006": RefundRefusal.OUR_BALANCE,
    "INS-2051": RefundRefusal.PAYEE_CANNOT_RECEIVE,
}
"""The same codes of money that goes back: the purse that is empty is ours."""

UNDECIDED = frozenset({"INS-1", "INS-9", "INS-10", "INS-23", "INS-6140"})
"""They say nothing about the money: internal error (elsewhere seen for an empty purse), time-out, a request that they
have already, a transaction that is unknown or not indexed yet."""

NOT_FOUND_YET = frozenset({"INS-23", "INS-6140"})

STATUSES: dict[str, Reason | None] = {
    "Completed": None,
    # The transaction, not the prompt: by whom and why is not said, and it can no longer be paid.
    "Cancelled": Reason.NOT_COMPLETED,
    "Expired": Reason.NO_RESPONSE,
}
"""What a query says of a transaction. Tanzania documents the first; the other two, and `N/A`, are of older pages."""

NO_ID = "N/A"
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_ID = re.compile(r"[!-~]{1,80}")
_TRANSACTION = re.compile(r"[0-9A-Za-z]{4,20}")


def outcome_of(code: str, transaction: str | None) -> Paid | NotPaid | Unknown:
    """What a code says of a payment; INS-10 is no refusal but a question: who sent it first?"""
    if code in UNDECIDED:
        return Unknown(Reason.AMBIGUOUS, code)
    if code not in OUTCOMES:
        return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)
    reason = OUTCOMES[code]
    return Paid(receipt_code=transaction) if reason is None else NotPaid(reason, code)


def is_success(answer: Answer) -> bool:
    return code_of(answer) == "INS-0" and answer.status in (HTTPStatus.OK, HTTPStatus.CREATED)


def code_of(answer: Answer) -> str | None:
    return read_code(answer.body.get("output_ResponseCode"))


def read_code(value: object) -> str | None:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def read_id(value: object) -> str | None:
    """An id that fits the table and comes back unchanged; where one is missing they write `N/A`."""
    return value if isinstance(value, str) and _ID.fullmatch(value) and value != NO_ID else None


def transaction_id(value: object) -> str | None:
    """The number in the payer's own message."""
    return value if isinstance(value, str) and _TRANSACTION.fullmatch(value) else None
