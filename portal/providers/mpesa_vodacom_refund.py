"""Money that goes back by Vodacom's OpenAPI (providers.md §2.6, §2.7): a reversal of the payment, or a payout.

Both are conversations like a payment: ours begins with an R, so that nobody takes its callback for a payment's, and the
same one twice is INS-10 and moves nothing. INS-0 with a transaction is the end where the app is synchronous; from an
asynchronous one it is "accepted", and the query says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.trouble import Trouble
from portal.providers.failed_call import failed_question, failed_refund
from portal.providers.mpesa_vodacom_callback import ResultCallback
from portal.providers.mpesa_vodacom_codes import (
    NO_ID,
    NOT_FOUND_YET,
    REFUNDS,
    STATUSES,
    UNDECIDED,
    code_of,
    is_success,
    read_code,
    read_id,
    transaction_id,
)
from portal.providers.mpesa_vodacom_query import is_query_reference
from portal.providers.mpesa_vodacom_session import WAITS_UNTIL_LIVE, is_refused
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund, RefundInquiry, RefundInstruction, SendsBack, unfit
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, CallFailed

REVERSAL, PAYOUT = (
    SendsBack(route=route, part=True, again=True, answers_questions=True, known_by_our_reference=True)
    for route in (RefundRoute.REVERSAL, RefundRoute.PAYOUT)
)
WAYS_BACK = (REVERSAL, PAYOUT)
_CONVERSATION = re.compile("R([0-9A-Z]{12})", re.ASCII)
_TRANSACTION = re.compile("[0-9A-Za-z]{1,20}", re.ASCII)

Call = Callable[[str, str, Sequence[float], dict[str, dict[str, str]]], Awaitable[Answer]]
"""`await call(verb, path, waits, request)`: in our session. Raises NeverSent, Unanswered and CredentialsRefused."""


class VodacomRefunds:
    """The part of the provider that sends money back. `common` makes the fields that every request has."""

    def __init__(
        self, call: Call, common: Callable[[str], dict[str, str]], question: Callable[[], str], *, ends: bool
    ) -> None:
        self._call, self._common, self._question, self._ends = call, common, question, ends

    async def send(self, instruction: RefundInstruction, way: SendsBack) -> RefundAnswer:
        refusal = unfit(instruction, way) or _impossible(instruction)
        if refusal:
            return refusal
        verb, path, fields = _reversal(instruction) if way is REVERSAL else _payout(instruction)
        conversation = _conversation(instruction.reference)
        try:
            request = {"json": self._common(conversation) | fields}
            answer = await self._call(verb, path, WAITS_UNTIL_LIVE, request)
        except CallFailed as error:
            return failed_refund(error)
        if is_refused(answer):
            return NotSent("session not live", Trouble.TOKEN_REFUSED)
        says = _answered(answer, conversation)
        request_id = read_id(answer.body.get("output_ConversationID"))
        if isinstance(says, Refunded) and not (self._ends and says.code):
            return (
                RefundAccepted(request_id) if request_id else Unknown(Reason.AMBIGUOUS, "INS-0 without ids")
            )
        return says

    async def check(self, inquiry: RefundInquiry) -> RefundOutcome:
        """Their id is said to be found more surely than ours."""
        ours, theirs = _conversation(inquiry.reference), inquiry.request_id or ""
        question = self._question()
        known_by = theirs if is_query_reference(theirs) else ours
        query = self._common(question) | {"input_QueryReference": known_by}
        try:
            answer = await self._call("GET", "/queryTransactionStatus/", (), {"params": query})
        except CallFailed as error:
            return failed_question(error)
        return _standing(answer, (question, ours))


def heard_of_refund(told: ResultCallback) -> Heard | None:
    """What a callback says of a refund; None of one that speaks of a payment."""
    ours = _CONVERSATION.fullmatch(told.reference)
    if ours is None:
        return None
    outcome = _meaning(told.code, told.transaction)
    return Heard(
        told.request_id,
        Pending(told.code),
        told.code,
        says_paid=False,
        for_people=True,
        refund=HeardOfRefund(
            cause=Cause.OURS, outcome=outcome, reference=ours[1], request_id=told.request_id
        ),
    )


def _conversation(reference: str) -> str:
    return f"R{reference}"


def _impossible(instruction: RefundInstruction) -> NotRefunded | None:
    if instruction.route is RefundRoute.PAYOUT:
        no_number = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "no number")
        return no_number if instruction.phone is None else None
    known = _TRANSACTION.fullmatch(instruction.receipt_code or "")
    return None if known else NotRefunded(RefundRefusal.NOT_FOUND, "no TransactionID")


def _reversal(instruction: RefundInstruction) -> tuple[str, str, dict[str, str]]:
    """Without an amount all of it would go back, whatever went before."""
    fields = {
        "input_TransactionID": instruction.receipt_code or "",
        "input_ReversalAmount": str(whole_shillings(instruction.amount)),
    }
    return "PUT", "/reversal/", fields


def _payout(instruction: RefundInstruction) -> tuple[str, str, dict[str, str]]:
    fields = {
        "input_Amount": str(whole_shillings(instruction.amount)),
        "input_Currency": "TZS",
        "input_CustomerMSISDN": instruction.phone.digits if instruction.phone else "",
        "input_TransactionReference": instruction.payment,
        "input_PaymentItemsDesc": f"Refund {instruction.payment}",
    }
    return "POST", "/b2cPayment/", fields


def _answered(answer: Answer, conversation: str) -> NotRefunded | Refunded | Unknown:
    code, about = code_of(answer), answer.body.get("output_ThirdPartyConversationID")
    if code is None:
        return Unknown(Reason.UNKNOWN_ERROR, f"HTTP {answer.status}", mapped=False)
    if about not in (conversation, NO_ID, None):
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    says = _meaning(code, transaction_id(answer.body.get("output_TransactionID")))
    is_no = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if (isinstance(says, NotRefunded) and not is_no) or (
        isinstance(says, Refunded) and not is_success(answer)
    ):
        return Unknown(Reason.AMBIGUOUS, f"HTTP {answer.status}, {code}")
    return says


def _meaning(code: str, transaction: str | None) -> NotRefunded | Refunded | Unknown:
    if code in UNDECIDED:
        return Unknown(Reason.AMBIGUOUS, code)
    if code not in REFUNDS:
        return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)
    refusal = REFUNDS[code]
    return Refunded(transaction) if refusal is None else NotRefunded(refusal, code)


def _standing(answer: Answer, ids: tuple[str, str]) -> RefundOutcome:
    """INS-0 says here that the question was understood, never that money moved."""
    code, status = code_of(answer), answer.body.get("output_ResponseTransactionStatus")
    if code in NOT_FOUND_YET:
        return Pending(code or "")
    if not is_success(answer):
        return Unknown(Reason.AMBIGUOUS, code or f"HTTP {answer.status}, no result")
    if answer.body.get("output_ThirdPartyConversationID") not in (*ids, NO_ID, None):
        return Unknown(Reason.AMBIGUOUS, "answer to another question")
    if status == NO_ID:
        return Pending(NO_ID)
    if not isinstance(status, str) or status not in STATUSES:
        return Unknown(Reason.UNKNOWN_ERROR, read_code(status) or "unreadable status", mapped=False)
    if STATUSES[status] is not None:
        return NotRefunded(RefundRefusal.REFUSED, status)
    if str(answer.body.get("output_Reversed")).lower() == "true":
        return Unknown(Reason.CONTRADICTION, "reversed")
    return Refunded(transaction_id(answer.body.get("output_OriginalTransactionID")))
