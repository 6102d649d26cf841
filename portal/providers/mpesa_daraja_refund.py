"""Money that goes back by Daraja (providers.md §1.7 to §1.9): a reversal of all that was paid, or a payout (B2C).

Both want an initiator of ours, are only accepted at once, and tell their end at the ResultURL. So does the answer to a
question about one. A payout carries our own id, which is taken once; a reversal gets an id of theirs, and one whose
answer was lost is known by its ResultURL alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from portal.domain.outcome import Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.trouble import Trouble
from portal.providers.failed_call import failed_question, failed_refund
from portal.providers.mpesa_daraja_answer import OK, SUBMIT_TROUBLE, error_in, is_about_us
from portal.providers.mpesa_daraja_callback import receipt_of, result_code, wire_id
from portal.providers.refund import RefundInquiry, RefundInstruction, SendsBack, unfit
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, CallFailed

REVERSAL = SendsBack(route=RefundRoute.REVERSAL, answers_by_callback=True)
PAYOUT = SendsBack(
    route=RefundRoute.PAYOUT, part=True, again=True, answers_by_callback=True, known_by_our_reference=True
)
REFUSALS = {
    "400.002.02": RefundRefusal.REFUSED,
    "400.002.05": RefundRefusal.REFUSED,
    "400.003.02": RefundRefusal.REFUSED,
    "404.001.01": RefundRefusal.NOT_ALLOWED,
    "404.001.04": RefundRefusal.NOT_ALLOWED,
    "404.003.01": RefundRefusal.NOT_ALLOWED,
    "405.001": RefundRefusal.REFUSED,
}
"""Error codes that refuse the request itself: nothing was accepted."""
OPEN_QUESTIONS = frozenset({SUBMIT_TROUBLE, "500.002.1001", "500.003.02", "500.003.03"})
"""Known ones that leave it open: trouble, an id of ours that they have already, and too much to do."""
REVERSES, PAYS, ASKS = (
    "/mpesa/reversal/v1/request",
    "/mpesa/b2c/v3/paymentrequest",
    "/mpesa/transactionstatus/v1/query",
)
SHORT_CODE, ORGANISATION = "11", "4"
"""What kind of party a number is: the receiver of a reversal is named by the first, by the second who asks."""
Call = Callable[[str, dict[str, Any]], Awaitable[Answer]]
"""`await call(path, body)`: with our token. Raises NeverSent, Unanswered and CredentialsRefused."""


@dataclass(frozen=True, slots=True)
class Initiator:
    """Our user at their portal that may send money; `credential` is its password as they encrypt it."""

    name: str
    credential: str = field(repr=False)


class DarajaRefunds:
    """The part of the provider that sends money back; it has no way where no initiator is set."""

    def __init__(self, call: Call, short_code: str, initiator: Initiator | None) -> None:
        self._call, self._short_code, self._initiator = call, short_code, initiator
        self.ways = (REVERSAL, PAYOUT) if initiator else ()

    async def send(self, instruction: RefundInstruction, way: SendsBack, by: Initiator) -> RefundAnswer:
        refusal = unfit(instruction, way) or _impossible(instruction)
        if refusal:
            return refusal
        path = REVERSES if way is REVERSAL else PAYS
        try:
            answer = await self._call(path, self._wanted(instruction, way, by))
        except CallFailed as error:
            return failed_refund(error)
        return _answered(answer)

    async def check(self, inquiry: RefundInquiry, by: Initiator) -> RefundOutcome:
        """The answer comes to the ResultURL: here it is only said whether the question was taken."""
        known_as = inquiry.reference if inquiry.route is RefundRoute.PAYOUT else inquiry.provider_reference
        if known_as is None:
            return Pending("no id to ask by")
        try:
            answer = await self._call(ASKS, self._question(known_as, inquiry, by))
        except CallFailed as error:
            return failed_question(error)
        if answer.status == OK and result_code(answer.body.get("ResponseCode")) == "0":
            return Pending("asked")
        return Unknown(Reason.AMBIGUOUS, error_in(answer) or f"HTTP {answer.status}")

    def _wanted(self, instruction: RefundInstruction, way: SendsBack, by: Initiator) -> dict[str, Any]:
        told = {
            "SecurityCredential": by.credential,
            "Amount": str(whole_shillings(instruction.amount)),
            "ResultURL": instruction.callback_url,
            "QueueTimeOutURL": instruction.callback_url,
            "Remarks": f"Refund {instruction.reference}",
        }
        if way is REVERSAL:
            return told | {
                "Initiator": by.name,
                "CommandID": "TransactionReversal",
                "TransactionID": instruction.receipt_code,
                "ReceiverParty": self._short_code,
                # Spelt so on the wire.
                "RecieverIdentifierType": SHORT_CODE,
            }
        return told | {
            "OriginatorConversationID": instruction.reference,
            "InitiatorName": by.name,
            "CommandID": "BusinessPayment",
            "PartyA": self._short_code,
            "PartyB": instruction.phone.digits if instruction.phone else "",
            # And so.
            "Occassion": instruction.payment,
        }

    def _question(self, known_as: str, inquiry: RefundInquiry, by: Initiator) -> dict[str, Any]:
        return {
            "Initiator": by.name,
            "SecurityCredential": by.credential,
            "CommandID": "TransactionStatusQuery",
            "OriginalConversationID": known_as,
            "PartyA": self._short_code,
            "IdentifierType": ORGANISATION,
            "ResultURL": inquiry.callback_url,
            "QueueTimeOutURL": inquiry.callback_url,
            "Remarks": f"Refund {inquiry.reference}",
            "Occasion": inquiry.payment,
        }


def _impossible(instruction: RefundInstruction) -> NotRefunded | None:
    if instruction.route is RefundRoute.PAYOUT:
        no_number = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "no number")
        return no_number if instruction.phone is None else None
    known = receipt_of(instruction.receipt_code)
    return None if known else NotRefunded(RefundRefusal.NOT_FOUND, "no TransactionID")


def _answered(answer: Answer) -> RefundAnswer:
    theirs, ours = (wire_id(answer.body.get(name)) for name in ("ConversationID", "OriginatorConversationID"))
    if answer.status == OK and result_code(answer.body.get("ResponseCode")) == "0" and theirs:
        return RefundAccepted(theirs, ours)
    error = error_in(answer) or f"HTTP {answer.status}"
    if error in REFUSALS:
        return NotRefunded(REFUSALS[error], error)
    if error == SUBMIT_TROUBLE and is_about_us(answer):
        return NotRefunded(RefundRefusal.NOT_ALLOWED, error, Trouble.CREDENTIALS_REFUSED)
    is_known = error in OPEN_QUESTIONS
    return Unknown(Reason.AMBIGUOUS if is_known else Reason.UNKNOWN_ERROR, error, mapped=is_known)
