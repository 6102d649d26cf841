"""AzamPay's callback (providers.md §8.1): a signature proves four fields, not the amount; without one all is a hint."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.domain.trouble import Trouble
from portal.providers.azampay import AzamPay
from portal.providers.azampay_callback import read_callback, read_public_key
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.wallet import NOT_AN_AMOUNT
from portal.providers.wire import Answer, Unanswered
from portal.sandbox.azampay.signing import first_key, public_pem
from tests.makers import FakeClock
from tests.providers.account import REFERENCE
from tests.providers.azampay import an_azampay, another_key, key_answer, signed
from tests.providers.recorded import answer, names, text

PAID = Paid(shillings(453_500))
WRONG = Unknown(Reason.AMBIGUOUS, "wrong signature", trouble=Trouble.CALLBACK_UNPROVED)
CALLBACKS: dict[str, tuple[str, Outcome]] = {
    "paid": ("success", PAID),
    "paid_less": ("success", Paid(shillings(200_000))),
    "paid_as_a_number": ("success", PAID),
    "paid_nothing_stated": ("success", Paid(NOT_AN_AMOUNT)),
    "not_paid": ("failure", NotPaid(Reason.NOT_COMPLETED, "failure")),
    "undocumented": ("reversed", Unknown(Reason.UNKNOWN_ERROR, "reversed", mapped=False)),
    "in_another_case": ("Failure", Unknown(Reason.UNKNOWN_ERROR, "Failure", mapped=False)),
}
NO_KEY = [
    answer("azampay", "query", "not_found"),
    Answer(200, {"success": False}),
    Answer(200, {"success": True, "publicKey": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}),
    Unanswered("ReadTimeout"),
]


async def heard_in(azampay: AzamPay, body: str) -> Heard:
    await azampay.learn_key(body)
    azampay.verify(body)
    (heard,) = azampay.translate(body)
    return heard


def test_every_recorded_callback_has_its_meaning_here() -> None:
    assert names("azampay", "callback") == set(CALLBACKS)


@pytest.mark.covers("A7", "S56")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_of_the_older_kind_is_a_hint_and_asks_for_no_key(name: str) -> None:
    azampay, wires = an_azampay()
    code, outcome = CALLBACKS[name]
    heard = await heard_in(azampay, text("azampay", "callback", name))
    assert heard == Heard(REFERENCE, outcome, code, REFERENCE, proved=False)
    assert wires.checkout.sent == []


@pytest.mark.covers("A7", "J3")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_that_is_signed_is_proved(name: str) -> None:
    azampay, wires = an_azampay(keys=(key_answer(),))
    code, outcome = CALLBACKS[name]
    assert await heard_in(azampay, signed(name)) == Heard(REFERENCE, outcome, code, REFERENCE, proved=True)
    ((verb, path, sent),) = wires.checkout.sent
    assert (verb, path, sent["params"]) == ("GET", "/azampay/v1/public-key", {"format": "Pem"})


@pytest.mark.covers("A7", "J3", "D22")
@pytest.mark.parametrize(
    "changes",
    [
        {"transactionstatus": "failure"},
        {"utilityref": "AAAAAAAAAAAA"},
        {"externalreference": "another"},
        {"operator": "Azampesa"},
        {"operator": 7},
        {"signature": "QUFBQQ=="},
        {"signature": "no base64, é"},
        {"externalreference": "\ud800"},
    ],
    ids=ascii,
)
async def test_what_was_changed_after_it_was_signed_is_no_more_than_a_reason_to_ask(
    changes: dict[str, Any],
) -> None:
    azampay, _ = an_azampay(keys=(key_answer(),))
    body = json.dumps(json.loads(signed()) | changes)
    with capture_logs() as logs:
        heard = await heard_in(azampay, body)
    assert (heard.outcome, heard.claims_money, heard.proved) == (WRONG, False, False)
    assert isinstance(heard.outcome, Unknown)
    assert heard.outcome.trouble is Trouble.CALLBACK_UNPROVED
    assert "callback_signature_wrong" in [line["event"] for line in logs]


@pytest.mark.covers("D12")
async def test_the_amount_is_not_signed_and_is_told_as_it_stands() -> None:
    azampay, _ = an_azampay(keys=(key_answer(),))
    heard = await heard_in(azampay, json.dumps(json.loads(signed()) | {"amount": "1"}))
    assert (heard.outcome, heard.proved) == (Paid(shillings(1)), True)


@pytest.mark.covers("J3")
async def test_a_signed_failure_that_is_cut_in_another_place_is_no_success() -> None:
    """The signed text is the same, and only the five operators that there are tell where it ends."""
    told = json.loads(signed("not_paid", externalreference="HP260303success"))
    cut = told | {
        "externalreference": "HP260303",
        "transactionstatus": "success",
        "operator": "failureHalopesa",
    }
    azampay, _ = an_azampay(keys=(key_answer(),))
    assert (await heard_in(azampay, json.dumps(told))).proved
    assert (await heard_in(azampay, json.dumps(cut))).outcome == WRONG


@pytest.mark.covers("A7")
async def test_the_key_is_kept_for_a_day(clock: FakeClock) -> None:
    azampay, wires = an_azampay(keys=(key_answer(),), clock=clock)
    for hours, fetched in ((0, 1), (23, 1), (1, 2)):
        clock.now += timedelta(hours=hours)
        assert (await heard_in(azampay, signed())).proved
        assert len(wires.checkout.sent) == fetched


async def test_a_key_that_was_changed_within_the_day_is_asked_for_once_more(clock: FakeClock) -> None:
    azampay, wires = an_azampay(keys=(key_answer(), key_answer(another_key())), clock=clock)
    assert (await heard_in(azampay, signed())).proved
    assert (await heard_in(azampay, signed(key=another_key()))).proved
    assert len(wires.checkout.sent) == 2
    assert (await heard_in(azampay, signed())).outcome == WRONG


@pytest.mark.covers("A7")
@pytest.mark.parametrize("told", NO_KEY, ids=["not-found", "none", "unreadable", "silent"])
async def test_without_a_key_a_signed_callback_is_a_hint_like_an_older_one(told: Answer | Exception) -> None:
    azampay, _ = an_azampay(keys=(told,))
    with capture_logs() as logs:
        heard = await heard_in(azampay, signed())
    assert (heard.outcome, heard.proved) == (PAID, False)
    assert "public_key_missing" in [line["event"] for line in logs]


async def test_who_does_not_know_us_gives_us_no_key() -> None:
    azampay, _ = an_azampay(tokens=(answer("azampay", "token", "wrong_credentials"),))
    assert not (await heard_in(azampay, signed())).proved


def test_only_an_rsa_key_that_is_long_enough_proves_anything() -> None:
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    short = generate_private_key(public_exponent=65537, key_size=1024).public_key().public_bytes(*form)  # noqa: S505
    other = elliptic(SECP256R1()).public_key().public_bytes(*form)
    for pem in (short.decode(), other.decode(), "", None, 7, "é"):
        assert read_public_key(pem) is None
    assert read_public_key(public_pem(first_key())) is not None


@pytest.mark.covers("D29", "D69")
@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", '"success"', "[" * 100_000, '{"transactionstatus": "success"}',
        '{"utilityref": "7K29QXM4AB1C"}', '{"utilityref": "7K29QXM4AB1C", "transactionstatus": true}',
        '{"utilityref": true, "transactionstatus": "success"}', '{"utilityref": "", "transactionstatus": "success"}',
        '{"utilityref": "7K29QXM4AB1C", "transactionstatus": "a success"}',
    ],
    ids=lambda body: ascii(body)[:40],
)  # fmt: skip
async def test_what_has_not_the_documented_shape_is_unreadable(body: str) -> None:
    azampay, wires = an_azampay(keys=(key_answer(),))
    await azampay.learn_key(body)
    for read in (azampay.verify, azampay.translate):
        with pytest.raises(CallbackUnreadable):
            read(body)
    assert wires.checkout.sent == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("utilityref", "transactionstatus", "operator", "externalreference", "signature", "amount")


@pytest.mark.covers("D69")
@given(
    st.dictionaries(st.sampled_from(FIELDS), VALUES | st.sampled_from(["success", "Halopesa", "QUFBQQ=="]))
)
def test_whatever_a_callback_holds_it_is_read_or_refused_and_never_proved_without_its_key(
    told: dict[str, Any],
) -> None:
    with suppress(CallbackUnreadable):
        callback = read_callback(json.dumps(told))
        assert not callback.is_signed_by(first_key().public_key())
        assert isinstance(callback.outcome(), Paid) is (callback.word == "success")
