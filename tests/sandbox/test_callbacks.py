"""A callback has the documented body and headers, and is sent once, whatever the merchant answers."""

import asyncio
from datetime import UTC, datetime

from litestar import Litestar, post

from tests.sandbox.merchant import Ear, Merchant, merchant_at
from tests.sandbox.running import Line, RunningSandbox, until

NOON = datetime(2026, 3, 1, 9, 5, 7, tzinfo=UTC)


async def test_a_callback_has_the_documented_body(ear: Ear) -> None:
    async with merchant_at(ear.url, clock=lambda: NOON) as merchant:
        await merchant.push_to("approves", **merchant.credentials(NOON))
        (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 0
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    assert items["Amount"] == 453500.0
    assert isinstance(items["Amount"], float)
    assert items["TransactionDate"] == 20260301120507
    assert items["PhoneNumber"] == 255754000001
    assert len(items["MpesaReceiptNumber"]) == 10


async def test_a_callback_has_the_documented_headers(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("cancels")
    await ear.wait_for()
    assert ear.headers[0]["content-type"] == "application/json;charset=UTF-8"
    assert ear.headers[0]["businessshortcode"] == "174379"


async def test_items_come_in_any_order_and_a_balance_may_have_no_value(merchant: Merchant, ear: Ear) -> None:
    for count in range(1, 13):
        await merchant.push_to("approves", Amount=count)
        await ear.wait_for(count)
    listed = [callback["CallbackMetadata"]["Item"] for callback in await ear.wait_for(12)]
    orders = {tuple(item["Name"] for item in items) for items in listed}
    assert len(orders) > 2
    assert {"Name": "Balance"} in [item for items in listed for item in items]


async def test_a_callback_that_is_refused_or_unheard_is_never_sent_again(sandbox: RunningSandbox) -> None:
    heard = []

    @post("/cb")
    async def refuse() -> None:
        heard.append(1)
        raise RuntimeError

    line = Line(Litestar([refuse], openapi_config=None, logging_config=None))
    await line.up()
    merchant = Merchant(sandbox, f"{line.base_url}/cb")
    await merchant.sign_in()
    await merchant.push_to("approves")
    await until(lambda: len(sandbox.world.network.courier.deliveries) == 1)
    await line.down()
    await merchant.push_to("cancels")
    await until(lambda: len(sandbox.world.network.courier.deliveries) == 2)
    await asyncio.sleep(0.05)
    assert [delivery["status"] for delivery in (await sandbox.requests())["callbacks"]] == [500, None]
    assert len(heard) == 1


async def test_what_is_under_way_ends_with_the_sandbox(ear: Ear) -> None:
    async with merchant_at(ear.url, callback_delay=60) as merchant:
        await merchant.push_to("approves")
        await until(lambda: bool(merchant.sandbox.world.network.book.movements))
    assert ear.bodies == []
    assert merchant.sandbox.world.network.courier.client.is_closed
