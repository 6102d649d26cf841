"""Daraja's callback (providers.md §1.4): read by name, strictly; whatever it is, it can only be unreadable."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.providers.mpesa_daraja import Daraja
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.wallet import NOT_AN_AMOUNT
from tests.makers import FakeClock
from tests.providers.account import config_at
from tests.providers.recorded import PlayedWire, names, text

PAID_AT = datetime(2019, 12, 19, 7, 21, 15, tzinfo=UTC)
PAID = Paid(shillings(453_500), "NLJ7RT61SV", PAID_AT)
CALLBACKS: dict[str, tuple[str, Outcome]] = {
    "paid": ("0", PAID),
    "paid_reordered": ("0", PAID),
    "paid_balance_without_value": ("0", PAID),
    "paid_as_strings": ("0", PAID),
    "paid_without_metadata": ("0", Paid()),
    "paid_with_nothing_known": ("0", Paid()),
    "cancelled": ("1032", NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1032")),
    "no_response": ("1037", NotPaid(Reason.NO_RESPONSE, "1037")),
    "wrong_pin": ("2001", NotPaid(Reason.WRONG_PIN, "2001")),
    "insufficient_funds": ("1", NotPaid(Reason.INSUFFICIENT_FUNDS, "1")),
    "undocumented": ("7777", Unknown(Reason.UNKNOWN_ERROR, "7777", mapped=False)),
}


@pytest.fixture
async def daraja(clock: FakeClock) -> Daraja:
    return a_daraja(clock)


def a_daraja(clock: FakeClock) -> Daraja:
    wire = PlayedWire((), ())
    return Daraja(config_at("http://127.0.0.1:1"), wire, clock)


def a_callback(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text("mpesa_daraja", "callback", "paid"))
    body["Body"]["stkCallback"] |= changes
    return body


def with_items(*items: Any) -> str:
    return json.dumps(a_callback(CallbackMetadata={"Item": list(items)}))


def heard_in(daraja: Daraja, body: str) -> Heard:
    (heard,) = daraja.translate(body)
    return heard


def paid_in(daraja: Daraja, body: str) -> Paid:
    outcome = heard_in(daraja, body).outcome
    assert isinstance(outcome, Paid)
    return outcome


def test_every_recorded_callback_has_its_meaning_here() -> None:
    assert names("mpesa_daraja", "callback") == set(CALLBACKS)


@pytest.mark.covers("S56")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_is_read_as_recorded(daraja: Daraja, name: str) -> None:
    body = text("mpesa_daraja", "callback", name)
    daraja.verify(body)
    heard = heard_in(daraja, body)
    assert (heard.code, heard.outcome) == CALLBACKS[name]
    assert heard.request_id == json.loads(body)["Body"]["stkCallback"]["CheckoutRequestID"]


@pytest.mark.covers("D12", "D38")
@pytest.mark.parametrize(
    "written, shillings_meant",
    [
        ("453500", 453_500), ("453500.00", 453_500), ('"453500"', 453_500), ('"453500.0"', 453_500),
        ("4.535e5", 453_500), ("453499", 453_499), ("0", 0), ("-453500", -453_500), ("1", 1),
    ],
)  # fmt: skip
async def test_an_amount_is_whole_shillings_however_it_is_written(
    daraja: Daraja, written: str, shillings_meant: int
) -> None:
    body = with_items({"Name": "Amount", "Value": "AMOUNT"}).replace('"AMOUNT"', written)
    assert paid_in(daraja, body).amount == shillings(shillings_meant)


@pytest.mark.covers("D12", "D38")
@pytest.mark.parametrize(
    "written",
    [
        "453499.5", "453500.5", "453500.01", '"453499.999999"', "1e999999999", "-1e999999999", '"1e999999999"',
        "1e-999999999", "1e30", "10000000000000000000000", "NaN", "Infinity", "-Infinity", '"NaN"', '"sNaN"',
        '"abc"', '""', "[453500]", '{"amount": 453500}',
    ],
)  # fmt: skip
async def test_a_stated_amount_that_nobody_was_asked_for_never_looks_like_ours(
    daraja: Daraja, written: str
) -> None:
    body = with_items({"Name": "Amount", "Value": "AMOUNT"}).replace('"AMOUNT"', written)
    assert paid_in(daraja, body).amount == NOT_AN_AMOUNT


@pytest.mark.covers("D69")
@pytest.mark.parametrize(
    "item",
    [
        {"Name": "Amount"},
        {"Name": "Amount", "Value": None},
        {"Value": 453_500},
        {"Name": 7, "Value": 1},
        7,
        None,
    ],
)
async def test_an_item_without_name_or_value_says_nothing(daraja: Daraja, item: object) -> None:
    assert paid_in(daraja, with_items(item)) == Paid()


@pytest.mark.covers("D69")
@pytest.mark.parametrize(
    "metadata", [None, [], "x", {}, {"Item": None}, {"Item": {"Name": "Amount", "Value": 1}}]
)
async def test_metadata_of_another_shape_says_nothing(daraja: Daraja, metadata: object) -> None:
    assert paid_in(daraja, json.dumps(a_callback(CallbackMetadata=metadata))) == Paid()


@pytest.mark.parametrize(
    "code", ["", "NLJ", "NLJ7 RT61", "NLJ7RT61\u0000", "É" * 10, "A" * 41, 7, None, ["NLJ7RT61SV"]]
)
async def test_a_receipt_code_that_no_operator_prints_is_left_out(daraja: Daraja, code: object) -> None:
    assert paid_in(daraja, with_items({"Name": "MpesaReceiptNumber", "Value": code})).receipt_code is None


@pytest.mark.parametrize(
    "moment",
    [20191319102115, 20191232102115, 2019121910211, "00010101000000", "19991219102115", "x", None, [], True],
)
async def test_a_moment_that_cannot_be_is_left_out(daraja: Daraja, moment: object) -> None:
    assert paid_in(daraja, with_items({"Name": "TransactionDate", "Value": moment})).paid_at is None


@pytest.mark.covers("D28")
@pytest.mark.parametrize("code", [0, "0", " 0"])
async def test_nought_is_success_as_number_and_as_word(daraja: Daraja, code: object) -> None:
    assert heard_in(daraja, json.dumps(a_callback(ResultCode=code))).outcome == PAID


@pytest.mark.covers("D28")
@pytest.mark.parametrize("code", [False, True, 0.0, None, [], {}, "", "0 0", "x" * 41, "\u0000", "\ud800"])
async def test_a_result_code_of_another_type_is_no_result(daraja: Daraja, code: object) -> None:
    with pytest.raises(CallbackUnreadable):
        daraja.translate(json.dumps(a_callback(ResultCode=code)))


@pytest.mark.parametrize("request_id", [None, 7, "", [], "x" * 81, "ws CO", "ws_CO\u0000", "\ud800"])
async def test_a_callback_about_no_request_is_unreadable(daraja: Daraja, request_id: object) -> None:
    with pytest.raises(CallbackUnreadable):
        daraja.translate(json.dumps(a_callback(CheckoutRequestID=request_id)))


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body",
    [
        "", " ", "{", "null", "true", "0", '"Body"', "[]", "{}", '{"Body": null}',
        '{"Body": "stkCallback"}', '{"Body": []}', '{"Body": {"stkCallback": null}}', '{"Body": {"stkCallback": []}}',
        '{"Body": {"stkCallback": {}}}',
        "\ufeff{}", "<html></html>", "\u0000", "[" * 100_000, '{"Body":' * 100_000, "[" * 100_000 + "]" * 100_000,
        "9" * 10_000, '{"a":' + "9" * 100_000 + "}",
    ],
    ids=lambda body: body[:16],
)  # fmt: skip
async def test_a_body_of_another_shape_is_unreadable(daraja: Daraja, body: str) -> None:
    with pytest.raises(CallbackUnreadable):
        daraja.verify(body)
    with pytest.raises(CallbackUnreadable):
        daraja.translate(body)


async def test_ten_megabytes_of_white_space_are_read_all_the_same(daraja: Daraja) -> None:
    body = text("mpesa_daraja", "callback", "paid") + " " * 10_000_000
    assert heard_in(daraja, body).outcome == PAID


async def test_a_value_nested_as_deep_as_can_be_read_is_left_out(daraja: Daraja) -> None:
    for depth in (100, 400, 900, 100_000):
        nest = "[" * depth + "]" * depth
        body = with_items({"Name": "TransactionDate", "Value": "NEST"}).replace('"NEST"', nest)
        with suppress(CallbackUnreadable):
            assert paid_in(daraja, body) == Paid()


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
callbacks = st.fixed_dictionaries(
    {},
    optional={
        "CheckoutRequestID": json_values | st.just("ws_CO_191220191020363925"),
        "ResultCode": json_values | st.just(0),
        "CallbackMetadata": json_values
        | st.fixed_dictionaries(
            {
                "Item": st.lists(
                    json_values
                    | st.fixed_dictionaries(
                        {
                            "Name": st.sampled_from(["Amount", "MpesaReceiptNumber", "TransactionDate"]),
                            "Value": json_values,
                        }
                    )
                )
            }
        ),
    },
)
bodies = (
    st.text()
    | json_values.map(json.dumps)
    | callbacks.map(lambda callback: json.dumps({"Body": {"stkCallback": callback}}))
)


@pytest.mark.covers("D29")
@given(body=bodies)
def test_no_body_raises_anything_but_that_it_is_unreadable(body: str) -> None:
    daraja = a_daraja(FakeClock())
    with suppress(CallbackUnreadable):
        (heard,) = daraja.translate(body)
        assert heard.request_id
        assert heard.request_id.isascii()
        assert heard.code.isascii()


@given(cuts=st.lists(st.tuples(st.integers(0, 700), st.text(max_size=3)), max_size=4))
def test_a_damaged_callback_is_read_or_refused_and_nothing_else(cuts: list[tuple[int, str]]) -> None:
    body = text("mpesa_daraja", "callback", "paid")
    for place, patch in cuts:
        body = body[:place] + patch + body[place + len(patch) :]
    daraja = a_daraja(FakeClock())
    with suppress(CallbackUnreadable):
        daraja.translate(body)
