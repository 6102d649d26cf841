"""Money that goes back by Airtel Money (providers.md §4.5, §4.7): a refund of all that was paid, or a disbursement.

A refund carries no id of ours and nobody can be asked about it: one without an answer is for people. A disbursement is
known by our reference, sends a part too, and wants a PIN that our settings may leave out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.phone import Phone
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.airtel_money_answer import (
    OK,
    SERVER_ERROR,
    said_code,
    status_in,
    transaction_in,
)
from portal.providers.airtel_money_callback import code_of, receipt_code_of
from portal.providers.airtel_money_codes import (
    DISBURSED,
    OUTCOMES,
    PAYOUT_OPEN,
    PAYOUT_REFUSALS,
    PAYOUT_UNDECIDED,
    PAYOUT_UNDER_WAY,
    REFUND_OPEN,
    REFUND_REFUSALS,
    REFUNDED,
    Status,
)
from portal.providers.failed_call import failed_question, failed_refund
from portal.providers.public_key import encrypted, read_public_key
from portal.providers.refund import RefundInquiry, RefundInstruction, SendsBack, unfit
from portal.providers.wallet import national_number, whole_shillings
from portal.providers.wire import Answer, CallFailed

REVERSAL = SendsBack(route=RefundRoute.REVERSAL)
PAYOUT = SendsBack(
    route=RefundRoute.PAYOUT,
    part=True,
    again=True,
    answers_questions=True,
    known_by_our_reference=True,
    earliest_ask=timedelta(minutes=1),
)
_DISBURSEMENTS = "/standard/v2/disbursements/"
Call = Callable[..., Awaitable[Answer]]
"""`await call(verb, path, json=…)`: with our token. Raises NeverSent, Unanswered and CredentialsRefused."""


@dataclass(frozen=True, slots=True)
class Disbursing:
    """What a payout needs beside our credentials."""

    pin: str
    public_key: str


class AirtelRefunds:
    """The part of the provider that sends money back."""

    def __init__(self, call: Call, disbursing: Disbursing | None) -> None:
        self._call, self._disbursing = call, disbursing
        self.ways = (REVERSAL, PAYOUT) if disbursing else (REVERSAL,)

    async def send(self, instruction: RefundInstruction, way: SendsBack) -> RefundAnswer:
        refusal = unfit(instruction, way)
        if refusal:
            return refusal
        if way is REVERSAL:
            return await self._reverse(instruction)
        return await self._pay_out(instruction)

    async def check(self, inquiry: RefundInquiry) -> RefundOutcome:
        if inquiry.route is not RefundRoute.PAYOUT:
            return Pending("no query")
        try:
            answer = await self._call(
                "GET", _DISBURSEMENTS + inquiry.reference, params={"transactionType": "B2C"}
            )
        except CallFailed as error:
            return failed_question(error)
        return _checked(answer, inquiry.reference)

    async def _reverse(self, instruction: RefundInstruction) -> RefundAnswer:
        receipt_code = receipt_code_of(instruction.receipt_code)
        if receipt_code is None:
            return NotRefunded(RefundRefusal.NOT_FOUND, "no airtel_money_id")
        wanted = {"transaction": {"airtel_money_id": receipt_code}}
        answer = await self._sent("/standard/v1/payments/refund", wanted)
        return _reversed(answer) if isinstance(answer, Answer) else answer

    async def _pay_out(self, instruction: RefundInstruction) -> RefundAnswer:
        if instruction.phone is None or self._disbursing is None:
            return NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "no number")
        pin = encrypted(read_public_key(self._disbursing.public_key), self._disbursing.pin)
        wanted = _disbursement(instruction, instruction.phone, pin)
        answer = await self._sent(_DISBURSEMENTS, wanted)
        return _disbursed(answer, instruction.reference) if isinstance(answer, Answer) else answer

    async def _sent(self, path: str, wanted: dict[str, Any]) -> Answer | NotSent | NotRefunded | Unknown:
        try:
            return await self._call("POST", path, json=wanted)
        except CallFailed as error:
            return failed_refund(error)


def _disbursement(instruction: RefundInstruction, payee: Phone, pin: str) -> dict[str, Any]:
    return {
        "payee": {"currency": "TZS", "msisdn": national_number(payee), "name": ""},
        "reference": instruction.payment,
        "pin": pin,
        # The id is what makes a second payout of the same refund a refused duplicate.
        "transaction": {
            "amount": whole_shillings(instruction.amount),
            "id": instruction.reference,
            "type": "B2C",
        },
    }


def _reversed(answer: Answer) -> RefundAnswer:
    """Both words must say so; `success` is not looked at: the documents print it false beside them."""
    code, transaction = said_code(answer), transaction_in(answer)
    says = code_of(transaction.get("status")), code_of(status_in(answer).get("result_code"))
    if answer.status == OK and says == REFUNDED and code not in REFUND_REFUSALS:
        return Refunded(receipt_code_of(transaction.get("airtel_money_id")))
    if code in REFUND_REFUSALS and answer.status < SERVER_ERROR and says != REFUNDED:
        return NotRefunded(REFUND_REFUSALS[code], code)
    return _open(answer, code, is_known=code in REFUND_OPEN)


def _disbursed(answer: Answer, reference: str) -> RefundAnswer:
    """`DP00900001001` with `success` is the end, at once; under way is what it is asked about."""
    code, succeeded = said_code(answer), status_in(answer).get("success")
    transaction = transaction_in(answer)
    if answer.status == OK and code == DISBURSED and succeeded is True:
        return Refunded(receipt_code_of(transaction.get("airtel_money_id")))
    if answer.status == OK and code in PAYOUT_UNDER_WAY and succeeded is not False:
        return RefundAccepted(reference)
    if code in PAYOUT_REFUSALS and answer.status < SERVER_ERROR and succeeded is not True:
        return NotRefunded(PAYOUT_REFUSALS[code], code)
    return _open(answer, code, is_known=code in PAYOUT_OPEN)


def _checked(answer: Answer, reference: str) -> RefundOutcome:
    """As of a payment: the letters decide, and the code tells why or raises a doubt."""
    transaction, code = transaction_in(answer), said_code(answer)
    letters = code_of(transaction.get("status"))
    said = code or letters or "no status"
    if answer.status != OK:
        return _open(answer, code, is_known=True)
    says = _by_letters(
        OUTCOMES.get(letters or ""), code, said, receipt_code_of(transaction.get("airtel_money_id"))
    )
    if says is None:
        return (
            Unknown(Reason.UNKNOWN_ERROR, letters, mapped=False)
            if letters
            else Unknown(Reason.AMBIGUOUS, said)
        )
    if isinstance(says, Refunded | NotRefunded) and transaction.get("id") != reference:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return says


def _by_letters(
    status: Status | None, code: str | None, said: str, receipt_code: str | None
) -> RefundOutcome | None:
    """None for letters that no document names."""
    match status:
        case Status.PAID:
            return Refunded(receipt_code)
        case Status.FAILED | Status.EXPIRED if code not in PAYOUT_UNDECIDED:
            return NotRefunded(PAYOUT_REFUSALS.get(said, RefundRefusal.REFUSED), said)
        case Status.IN_PROGRESS:
            return Pending(said)
        case Status.FAILED | Status.EXPIRED | Status.AMBIGUOUS:
            return Unknown(Reason.AMBIGUOUS, said)
        case None:
            return None


def _open(answer: Answer, code: str | None, *, is_known: bool) -> Unknown:
    reason = Reason.AMBIGUOUS if is_known else Reason.UNKNOWN_ERROR
    return Unknown(reason, code or f"HTTP {answer.status}", mapped=is_known)
