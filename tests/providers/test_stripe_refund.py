"""A refund at Stripe: what is asked for, and what each recorded answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.domain.money import shillings
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
from portal.domain.trouble import Trouble
from portal.providers.provider import NotOffered
from portal.providers.stripe_codes import read_refusal
from portal.providers.stripe_refund import FAILURES, OUTCOMES, REFUSALS, refused
from portal.providers.wire import NeverSent, Unanswered
from tests.providers.account import REFERENCE
from tests.providers.recorded import answer, names
from tests.providers.refunds import REFUND, a_refund, a_refund_inquiry
from tests.providers.stripe import INTENT_ID, a_stripe

ID = "re_3PqYd2Lk8AbCdEf01GhIjKlM"
ASKED = RefundAccepted(ID)
SENT_BACK = Refunded(ID, shillings(453_500), datetime(2026, 3, 3, 9, 26, 40, tzinfo=UTC))
STRANGE = Unknown(Reason.UNKNOWN_ERROR, "no refund of ours", mapped=False)
CARD = a_refund(receipt_code=INTENT_ID, phone=None)
INQUIRY = a_refund_inquiry(request_id=ID, receipt_code=INTENT_ID)


def no(reason: RefundRefusal, code: str) -> NotRefunded:
    return NotRefunded(reason, code)


ENDS: dict[str, NotRefunded | Refunded] = {
    "card_expired": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "expired_or_canceled_card"),
    "card_lost": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "lost_or_stolen_card"),
    "declined": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "declined"),
    "disputed_meanwhile": no(RefundRefusal.DISPUTED, "charge_for_pending_refund_disputed"),
    "our_balance": no(RefundRefusal.OUR_BALANCE, "insufficient_funds"),
    "stopped_by_us": no(RefundRefusal.CALLED_OFF, "merchant_request"),
    "failed_for_an_unknown_reason": no(RefundRefusal.REFUSED, "unknown"),
    "failed_without_reason": no(RefundRefusal.REFUSED, "failed"),
    "called_off": no(RefundRefusal.CALLED_OFF, "canceled"),
    "sent_back": SENT_BACK,
}
REFUSED = {
    "refunded_already": no(RefundRefusal.ALREADY_DONE, "charge_already_refunded"),
    "disputed": no(RefundRefusal.DISPUTED, "charge_disputed"),
    "payment_not_found": no(RefundRefusal.NOT_FOUND, "resource_missing"),
    "more_than_is_left": no(RefundRefusal.AMOUNT, "amount"),
    "no_whole_number": no(RefundRefusal.AMOUNT, "parameter_invalid_integer"),
    "too_small": no(RefundRefusal.AMOUNT, "amount_too_small"),
    "no_balance": no(RefundRefusal.OUR_BALANCE, "balance_insufficient"),
    "no_funds": no(RefundRefusal.OUR_BALANCE, "insufficient_funds"),
    "refused_somehow": no(RefundRefusal.REFUSED, "parameter_unknown"),
    "wrong_key": no(RefundRefusal.NOT_ALLOWED, "invalid_request_error"),
    "not_permitted": no(RefundRefusal.NOT_ALLOWED, "invalid_request_error"),
}
ANSWERS: dict[str, RefundAnswer] = {
    **ENDS,
    **REFUSED,
    **dict.fromkeys(
        ("pending", "requires_action", "undocumented", "parts_of_a_shilling", "without_status"), ASKED
    ),
    **dict.fromkeys(("of_another", "of_another_shape"), STRANGE),
    "too_many_requests": NotSent("rate_limit"),
    "key_in_use": Unknown(Reason.AMBIGUOUS, "idempotency_key_in_use"),
    "another_request_under_this_key": Unknown(Reason.AMBIGUOUS, "idempotency_error"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
    "strange_conflict": Unknown(Reason.UNKNOWN_ERROR, "lock_timeout", mapped=False),
}
OF_ANOTHER = Unknown(Reason.AMBIGUOUS, "answer about another refund")
LOOKED_AT: dict[str, RefundOutcome] = {
    **ENDS,
    "pending": Pending("pending"),
    "requires_action": Pending("requires_action"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "held", mapped=False),
    "without_status": Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
    "parts_of_a_shilling": Unknown(Reason.WRONG_AMOUNT, "amount unreadable"),
    "of_another": OF_ANOTHER,
    "wrong_key": Unknown(Reason.AMBIGUOUS, "invalid_request_error"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
}


def test_every_recording_and_every_word_of_the_tables_has_its_sentence() -> None:
    assert names("stripe", "refund") == ANSWERS.keys()
    bodies = [answer("stripe", "refund", name).body for name in ANSWERS]
    assert {body.get("status") for body in bodies if body.get("status")} - {"held"} == OUTCOMES.keys()
    assert {body["failure_reason"] for body in bodies if "failure_reason" in body} == FAILURES.keys()
    assert REFUSALS.keys() <= {said.code for said in REFUSED.values()}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_to_a_refund_means_one_thing(name: str) -> None:
    provider, wire = a_stripe("refunds/of_others", f"refund/{name}")
    assert await provider.refund(CARD) == ANSWERS[name]
    (looked, asked) = wire.sent
    assert looked[:3] == ("GET", "/v1/refunds", {"payment_intent": INTENT_ID, "limit": "100"})
    assert asked[:3] == (
        "POST",
        "/v1/refunds",
        {
            "payment_intent": INTENT_ID,
            "amount": "45350000",
            "reason": "duplicate",
            "metadata[reference]": REFERENCE,
            "metadata[refund]": REFUND,
        },
    )
    assert asked[3]["Idempotency-Key"] == f"refund:{REFUND}"


@pytest.mark.parametrize("name", LOOKED_AT)
async def test_every_state_of_a_refund_means_one_thing(name: str) -> None:
    provider, wire = a_stripe(f"refund/{name}")
    assert await provider.check_refund(INQUIRY) == LOOKED_AT[name]
    assert [sent[:2] for sent in wire.sent] == [("GET", f"/v1/refunds/{ID}")]


async def test_a_part_and_another_reason_are_asked_for_as_they_are() -> None:
    provider, wire = a_stripe("refunds/none", "refund/sent_back")
    await provider.refund(replace(CARD, amount=shillings(100_000), reason=RefundReason.PROPERTY_UNAVAILABLE))
    _, _, fields, _ = wire.sent[-1]
    assert (fields["amount"], fields["reason"]) == ("10000000", "requested_by_customer")
    await provider.refund(replace(CARD, reason=RefundReason.FRAUDULENT_TRANSACTION))


@pytest.mark.parametrize(
    "listed, said",
    [
        ("ours", SENT_BACK),
        ("ours_pending", ASKED),
        ("wrong_key", no(RefundRefusal.NOT_ALLOWED, "invalid_request_error")),
        ("internal_error", Unknown(Reason.AMBIGUOUS, "api_error")),
        ("more_than_one_page", NotSent("no list of refunds")),
        ("of_another_shape", NotSent("no list of refunds")),
    ],
)
async def test_what_was_made_before_is_found_and_never_made_again(listed: str, said: RefundAnswer) -> None:
    provider, wire = a_stripe(f"refunds/{listed}")
    assert await provider.refund(CARD) == said
    assert [sent[0] for sent in wire.sent] == ["GET"]


@pytest.mark.parametrize(
    "listed, said",
    [
        ("ours", SENT_BACK),
        ("none", Pending("not found")),
        ("of_others", Pending("not found")),
        ("internal_error", Unknown(Reason.AMBIGUOUS, "api_error")),
        ("of_another_shape", Unknown(Reason.AMBIGUOUS, "no list of refunds", mapped=False)),
    ],
)
async def test_a_refund_whose_answer_was_lost_is_found_by_our_reference(
    listed: str, said: RefundOutcome
) -> None:
    provider, _ = a_stripe(f"refunds/{listed}")
    assert await provider.check_refund(replace(INQUIRY, request_id=None)) == said


async def test_what_the_wire_says_of_a_refund_is_handed_on() -> None:
    lost, away = Unanswered("read timeout", Trouble.TOO_SLOW), NeverSent("refused", Trouble.UNREACHABLE)
    provider, _ = a_stripe("refunds/none", lost)
    assert await provider.refund(CARD) == Unknown(Reason.AMBIGUOUS, "read timeout")
    provider, _ = a_stripe("refunds/none", away)
    assert await provider.refund(CARD) == NotSent("refused")
    provider, _ = a_stripe(lost)
    assert await provider.refund(CARD) == NotSent("read timeout")
    assert await provider.check_refund(INQUIRY) == Unknown(Reason.AMBIGUOUS, "read timeout")


async def test_what_it_cannot_send_is_said_without_asking() -> None:
    provider, wire = a_stripe("refund/sent_back")
    for strange in (replace(CARD, receipt_code=None), replace(CARD, amount=shillings(453_501))):
        assert isinstance(await provider.refund(strange), NotRefunded)
    assert await provider.refund(replace(CARD, route=RefundRoute.PAYOUT)) == NotOffered(RefundRoute.PAYOUT)
    assert await provider.check_refund(replace(INQUIRY, request_id=None, receipt_code=None)) == Pending(
        "not found"
    )
    assert wire.sent == []


def test_an_error_without_status_is_no_refusal() -> None:
    strange = Unknown(Reason.UNKNOWN_ERROR, "api_error", mapped=False)
    assert refused(read_refusal(None, {"error": {"type": "api_error"}})) == strange
