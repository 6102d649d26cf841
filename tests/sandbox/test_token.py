"""One access token is valid at a time, and Daraja answers a bad one with 404."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.merchant import PUSH, QUERY, TOKEN, Merchant, merchant_at, said
from tests.sandbox.running import RunningSandbox, basic


async def test_a_token_lives_an_hour_less_a_second(merchant: Merchant) -> None:
    response = await merchant.sign_in()
    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "expires_in"}
    assert response.json()["expires_in"] == 3599


async def test_the_lifetime_can_be_text_as_other_documents_show(merchant: Merchant) -> None:
    await merchant.sandbox.switch(expires_as_text=True)
    assert (await merchant.sign_in()).json()["expires_in"] == "3599"


async def test_a_new_token_ends_the_one_before(merchant: Merchant) -> None:
    old = merchant.token
    await merchant.sign_in()
    assert (await merchant.push()).status_code == 200
    merchant.token = old
    assert said(await merchant.push()) == (404, "404.001.03")


async def test_a_token_ends_after_its_lifetime() -> None:
    now = [datetime(2026, 11, 24, 9, 0, tzinfo=UTC)]
    async with merchant_at("http://127.0.0.1:9/never", clock=lambda: now[0]) as merchant:
        now[0] += timedelta(seconds=3599)
        response = await merchant.post(QUERY, merchant.credentials(now[0]) | {"CheckoutRequestID": "x"})
        assert said(response) == (404, "404.001.03")


@pytest.mark.parametrize("authorization", [None, "Basic d3Jvbmc6d3Jvbmc=", "Bearer x", "Basic é"])
async def test_wrong_consumer_credentials_get_no_token(
    sandbox: RunningSandbox, authorization: str | None
) -> None:
    headers = {b"Authorization": authorization.encode()} if authorization else {}
    response = await sandbox.client.get(sandbox.daraja_url + TOKEN, headers=headers)
    assert said(response) == (400, "400.008.01")


@pytest.mark.parametrize("query", ["", "?grant_type=password"])
async def test_another_grant_type_gets_no_token(sandbox: RunningSandbox, query: str) -> None:
    headers = {"Authorization": basic(sandbox.settings)}
    response = await sandbox.client.get(f"{sandbox.daraja_url}/oauth/v1/generate{query}", headers=headers)
    assert said(response) == (400, "400.008.02")


@pytest.mark.parametrize("path", [PUSH, QUERY])
@pytest.mark.parametrize(
    "authorization, code",
    [
        ("", "404.001.04"),
        ("Bearer", "404.001.04"),
        ("Basic abc", "404.001.04"),
        ("Bearer wrong", "404.001.03"),
    ],
)
async def test_a_bad_token_is_answered_404(
    merchant: Merchant, path: str, authorization: str, code: str
) -> None:
    headers = {"Authorization": authorization}
    response = await merchant.sandbox.client.post(
        merchant.sandbox.daraja_url + path, json={}, headers=headers
    )
    assert said(response) == (404, code)
