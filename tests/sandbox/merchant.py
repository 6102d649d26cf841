"""The sandbox's other side, for its own tests: a merchant that pushes and asks, and an ear for callbacks."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from litestar import Litestar, Request, post

from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.settings import EAT
from tests.sandbox.running import Line, RunningSandbox, basic, running_sandbox, until

PHONE = "255754123456"
PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
TOKEN = "/oauth/v1/generate?grant_type=client_credentials"


@dataclass
class Ear:
    line: Line
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.line.base_url}/webhooks/mpesa/unguessable"

    async def wait_for(self, count: int = 1) -> list[dict[str, Any]]:
        await until(lambda: len(self.bodies) >= count)
        return [json.loads(body)["Body"]["stkCallback"] for body in self.bodies]


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    @post("/webhooks/mpesa/unguessable", status_code=200)
    async def hear(request: Request[Any, Any, Any]) -> dict[str, Any]:
        ear.bodies.append(await request.body())
        ear.headers.append(dict(request.headers))
        return {"ResultCode": 0, "ResultDesc": "Accepted"}

    app = Litestar([hear], openapi_config=None, logging_config=None, request_max_body_size=None)
    ear = Ear(Line(app))
    await ear.line.up()
    try:
        yield ear
    finally:
        await ear.line.down()


class Gate:
    """A `sleep` in which one duration lasts until the test opens the gate."""

    def __init__(self, held: float) -> None:
        self.held = held
        self.opened = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds == self.held:
            await self.opened.wait()
        else:
            await asyncio.sleep(seconds)


@asynccontextmanager
async def merchant_at(callback_url: str, **options: Any) -> AsyncIterator["Merchant"]:
    """A signed-in merchant at a sandbox of its own, with these options of `running_sandbox`."""
    async with running_sandbox(**options) as sandbox:
        merchant = Merchant(sandbox, callback_url)
        await merchant.sign_in()
        yield merchant


@dataclass
class Merchant:
    sandbox: RunningSandbox
    callback_url: str
    token: str = ""

    async def sign_in(self) -> httpx.Response:
        headers = {"Authorization": basic(self.sandbox.settings)}
        response = await self.sandbox.client.get(self.sandbox.daraja_url + TOKEN, headers=headers)
        self.token = response.json()["access_token"]
        return response

    async def push(self, msisdn: str = PHONE, /, **changes: object) -> httpx.Response:
        return await self.post(PUSH, self.push_fields(msisdn) | changes)

    async def push_to(self, fate: str, **changes: object) -> str:
        """Pushes to the number of that fate; the CheckoutRequestID."""
        response = await self.push(NUMBER_OF[fate], **changes)
        checkout_id: str = response.json()["CheckoutRequestID"]
        return checkout_id

    async def query(self, checkout_id: str, **changes: object) -> httpx.Response:
        return await self.post(QUERY, self.credentials() | {"CheckoutRequestID": checkout_id} | changes)

    async def result(self, checkout_id: str) -> str:
        code: str = (await self.query(checkout_id)).json()["ResultCode"]
        return code

    async def post(self, path: str, fields: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.sandbox.client.post(self.sandbox.daraja_url + path, json=fields, headers=headers)

    def push_fields(self, msisdn: str = PHONE) -> dict[str, object]:
        return self.credentials() | {
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 453500,
            "PartyA": msisdn,
            "PartyB": self.sandbox.settings.daraja.short_code,
            "PhoneNumber": msisdn,
            "CallBackURL": self.callback_url,
            "AccountReference": "7K29QXM4AB1C",
            "TransactionDesc": "Deposit",
        }

    def credentials(self, at: datetime | None = None) -> dict[str, object]:
        account = self.sandbox.settings.daraja
        timestamp = f"{(at or datetime.now(UTC)).astimezone(EAT):%Y%m%d%H%M%S}"
        plain = account.short_code + account.passkey + timestamp
        return {
            "BusinessShortCode": int(account.short_code),
            "Password": base64.b64encode(plain.encode()).decode(),
            "Timestamp": timestamp,
        }


def said(response: httpx.Response) -> tuple[int, str]:
    """Status and errorCode of a refusal, whose envelope must be Daraja's."""
    envelope = response.json()
    assert set(envelope) == {"requestId", "errorCode", "errorMessage"}
    return response.status_code, envelope["errorCode"]
