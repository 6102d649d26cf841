"""The phone in the browser shows what a payer would see and does what a payer can do, with forms alone."""

import re
from html import unescape

import httpx
import pytest

from portal.sandbox.operators import AIRTEL, AZAMPESA, HALOPESA, MIXX, MPESA, Operator, operator_of
from portal.sandbox.prompt import Push
from tests.sandbox.merchant import PHONE, Ear, Gate, Merchant, merchant_at
from tests.sandbox.running import RunningSandbox, until


async def page(sandbox: RunningSandbox, path: str, status: int = 200) -> str:
    response = await sandbox.client.get(sandbox.base_url + path)
    assert response.status_code == status
    return words(response)


def words(response: httpx.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))).replace("\u00a0", " ")


async def send(sandbox: RunningSandbox, path: str, **fields: str) -> httpx.Response:
    return await sandbox.client.post(sandbox.base_url + path, data=fields)


async def test_the_prompt_says_who_asks_how_much_and_for_what(merchant: Merchant) -> None:
    await merchant.push()
    text = await page(merchant.sandbox, f"/phone/{PHONE}")
    assert "Do you want to pay TZS 453,500 to Nest Pay for account 7K29QXM4AB1C?" in text
    assert "Enter M-PESA PIN" in text


@pytest.mark.covers("A32")
@pytest.mark.parametrize("path", ["/", f"/phone/{PHONE}", "/phone/255754000001", "/phone/nobody"])
async def test_every_page_says_that_no_money_moves(sandbox: RunningSandbox, path: str) -> None:
    response = await sandbox.client.get(sandbox.base_url + path)
    assert "Simulated phone. No money moves." in words(response)
    assert "<script" not in response.text
    assert not re.search(r'(src|href)="(https?:)?//', response.text)
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "operator", [MIXX, AIRTEL, HALOPESA, AZAMPESA], ids=lambda operator: str(operator.name)
)
async def test_each_network_asks_and_confirms_in_its_own_manner(
    sandbox: RunningSandbox, operator: Operator
) -> None:
    network, msisdn = sandbox.world.network, f"{operator.fated}999"
    push = Push(operator, "Nest Pay", msisdn, 453500, "7K29QXM4AB1C")
    prompt = network.accept(sandbox.daraja, push, "request")
    text = await page(sandbox, f"/phone/{msisdn}")
    assert f"Enter {operator.wallet} PIN" in text
    assert push.text in text
    await send(sandbox, f"/phone/{msisdn}", act="approve")
    assert prompt.movement
    text = await page(sandbox, f"/phone/{msisdn}")
    assert f"Messages from {operator.wallet}" in text
    assert prompt.movement.receipt in text


def test_an_idle_phone_belongs_to_the_network_that_gave_its_number_out() -> None:
    assert operator_of("255655123456") is MIXX
    assert operator_of("255784123456") is AIRTEL
    assert operator_of("255754123456") is operator_of("255731123456") is MPESA
    assert operator_of("255620123456") is HALOPESA


async def test_the_first_page_lists_the_phones_that_wait(merchant: Merchant) -> None:
    assert "No phone shows a request." in await page(merchant.sandbox, "/")
    await merchant.push()
    assert f"{PHONE} TZS 453,500 · 7K29QXM4AB1C" in await page(merchant.sandbox, "/")


@pytest.mark.parametrize("typed", ["0754123456", "+255 754 123 456", "00255754123456", "255754123456"])
async def test_a_phone_opens_by_its_number_as_people_write_it(sandbox: RunningSandbox, typed: str) -> None:
    response = await sandbox.client.get(f"{sandbox.base_url}/phone", params={"number": typed})
    assert (response.status_code, response.headers["location"]) == (303, f"/phone/{PHONE}")


async def test_a_number_that_is_none_is_refused_and_kept(sandbox: RunningSandbox) -> None:
    response = await sandbox.client.get(f"{sandbox.base_url}/phone", params={"number": '"><b>0754'})
    assert response.status_code == 422
    assert "Type a mobile number" in response.text
    assert "<b>" not in response.text


@pytest.mark.covers("page:28")
async def test_approving_pays_and_shows_the_operators_message(merchant: Merchant, ear: Ear) -> None:
    await merchant.push()
    response = await send(merchant.sandbox, f"/phone/{PHONE}", act="approve", pin="1234")
    assert (response.status_code, response.headers["location"]) == (303, f"/phone/{PHONE}")
    await ear.wait_for()
    (movement,) = await merchant.sandbox.book()
    text = await page(merchant.sandbox, f"/phone/{PHONE}")
    assert f"{movement['receipt']} Confirmed. TZS 453,500 sent to Nest Pay for account 7K29QXM4AB1C" in text


