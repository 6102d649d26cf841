"""Stripe's pages: what is asked for, what each recorded answer means, and that none is taken for more than it is."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any

import pytest
import stripe
from structlog.testing import capture_logs

from portal.domain.alert import trouble_in
from portal.domain.money import Currency, Money, shillings
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
from portal.domain.trouble import Trouble
from portal.providers.provider import NOT_BY_CODE, Inquiry, Means
from portal.providers.stripe_cards import StripeCards
from portal.providers.stripe_codes import OUTCOMES, REASONS, REFUSALS, read_refusal, reason_of
from portal.providers.stripe_wire import API_VERSION
from portal.providers.wire import NeverSent, Unanswered
from tests.makers import NOW
from tests.providers.account import REFERENCE
from tests.providers.recorded import names
from tests.providers.stripe import INQUIRY, INTENT_ID, SESSION_ID, a_stripe, card_instruction, stripe_config

TOTAL = shillings(453_500)
PAID_AT = datetime(2026, 3, 3, 9, 1, 15, tzinfo=UTC)
PAID = Paid(TOTAL, INTENT_ID, PAID_AT)
PAGE = f"https://checkout.stripe.com/c/pay/{SESSION_ID}"
OPEN = Accepted(SESSION_ID, awaits=Awaits.CARD, page=PAGE)
OURS = Reason.PAYEE_PROBLEM
NO_PAGE = Unknown(Reason.UNKNOWN_ERROR, "no session with a page", mapped=False)

STARTS: dict[str, StartOutcome] = {
    "opened": OPEN,
    "without_a_page": NO_PAGE,
    "with_a_page_of_another_kind": NO_PAGE,
    "without_words": NO_PAGE,
    "of_another_shape": NO_PAGE,
    "amount_too_large": Rejected(Reason.LIMIT_PER_PAYMENT, "amount_too_large"),
    "amount_too_small": Rejected(Reason.LIMIT_PER_PAYMENT, "amount_too_small"),
    "wrong_key": Rejected(OURS, "invalid_request_error"),
    "ended_key": Rejected(OURS, "api_key_expired"),
    "not_permitted": Rejected(OURS, "more_permissions_required_for_application"),
    "unknown_parameter": Rejected(OURS, "parameter_unknown"),
    "ends_too_soon": Rejected(OURS, "expires_at"),
    "account_closed": Rejected(OURS, "invalid_request_error"),
    "another_request_under_this_key": Unknown(Reason.AMBIGUOUS, "idempotency_error"),
    "key_in_use": Unknown(Reason.AMBIGUOUS, "idempotency_key_in_use"),
    "too_many_requests": NotSent("rate_limit"),
    "locked": NotSent("lock_timeout"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
    "error_without_words": Unknown(Reason.AMBIGUOUS, "HTTP 502"),
    "undocumented_status": Unknown(Reason.UNKNOWN_ERROR, "teapot_error", mapped=False),
}
ANOTHER = Unknown(Reason.AMBIGUOUS, "answer about another request")
CHECKS: dict[str, Outcome] = {
    "open": Pending("open"),
    "declined": Pending("do_not_honor", Reason.CARD_DECLINED),
    "without_funds": Pending("insufficient_funds", Reason.INSUFFICIENT_FUNDS),
    "card_expired": Pending("expired_card", Reason.CARD_EXPIRED),
    "wrong_code": Pending("incorrect_cvc", Reason.CARD_DETAILS),
    "stolen": Pending("stolen_card", Reason.CARD_DECLINED),
    "used_too_often": Pending("card_velocity_exceeded", Reason.LIMIT_DAILY),
    "bank_silent": Pending("issuer_not_available", Reason.PROVIDER_BUSY),
    "refused_at_the_bank": Pending("payment_intent_authentication_failure", Reason.CARD_DECLINED),
    "before_any_card": Pending("requires_payment_method"),
    "to_be_confirmed": Pending("requires_confirmation"),
    "at_the_bank": Pending("requires_action"),
    "processing": Pending("processing"),
    "held": Pending("requires_capture"),
    "canceled_while_open": Pending("canceled"),
    "paid": PAID,
    "paid_by_apple_pay": PAID,
    "paid_after_a_decline": PAID,
    "paid_less": replace(PAID, amount=shillings(200_000)),
    "paid_in_dollars": replace(PAID, amount=Money(20_000, Currency.USD)),
    "paid_in_another_currency": Unknown(Reason.WRONG_AMOUNT, "2000000 kes"),
    "paid_with_parts_of_a_shilling": Unknown(Reason.WRONG_AMOUNT, "45350050 tzs"),
    "paid_without_a_number": Unknown(Reason.WRONG_AMOUNT, "None tzs"),
    "paid_without_the_charge": replace(PAID, paid_at=None),
    "paid_for_another": ANOTHER,
    "of_another_session": ANOTHER,
    "expired": NotPaid(Reason.NO_RESPONSE, "expired"),
    "expired_after_a_decline": NotPaid(Reason.INSUFFICIENT_FUNDS, "insufficient_funds"),
    "expired_and_canceled": NotPaid(Reason.NO_RESPONSE, "expired"),
    "complete_and_refused": NotPaid(Reason.CARD_DECLINED, "generic_decline"),
    "complete_and_open": Unknown(Reason.AMBIGUOUS, "requires_confirmation"),
    "complete_without_a_payment": Unknown(Reason.AMBIGUOUS, "complete without a payment"),
    "undocumented_payment": Unknown(Reason.UNKNOWN_ERROR, "partially_funded", mapped=False),
    "payment_without_status": Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
    "undocumented_session": Unknown(Reason.UNKNOWN_ERROR, "paused", mapped=False),
    "without_words": Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
    "not_found": Unknown(Reason.AMBIGUOUS, "resource_missing"),
    "too_many_requests": Unknown(Reason.AMBIGUOUS, "rate_limit"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
    "ended_key": Unknown(Reason.AMBIGUOUS, "api_key_expired"),
}


def test_every_recording_has_its_sentence() -> None:
    assert names("stripe", "start") == set(STARTS)
    assert names("stripe", "check") == set(CHECKS)


@pytest.mark.covers("D46")
@pytest.mark.parametrize("name", STARTS)
async def test_every_answer_to_a_request_means_one_thing(name: str) -> None:
    provider, _ = a_stripe(f"start/{name}")
    assert await provider.start(card_instruction()) == STARTS[name]


@pytest.mark.covers("D43", "D44")
@pytest.mark.parametrize("name", CHECKS)
async def test_every_state_of_a_session_means_one_thing(name: str) -> None:
    provider, _ = a_stripe(f"check/{name}")
    assert await provider.check(INQUIRY) == CHECKS[name]


@pytest.mark.covers("D43")
def test_the_seven_statuses_of_the_library_are_all_in_the_table() -> None:
    documented = stripe.PaymentIntent.__annotations__["status"]
    assert all(f"'{status}'" in str(documented) for status in OUTCOMES)
    assert len(OUTCOMES) == 7
    assert "failed" not in OUTCOMES


@pytest.mark.parametrize(
    "word", [*REASONS, "generic_decline", "fraudulent", "lost_card", "a word of tomorrow"]
)
def test_a_card_that_does_not_do_always_has_a_reason(word: str) -> None:
    assert reason_of(word) is REASONS.get(word, Reason.CARD_DECLINED)
    refusal = read_refusal(
        402, {"error": {"type": "card_error", "code": "card_declined", "decline_code": word}}
    )
    assert refusal.word == word


@pytest.mark.covers("A8", "A9", "S57")
async def test_the_payer_is_asked_for_the_total_on_a_page_that_names_our_reference_alone() -> None:
    provider, wire = a_stripe("start/opened")
    await provider.start(card_instruction())
    ((verb, path, fields, headers),) = wire.sent
    back = f"https://pay.nest.co.tz/pay/{REFERENCE}/return"
    assert (verb, path) == ("POST", "/v1/checkout/sessions")
    assert fields == {
        "mode": "payment",
        "client_reference_id": REFERENCE,
        "metadata[reference]": REFERENCE,
        "payment_intent_data[description]": "Deposit A3",
        "payment_intent_data[metadata][reference]": REFERENCE,
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "tzs",
        "line_items[0][price_data][unit_amount]": "45350000",
        "line_items[0][price_data][product_data][name]": "Deposit A3",
        "allowed_payment_method_types[0]": "card",
        "wallet_options[link][display]": "never",
        "adaptive_pricing[enabled]": "false",
        "expires_at": str(int(NOW.timestamp())),
        "locale": "auto",
        "success_url": back,
        "cancel_url": back,
    }
    assert headers["Idempotency-Key"] == f"pay:{REFERENCE}"
    assert headers["Stripe-Version"] == API_VERSION
    assert headers["Authorization"] == "Bearer sk_test_of0the0tests"


@pytest.mark.parametrize("language, locale", [("en", "en"), ("sw", "auto")])
async def test_the_page_speaks_the_payer_s_language_where_it_can(language: str, locale: str) -> None:
    provider, wire = a_stripe("start/opened")
    await provider.start(card_instruction(language=language))
    assert wire.sent[0][2]["locale"] == locale


@pytest.mark.parametrize(
    "amount, currency, hundredths",
    [(shillings(1_300), "tzs", "130000"), (Money(19_999, Currency.USD), "usd", "19999")],
)
async def test_shillings_travel_as_hundredths_and_cents_as_they_are(
    amount: Money, currency: str, hundredths: str
) -> None:
    provider, wire = a_stripe("start/opened")
    await provider.start(card_instruction(amount=amount))
    price = "line_items[0][price_data]"
    assert (wire.sent[0][2][f"{price}[currency]"], wire.sent[0][2][f"{price}[unit_amount]"]) == (
        currency,
        hundredths,
    )


async def test_the_same_request_is_the_same_in_every_letter() -> None:
    provider, wire = a_stripe("start/opened")
    await provider.start(card_instruction())
    await provider.start(card_instruction())
    first, second = ((fields, headers["Idempotency-Key"]) for _, _, fields, headers in wire.sent)
    assert first == second


async def test_a_question_brings_the_payment_and_its_charge_along() -> None:
    provider, wire = a_stripe("check/paid")
    await provider.check(INQUIRY)
    ((verb, path, fields, _),) = wire.sent
    assert (verb, path) == ("GET", f"/v1/checkout/sessions/{SESSION_ID}")
    assert fields == {"expand[0]": "payment_intent.latest_charge"}


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize(
    "fault, started",
    [
        (NeverSent("ConnectError"), NotSent("ConnectError")),
        (Unanswered("ReadTimeout"), Unknown(Reason.AMBIGUOUS, "ReadTimeout")),
    ],
)
async def test_what_goes_wrong_on_the_wire_is_told_as_it_is(
    fault: NeverSent | Unanswered, started: StartOutcome
) -> None:
    provider, _ = a_stripe(fault)
    assert await provider.start(card_instruction()) == started
    assert await provider.check(INQUIRY) == Unknown(Reason.AMBIGUOUS, str(fault))
    assert await provider.call_off(INQUIRY) == Unknown(Reason.AMBIGUOUS, str(fault))


@pytest.mark.parametrize(
    "said, trouble",
    [
        ("start/opened", None),
        ("start/amount_too_large", None),
        ("start/wrong_key", Trouble.CREDENTIALS_REFUSED),
        ("start/ended_key", Trouble.CREDENTIALS_REFUSED),
        ("start/not_permitted", Trouble.ACCOUNT_REFUSED),
        ("start/without_a_page", Trouble.UNKNOWN_CODE),
        (NeverSent("breaker open", Trouble.BREAKER_OPEN), Trouble.BREAKER_OPEN),
        (Unanswered("HTTP 200, not JSON", Trouble.UNREADABLE), Trouble.UNREADABLE),
    ],
)
async def test_an_answer_to_a_request_tells_what_is_wrong_with_stripe_or_with_us(
    said: str | Exception, trouble: Trouble | None
) -> None:
    provider, _ = a_stripe(said)
    assert trouble_in(await provider.start(card_instruction())) is trouble


@pytest.mark.parametrize(
    "said, trouble",
    [
        ("check/paid", None),
        ("check/not_found", None),
        ("check/too_many_requests", None),
        ("check/internal_error", Trouble.DOWN),
        ("check/ended_key", Trouble.CREDENTIALS_REFUSED),
        ("check/undocumented_session", Trouble.UNKNOWN_CODE),
        (Unanswered("ReadTimeout", Trouble.TOO_SLOW), Trouble.TOO_SLOW),
    ],
)
async def test_so_does_an_answer_to_a_question(said: str | Exception, trouble: Trouble | None) -> None:
    provider, _ = a_stripe(said)
    assert trouble_in(await provider.check(INQUIRY)) is trouble


async def test_nobody_can_ask_it_by_the_code_of_a_receipt() -> None:
    provider, wire = a_stripe("check/paid")
    assert await provider.check(replace(INQUIRY, receipt_code="NLJ7RT61SV")) == NOT_BY_CODE
    assert wire.sent == []


async def test_a_page_is_closed_for_who_wants_out() -> None:
    provider, wire = a_stripe("expire/closed")
    assert await provider.call_off(INQUIRY) == NotPaid(Reason.NO_RESPONSE, "expired")
    assert [path for _, path, _, _ in wire.sent] == [f"/v1/checkout/sessions/{SESSION_ID}/expire"]


@pytest.mark.parametrize("name", ["paid", "processing", "expired"])
async def test_a_page_that_cannot_be_closed_any_more_is_looked_at(name: str) -> None:
    provider, _ = a_stripe("expire/not_open_any_more", f"check/{name}")
    assert await provider.call_off(INQUIRY) == CHECKS[name]


async def test_without_a_session_there_is_nothing_to_ask_by() -> None:
    provider, wire = a_stripe("check/paid")
    asked = Inquiry(reference=REFERENCE, request_id=None)
    assert (
        await provider.check(asked)
        == await provider.call_off(asked)
        == Unknown(Reason.AMBIGUOUS, "no session")
    )
    assert wire.sent == []


async def test_a_key_that_ended_is_told_to_the_office_and_no_payer_is_called_unpaid() -> None:
    provider, _ = a_stripe("check/ended_key")
    with capture_logs() as logs:
        assert isinstance(await provider.check(INQUIRY), Unknown)
    assert [(line["event"], line["log_level"]) for line in logs] == [("provider_refuses_us", "error")]


def test_the_library_speaks_the_version_that_we_pinned() -> None:
    """Another version of the library is another form of everything: that is a decision, not an update."""
    assert stripe.api_version == API_VERSION


def test_a_page_lives_shorter_than_a_day_by_any_clock() -> None:
    assert timedelta(minutes=30) < StripeCards.capabilities.lives < timedelta(hours=24)


async def test_it_is_opened_by_its_settings() -> None:
    means = Means(clock=lambda: NOW, monotonic=time.monotonic, random=token_bytes)
    provider = StripeCards.open(stripe_config(), means)
    assert isinstance(await provider.start(card_instruction()), NotSent)
    await provider.close()


@pytest.mark.parametrize(
    "changes, faulty",
    [
        ({}, []),
        ({"secret_key": "rk_live_restricted0key"}, []),
        ({"publishable_key": "pk_test_of0the0tests"}, []),
        ({"secret_key": "sk_test_short"}, ["secret_key"]),
        ({"secret_key": "pk_test_of0the0tests"}, ["secret_key"]),
        ({"secret_key": "sk_test_of the tests"}, ["secret_key"]),
        ({"webhook_secret": "of0the0tests0and0nobody0else"}, ["webhook_secret"]),
        ({"webhook_secret": "whsec_short"}, ["webhook_secret"]),
        ({"publishable_key": "pk_live_of0the0tests"}, ["publishable_key"]),
        ({"publishable_key": "sk_test_of0the0tests"}, ["publishable_key"]),
    ],
    ids=str,
)
def test_a_setting_that_will_not_do_is_named(changes: dict[str, Any], faulty: list[str]) -> None:
    assert [*stripe_config(**changes).faults()] == faulty


@pytest.mark.covers("D45")
def test_no_setting_that_is_secret_is_ever_printed() -> None:
    printed = repr(stripe_config(secret_key="sk_live_of0the0tests", webhook_secret="whsec_of0the0live0tests"))
    assert "of0the0" not in printed


def test_only_a_live_key_is_fit_for_production() -> None:
    assert [*stripe_config().unfit_for_production()] == ["secret_key"]
    assert stripe_config(secret_key="sk_live_of0the0tests").unfit_for_production() == {}


def test_every_refusal_of_the_table_is_recorded() -> None:
    assert set(REFUSALS) <= names("stripe", "start")
