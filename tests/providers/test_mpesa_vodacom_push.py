"""What leaves us for Vodacom: only the documented fields, in the documented form (providers.md §2.1 to §2.5)."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.domain.money import shillings
from portal.domain.outcome import Accepted, NotSent, Paid, Reason, Rejected, Unknown
from portal.providers.mpesa_vodacom import Vodacom, wires
from portal.providers.provider import Means
from portal.providers.wire import Answer, NeverSent, Unanswered
from portal.sandbox.vodacom.account import VodacomAccount
from tests.makers import FakeClock, seeded
from tests.providers.account import REFERENCE, an_inquiry, an_instruction
from tests.providers.test_mpesa_vodacom import CONVERSATION, said
from tests.providers.vodacom import CALLBACK_KEY, NOT_LIVE, config, opened, session, stage

ACCEPTED, PAID = said("push", "accepted"), said("query", "paid")
COMMON = {
    "input_Country": "TZN",
    "input_ServiceProviderCode": "[0-9A-Za-z]{4,12}",
    "input_ThirdPartyConversationID": "[0-9a-zA-Z]{1,32}",
}
PUSH_FIELDS = COMMON | {
    "input_Amount": r"[1-9]\d*",
    "input_Currency": "TZS",
    "input_CustomerMSISDN": r"255\d{9}",
    "input_TransactionReference": "[0-9A-Z]{12}",
    "input_PurchasedItemsDesc": "[0-9a-zA-Z ]{1,256}",
}
QUERY_FIELDS = COMMON | {"input_QueryReference": "[A-Za-z0-9]{1,32}"}
OF_ANOTHER_KIND = base64.b64encode(
    Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
HEADERS = {"Authorization", "Content-Type", "Origin"}


@pytest.mark.covers("D03", "D37", "A4")
async def test_a_push_has_the_documented_fields_and_no_other(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED])
    await played.vodacom.start(an_instruction())
    verb, path, request = played.wire.request("push")
    assert (verb, path) == ("POST", "/ipg/v2/vodacomTZN/c2bPayment/singleStage/")
    assert set(request["json"]) == set(PUSH_FIELDS)
    assert set(request["headers"]) == HEADERS
    for name, pattern in PUSH_FIELDS.items():
        assert re.fullmatch(pattern, request["json"][name]), name


async def test_a_query_has_the_documented_fields_and_no_body(clock: FakeClock) -> None:
    played = stage(clock, query=[PAID])
    await played.vodacom.check(an_inquiry(CONVERSATION))
    verb, path, request = played.wire.request("query")
    assert (verb, path) == ("GET", "/ipg/v2/vodacomTZN/queryTransactionStatus/")
    assert set(request) == {"params", "headers"}
    assert set(request["params"]) == set(QUERY_FIELDS)
    for name, pattern in QUERY_FIELDS.items():
        assert re.fullmatch(pattern, request["params"][name]), name


@pytest.mark.covers("D38")
async def test_the_total_the_phone_and_the_reference_travel_as_they_were_given(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED])
    await played.vodacom.start(an_instruction(amount=shillings(1_234_567)))
    body = played.wire.request("push")[2]["json"]
    assert (body["input_Amount"], body["input_CustomerMSISDN"]) == ("1234567", "255754123456")
    assert body["input_ThirdPartyConversationID"] == body["input_TransactionReference"] == REFERENCE


@pytest.mark.covers("D37")
@pytest.mark.parametrize(
    "label, told",
    [
        ("Deposit A3", "Deposit A3"),
        ("Rent 12/B, flat_2 - Sinza's", "Rent 12 B flat 2 Sinza s"),
        ("Kodi ya Nyumba é \u0661", "Kodi ya Nyumba"),
        ("…", REFERENCE),
        ("x" * 300, "x" * 256),
    ],
)
async def test_a_description_is_words_without_punctuation(clock: FakeClock, label: str, told: str) -> None:
    played = stage(clock, push=[ACCEPTED])
    await played.vodacom.start(an_instruction(label=label))
    assert played.wire.request("push")[2]["json"]["input_PurchasedItemsDesc"] == told


@pytest.mark.parametrize("request_id", [None, "", "x" * 33, "with-dashes", "with space"])
async def test_what_a_query_cannot_take_is_asked_for_by_our_own_id(
    clock: FakeClock, request_id: str | None
) -> None:
    played = stage(clock, query=[PAID])
    await played.vodacom.check(an_inquiry(request_id))
    assert played.wire.request("query")[2]["params"]["input_QueryReference"] == REFERENCE


async def test_each_question_has_an_id_of_its_own(clock: FakeClock) -> None:
    played = stage(clock, query=[PAID])
    means = Means(clock=clock, monotonic=lambda: 0.0, random=seeded())
    vodacom = Vodacom(config(), played.wire, played.wire, means)
    for _ in range(3):
        await vodacom.check(an_inquiry(CONVERSATION))
    asked = [request["params"]["input_ThirdPartyConversationID"] for *_, request in played.wire.sent[1:]]
    assert len({*asked, REFERENCE}) == 4


async def test_the_session_opens_with_the_key_and_the_calls_with_the_session(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED], query=[PAID])
    await played.vodacom.start(an_instruction())
    await played.vodacom.check(an_inquiry(CONVERSATION))
    verb, path, request = played.wire.request("session")
    assert (verb, path) == ("GET", "/ipg/v2/vodacomTZN/getSession/")
    assert opened(request["headers"]["Authorization"]) == "key of the app"
    assert played.wire.sessions("push") == played.wire.sessions("query") == ["session 1"]


@pytest.mark.covers("D66")
async def test_fifty_pushes_at_once_share_one_session(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED])
    await asyncio.gather(*(played.vodacom.start(an_instruction()) for _ in range(50)))
    assert played.wire.kinds().count("session") == 1


@pytest.mark.covers("D66")
async def test_a_session_is_renewed_before_it_is_too_old(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED])
    await played.vodacom.start(an_instruction())
    clock.advance(minutes=45)
    await played.vodacom.start(an_instruction())
    assert played.wire.sessions("push") == ["session 1", "session 2"]


@pytest.mark.covers("D66")
async def test_a_session_that_ended_early_is_renewed_once_and_one_push_is_accepted(clock: FakeClock) -> None:
    played = stage(clock, push=[ACCEPTED, NOT_LIVE, ACCEPTED])
    await played.vodacom.start(an_instruction())
    clock.advance(minutes=5)
    assert await played.vodacom.start(an_instruction()) == Accepted(CONVERSATION)
    assert played.wire.sessions("push") == ["session 1", "session 1", "session 2"]


async def test_a_new_session_is_waited_for_and_not_renewed(clock: FakeClock) -> None:
    played = stage(clock, push=[NOT_LIVE, NOT_LIVE, NOT_LIVE, ACCEPTED])
    assert await played.vodacom.start(an_instruction()) == Accepted(CONVERSATION)
    assert played.wire.sessions("push") == ["session 1"] * 4
    assert played.pauses.taken == [3, 3, 3]


@pytest.mark.covers("D14")
async def test_a_session_that_never_goes_live_has_sent_nothing(clock: FakeClock) -> None:
    played = stage(clock, push=[NOT_LIVE])
    assert await played.vodacom.start(an_instruction()) == NotSent("session not live")
    assert timedelta(seconds=sum(played.pauses.taken)) >= timedelta(seconds=30)
    assert played.wire.kinds().count("session") == 1


async def test_a_question_waits_for_no_session(clock: FakeClock) -> None:
    played = stage(clock, query=[NOT_LIVE])
    assert await played.vodacom.check(an_inquiry(CONVERSATION)) == Unknown(
        Reason.AMBIGUOUS, "HTTP 401, no result"
    )
    assert played.pauses.taken == []


async def test_a_session_that_ends_while_it_is_asked_with_is_renewed(clock: FakeClock) -> None:
    played = stage(clock, query=[PAID, NOT_LIVE, PAID])
    await played.vodacom.check(an_inquiry(CONVERSATION))
    clock.advance(minutes=5)
    assert isinstance(await played.vodacom.check(an_inquiry(CONVERSATION)), Paid)


@pytest.mark.covers("D14")
@pytest.mark.parametrize(
    "trouble",
    [
        Unanswered("ReadTimeout"),
        NeverSent("ConnectError"),
        Answer(200, {}),
        Answer(503, {"output_ResponseCode": "INS-989"}),
        Answer(400, {"output_ResponseCode": "INS-1"}),
        Answer(200, {"output_ResponseCode": "INS-0"}),
        Answer(200, {"output_ResponseCode": "INS-0", "output_SessionID": ""}),
        Answer(200, {"output_ResponseCode": "INS-0", "output_SessionID": 7}),
        session("x" * 500),
        session("é"),
    ],
)
async def test_without_a_session_the_push_provably_never_left(
    clock: FakeClock, trouble: Answer | Exception
) -> None:
    played = stage(clock, session=[trouble], push=[ACCEPTED])
    assert isinstance(await played.vodacom.start(an_instruction()), NotSent)
    assert isinstance(await played.vodacom.check(an_inquiry(CONVERSATION)), Unknown)
    assert set(played.wire.kinds()) == {"session"}


@pytest.mark.parametrize(
    "trouble, code",
    [
        (Answer(400, {"output_ResponseCode": "INS-989"}), "INS-989"),
        (Answer(401, {"output_ResponseCode": "INS-2"}), "INS-2"),
        (NOT_LIVE, "HTTP 401"),
    ],
)
async def test_a_key_that_is_refused_is_our_own_trouble_and_says_so(
    clock: FakeClock, trouble: Answer, code: str
) -> None:
    played = stage(clock, session=[trouble])
    assert await played.vodacom.start(an_instruction()) == Rejected(Reason.PAYEE_PROBLEM, code)
    assert await played.vodacom.check(an_inquiry(None)) == Unknown(Reason.AMBIGUOUS, code)


def test_with_a_callback_key_the_app_is_asynchronous_and_without_one_it_waits_for_the_payer(
    clock: FakeClock,
) -> None:
    asynchronous, synchronous = stage(clock).vodacom, stage(clock, callback_key=None).vodacom
    assert (asynchronous.callback_key, synchronous.callback_key) == (CALLBACK_KEY, None)
    assert asynchronous.capabilities.longest_start < timedelta(minutes=1)
    assert synchronous.capabilities.longest_start > timedelta(seconds=150)


async def test_it_opens_with_its_settings_alone(clock: FakeClock) -> None:
    means = Means(clock=clock, monotonic=lambda: 0.0, random=seeded())
    for key in (CALLBACK_KEY, None):
        vodacom = Vodacom.open(config(callback_key=key), means)
        assert await vodacom.start(an_instruction()) == NotSent("ConnectError")
        await vodacom.close()


async def test_payers_who_say_nothing_never_keep_a_synchronous_app_from_asking_the_next(
    clock: FakeClock,
) -> None:
    means = Means(clock=clock, monotonic=lambda: 0.0, random=seeded())
    wire, push_wire = wires(config(callback_key=None), means)
    assert push_wire.breaker is not wire.breaker
    assert (wire.silence_is_usual, push_wire.silence_is_usual) == (False, True)
    for each in (wire, push_wire):
        await each.close()


async def test_an_asynchronous_app_that_is_silent_is_in_trouble_with_all_calls(clock: FakeClock) -> None:
    means = Means(clock=clock, monotonic=lambda: 0.0, random=seeded())
    wire, push_wire = wires(config(), means)
    assert push_wire.breaker is wire.breaker
    assert not push_wire.silence_is_usual
    for each in (wire, push_wire):
        await each.close()


def test_the_settings_of_the_simulated_provider_have_no_fault() -> None:
    account = VodacomAccount()
    told = replace(config(), api_key=account.api_key, public_key=account.public_key)
    assert told.faults() == {}


@pytest.mark.parametrize(
    "changes, names",
    [
        ({"public_key": "no base64"}, {"public_key"}),
        ({"public_key": "é"}, {"public_key"}),
        ({"public_key": base64.b64encode(b"no key").decode()}, {"public_key"}),
        (
            {"public_key": OF_ANOTHER_KIND},
            {"public_key"},
        ),
        ({"api_key": "k" * 200}, {"api_key"}),
        ({"service_provider_code": "123"}, {"service_provider_code"}),
        ({"service_provider_code": "12-345"}, {"service_provider_code"}),
        ({"callback_key": "too short"}, {"callback_key"}),
        ({"callback_key": "x" * 30 + "/"}, {"callback_key"}),
        ({"callback_key": None}, set()),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, str], names: set[str]) -> None:
    assert set(config(**changes).faults()) == names
