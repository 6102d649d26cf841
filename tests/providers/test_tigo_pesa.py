"""The answers of Mixx by Yas, as recorded, and what we make of them; and what leaves us (providers.md §3.A)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Accepted, NotSent, Pending, Reason, Rejected, StartOutcome, Unknown
from portal.providers.provider import Means
from portal.providers.tigo_pesa import OUTCOMES, TigoPesa
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import an_inquiry
from tests.providers.mixx import BASE_URL, REFERENCE_ID, TOKEN, a_config, a_mixx, a_push
from tests.providers.recorded import answer, names

ACCEPTED = answer("tigo_pesa", "push", "accepted")
SECOND_TOKEN = Answer(200, TOKEN.body | {"access_token": "second"})
PUSH_ANSWERS: dict[str, StartOutcome] = {
    "accepted": Accepted(REFERENCE_ID),
    "sum_limit": Rejected(Reason.LIMIT_DAILY, "BILLER-18-3018-E"),
    "amount_out_of_range": Rejected(Reason.LIMIT_PER_PAYMENT, "BILLER-18-3019-E"),
    "too_frequent": Rejected(Reason.LIMIT_DAILY, "BILLER-18-3020-E"),
    "biller_credentials_wrong": Rejected(Reason.PAYEE_PROBLEM, "BILLER-18-3021-E"),
    "biller_inactive": Rejected(Reason.PAYEE_PROBLEM, "BILLER-18-3022-E"),
    "biller_number_invalid": Rejected(Reason.PAYEE_PROBLEM, "BILLER-18-3040-E"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "DebitMandate-10-1000-E"),
    "username_missing": NotSent("token refused"),
    "payer_missing": Rejected(Reason.NOT_REGISTERED, "DebitMandate-10-2002-E"),
    "password_missing": NotSent("token refused"),
    "payer_invalid": Rejected(Reason.NOT_REGISTERED, "DebitMandate-10-2004-V"),
    "payer_not_registered": Rejected(Reason.NOT_REGISTERED, "DebitMandate-10-2005-E"),
    "reference_invalid": Unknown(Reason.AMBIGUOUS, "DebitMandate-10-2020-V"),
    "biller_number_missing": Rejected(Reason.PAYEE_PROBLEM, "DebitMandate-10-2038-V"),
    "invalid_credentials": NotSent("token refused"),
    "backend_error": Unknown(Reason.AMBIGUOUS, "DebitMandate-10-5000-E"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "BILLER-18-7777-E", mapped=False),
    "of_another_request": Unknown(Reason.AMBIGUOUS, "answer about another request"),
    "token_ended": NotSent("token refused"),
}
TOKEN_REFUSALS = {"wrong_credentials": "invalid_grant", "wrong_grant": "unsupported_grant_type"}

# Each documented field with its type or limit.
PUSH_FIELDS = {
    "CustomerMSISDN": r"255\d{9}",
    "BillerMSISDN": r"255\d{8,9}",
    "Amount": r"[1-9]\d*",
    "Remarks": r".+",
    "ReferenceID": r"MIXX[0-9A-Z]{12}",
}


def test_every_recording_has_its_meaning_here() -> None:
    assert names("tigo_pesa", "push") == set(PUSH_ANSWERS)
    assert names("tigo_pesa", "token") == {"issued", *TOKEN_REFUSALS}


def test_every_code_of_the_table_is_recorded() -> None:
    bodies = [answer("tigo_pesa", "push", name).body for name in PUSH_ANSWERS]
    bodies += [answer("tigo_pesa", "token", name).body for name in TOKEN_REFUSALS]
    assert {body.get("ResponseCode", body.get("error")) for body in bodies} >= set(OUTCOMES)


@pytest.mark.covers("A5")
@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_each_answer_to_a_push_is_read_as_recorded(clock: FakeClock, name: str) -> None:
    mixx, _ = a_mixx(clock, answer("tigo_pesa", "push", name))
    assert await mixx.start(a_push()) == PUSH_ANSWERS[name]


@pytest.mark.parametrize("name", sorted(TOKEN_REFUSALS))
async def test_wrong_credentials_are_a_definite_refusal_for_nothing_was_sent(
    clock: FakeClock, name: str
) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED, tokens=(answer("tigo_pesa", "token", name),))
    assert await mixx.start(a_push()) == Rejected(Reason.PAYEE_PROBLEM, TOKEN_REFUSALS[name])
    assert [path for _, path, _ in wire.sent] == [f"{BASE_URL}-GetToken"]


@pytest.mark.parametrize(
    "trouble",
    [
        Unanswered("HTTP 200, not JSON"),
        NeverSent("ConnectError"),
        Answer(200, {}),
        Answer(500, TOKEN.body),
        Answer(200, TOKEN.body | {"access_token": 7}),
        Answer(200, TOKEN.body | {"access_token": "two words"}),
        Answer(200, TOKEN.body | {"expires_in": "soon"}),
        Answer(200, TOKEN.body | {"expires_in": 10**30}),
        Answer(200, {"error": "server_error"}),
    ],
)
async def test_without_a_token_nothing_is_sent(clock: FakeClock, trouble: Answer | Exception) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED, tokens=(trouble,))
    assert isinstance(await mixx.start(a_push()), NotSent)
    assert len(wire.sent) == 1


@pytest.mark.covers("A5", "D37")
async def test_a_push_has_the_documented_fields_and_headers_and_no_other(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED)
    await mixx.start(a_push())
    verb, path, request = wire.sent[1]
    assert (verb, path, set(request)) == ("POST", f"{BASE_URL}-PushBillpay", {"json", "headers"})
    assert set(request["json"]) == set(PUSH_FIELDS)
    for name, pattern in PUSH_FIELDS.items():
        assert re.fullmatch(pattern, str(request["json"][name])), name
    assert request["headers"] == {
        "Authorization": "bearer gkXxL1KkAgBKmmHzNUXT",
        "Username": "NestPay",
        "Password": "sandbox-password",
    }


@pytest.mark.covers("D02", "D36", "D38")
async def test_the_total_the_phone_and_the_reference_travel_as_they_were_given(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED)
    await mixx.start(a_push(amount=shillings(1_234_567)))
    body = wire.sent[1][2]["json"]
    assert (body["Amount"], body["CustomerMSISDN"]) == (1_234_567, "255652111222")
    assert body["ReferenceID"] == "MIXX7K29QXM4AB1C"
    assert len(body["ReferenceID"]) <= 20
    assert json.dumps(body).isascii()


@pytest.mark.covers("D66")
async def test_the_token_is_asked_for_by_a_form(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED)
    await mixx.start(a_push())
    pair = {"username": "NestPay", "password": "sandbox-password"}
    form = {"data": pair | {"grant_type": "password"}, "headers": {"Cache-Control": "no-cache"}}
    assert wire.sent[0] == ("POST", f"{BASE_URL}-GetToken", form)


@pytest.mark.covers("D66")
async def test_a_token_is_fetched_once_and_renewed_before_it_ends(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED, tokens=(TOKEN, SECOND_TOKEN))
    for later in (0, 3_500, 60):
        clock.now += timedelta(seconds=later)
        await mixx.start(a_push())
    sent = [path.rpartition("-")[2] for _, path, _ in wire.sent]
    assert sent == ["GetToken", "PushBillpay", "PushBillpay", "GetToken", "PushBillpay"]
    assert wire.sent[-1][2]["headers"]["Authorization"] == "bearer second"


@pytest.mark.covers("D66", "D14")
@pytest.mark.parametrize("refusal", ["token_ended", "invalid_credentials"])
async def test_a_refused_token_is_renewed_and_the_push_is_sent_exactly_once_more(
    clock: FakeClock, refusal: str
) -> None:
    mixx, wire = a_mixx(clock, answer("tigo_pesa", "push", refusal), ACCEPTED, tokens=(TOKEN, SECOND_TOKEN))
    assert await mixx.start(a_push()) == Accepted(REFERENCE_ID)
    assert len(wire.sent) == 4


async def test_a_token_that_is_refused_again_has_sent_nothing_and_accuses_nobody(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, answer("tigo_pesa", "push", "token_ended"), tokens=(TOKEN, SECOND_TOKEN))
    assert await mixx.start(a_push()) == NotSent("token refused")
    assert len(wire.sent) == 4


async def test_a_code_for_wrong_credentials_beside_a_yes_is_no_reason_to_send_again(clock: FakeClock) -> None:
    refused = answer("tigo_pesa", "push", "invalid_credentials")
    mixx, wire = a_mixx(clock, Answer(200, refused.body | {"ResponseStatus": True}))
    assert await mixx.start(a_push()) == Unknown(Reason.AMBIGUOUS, "DebitMandate-10-3000-E")
    assert len(wire.sent) == 2


@pytest.mark.parametrize("nobody", [None, ""])
async def test_an_error_that_names_no_request_is_about_ours(clock: FakeClock, nobody: object) -> None:
    refused = answer("tigo_pesa", "push", "sum_limit").body | {"ReferenceID": nobody}
    mixx, _ = a_mixx(clock, Answer(200, refused))
    assert await mixx.start(a_push()) == Rejected(Reason.LIMIT_DAILY, "BILLER-18-3018-E")


@pytest.mark.parametrize("other", ["MIXX000000000000", 0, False, [], {}])
async def test_an_error_about_another_request_refuses_nothing_of_ours(
    clock: FakeClock, other: object
) -> None:
    refused = answer("tigo_pesa", "push", "sum_limit").body | {"ReferenceID": other}
    mixx, _ = a_mixx(clock, Answer(200, refused))
    assert await mixx.start(a_push()) == Unknown(Reason.AMBIGUOUS, "answer about another request")


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [{}, {"message": "Unauthorized"}, {"ResponseCode": "BILLER-18-7777-E"}])
async def test_unauthorized_in_any_words_is_a_refused_token(
    clock: FakeClock, status: int, body: dict[str, object]
) -> None:
    refused = Answer(status, body)
    mixx, wire = a_mixx(clock, refused, ACCEPTED, tokens=(TOKEN, SECOND_TOKEN))
    assert await mixx.start(a_push()) == Accepted(REFERENCE_ID)
    assert len(wire.sent) == 4
    mixx, wire = a_mixx(clock, refused, tokens=(TOKEN, SECOND_TOKEN))
    assert await mixx.start(a_push()) == NotSent("token refused")
    assert len(wire.sent) == 4


@pytest.mark.parametrize("name", ["accepted", "internal_error", "reference_invalid"])
async def test_a_code_after_which_a_prompt_may_be_out_is_never_sent_again(
    clock: FakeClock, name: str
) -> None:
    mixx, wire = a_mixx(clock, Answer(401, answer("tigo_pesa", "push", name).body))
    assert isinstance(await mixx.start(a_push()), Unknown)
    assert len(wire.sent) == 2


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_a_server_in_trouble_refuses_nothing_whatever_its_code(
    clock: FakeClock, name: str, status: int
) -> None:
    mixx, wire = a_mixx(clock, Answer(status, answer("tigo_pesa", "push", name).body))
    assert isinstance(await mixx.start(a_push()), Unknown)
    assert len(wire.sent) == 2


@pytest.mark.parametrize("name", sorted(TOKEN_REFUSALS))
async def test_a_server_in_trouble_does_not_refuse_our_credentials(clock: FakeClock, name: str) -> None:
    mixx, _ = a_mixx(clock, ACCEPTED, tokens=(Answer(503, answer("tigo_pesa", "token", name).body),))
    assert await mixx.start(a_push()) == NotSent("no access token")


@pytest.mark.covers("D28")
@pytest.mark.parametrize("told", [False, "true", 1, None, [], {}])
async def test_what_is_not_quite_a_yes_leaves_it_open(clock: FakeClock, told: object) -> None:
    mixx, _ = a_mixx(clock, Answer(200, ACCEPTED.body | {"ResponseStatus": told}))
    assert await mixx.start(a_push()) == Unknown(Reason.AMBIGUOUS, "BILLER-18-0000-S")


@pytest.mark.parametrize("status", [201, 302, 400, 500, 503])
async def test_a_yes_with_another_status_is_no_yes(clock: FakeClock, status: int) -> None:
    mixx, _ = a_mixx(clock, Answer(status, ACCEPTED.body))
    assert isinstance(await mixx.start(a_push()), Unknown)


@pytest.mark.parametrize("code", [None, 0, "", True, [], {"code": 1}, "two words", "é", "x" * 41])
async def test_a_code_that_cannot_be_read_is_unknown_and_marked_so(clock: FakeClock, code: object) -> None:
    mixx, _ = a_mixx(clock, Answer(503, ACCEPTED.body | {"ResponseCode": code}))
    assert await mixx.start(a_push()) == Unknown(Reason.UNKNOWN_ERROR, "HTTP 503", mapped=False)


@pytest.mark.covers("D07", "D14")
async def test_no_answer_is_never_a_refusal_and_only_what_never_left_may_be_sent_again(
    clock: FakeClock,
) -> None:
    mixx, _ = a_mixx(clock, Unanswered("ReadTimeout"), NeverSent("ConnectError"))
    assert await mixx.start(a_push()) == Unknown(Reason.AMBIGUOUS, "ReadTimeout")
    assert await mixx.start(a_push()) == NotSent("ConnectError")


async def test_nobody_can_be_asked_how_a_payment_stands(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED)
    assert await mixx.check(an_inquiry(REFERENCE_ID)) == Pending("no query")
    assert mixx.capabilities.answers_questions is False
    assert wire.sent == []


@pytest.mark.covers("D38")
async def test_a_wallet_is_never_asked_for_another_currency(clock: FakeClock) -> None:
    mixx, wire = a_mixx(clock, ACCEPTED)
    with pytest.raises(ValueError, match="whole shillings"):
        await mixx.start(a_push(amount=Money(4_535_00, Currency.USD)))
    assert wire.sent == []


async def test_no_secret_is_printed_or_logged(clock: FakeClock) -> None:
    with capture_logs() as logs:
        mixx, _ = a_mixx(clock, answer("tigo_pesa", "push", "invalid_credentials"))
        await mixx.start(a_push())
    assert "sandbox-password" not in f"{a_config()} {logs}"


async def test_it_opens_from_its_settings(clock: FakeClock) -> None:
    mixx = TigoPesa.open(a_config(), Means(clock=clock, monotonic=lambda: 0.0, random=bytes))
    assert (mixx.name, mixx.webhook, mixx.callback_key) == ("tigo_pesa", "tigo", a_config().callback_key)
    assert mixx.methods == (PaymentMethod.TIGO_PESA,)
    await mixx.close()


def test_whole_settings_have_no_fault() -> None:
    assert a_config(token_path="/Nest2DM-GetToken", push_path="/Nest2DM-PushBillpay").faults() == {}


@pytest.mark.parametrize(
    "name, value",
    [
        ("username", "two words"),
        ("password", "pass\nword"),
        ("password", "pässword"),
        ("biller_msisdn", "0650001112"),
        ("biller_msisdn", "255650"),
        ("biller_code", "NINESIGNS"),
        ("biller_code", "NEST-1"),
        ("callback_key", "too-short"),
        ("callback_key", "with/a/slash/that/parts/the/address"),
        ("token_path", "GetToken"),
        ("push_path", "//elsewhere.example.com /push"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    assert list(a_config(**{name: value}).faults()) == [name]
