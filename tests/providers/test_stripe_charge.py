"""A saved card that is charged by Stripe without a page: what is asked for, and what each recorded answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import (
    Accepted,
    Awaits,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.providers.provider import Inquiry
from portal.providers.wire import NeverSent, Unanswered
from tests.providers.account import REFERENCE
from tests.providers.recorded import names
from tests.providers.stripe import CARD_TOKEN, INTENT_ID, SESSION_ID, a_stripe, card_instruction

PAID = Paid(shillings(453_500), INTENT_ID, datetime(2026, 3, 3, 9, 1, 15, tzinfo=UTC))
ASKED = Accepted(INTENT_ID, awaits=Awaits.CARD)
PAGE = Accepted(SESSION_ID, awaits=Awaits.CARD, page=f"https://checkout.stripe.com/c/pay/{SESSION_ID}")
STRANGE = Unknown(Reason.UNKNOWN_ERROR, "no payment of ours", mapped=False)


def ended(reason: Reason, code: str) -> Accepted:
    return replace(ASKED, ended=NotPaid(reason, code))


CHARGES: dict[str, StartOutcome] = {
    "paid": replace(ASKED, ended=PAID),
    "processing": ASKED,
    "wants_action": ASKED,
    "canceled": ended(Reason.NOT_COMPLETED, "canceled"),
    "undocumented": ASKED,
    "paid_with_parts_of_a_shilling": ASKED,
    "for_another": STRANGE,
    "of_another_shape": STRANGE,
    "of_a_session": STRANGE,
    "declined": ended(Reason.CARD_DECLINED, "generic_decline"),
    "without_funds": ended(Reason.INSUFFICIENT_FUNDS, "insufficient_funds"),
    "expired": ended(Reason.CARD_EXPIRED, "expired_card"),
    "declined_before_any_payment": Rejected(Reason.CARD_DECLINED, "generic_decline"),
    "amount_too_large": Rejected(Reason.LIMIT_PER_PAYMENT, "amount_too_large"),
    "ended_key": Rejected(Reason.PAYEE_PROBLEM, "api_key_expired"),
    "key_in_use": Unknown(Reason.AMBIGUOUS, "idempotency_key_in_use"),
    "another_request_under_this_key": Unknown(Reason.AMBIGUOUS, "idempotency_error"),
    "too_many_requests": NotSent("rate_limit"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
}
NEED_THE_OWNER = ("asks_its_owner", "without_customer", "without_method")
"""The bank wants them, or the card is kept no longer."""
ANSWERS: dict[str, Outcome] = {
    "paid": PAID,
    "processing": Pending("processing"),
    "declined": NotPaid(Reason.INSUFFICIENT_FUNDS, "insufficient_funds"),
    "open": Pending("requires_confirmation"),
    "canceled": NotPaid(Reason.NOT_COMPLETED, "canceled"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "partially_funded", mapped=False),
    "for_another": Unknown(Reason.AMBIGUOUS, "answer about another request"),
    "without_words": Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
    "not_found": Unknown(Reason.AMBIGUOUS, "resource_missing"),
    "not_to_be_canceled": Unknown(Reason.AMBIGUOUS, "payment_intent_unexpected_state"),
}
WITH_CARD = card_instruction(card=CARD_TOKEN)
ABOUT_CHARGE = Inquiry(reference=REFERENCE, request_id=INTENT_ID)


def test_every_recording_has_its_sentence() -> None:
    assert names("stripe", "charge") == {*CHARGES, *NEED_THE_OWNER}
    assert names("stripe", "charged") == set(ANSWERS)


@pytest.mark.covers("D43", "D46")
@pytest.mark.parametrize("name", CHARGES)
async def test_every_answer_to_a_charge_means_one_thing_and_opens_no_page(name: str) -> None:
    provider, wire = a_stripe(f"charge/{name}")
    assert await provider.start(WITH_CARD) == CHARGES[name]
    assert [path for _, path, _, _ in wire.sent] == ["/v1/payment_intents"]


@pytest.mark.parametrize("name", NEED_THE_OWNER)
async def test_a_card_that_needs_its_owner_is_paid_with_on_a_page(name: str) -> None:
    provider, wire = a_stripe(f"charge/{name}", "start/opened")
    assert await provider.start(WITH_CARD) == PAGE
    assert [headers["Idempotency-Key"] for _, _, _, headers in wire.sent] == [
        f"pay:{REFERENCE}",
        f"page:{REFERENCE}",
    ]


@pytest.mark.covers("D07", "D14", "D67")
@pytest.mark.parametrize(
    "fault, told",
    [
        (NeverSent("ConnectError"), NotSent("ConnectError")),
        (Unanswered("ReadTimeout"), Unknown(Reason.AMBIGUOUS, "ReadTimeout")),
    ],
)
async def test_what_goes_wrong_on_the_wire_is_told_as_it_is(
    fault: NeverSent | Unanswered, told: StartOutcome
) -> None:
    assert await a_stripe(fault)[0].start(WITH_CARD) == told
    # Of a page that was not opened nobody has the address, and the card was not charged.
    assert await a_stripe("charge/asks_its_owner", fault)[0].start(WITH_CARD) == told


async def test_the_whole_total_is_taken_at_once_from_the_chosen_card() -> None:
    provider, wire = a_stripe("charge/paid")
    await provider.start(WITH_CARD)
    ((verb, path, fields, headers),) = wire.sent
    customer, method = CARD_TOKEN.split("/")
    assert (verb, path, headers["Idempotency-Key"]) == ("POST", "/v1/payment_intents", f"pay:{REFERENCE}")
    assert fields == {
        "amount": "45350000",
        "currency": "tzs",
        "customer": customer,
        "payment_method": method,
        "allowed_payment_method_types[0]": "card",
        "confirm": "true",
        "off_session": "true",
        "description": "Deposit A3",
        "metadata[reference]": REFERENCE,
        "metadata[charges]": "saved_card",
        "expand[0]": "latest_charge",
    }


async def test_a_page_never_opens_beside_a_charge_whose_answer_was_lost() -> None:
    """The card was forgotten between two tries: the key says that the first was another request."""
    provider, wire = a_stripe(Unanswered("ReadTimeout"), "start/another_request_under_this_key")
    assert isinstance(await provider.start(WITH_CARD), Unknown)
    assert isinstance(await provider.start(card_instruction()), Unknown)
    assert len({headers["Idempotency-Key"] for _, _, _, headers in wire.sent}) == 1


@pytest.mark.parametrize("token", ["pm_1TokenOfTheTests", "cus_1/card_1", "pm_1/cus_1", "cus_1/pm_1/x", "/"])
async def test_a_token_that_is_none_of_ours_leads_to_the_page(token: str) -> None:
    provider, wire = a_stripe("start/opened")
    assert await provider.start(card_instruction(card=token)) == PAGE
    assert [path for _, path, _, _ in wire.sent] == ["/v1/checkout/sessions"]


@pytest.mark.covers("D43")
@pytest.mark.parametrize("name", ANSWERS)
async def test_every_state_of_a_charge_means_one_thing(name: str) -> None:
    provider, wire = a_stripe(f"charged/{name}")
    assert await provider.check(ABOUT_CHARGE) == ANSWERS[name]
    ((verb, path, fields, _),) = wire.sent
    assert (verb, path) == ("GET", f"/v1/payment_intents/{INTENT_ID}")
    assert fields == {"expand[0]": "latest_charge"}


async def test_a_charge_is_called_off_or_looked_at() -> None:
    provider, wire = a_stripe("charged/canceled")
    assert await provider.call_off(ABOUT_CHARGE) == ANSWERS["canceled"]
    assert [path for _, path, _, _ in wire.sent] == [f"/v1/payment_intents/{INTENT_ID}/cancel"]
    provider, _ = a_stripe("charged/not_to_be_canceled", "charged/paid")
    assert await provider.call_off(ABOUT_CHARGE) == PAID
