"""A refund at Stripe (providers.md §5.3): the whole or a part, as often as something is left.

Its idempotency keys are forgotten after a day. So it is looked for before it is made, by our reference in its metadata:
then the same request sent again moves money once, however late it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import stripe
from stripe.params import RefundCreateParams

from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.refund_reason import RefundReason
from portal.providers.refund import RefundInquiry, RefundInstruction, SendsBack, unfit
from portal.providers.stripe_codes import BUSY, IN_USE, OTHER_REQUEST, REFUSED, Refusal, Told, word_of
from portal.providers.stripe_session import REFERENCE, id_of, in_hundredths, instant_of, money_of, object_in
from portal.providers.stripe_wire import answer_to, answer_to_question

SENDS_BACK = SendsBack(
    route=RefundRoute.REVERSAL,
    part=True,
    again=True,
    repeats_safely=True,
    answers_questions=True,
    known_by_our_reference=True,
)
REFUND = "refund"
"""The key of the refund's own reference in its metadata."""


class Standing(Enum):
    """What a status of a refund means for us."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    """The payer's bank sent the money back to us; `failure_reason` says why."""
    CALLED_OFF = "called off"


OUTCOMES = {
    "pending": Standing.OPEN,
    "requires_action": Standing.OPEN,
    "succeeded": Standing.DONE,
    "failed": Standing.FAILED,
    "canceled": Standing.CALLED_OFF,
}
"""The five of the API; any other is unknown, unmapped."""

FAILURES = {
    "lost_or_stolen_card": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "expired_or_canceled_card": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "declined": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "charge_for_pending_refund_disputed": RefundRefusal.DISPUTED,
    "insufficient_funds": RefundRefusal.OUR_BALANCE,
    "merchant_request": RefundRefusal.CALLED_OFF,
    "unknown": RefundRefusal.REFUSED,
}
"""Why one failed. That it did is certain by its status, so any other word is no reason, and no question."""

REFUSALS = {
    "charge_already_refunded": RefundRefusal.ALREADY_DONE,
    "charge_disputed": RefundRefusal.DISPUTED,
    "resource_missing": RefundRefusal.NOT_FOUND,
    "balance_insufficient": RefundRefusal.OUR_BALANCE,
    "insufficient_funds": RefundRefusal.OUR_BALANCE,
    "amount_too_small": RefundRefusal.AMOUNT,
    # More than is left has no code of its own: only the parameter is named.
    "amount": RefundRefusal.AMOUNT,
    "parameter_invalid_integer": RefundRefusal.AMOUNT,
}
"""Why the request itself was refused; every other word is `REFUSED`."""

REASONS: Mapping[RefundReason, str] = {
    RefundReason.DUPLICATE_PAYMENT: "duplicate",
    RefundReason.FRAUDULENT_TRANSACTION: "fraudulent",
}
"""All others are `requested_by_customer`."""
MOST_OF_ONE_PAYMENT = 100


