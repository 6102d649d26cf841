"""A query in flight, of an unknown push and of a finished one."""

import pytest

from tests.sandbox.merchant import PHONE, Ear, Merchant, said


async def test_queries_in_flight_hear_4999_or_an_error_that_says_nothing(merchant: Merchant) -> None:
    await merchant.sandbox.give_fate(PHONE, "person")
    checkout_id = (await merchant.push()).json()["CheckoutRequestID"]
    answers = [await merchant.query(checkout_id) for _ in range(3)]
    assert answers[0].json()["ResultCode"] == "4999"
    assert said(answers[1]) == (500, "500.001.1001")
    assert said(answers[2]) == (200, "500.001.1001")
    assert answers[2].json()["errorMessage"] == ""


async def test_an_unknown_checkout_id_meets_an_error_that_says_nothing(merchant: Merchant) -> None:
    response = await merchant.query("ws_CO_24112026090000123456789012")
    assert said(response) == (500, "500.001.1001")
    assert response.json()["errorMessage"] == "The transaction does not Exist"


@pytest.mark.parametrize("checkout_id", ["", "ws_CO_", "7K29QXM4AB1C", 5, None])
async def test_a_checkout_id_out_of_form_is_refused(merchant: Merchant, checkout_id: object) -> None:
    response = await merchant.query("", CheckoutRequestID=checkout_id)
    assert said(response) == (400, "400.002.02")


async def test_a_finished_query_has_the_documented_shape(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("approves")
    await ear.wait_for()
    answer = (await merchant.query(checkout_id)).json()
    assert answer["ResultCode"] == "0"
    assert answer["CheckoutRequestID"] == checkout_id
    assert set(answer) == {
        "ResponseCode",
        "ResponseDescription",
        "MerchantRequestID",
        "CheckoutRequestID",
        "ResultCode",
        "ResultDesc",
    }


async def test_queries_of_finished_prompts_fail_at_random_by_switch(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("approves")
    await ear.wait_for()
    await merchant.sandbox.switch(query_errors=0.5)
    statuses = [(await merchant.query(checkout_id)).status_code for _ in range(24)]
    assert {200, 500} == set(statuses)
