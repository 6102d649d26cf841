"""Vodacom's two encryptions: who may open a session, when it works, and what every call must carry."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from portal.sandbox.vodacom.account import VodacomAccount
from tests.sandbox.running import RunningSandbox
from tests.sandbox.vodacom import PAYOUT, PUSH, QUERY, REVERSAL, SESSION, App, app_at, said

CALLS = [("POST", PUSH), ("GET", QUERY), ("PUT", REVERSAL), ("POST", PAYOUT)]
NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_the_public_key_belongs_to_the_private_one_and_has_4096_bits() -> None:
    account = VodacomAccount()
    key = load_der_private_key(base64.b64decode(account.private_key), password=None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 4096
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64encode(public).decode() == account.public_key
    assert account.private_key not in repr(account)


async def test_the_encrypted_api_key_opens_a_session(sandbox: RunningSandbox) -> None:
    app = App(sandbox)
    assert len(app.bearer("key").removeprefix("Bearer ")) == 684
    response = await app.sign_in()
    assert said(response) == (200, "INS-0")
    assert set(response.json()) == {"output_ResponseCode", "output_ResponseDesc", "output_SessionID"}


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer !", "Bearer aGVsbG8=", "Basic aGVsbG8="])
async def test_what_is_not_encrypted_opens_none(sandbox: RunningSandbox, authorization: str) -> None:
    response = await App(sandbox).call("GET", SESSION, authorization=authorization)
    assert said(response) == (400, "INS-989")


async def test_another_key_opens_none(sandbox: RunningSandbox) -> None:
    assert said(await App(sandbox).sign_in("another key")) == (400, "INS-989")


@pytest.mark.parametrize("verb, path", CALLS)
async def test_a_call_without_a_session_meets_a_401_without_a_code(
    sandbox: RunningSandbox, verb: str, path: str
) -> None:
    app = App(sandbox)
    for secret in ("never given", sandbox.settings.vodacom.api_key):
        response = await app.call(verb, path, authorization=app.bearer(secret))
        assert (response.status_code, "output_ResponseCode" in response.json()) == (401, False)


async def test_the_session_itself_is_no_bearer(sandbox: RunningSandbox) -> None:
    app = App(sandbox)
    await app.sign_in()
    response = await app.call("POST", PUSH, json=app.push_fields(), authorization=f"Bearer {app.session}")
    assert response.status_code == 401


async def test_a_session_works_after_a_while_and_ends() -> None:
    now = [NOON]
    account = VodacomAccount(session_delay=30, session_lifetime=3600)
    async with app_at(clock=lambda: now[0], vodacom=account) as app:
        for seconds, status in ((0, 401), (29, 401), (30, 200), (3599, 200), (3600, 401)):
            now[0] = NOON + timedelta(seconds=seconds)
            assert (await app.query("unknown")).status_code == status


async def test_a_second_session_leaves_the_first_alone(sandbox: RunningSandbox) -> None:
    first, second = App(sandbox), App(sandbox)
    await first.sign_in()
    await second.sign_in()
    assert (await first.query("unknown")).status_code == (await second.query("unknown")).status_code == 200


async def test_sessions_can_be_ended_before_their_time(sandbox: RunningSandbox) -> None:
    app = App(sandbox)
    await app.sign_in()
    sandbox.vodacom.sessions.end_all()
    assert (await app.query("unknown")).status_code == 401


@pytest.mark.parametrize("headers", [{"Origin": ""}, {"Content-Type": "text/plain"}], ids=str)
async def test_a_call_without_the_documented_headers_is_refused(
    sandbox: RunningSandbox, headers: dict[str, str]
) -> None:
    app = App(sandbox)
    await app.sign_in()
    for verb, path in [("GET", SESSION), *CALLS]:
        assert said(await app.call(verb, path, headers=headers)) == (400, "INS-21")


async def test_an_app_is_called_from_its_registered_origin_only() -> None:
    account = VodacomAccount(session_delay=0, origin="pay.nest.co.tz")
    async with app_at(vodacom=account) as app:
        authorization: dict[str, Any] = {"authorization": app.bearer(account.api_key)}
        assert said(await app.call("GET", SESSION, **authorization)) == (400, "INS-21")
        headers = {"Origin": "pay.nest.co.tz"}
        assert said(await app.call("GET", SESSION, headers=headers, **authorization)) == (200, "INS-0")


async def test_other_markets_paths_and_verbs_are_refused(sandbox: RunningSandbox) -> None:
    root = sandbox.vodacom_url
    elsewhere = await sandbox.client.get(f"{root}/ipg/v2/vodafoneGHA/getSession/")
    assert said(elsewhere) == (400, "INS-998")
    assert (await sandbox.client.get(f"{root}/ipg/v2/vodacomTZN/unknown/")).status_code == 404
    assert (await sandbox.client.post(f"{root}/ipg/v2/vodacomTZN/{REVERSAL}")).status_code == 405


async def test_the_paths_of_production_are_the_same_twin(sandbox: RunningSandbox) -> None:
    app = App(sandbox)
    authorization = app.bearer(sandbox.settings.vodacom.api_key)
    headers = {"Authorization": authorization, "Origin": "*", "Content-Type": "application/json"}
    address = f"{sandbox.base_url}/vodacom/openapi/ipg/v2/vodacomTZN/getSession/"
    assert said(await sandbox.client.get(address, headers=headers)) == (200, "INS-0")
