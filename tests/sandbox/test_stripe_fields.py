"""Every parameter of a request to the simulated Stripe is held to its documented form, and by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from portal.sandbox.stripe.form import read_form
from portal.sandbox.stripe.refusals import RefusedError
from portal.sandbox.stripe.requests import SESSION, read_session
from tests.sandbox.merchant import Ear
from tests.sandbox.stripe import AS_IT_COMES, Seller, selling

pytestmark = pytest.mark.filterwarnings(AS_IT_COMES)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def seller(ear: Ear) -> AsyncIterator[Seller]:
    async with selling(ear) as seller:
        yield seller


def line(**changes: Any) -> list[dict[str, Any]]:
    price = {"currency": "tzs", "unit_amount": 45_350_000, "product_data": {"name": "Rent"}}
    return [{"quantity": 1, "price_data": price | changes}]


def from_now(changes: dict[str, Any]) -> dict[str, Any]:
    """A time to wait becomes an instant when the test runs."""
    now = datetime.now(UTC)
    return {
        name: int((now + value).timestamp()) if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }


@pytest.mark.parametrize(
    "changes, code, param",
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items": line(colour="red")}, "parameter_unknown", "line_items[0][price_data][colour]"),
        ({"wallet_options": {"link": {"shown": "never"}}}, "parameter_unknown", "wallet_options[link][shown]"),
        ({"mode": "gift"}, "parameter_invalid_enum", "mode"),
        ({"locale": "sw"}, "parameter_invalid_enum", "locale"),
        ({"allowed_payment_method_types": ["cash"]}, "parameter_invalid_enum", "allowed_payment_method_types[0]"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"adaptive_pricing": {"enabled": "no"}}, "parameter_invalid_boolean", "adaptive_pricing[enabled]"),
        ({"adaptive_pricing": "no"}, "parameter_invalid_hash", "adaptive_pricing"),
        ({"metadata": {"long": "x" * 501}}, "parameter_invalid_hash", "metadata"),
        ({"metadata": {"deep": {"deeper": "x"}}}, "parameter_invalid_hash", "metadata"),
        ({"client_reference_id": "x" * 201}, "parameter_invalid_string_short", "client_reference_id"),
        ({"client_reference_id": ""}, "parameter_invalid_string_empty", "client_reference_id"),
        ({"client_reference_id": {"a": "b"}}, "parameter_invalid_string", "client_reference_id"),
        ({"success_url": "pay.example"}, "url_invalid", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"line_items": line() * 2}, "parameter_invalid_array", "line_items"),
        ({"line_items": {"first": line()[0]}}, "parameter_invalid_array", "line_items"),
        ({"line_items": line(currency="kes")}, "parameter_invalid_enum", "line_items[0][price_data][currency]"),
        ({"line_items": line(unit_amount="1.5")}, "parameter_invalid_integer",
         "line_items[0][price_data][unit_amount]"),
        ({"line_items": line(product_data={})}, "parameter_missing", "line_items[0][price_data][product_data]"),
        ({"line_items": line(product_data={"name": "x" * 251})}, "parameter_invalid_string_short",
         "line_items[0][price_data][product_data][name]"),
        ({"line_items": line(unit_amount=129_999)}, "amount_too_small", "line_items"),
        ({"line_items": line(unit_amount=-5)}, "amount_too_small", "line_items"),
        ({"line_items": line(unit_amount=100_000_000)}, "amount_too_large", "line_items"),
        ({"line_items": line(unit_amount=49, currency="usd")}, "amount_too_small", "line_items"),
        ({"expires_at": timedelta(minutes=29)}, None, "expires_at"),
        ({"expires_at": timedelta(minutes=24 * 60 + 5)}, None, "expires_at"),
        ({"expires_at": "tomorrow"}, "parameter_invalid_integer", "expires_at"),
    ],
    ids=str,
)  # fmt: skip
async def test_what_will_not_do_is_refused_by_its_name(
    seller: Seller, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await seller.create(seller.params(**from_now(changes)))
    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (400, code, param)
    assert seller.sandbox.world.network.prompts == {}


@pytest.mark.parametrize("missing", ["mode", "success_url", "line_items"])
async def test_what_must_be_there_is_missed_by_its_name(seller: Seller, missing: str) -> None:
    params = seller.params()
    del params[missing]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await seller.create(params)
    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", missing)


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": timedelta(minutes=31)},
        {"expires_at": timedelta(minutes=23 * 60)},
        {"line_items": line(unit_amount=99_999_999)},
        {"line_items": line(unit_amount=130_000)},
        {"line_items": line(unit_amount=50, currency="usd")},
        {"locale": "auto"},
        {"wallet_options": {"link": {"display": "never"}}, "adaptive_pricing": {"enabled": False}},
    ],
    ids=str,
)
async def test_every_documented_form_is_accepted(seller: Seller, changes: dict[str, Any]) -> None:
    assert (await seller.open(**from_now(changes)))["status"] == "open"


async def test_what_may_be_left_out_may_be_left_out(seller: Seller) -> None:
    params = seller.params()
    for name in (
        "client_reference_id",
        "metadata",
        "payment_intent_data",
        "allowed_payment_method_types",
        "cancel_url",
    ):
        del params[name]
    assert (await seller.create(params))["cancel_url"] == params["success_url"]


@pytest.mark.parametrize("expand", ["charges", "payment_intent.charges", "customer"])
async def test_only_what_can_be_expanded_may_be_asked_for(seller: Seller, expand: str) -> None:
    session = await seller.open()
    with pytest.raises(stripe.InvalidRequestError):
        await seller.client.v1.checkout.sessions.retrieve_async(session["id"], {"expand": [expand]})


@pytest.mark.parametrize(
    "headers, body",
    [
        ({"Content-Type": "application/json"}, b"{}"),
        (FORM, b"\xff\xfe"),
        (FORM, b"mode=payment&mode=payment"),
        (FORM, b"mode[=payment"),
        (FORM, b"[mode]=payment"),
        (FORM, b"metadata=1&metadata[a]=2"),
        (FORM, b"metadata[a]=2&metadata=1"),
        (FORM, b"mode"),
        (FORM, b"&".join(b"metadata[%d]=1" % number for number in range(600))),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_body_that_is_no_such_form_is_refused(
    seller: Seller, headers: dict[str, str], body: bytes
) -> None:
    key = {"Authorization": f"Bearer {seller.sandbox.settings.stripe.secret_key}"}
    url = f"{seller.sandbox.stripe_url}/v1/checkout/sessions"
    answer = await seller.sandbox.client.post(url, content=body, headers=headers | key)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic abc", "bearer sk_test_sandbox0secret0key"])
async def test_without_a_key_nothing_is_answered(seller: Seller, authorization: str) -> None:
    url = f"{seller.sandbox.stripe_url}/v1/checkout/sessions/cs_test_1"
    answer: httpx.Response = await seller.sandbox.client.get(url, headers={"Authorization": authorization})
    assert answer.status_code == 401


async def test_a_name_that_no_answer_can_carry_is_shortened(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await seller.create(seller.params(**{"é" * 200: "x"}))
    assert refusal.value.param == "?" * 60


@given(st.text(max_size=200))
def test_any_text_is_a_form_or_refused(body: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        read_session(read_form(body), datetime.now(UTC))
    assert refusal.value.status == 400


def test_the_schema_names_only_what_the_library_of_this_version_knows() -> None:
    documented = stripe.params.checkout.SessionCreateParams.__annotations__
    assert set(SESSION.schema) <= set(documented)