class StripeRefunds:
    """The part of the provider that sends money back."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._refunds = client.v1.refunds

    async def send(self, instruction: RefundInstruction) -> RefundAnswer:
        intent, refusal = id_of(instruction.receipt_code), unfit(instruction, SENDS_BACK)
        if refusal or intent is None:
            return refusal or NotRefunded(RefundRefusal.NOT_FOUND, "no PaymentIntent")
        made = await self._made(intent, instruction.reference)
        match made:
            case Unknown():
                # That was only a question: nothing has been asked for yet.
                return NotSent(made.code, made.trouble)
            case Refusal():
                return refused(made)
            case None:
                return await self._make(intent, instruction)
            case _:
                return _answered(made, instruction.reference)

    async def check(self, inquiry: RefundInquiry) -> RefundOutcome:
        answer = await self._look(inquiry)
        match answer:
            case Unknown():
                return answer
            case Refusal():
                return Unknown(Reason.AMBIGUOUS, answer.word, trouble=answer.trouble)
            case None:
                return Pending("not found")
        outcome = outcome_of_refund(answer, None)
        if isinstance(outcome, Refunded | NotRefunded) and reference_of_refund(answer) != inquiry.reference:
            return Unknown(Reason.AMBIGUOUS, "answer about another refund")
        return outcome

    async def find(self, request_id: str, intent: str) -> RefundOutcome:
        answer = await answer_to_question(self._refunds.retrieve_async(request_id))
        match answer:
            case Unknown():
                return answer
            case Refusal():
                return Unknown(Reason.AMBIGUOUS, answer.word, trouble=answer.trouble)
        if id_of(answer.get("payment_intent")) != intent or reference_of_refund(answer):
            return Unknown(Reason.AMBIGUOUS, "answer about another refund")
        return outcome_of_refund(answer, None)

    async def _make(self, intent: str, instruction: RefundInstruction) -> RefundAnswer:
        wanted, once = _refund(intent, instruction), f"refund:{instruction.reference}"
        answer = await answer_to(self._refunds.create_async(wanted, {"idempotency_key": once}))
        match answer:
            case NotSent() | Unknown():
                return answer
            case Refusal():
                return refused(answer)
            case _:
                return _answered(answer, instruction.reference)

    async def _look(self, inquiry: RefundInquiry) -> Told | Refusal | Unknown | None:
        """None where nobody knows of it."""
        if inquiry.request_id is not None:
            return await answer_to_question(self._refunds.retrieve_async(inquiry.request_id))
        intent = id_of(inquiry.receipt_code)
        return await self._made(intent, inquiry.reference) if intent else None

    async def _made(self, intent: str, reference: str) -> Told | Refusal | Unknown | None:
        """The refund with that reference of ours, if there is one."""
        listed = await answer_to_question(
            self._refunds.list_async({"payment_intent": intent, "limit": MOST_OF_ONE_PAYMENT})
        )
        if isinstance(listed, Refusal | Unknown):
            return listed
        refunds = listed.get("data")
        if not isinstance(refunds, list) or listed.get("has_more") is not False:
            return Unknown(Reason.AMBIGUOUS, "no list of refunds", mapped=False)
        ours = (one for one in refunds if isinstance(one, dict) and reference_of_refund(one) == reference)
        return next(ours, None)


def outcome_of_refund(refund: Told, at: datetime | None) -> RefundOutcome:
    """How a refund stands, which ended `at`, or when it was made."""
    word, code = word_of(refund.get("status")) or "no status", id_of(refund)
    match OUTCOMES.get(word):
        case Standing.OPEN:
            return Pending(word)
        case Standing.DONE:
            amount = money_of(refund.get("amount"), refund.get("currency"))
            if amount is None:
                return Unknown(Reason.WRONG_AMOUNT, "amount unreadable")
            return Refunded(code, amount, at or instant_of(refund.get("created")))
        case Standing.FAILED:
            why = word_of(refund.get("failure_reason")) or word
            return NotRefunded(FAILURES.get(why, RefundRefusal.REFUSED), why)
        case Standing.CALLED_OFF:
            return NotRefunded(RefundRefusal.CALLED_OFF, word)
        case None:
            return Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)


def reference_of_refund(refund: Told) -> str | None:
    """Ours; None of a refund that was made elsewhere."""
    return word_of(object_in(refund, "metadata").get(REFUND))


def refused(error: Refusal) -> NotRefunded | NotSent | Unknown:
    """What an error means for the refund that it answers."""
    if error.status == BUSY:
        return NotSent(error.word)
    if error.is_of_our_account:
        return NotRefunded(RefundRefusal.NOT_ALLOWED, error.word, error.trouble)
    if error.kind == OTHER_REQUEST or error.code == IN_USE:
        return Unknown(Reason.AMBIGUOUS, error.word)
    if error.status in REFUSED and error.kind == "invalid_request_error":
        return NotRefunded(REFUSALS.get(error.word, RefundRefusal.REFUSED), error.word)
    known = error.trouble is not None
    reason = Reason.AMBIGUOUS if known else Reason.UNKNOWN_ERROR
    return Unknown(reason, error.word, mapped=known, trouble=error.trouble)


def _refund(intent: str, instruction: RefundInstruction) -> RefundCreateParams:
    return {
        "payment_intent": intent,
        "amount": in_hundredths(instruction.amount),
        "reason": REASONS.get(instruction.reason, "requested_by_customer"),
        "metadata": {REFERENCE: instruction.payment, REFUND: instruction.reference},
    }


def _answered(refund: Told, reference: str) -> RefundAnswer:
    request_id = id_of(refund)
    if request_id is None or reference_of_refund(refund) != reference:
        return Unknown(Reason.UNKNOWN_ERROR, "no refund of ours", mapped=False)
    says = outcome_of_refund(refund, None)
    return says if isinstance(says, Refunded | NotRefunded) else RefundAccepted(request_id)
