"""The control API: tests read what moved and what was asked, and decide what happens next."""

import json

import pytest
from litestar.testing import AsyncTestClient

from portal.sandbox.app import make_sandbox, run_by_itself
from portal.sandbox.settings import SandboxSettings
from tests.sandbox.merchant import PHONE, Ear, Gate, Merchant, merchant_at
from tests.sandbox.running import RunningSandbox


async def test_requests_are_counted_and_listed_without_secrets(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("approves")
    await merchant.push(Amount=0)
    await ear.wait_for()
    log = await merchant.sandbox.requests()
    assert log["counts"] == {"token": 1, "push": 2, "query": 0, "refund": 0}
    assert [entry["outcome"] for entry in log["requests"]] == ["accepted", "accepted", "400.002.02"]
    assert log["requests"][1]["msisdn"] == "255754000001"
    everything = json.dumps(log)
    secrets = (merchant.token, merchant.sandbox.settings.daraja.passkey, "unguessable", "Basic", "Bearer")
    assert not [secret for secret in secrets if secret in everything]


async def test_any_number_can_be_given_a_fate_by_name(merchant: Merchant, ear: Ear) -> None:
    await merchant.sandbox.give_fate(PHONE, "wrong-pin")
    await merchant.push()
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 2001


async def test_a_fate_can_be_composed(merchant: Merchant, ear: Ear) -> None:
    await merchant.sandbox.give_fate(PHONE, result="26", twists=["duplicate"])
    await merchant.push()
    callbacks = await ear.wait_for(5)
    assert {callback["ResultCode"] for callback in callbacks} == {26}


@pytest.mark.parametrize(
    "wrong",
    [
        {"msisdn": PHONE, "fate": "unheard-of"},
        {"msisdn": PHONE, "twists": ["unheard-of"]},
        {"msisdn": PHONE, "color": "green"},
        {"msisdn": "0754123456", "fate": "approves"},
    ],
    ids=str,
)
async def test_an_unknown_fate_is_refused(sandbox: RunningSandbox, wrong: object) -> None:
    response = await sandbox.client.post(f"{sandbox.base_url}/sandbox/fates", json=wrong)
    assert response.status_code == 400


async def test_the_fixed_numbers_are_listed(sandbox: RunningSandbox) -> None:
    response = await sandbox.client.get(f"{sandbox.base_url}/sandbox/fates")
    assert response.json()["255754000003"] == "wrong-pin"


@pytest.mark.parametrize(
    "act, code, amounts", [("approve", 0, [453500]), ("wrong-pin", 2001, []), ("cancel", 1032, [])]
)
async def test_a_test_can_press_the_phones_buttons(
    merchant: Merchant, ear: Ear, act: str, code: int, amounts: list[int]
) -> None:
    await merchant.push()
    await merchant.sandbox.press(PHONE, act)
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == code
    assert [movement["amount"] for movement in await merchant.sandbox.book()] == amounts


async def test_an_ignored_prompt_stays_in_flight_until_it_expires(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, prompt_lifetime=7, sleep=gate.sleep) as merchant:
        await merchant.push()
        await merchant.sandbox.press(PHONE, "ignore")
        assert (await merchant.push()).status_code == 500
        gate.opened.set()
        (callback,) = await ear.wait_for()
        assert callback["ResultCode"] == 1037


@pytest.mark.parametrize("path", [f"{PHONE}/approve", f"{PHONE}/fly", "nobody/approve"])
async def test_a_button_without_a_prompt_is_not_found(sandbox: RunningSandbox, path: str) -> None:
    response = await sandbox.client.post(f"{sandbox.base_url}/sandbox/phone/{path}")
    assert response.status_code == 404


@pytest.mark.parametrize(
    "switch, act, codes",
    [
        ("late", "approve", [0]),
        ("duplicate", "approve", [0] * 5),
        ("lost", "approve", []),
        ("contradictory", "approve", [1032]),
        ("contradictory", "cancel", [0]),
    ],
)
async def test_a_switch_bends_the_next_callback_of_its_phone_only_once(
    merchant: Merchant, ear: Ear, switch: str, act: str, codes: list[int]
) -> None:
    await merchant.sandbox.switch(msisdn=PHONE, **{switch: True})
    await merchant.push()
    await merchant.sandbox.press(PHONE, act)
    callbacks = await ear.wait_for(len(codes))
    assert [callback["ResultCode"] for callback in callbacks] == codes
    await merchant.push(Amount=7)
    await merchant.sandbox.press(PHONE, "approve")
    assert (await ear.wait_for(len(codes) + 1))[-1]["ResultCode"] == 0


async def test_a_switch_can_be_turned_off_again(sandbox: RunningSandbox) -> None:
    await sandbox.switch(msisdn=PHONE, late=True, lost=True)
    await sandbox.switch(msisdn=PHONE, lost=False)
    assert sandbox.world.network.next_twists[PHONE] == {"late"}


@pytest.mark.parametrize(
    "wrong",
    [{"unheard-of": True}, {"msisdn": PHONE, "unheard-of": True}, {"refund_twists": ["unheard-of"]}],
    ids=str,
)
async def test_an_unknown_switch_is_refused(sandbox: RunningSandbox, wrong: object) -> None:
    response = await sandbox.client.post(f"{sandbox.base_url}/sandbox/switches", json=wrong)
    assert response.status_code == 400


async def test_reset_forgets_all_but_the_token(merchant: Merchant) -> None:
    await merchant.sandbox.switch(rule_limit=True)
    await merchant.sandbox.give_fate("255754999999", "cancels")
    await merchant.push()
    await merchant.sandbox.reset()
    world = merchant.sandbox.world
    assert (world.network.prompts, world.network.fates, world.network.switches.rule_limit) == ({}, {}, False)
    assert (await merchant.sandbox.requests())["requests"] == []
    assert (await merchant.push()).status_code == 200


async def test_the_sandbox_closes_what_it_opened_when_it_stops() -> None:
    sandbox = make_sandbox(SandboxSettings())
    async with AsyncTestClient(run_by_itself(sandbox)) as client:
        assert (await client.get("/sandbox/book")).json() == []
    assert sandbox.world.network.courier.client.is_closed


@pytest.mark.parametrize(
    "gateway, status, kind",
    [("html", 200, "text/html"), ("redirected", 302, ""), ("unavailable", 503, "text/html")],
)
async def test_a_gateway_answers_for_every_twin_and_every_kind_of_request(
    sandbox: RunningSandbox, gateway: str, status: int, kind: str
) -> None:
    await sandbox.switch(gateway=gateway)
    for url in (
        f"{sandbox.daraja_url}/oauth/v1/generate",
        f"{sandbox.vodacom_url}/ipg/v2/vodacomTZN/getSession/",
    ):
        answer = await sandbox.client.get(url)
        assert answer.status_code == status
        assert answer.headers.get("content-type", "").startswith(kind)
    assert {one["outcome"] for one in (await sandbox.requests())["requests"]} == {gateway}


async def test_a_late_gateway_passes_on_what_it_held(sandbox: RunningSandbox) -> None:
    await sandbox.switch(gateway="late")
    answer = await sandbox.client.get(f"{sandbox.daraja_url}/oauth/v1/generate", timeout=10)
    assert answer.json()["errorCode"] == "400.008.01"
