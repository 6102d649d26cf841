"""What leaves us for Airtel Money: only the documented fields, in the documented form (providers.md §4.2 to §4.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import Accepted, NotSent, Paid, Reason, Rejected, Unknown
from portal.domain.phone import Phone
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import REFERENCE, an_inquiry
from tests.providers.airtel import TOKEN, airtel_instruction, an_airtel
from tests.providers.recorded import answer

PROMPT_SENT = answer("airtel_money", "push", "prompt_sent")
QUERY_PAID = answer("airtel_money", "query", "paid")
REFUSED = answer("airtel_money", "push", "token_refused")
SECOND_TOKEN = Answer(200, TOKEN.body | {"access_token": "second"})
WRONG_CREDENTIALS = Answer(
    401, {"error": "invalid_client", "error_description": "Invalid client authentication"}
)
HEADERS = {
    "Authorization": "Bearer eyJhbGciOiJIUzI1",
    "Accept": "*/*",
    "X-Country": "TZ",
    "X-Currency": "TZS",
}


@pytest.mark.covers("D23", "D36")
async def test_a_push_has_the_documented_fields_and_no_other() -> None:
    airtel, wire = an_airtel(PROMPT_SENT)
    await airtel.start(airtel_instruction())
    assert wire.sent[1] == (
        "POST",
        "/merchant/v1/payments/",
        {
            "json": {
                "reference": REFERENCE,
                "subscriber": {"country": "TZ", "currency": "TZS", "msisdn": "788230980"},
                "transaction": {"amount": 453_500, "country": "TZ", "currency": "TZS", "id": REFERENCE},
            },
            "headers": HEADERS,
        },
    )


async def test_an_enquiry_asks_by_our_reference_whatever_else_is_known() -> None:
    for request_id in (REFERENCE, None, "another"):
        airtel, wire = an_airtel(QUERY_PAID)
        assert isinstance(await airtel.check(an_inquiry(request_id)), Paid)
        assert wire.sent[1] == ("GET", f"/standard/v1/payments/{REFERENCE}", {"headers": HEADERS})


@pytest.mark.parametrize("digits, nine", [("255684123456", "684123456"), ("255782552552", "782552552")])
async def test_a_number_travels_without_the_country_code_and_only_that(digits: str, nine: str) -> None:
    airtel, wire = an_airtel(PROMPT_SENT)
    await airtel.start(airtel_instruction(phone=Phone(digits)))
    assert wire.sent[1][2]["json"]["subscriber"]["msisdn"] == nine


@pytest.mark.covers("D02", "D38")
async def test_an_amount_is_a_number_of_whole_shillings() -> None:
    airtel, wire = an_airtel(PROMPT_SENT)
    await airtel.start(airtel_instruction(amount=shillings(1_234_567)))
    amount = wire.sent[1][2]["json"]["transaction"]["amount"]
    assert (amount, type(amount)) == (1_234_567, int)


@pytest.mark.covers("D66")
async def test_a_token_is_asked_for_with_the_app_s_own_credentials() -> None:
    airtel, wire = an_airtel(PROMPT_SENT)
    await airtel.start(airtel_instruction())
    credentials = {
        "client_id": "an-app-of-the-tests",
        "client_secret": "its secret",
        "grant_type": "client_credentials",
    }
    assert wire.sent[0] == (
        "POST",
        "/auth/oauth2/token",
        {"json": credentials, "headers": {"Accept": "*/*"}},
    )


@pytest.mark.covers("D66")
async def test_a_token_of_180_seconds_is_used_for_two_minutes_and_then_renewed(clock: FakeClock) -> None:
    airtel, wire = an_airtel(PROMPT_SENT, tokens=(TOKEN, SECOND_TOKEN), clock=clock)
    for seconds in (0, 119, 2):
        clock.now += timedelta(seconds=seconds)
        await airtel.start(airtel_instruction())
    assert wire.asked_for() == ["token", "POST", "POST", "token", "POST"]
    assert wire.sent[-1][2]["headers"]["Authorization"] == "Bearer second"


@pytest.mark.covers("D66", "D14")
async def test_a_token_that_ends_in_the_middle_is_renewed_and_the_push_sent_exactly_once_more() -> None:
    airtel, wire = an_airtel(REFUSED, PROMPT_SENT, tokens=(TOKEN, SECOND_TOKEN))
    assert await airtel.start(airtel_instruction()) == Accepted(REFERENCE)
    assert wire.asked_for() == ["token", "POST", "token", "POST"]
    assert wire.sent[1][2]["json"] == wire.sent[3][2]["json"]
    assert wire.sent[3][2]["headers"]["Authorization"] == "Bearer second"


async def test_a_token_that_is_refused_again_has_sent_nothing_and_accuses_nobody() -> None:
    airtel, wire = an_airtel(REFUSED, tokens=(TOKEN, SECOND_TOKEN))
    assert await airtel.start(airtel_instruction()) == NotSent("token refused")
    assert await airtel.check(an_inquiry(REFERENCE)) == Unknown(Reason.AMBIGUOUS, "token refused")
    assert wire.asked_for() == ["token", "POST", "token", "POST", "GET", "token", "GET"]


async def test_wrong_credentials_are_our_fault_and_nobody_s_failed_payment() -> None:
    airtel, wire = an_airtel(PROMPT_SENT, tokens=(WRONG_CREDENTIALS,))
    assert await airtel.start(airtel_instruction()) == Rejected(Reason.PAYEE_PROBLEM, "invalid_client")
    assert await airtel.check(an_inquiry(REFERENCE)) == Unknown(Reason.AMBIGUOUS, "invalid_client")
    assert wire.asked_for() == ["token", "token"]


@pytest.mark.parametrize(
    "told",
    [
        Unanswered("ReadTimeout"),
        Unanswered("HTTP 200, not JSON"),
        NeverSent("ConnectError"),
        Answer(503, {"error": "unavailable"}),
        Answer(302, {}),
        Answer(200, {"access_token": "a", "expires_in": "soon"}),
        Answer(200, {"access_token": "a", "expires_in": "9" * 30}),
        Answer(200, {"access_token": "a", "expires_in": None}),
        Answer(200, {"access_token": "a"}),
        Answer(200, {"expires_in": "180"}),
    ],
    ids=str,
)
async def test_a_push_without_a_token_was_never_sent(told: Answer | Exception) -> None:
    airtel, wire = an_airtel(PROMPT_SENT, tokens=(told,))
    assert isinstance(await airtel.start(airtel_instruction()), NotSent)
    assert isinstance(await airtel.check(an_inquiry(REFERENCE)), Unknown)
    assert wire.asked_for() == ["token", "token"]
