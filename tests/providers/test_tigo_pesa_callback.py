"""The callback of Mixx by Yas (providers.md §3.A): read strictly; whatever it is, it can only be unreadable."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Money, shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.tigo_pesa import TigoPesa
from portal.providers.tigo_pesa_callback import read_callback
from portal.providers.wallet import NOT_AN_AMOUNT
from tests.makers import NOW, FakeClock
from tests.providers.account import REFERENCE
from tests.providers.mixx import REFERENCE_ID, a_mixx
from tests.providers.recorded import names, text

CODE = "CO140924.1414.A00113"
PAID = Paid(shillings(453_500), CODE)
NO_CODE = Unknown(Reason.UNKNOWN_ERROR, "no MFSTransactionID", mapped=False)
CALLBACKS: dict[str, tuple[str, Outcome]] = {
    "paid": ("true", PAID),
    "paid_amount_as_number": ("true", PAID),
    "paid_less": ("true", Paid(shillings(226_750), CODE)),
    "paid_nothing_stated": ("true", Paid(NOT_AN_AMOUNT, CODE)),
    "paid_without_transaction": ("true", NO_CODE),
    "paid_to_another_biller": ("true", PAID),
    "not_paid": ("false", NotPaid(Reason.NOT_COMPLETED, "false")),
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
)


@pytest.fixture
async def mixx() -> TigoPesa:
    return a_mixx(FakeClock(NOW))[0]


def a_callback(**changes: Any) -> str:
    return json.dumps(json.loads(text("tigo_pesa", "callback", "paid")) | changes)


def outcome_in(body: str) -> Outcome:
    return read_callback(body).outcome()


def amount_in(written: object) -> Money | None:
    outcome = outcome_in(a_callback(Amount=written))
    assert isinstance(outcome, Paid)
    return outcome.amount


def test_every_recorded_callback_has_its_meaning_here() -> None:
    assert names("tigo_pesa", "callback") == set(CALLBACKS)


@pytest.mark.covers("A5")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_is_read_as_recorded(mixx: TigoPesa, name: str) -> None:
    body = text("tigo_pesa", "callback", name)
    mixx.verify(body)
    code, outcome = CALLBACKS[name]
    whose = {"paid_to_another_biller": ("OTHR7K29QXM4AB1C", None)}.get(name, (REFERENCE_ID, REFERENCE))
    assert mixx.translate(body) == [Heard(whose[0], outcome, code, whose[1], says_paid=code == "true")]


@pytest.mark.parametrize("transaction_id", [None, 7, "", "x" * 41])
async def test_a_yes_without_an_id_that_we_can_use_still_says_paid(
    mixx: TigoPesa, transaction_id: object
) -> None:
    (heard,) = mixx.translate(a_callback(MFSTransactionID=transaction_id))
    assert heard.claims_money
    assert not isinstance(heard.outcome, Paid)


@pytest.mark.parametrize(
    "reference", ["MIXX", "MIXX7K29QXM4AB1", "MIXX7K29QXM4AB1C2", "MIXX7k29qxm4ab1c", "x"]
)
async def test_a_reference_that_we_never_gave_is_not_ours(mixx: TigoPesa, reference: str) -> None:
    (heard,) = mixx.translate(a_callback(ReferenceID=reference))
    assert (heard.request_id, heard.reference) == (reference, None)


@pytest.mark.covers("D28")
@pytest.mark.parametrize("status", [None, "true", "false", 1, 0, [], {}, "Success"])
def test_what_is_no_boolean_decides_nothing(status: object) -> None:
    with pytest.raises(CallbackUnreadable):
        read_callback(a_callback(Status=status))


@pytest.mark.parametrize("reference", [None, "", True, [], {}, "two words", "é", "x" * 81, "x\u0000"])
def test_a_callback_that_names_no_request_is_unreadable(reference: object) -> None:
    with pytest.raises(CallbackUnreadable):
        read_callback(a_callback(ReferenceID=reference))


@pytest.mark.covers("D12")
@pytest.mark.parametrize("written", ["453500", 453500, "453500.00", 453500.0])
def test_whole_shillings_count_the_same_however_they_are_written(written: object) -> None:
    assert amount_in(written) == shillings(453_500)


@pytest.mark.covers("D12")
@pytest.mark.parametrize(
    "written",
    [
        *(
            None,
            "",
            True,
            [],
            {},
            "0x10",
            "4e5",
            1e300,
            "453,500",
            " 453500",
            "٤٥٣٥٠٠",
            "9" * 14,
            "9" * 5_000,
        ),
        *("453500.50", 453500.5, "-453500", -453500, float("nan"), float("inf")),
    ],
)
def test_what_is_no_plain_amount_is_never_the_one_we_asked_for(written: object) -> None:
    assert amount_in(written) == NOT_AN_AMOUNT


@given(st.integers(1, 10**13 - 1))
def test_every_amount_comes_back_as_it_was_written(amount: int) -> None:
    assert amount_in(str(amount)) == amount_in(amount) == shillings(amount)


@pytest.mark.parametrize("transaction", [None, "", 7, True, [], {}, "no", "x" * 41, "two words", "é" * 8])
def test_a_success_that_names_no_transaction_is_unknown_and_marked_so(transaction: object) -> None:
    body = a_callback(MFSTransactionID=transaction)
    assert outcome_in(body) == NO_CODE


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body", ["", "{", "null", "7", "[]", '"Status"', "{}", "[" * 200_000, "<html></html>"]
)
async def test_what_is_no_callback_is_refused_by_its_own_error(mixx: TigoPesa, body: str) -> None:
    for read in (mixx.verify, mixx.translate):
        with pytest.raises(CallbackUnreadable):
            read(body)


@pytest.mark.covers("D29")
@given(st.text())
def test_no_text_does_anything_else(body: str) -> None:
    with suppress(CallbackUnreadable):
        read_callback(body)


@pytest.mark.covers("D29")
@given(json_values, json_values, json_values, json_values)
def test_no_json_does_anything_else(status: Any, reference: Any, amount: Any, transaction: Any) -> None:
    body = a_callback(Status=status, ReferenceID=reference, Amount=amount, MFSTransactionID=transaction)
    with suppress(CallbackUnreadable):
        outcome_in(body)


@pytest.mark.covers("D27")
@pytest.mark.parametrize("name", sorted(CALLBACKS))
async def test_each_callback_is_acknowledged_in_the_documented_form(mixx: TigoPesa, name: str) -> None:
    body = text("tigo_pesa", "callback", name)
    assert mixx.acknowledgement(body) == {
        "ResponseCode": "BILLER-30-0000-S",
        "ResponseStatus": True,
        "ResponseDescription": "Callback successful",
        "ReferenceID": json.loads(body)["ReferenceID"],
    }


@pytest.mark.parametrize("body", ["", "[]", "{}", a_callback(ReferenceID=7)])
async def test_what_cannot_be_read_is_stored_and_so_never_answered_with_a_no(
    mixx: TigoPesa, body: str
) -> None:
    answer = mixx.acknowledgement(body)
    assert answer["ResponseStatus"] is True
