"""What leaves us for Daraja: only the documented fields, in the documented form (providers.md §1.2, §1.3, §1.5)."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import NotSent
from portal.providers.wire import Answer
from tests.makers import FakeClock
from tests.providers.account import ACCOUNT, TOKEN, an_inquiry, an_instruction
from tests.providers.conftest import Played
from tests.providers.recorded import answer
from tests.providers.test_mpesa_daraja import QUERY_ID

ACCEPTED = answer("mpesa_daraja", "push", "accepted")
SECOND_TOKEN = Answer(200, {"access_token": "second", "expires_in": 3599})
REFUSED_TOKEN = answer("mpesa_daraja", "push", "invalid_access_token")

# Each documented field with its type or limit.
PUSH_FIELDS = {
    "BusinessShortCode": r"\d{5,6}",
    "Password": r"[A-Za-z0-9+/]+={0,2}",
    "Timestamp": r"\d{14}",
    "TransactionType": "CustomerPayBillOnline",
    "Amount": r"[1-9]\d*",
    "PartyA": r"255\d{9}",
    "PartyB": r"\d{5,6}",
    "PhoneNumber": r"255\d{9}",
    "CallBackURL": r"https://.+",
    "AccountReference": r"[A-Za-z0-9]{1,12}",
    "TransactionDesc": r".{1,13}",
}
QUERY_FIELDS = {name: PUSH_FIELDS[name] for name in ("BusinessShortCode", "Password", "Timestamp")} | {
    "CheckoutRequestID": r"ws_CO_\d+"
}


@pytest.mark.covers("D37", "S54", "S56")
async def test_a_push_has_the_documented_fields_and_no_other(played: Played) -> None:
    daraja, wire = played(ACCEPTED)
    await daraja.start(an_instruction())
    verb, path, request = wire.sent[1]
    assert (verb, path) == ("POST", "/mpesa/stkpush/v1/processrequest")
    assert set(request) == {"json", "headers"}
    assert set(request["json"]) == set(PUSH_FIELDS)
    for name, pattern in PUSH_FIELDS.items():
        assert re.fullmatch(pattern, str(request["json"][name])), name


@pytest.mark.covers("S54")
async def test_a_query_has_the_documented_fields_and_no_other(played: Played) -> None:
    daraja, wire = played(answer("mpesa_daraja", "query", "paid"))
    await daraja.check(an_inquiry(QUERY_ID))
    verb, path, request = wire.sent[1]
    assert (verb, path) == ("POST", "/mpesa/stkpushquery/v1/query")
    assert set(request["json"]) == set(QUERY_FIELDS)
    for name, pattern in QUERY_FIELDS.items():
        assert re.fullmatch(pattern, str(request["json"][name])), name


@pytest.mark.covers("S54")
async def test_the_password_is_made_of_short_code_passkey_and_the_moment_in_east_africa(
    played: Played, clock: FakeClock
) -> None:
    clock.now = datetime(2021, 6, 28, 6, 24, 8, tzinfo=UTC)
    daraja, wire = played(ACCEPTED)
    await daraja.start(an_instruction())
    body = wire.sent[1][2]["json"]
    assert body["Timestamp"] == "20210628092408"
    # The sample that Daraja's own page prints.
    assert body["Password"] == (
        "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIw"
        "MjEwNjI4MDkyNDA4"
    )


@pytest.mark.covers("D02", "D36", "D38")
async def test_the_total_the_phone_and_the_reference_travel_as_they_were_given(played: Played) -> None:
    daraja, wire = played(ACCEPTED)
    await daraja.start(an_instruction(amount=shillings(1_234_567)))
    body = wire.sent[1][2]["json"]
    assert body["Amount"] == "1234567"
    assert body["PartyA"] == body["PhoneNumber"] == "255754123456"
    assert body["AccountReference"] == "7K29QXM4AB1C"
    assert json.dumps(body).isascii()


@pytest.mark.covers("D37")
async def test_a_description_is_cut_to_what_the_prompt_can_show(played: Played) -> None:
    daraja, wire = played(ACCEPTED)
    await daraja.start(an_instruction(label="Security Deposit A3"))
    assert wire.sent[1][2]["json"]["TransactionDesc"] == "Security Depo"


@pytest.mark.covers("D66", "S54")
async def test_the_token_is_asked_for_with_the_app_s_own_credentials(played: Played) -> None:
    daraja, wire = played(ACCEPTED)
    await daraja.start(an_instruction())
    pair = base64.b64encode(f"{ACCOUNT.consumer_key}:{ACCOUNT.consumer_secret}".encode()).decode()
    assert wire.sent[0] == (
        "GET",
        "/oauth/v1/generate",
        {"params": {"grant_type": "client_credentials"}, "headers": {"Authorization": f"Basic {pair}"}},
    )
    assert wire.sent[1][2]["headers"] == {"Authorization": "Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF"}


@pytest.mark.covers("D66", "D14")
async def test_a_refused_token_is_renewed_and_the_push_is_sent_exactly_once_more(played: Played) -> None:
    daraja, wire = played(REFUSED_TOKEN, ACCEPTED, tokens=(TOKEN, SECOND_TOKEN))
    await daraja.start(an_instruction())
    pushes = [request["headers"]["Authorization"] for verb, _, request in wire.sent if verb == "POST"]
    assert pushes == ["Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF", "Bearer second"]


async def test_a_token_that_is_refused_again_has_sent_nothing_and_accuses_nobody(played: Played) -> None:
    daraja, wire = played(REFUSED_TOKEN, tokens=(TOKEN, SECOND_TOKEN))
    assert await daraja.start(an_instruction()) == NotSent("token refused")
    assert [verb for verb, _, _ in wire.sent] == ["GET", "POST", "GET", "POST"]
