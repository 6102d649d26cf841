"""The other side of the simulated Vodacom, for its own tests: an app that asks for money, and listens."""

import base64
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.sandbox.fates import NUMBER_OF
from tests.sandbox.merchant import PHONE, Ear
from tests.sandbox.running import RunningSandbox, running_sandbox, until

SESSION = "getSession/"
PUSH = "c2bPayment/singleStage/"
QUERY = "queryTransactionStatus/"
REVERSAL = "reversal/"
PAYOUT = "b2cPayment/"
REFERENCE = "7K29QXM4AB1C"


@dataclass
class App:
    sandbox: RunningSandbox
    session: str = ""

    async def sign_in(self, api_key: str = "") -> httpx.Response:
        bearer = self.bearer(api_key or self.sandbox.settings.vodacom.api_key)
        response = await self.call("GET", SESSION, authorization=bearer)
        self.session = response.json().get("output_SessionID", self.session)
        return response

    async def push(self, msisdn: str = PHONE, **changes: object) -> httpx.Response:
        return await self.call("POST", PUSH, json=self.push_fields(msisdn) | changes)

    async def push_to(self, fate: str, **changes: object) -> dict[str, str]:
        answer: dict[str, str] = (await self.push(NUMBER_OF[fate], **changes)).json()
        return answer

    async def query(self, reference: str, **changes: object) -> httpx.Response:
        fields = self.common() | {"input_QueryReference": reference} | changes
        return await self.call("GET", QUERY, params=fields)

    async def status(self, reference: str) -> str:
        word: str = (await self.query(reference)).json()["output_ResponseTransactionStatus"]
        return word

    async def reverse(self, transaction_id: str, **changes: object) -> httpx.Response:
        fields = self.common() | {"input_TransactionID": transaction_id} | changes
        return await self.call("PUT", REVERSAL, json=fields)

    async def pay_out(self, **changes: object) -> httpx.Response:
        fields = self.push_fields()
        fields["input_PaymentItemsDesc"] = fields.pop("input_PurchasedItemsDesc")
        return await self.call("POST", PAYOUT, json=fields | changes)

    async def call(self, verb: str, path: str, **request: Any) -> httpx.Response:
        authorization = request.pop("authorization", None) or self.bearer(self.session)
        headers = {"Authorization": authorization, "Origin": "*", "Content-Type": "application/json"}
        headers |= request.pop("headers", {})
        address = f"{self.sandbox.vodacom_url}/ipg/v2/vodacomTZN/{path}"
        return await self.sandbox.client.request(verb, address, headers=headers, timeout=10, **request)

    def push_fields(self, msisdn: str = PHONE) -> dict[str, object]:
        return self.common() | {
            "input_Amount": "453500",
            "input_Currency": "TZS",
            "input_CustomerMSISDN": msisdn,
            "input_TransactionReference": REFERENCE,
            "input_PurchasedItemsDesc": "Deposit A3",
        }

    def common(self) -> dict[str, object]:
        """With an id of its own each time."""
        return {
            "input_Country": "TZN",
            "input_ServiceProviderCode": self.sandbox.settings.vodacom.service_provider_code,
            "input_ThirdPartyConversationID": secrets.token_hex(16),
        }

    def bearer(self, secret: str) -> str:
        key = load_der_public_key(base64.b64decode(self.sandbox.settings.vodacom.public_key))
        assert isinstance(key, RSAPublicKey)
        return "Bearer " + base64.b64encode(key.encrypt(secret.encode(), PKCS1v15())).decode()


@asynccontextmanager
async def app_at(callback_url: str = "", **options: Any) -> AsyncIterator[App]:
    """A signed-in app at a sandbox of its own; without an address its results come with the answers."""
    async with running_sandbox(callback_urls={"vodacom": callback_url}, **options) as sandbox:
        app = App(sandbox)
        await app.sign_in()
        yield app


async def heard(ear: Ear, count: int = 1) -> list[dict[str, str]]:
    await until(lambda: len(ear.bodies) >= count)
    return [json.loads(body) for body in ear.bodies]


def said(response: httpx.Response) -> tuple[int, str]:
    """Status and code."""
    return response.status_code, response.json()["output_ResponseCode"]
