"""The simulated AzamPay answers in the documented shapes on its three hosts, and signs what it tells."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from portal.sandbox.azampay.account import AzamPayAccount
from portal.sandbox.azampay.codes import CODES
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AZAMPESA, HALOPESA
from portal.sandbox.results import RESULTS
from tests.sandbox.merchant import Ear
from tests.sandbox.running import RunningSandbox, running_sandbox, until

TOKEN = "/authenticator/AppRegistration/GenerateToken"
PUSH = "/checkout/azampay/mno/checkout"
KEY = "/checkout/azampay/v1/public-key?format=Pem"
STATUS = "/disbursement/api/v1/azampay/transactionstatus"
OLDER = {
    "msisdn",
    "amount",
    "message",
    "utilityref",
    "operator",
    "reference",
    "transactionstatus",
    "submerchantAcc",
}


@dataclass
class Shop:
    """A merchant that asks for money through the simulated AzamPay."""

    sandbox: RunningSandbox
    ear: Ear
    token: str = ""
    _ids: Any = field(default_factory=lambda: count(1))

    async def sign_in(self, **changes: object) -> httpx.Response:
        account = self.sandbox.settings.azampay
        own = {
            "appName": account.app_name,
            "clientId": account.client_id,
            "clientSecret": account.client_secret,
        }
        response = await self.call("POST", TOKEN, json=own | changes)
        self.token = (response.json().get("data") or {}).get("accessToken", self.token)
        return response

    def fields(self, fate: str = "approves", /, **changes: object) -> dict[str, object]:
        told: dict[str, object] = {
            "accountNumber": number_of(fate, HALOPESA),
            "amount": "453500",
            "currency": "TZS",
            "externalId": f"7K29QXM4A{next(self._ids):03}",
            "provider": "Halopesa",
            "additionalProperties": {},
            "callbackUrl": self.ear.url,
        }
        return told | changes

    async def push(self, fate: str = "approves", /, **changes: object) -> httpx.Response:
        return await self.call("POST", PUSH, json=self.fields(fate, **changes))

    async def call(self, verb: str, path: str, **request: Any) -> httpx.Response:
        account = self.sandbox.settings.azampay
        headers = {"Authorization": f"Bearer {self.token or 'none'}", "X-API-Key": account.api_key}
        url = self.sandbox.azampay_url + path
        return await self.sandbox.client.request(verb, url, **{"headers": headers} | request)

    async def told(self) -> list[dict[str, str]]:
        """The callbacks, once no more will come."""
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [json.loads(body) for body in self.ear.bodies]


@pytest.fixture
async def shop(ear: Ear) -> AsyncIterator[Shop]:
    async with running_sandbox() as sandbox:
        opened = Shop(sandbox, ear)
        await opened.sign_in()
        yield opened


def said(response: httpx.Response) -> tuple[int, bool, str]:
    told = response.json()
    return response.status_code, told["success"], told["message"]


def test_every_result_has_a_word() -> None:
    assert set(CODES) == set(RESULTS)


@pytest.mark.parametrize(
    "changes, status",
    [({"clientSecret": "another"}, 423), ({"appName": None}, 423), ({"scope": "all"}, 400)],
    ids=str,
)
async def test_wrong_credentials_bring_no_token(shop: Shop, changes: dict[str, object], status: int) -> None:
    assert said(await shop.sign_in(**changes))[:2] == (status, False)


@pytest.mark.parametrize("path", [PUSH, KEY, STATUS])
async def test_no_host_but_that_of_tokens_answers_a_caller_without_token_or_key(
    shop: Shop, path: str
) -> None:
    verb = "POST" if path == PUSH else "GET"
    known = f"Bearer {shop.token}"
    for headers in (
        {},
        {"Authorization": known},
        {"Authorization": "Bearer x", "X-API-Key": "sandbox-azampay-key"},
    ):
        answer = await shop.call(verb, path, headers=headers)
        assert said(answer) == (401, False, "Please provide valid authorization")


@pytest.mark.parametrize(
    "changes",
    [
        {"accountNumber": "255100000000"}, {"accountNumber": "621987654"}, {"amount": 453500}, {"amount": "453500.5"},
        {"currency": "KES"}, {"externalId": ""}, {"provider": "HALOPESA"}, {"provider": "TTCL"},
        {"callbackUrl": "pay.nest.co.tz"}, {"additionalProperties": []}, {"phoneNumber": "255621987654"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_or_unknown_field_is_refused_by_its_name(
    shop: Shop, changes: dict[str, object]
) -> None:
    fields = shop.fields() | changes
    assert said(await shop.call("POST", PUSH, json=fields)) == (400, False, f"Invalid {next(iter(changes))}")
    assert shop.sandbox.world.network.prompts == {}


@pytest.mark.parametrize("body, kind", [("{", "application/json"), ("{}", "text/plain")])
async def test_what_is_no_json_is_refused(shop: Shop, body: str, kind: str) -> None:
    headers = {
        "Authorization": f"Bearer {shop.token}",
        "X-API-Key": "sandbox-azampay-key",
        "Content-Type": kind,
    }
    assert said(await shop.call("POST", PUSH, content=body, headers=headers))[:2] == (400, False)


async def test_an_external_id_is_taken_once(shop: Shop) -> None:
    fields = shop.fields()
    first = await shop.call("POST", PUSH, json=fields)
    assert set(first.json()) == {"success", "transactionId", "message"}
    assert said(await shop.call("POST", PUSH, json=fields)) == (200, False, "Duplicate external id")
    assert len(await shop.told()) == 1


async def test_a_status_is_asked_for_by_either_id(shop: Shop) -> None:
    fields = shop.fields()
    answer = (await shop.call("POST", PUSH, json=fields)).json()
    await shop.told()
    for asked in ({"externalId": fields["externalId"]}, {"pgReferenceId": answer["transactionId"]}):
        told = (await shop.call("GET", STATUS, params=asked)).json()
        assert (told["success"], told["data"]) == (True, "success")
    for asked in ({}, {"externalId": "another"}):
        assert said(await shop.call("GET", STATUS, params=asked)) == (404, False, "Transaction not found")


async def test_each_wallet_is_asked_on_its_own_network(shop: Shop) -> None:
    await shop.push(provider="Azampesa", accountNumber="0754123456")
    (prompt,) = shop.sandbox.world.network.prompts.values()
    assert (prompt.push.operator, prompt.push.msisdn) == (AZAMPESA, "255754123456")


async def test_a_callback_carries_a_signature_over_all_but_the_amount(shop: Shop) -> None:
    await shop.push("smaller-amount")
    (told,) = await shop.told()
    pem = (await shop.call("GET", KEY)).json()["publicKey"]
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey)
    signed = told["utilityref"] + told["externalreference"] + told["transactionstatus"] + told["operator"]
    key.verify(base64.b64decode(told["signature"]), signed.encode(), PKCS1v15(), SHA256())
    assert set(told) == OLDER | {"externalreference", "signature"}
    assert (told["amount"], told["transactionstatus"], told["operator"]) == ("226750", "success", "Halopesa")


async def test_a_callback_of_the_older_kind_carries_none(ear: Ear) -> None:
    async with running_sandbox(azampay=AzamPayAccount(signs=False)) as sandbox:
        shop = Shop(sandbox, ear)
        await shop.sign_in()
        await shop.push("cancels")
        (told,) = await shop.told()
    assert set(told) == OLDER
    assert told["transactionstatus"] == "failure"


async def test_an_unknown_path_is_answered_in_its_own_form(shop: Shop) -> None:
    assert said(await shop.call("GET", "/checkout/nowhere")) == (404, False, "No such resource")