async def test_the_pin_may_be_left_out(merchant: Merchant) -> None:
    await merchant.push()
    await send(merchant.sandbox, f"/phone/{PHONE}", act="approve", pin="")
    assert len(await merchant.sandbox.book()) == 1


@pytest.mark.parametrize("pin", ["12", "12345", "abcd", "١٢٣٤"])
async def test_a_pin_of_another_form_is_asked_for_again(merchant: Merchant, pin: str) -> None:
    await merchant.push()
    response = await send(merchant.sandbox, f"/phone/{PHONE}", act="approve", pin=pin)
    assert response.status_code == 422
    assert "A PIN has 4 digits." in words(response)
    assert await merchant.sandbox.book() == []


@pytest.mark.parametrize(
    "act, ending",
    [
        ("wrong-pin", "That PIN was wrong."),
        ("cancel", "You cancelled."),
        ("ignore", "You ignored a request."),
    ],
)
async def test_the_other_buttons_pay_nothing(merchant: Merchant, act: str, ending: str) -> None:
    await merchant.push()
    await send(merchant.sandbox, f"/phone/{PHONE}", act=act)
    assert ending in await page(merchant.sandbox, f"/phone/{PHONE}")
    assert await merchant.sandbox.book() == []


async def test_a_prompt_can_be_answered_only_once(merchant: Merchant) -> None:
    await merchant.push()
    await send(merchant.sandbox, f"/phone/{PHONE}", act="approve")
    await send(merchant.sandbox, f"/phone/{PHONE}", act="approve")
    await send(merchant.sandbox, f"/phone/{PHONE}", act="cancel")
    assert len(await merchant.sandbox.book()) == 1


async def test_a_prompt_that_was_answered_does_not_expire_later(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, prompt_lifetime=7, sleep=gate.sleep) as merchant:
        checkout_id = (await merchant.push()).json()["CheckoutRequestID"]
        await send(merchant.sandbox, f"/phone/{PHONE}", act="cancel")
        gate.opened.set()
        await ear.wait_for()
        await until(lambda: not merchant.sandbox.world.network.errands.under_way)
        assert await merchant.result(checkout_id) == "1032"
        assert len(ear.bodies) == 1


async def test_an_expired_prompt_leaves_the_screen(ear: Ear) -> None:
    async with merchant_at(ear.url, prompt_lifetime=0.05) as merchant:
        await merchant.push()
        await ear.wait_for()
        text = await page(merchant.sandbox, f"/phone/{PHONE}")
        assert "The request ended without an answer." in text
        assert "Approve" not in text


async def test_a_number_with_a_fixed_fate_says_which(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, result_delay=7, sleep=gate.sleep) as merchant:
        await merchant.push_to("no-balance")
        text = await page(merchant.sandbox, "/phone/255754000004")
        assert "This number has a fixed fate. Has too little money." in text
        assert "A request is under way." in text
        gate.opened.set()
        await ear.wait_for()
        assert "There is too little money in this wallet." in await page(
            merchant.sandbox, "/phone/255754000004"
        )


async def test_a_switch_turns_over_at_each_press_and_bends_the_next_callback(
    merchant: Merchant, ear: Ear
) -> None:
    for switch in ("duplicate", "lost", "lost"):
        await send(merchant.sandbox, f"/phone/{PHONE}/switches", switch=switch)
    text = await page(merchant.sandbox, f"/phone/{PHONE}")
    assert "Duplicate: on" in text
    assert "Lost: off" in text
    await merchant.push()
    await send(merchant.sandbox, f"/phone/{PHONE}", act="approve")
    assert len(await ear.wait_for(5)) == 5
    assert "Duplicate: off" in await page(merchant.sandbox, f"/phone/{PHONE}")


async def test_a_switch_that_does_not_exist_changes_nothing(sandbox: RunningSandbox) -> None:
    await send(sandbox, f"/phone/{PHONE}/switches", switch="malformed")
    assert not sandbox.world.network.next_twists.get(PHONE)


async def test_the_page_looks_again_by_itself_only_while_nobody_types(merchant: Merchant) -> None:
    idle = await merchant.sandbox.client.get(f"{merchant.sandbox.base_url}/phone/{PHONE}")
    assert 'content="2;url=' in idle.text
    await merchant.push()
    live = await merchant.sandbox.client.get(f"{merchant.sandbox.base_url}/phone/{PHONE}")
    (seconds,) = re.findall(r'http-equiv="refresh" content="(\d+);', live.text)
    assert int(seconds) >= merchant.sandbox.settings.prompt_lifetime - 1


async def test_the_stylesheet_is_its_own(sandbox: RunningSandbox) -> None:
    response = await sandbox.client.get(f"{sandbox.base_url}/sandbox.css")
    assert response.headers["content-type"].startswith("text/css")
    assert "url(" not in response.text
    assert "@import" not in response.text
