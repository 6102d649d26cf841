"""Airtel Money's callback (providers.md §4.6): a hint without an amount, with a hash where one is agreed on."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.providers.airtel_money import AirtelMoney
from portal.providers.provider import CallbackUnreadable, Heard
from tests.providers.account import REFERENCE
from tests.providers.airtel import HASH_KEY, an_airtel
from tests.providers.recorded import names, text

CODE = "MP260303.1200.L06941"
PAID = Paid(receipt_code=CODE)
FAILED = NotPaid(Reason.NOT_COMPLETED, "TF")
CALLBACKS: dict[str, tuple[str, Outcome]] = {
    "paid": ("TS", PAID),
    "paid_wrapped": ("TS", PAID),
    "paid_hash_over_all": ("TS", PAID),
    "paid_hash_over_all_spaced": ("TS", PAID),
    "paid_hash_over_transaction": ("TS", PAID),
    "paid_hash_first": ("TS", PAID),
    "failed": ("TF", FAILED),
    "failed_with_an_empty_code": ("TF", FAILED),
    "failed_wrapped": ("TF", NotPaid(Reason.INSUFFICIENT_FUNDS, "DP00800001007")),
    "ambiguous": ("TA", Unknown(Reason.AMBIGUOUS, "TA")),
    "undocumented": ("TX", Unknown(Reason.UNKNOWN_ERROR, "TX", mapped=False)),
}
HASHED = sorted(name for name in CALLBACKS if "hash" in name)
WRONG_HASH = Unknown(Reason.AMBIGUOUS, "wrong hash")


def an_ear(hash_key: str | None = None) -> AirtelMoney:
    airtel, _ = an_airtel(hash_key=hash_key)
    return airtel


def heard_in(body: str, hash_key: str | None = None) -> Heard:
    (heard,) = an_ear(hash_key).translate(body)
    return heard


def recorded(name: str) -> str:
    return text("airtel_money", "callback", name)


def with_fields(**changes: object) -> str:
    transaction = json.loads(recorded("paid"))["transaction"]
    return json.dumps({"transaction": transaction | changes})


def test_every_recorded_callback_has_its_meaning_here() -> None:
    assert names("airtel_money", "callback") == set(CALLBACKS)


@pytest.mark.covers("D23")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_is_read_as_recorded(name: str) -> None:
    an_ear().verify(recorded(name))
    code, outcome = CALLBACKS[name]
    assert heard_in(recorded(name)) == Heard(REFERENCE, outcome, code, REFERENCE)


@pytest.mark.covers("J3")
@pytest.mark.parametrize("name", HASHED)
async def test_a_hash_over_all_or_over_the_transaction_proves_a_callback(name: str) -> None:
    with capture_logs() as logs:
        an_ear(HASH_KEY).verify(recorded(name))
    assert logs == []
    assert heard_in(recorded(name), HASH_KEY).outcome == PAID


@pytest.mark.parametrize("name", HASHED)
async def test_a_wrong_hash_is_logged_and_leaves_nothing_but_a_reason_to_ask(name: str) -> None:
    body = recorded(name).replace("453,500", "453,501")
    with capture_logs() as logs:
        an_ear(HASH_KEY).verify(body)
    assert [(line["event"], line["log_level"], line["payment"]) for line in logs] == [
        ("callback_hash_wrong", "error", REFERENCE)
    ]
    assert heard_in(body, HASH_KEY) == Heard(REFERENCE, WRONG_HASH, "TS", REFERENCE)


@pytest.mark.parametrize("made_up", [None, "", 7, [], {}, "é", "\ud800", "A" * 44, "x" * 10_000])
async def test_a_hash_of_any_other_kind_proves_nothing(made_up: object) -> None:
    body = json.dumps(json.loads(recorded("paid")) | {"hash": made_up})
    assert heard_in(body, HASH_KEY).outcome == WRONG_HASH


async def test_a_callback_without_its_hash_proves_nothing() -> None:
    for name in ("paid", "failed", "paid_wrapped"):
        assert heard_in(recorded(name), HASH_KEY).outcome == WRONG_HASH


async def test_a_key_of_another_proves_nothing() -> None:
    assert heard_in(recorded("paid_hash_over_all"), HASH_KEY + "x").outcome == WRONG_HASH


async def test_a_transaction_that_was_signed_once_does_not_vouch_for_another_in_the_same_body() -> None:
    signed = json.loads(recorded("paid_hash_over_transaction"))
    real = json.dumps(signed["transaction"], separators=(",", ":"), ensure_ascii=False)
    forged = with_fields(id="7K29QXM4AB1D")[len('{"transaction": ') : -1]
    for first, second in ((real, forged), (forged, real)):
        body = f'{{"transaction":{first},"transaction":{second},"hash":"{signed["hash"]}"}}'
        assert heard_in(body, HASH_KEY).outcome == WRONG_HASH


@pytest.mark.parametrize("code", [None, "", 7, [], "MP", "MP 260303", "MP260303\u0000", "x" * 41, "é" * 8])
async def test_a_receipt_code_that_no_operator_prints_is_left_out(code: object) -> None:
    assert heard_in(with_fields(airtel_money_id=code)).outcome == Paid()


@pytest.mark.parametrize(
    "reference", [None, False, 7, "", [], "with space", "x" * 65, "é", "\ud800", "7K29-QXM4"]
)
async def test_a_callback_about_no_payment_is_unreadable(reference: object) -> None:
    with pytest.raises(CallbackUnreadable):
        an_ear().translate(with_fields(id=reference))


@pytest.mark.covers("D28")
@pytest.mark.parametrize("letters", [None, True, 0, "", [], {}, "T S", "x" * 41, "\ud800"])
async def test_a_status_of_another_type_is_no_status(letters: object) -> None:
    with pytest.raises(CallbackUnreadable):
        an_ear().translate(with_fields(status_code=letters))


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body",
    [
        "", " ", "{", "null", "true", "0", '"transaction"', "[]", "{}", '{"transaction": null}',
        '{"transaction": "TS"}', '{"transaction": []}', '{"transaction": {}}', '{"payload": null}',
        '{"payload": {}}', '{"payload": {"transaction": 7}}', "\ufeff{}", "<html></html>", "\u0000",
        "[" * 100_000, '{"transaction":' * 100_000, "9" * 10_000,
    ],
    ids=lambda body: body[:16],
)  # fmt: skip
async def test_a_body_of_another_shape_is_unreadable(body: str) -> None:
    for key in (None, HASH_KEY):
        with pytest.raises(CallbackUnreadable):
            an_ear(key).verify(body)
        with pytest.raises(CallbackUnreadable):
            an_ear(key).translate(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
transactions = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values | st.just(REFERENCE),
        "status_code": json_values | st.sampled_from(["TS", "TF", "TA"]),
        "airtel_money_id": json_values | st.just(CODE),
        "code": json_values,
    },
)
bodies = (
    st.text()
    | json_values.map(json.dumps)
    | st.builds(lambda one, sign: json.dumps({"transaction": one, "hash": sign}), transactions, json_values)
    | transactions.map(lambda one: json.dumps({"payload": {"transaction": one}}))
)


@pytest.mark.covers("D29")
@given(body=bodies, key=st.sampled_from([None, HASH_KEY]))
def test_no_body_raises_anything_but_that_it_is_unreadable(body: str, key: str | None) -> None:
    with suppress(CallbackUnreadable):
        heard = heard_in(body, key)
        assert heard.reference
        assert heard.reference.isascii()
        assert heard.code.isascii()
        assert key is None or heard.outcome == WRONG_HASH


@given(cuts=st.lists(st.tuples(st.integers(0, 280), st.text(max_size=3)), max_size=4))
def test_a_damaged_callback_proves_nothing(cuts: list[tuple[int, str]]) -> None:
    whole = recorded("paid_hash_over_all")
    body = whole
    for place, patch in cuts:
        body = body[:place] + patch + body[place + len(patch) :]
    with suppress(CallbackUnreadable):
        heard = heard_in(body, HASH_KEY)
        assert (
            heard.outcome == WRONG_HASH or json.loads(body)["transaction"] == json.loads(whole)["transaction"]
        )
