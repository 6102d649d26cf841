"""The other side of the simulated Airtel, for its own tests: a shop that asks for money, and listens."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL
from tests.sandbox.merchant import Ear
from tests.sandbox.running import RunningSandbox, running_sandbox, until

PHONE = "255784123456"
TOKEN = "/auth/oauth2/token"
PUSH = "/merchant/v1/payments/"
ENQUIRY = "/standard/v1/payments/"
COUNTRY = {"X-Country": "TZ", "X-Currency": "TZS"}


@dataclass
class Shop:
    sandbox: RunningSandbox
    token: str = ""
    _ids: Any = field(default_factory=lambda: count(1))

    async def sign_in(self, **changes: object) -> httpx.Response:
        account = self.sandbox.settings.airtel
        credentials = {
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "grant_type": "client_credentials",
        }
        response = await self.call("POST", TOKEN, json=credentials | changes, headers={})
        self.token = response.json().get("access_token", self.token)
        return response

    async def push(self, msisdn: str = PHONE, **changes: object) -> httpx.Response:
        return await self.call("POST", PUSH, json=self.push_fields(msisdn, **changes))

    async def push_to(self, fate: str) -> str:
        """Pushes to Airtel's number of that fate; the id that it was given."""
        fields = self.push_fields(number_of(fate, AIRTEL))
        await self.call("POST", PUSH, json=fields)
        return str(fields["transaction"]["id"])

    async def ask(self, payment_id: str) -> dict[str, Any]:
        told: dict[str, Any] = (await self.call("GET", ENQUIRY + payment_id)).json()
        return told

    async def status(self, payment_id: str) -> tuple[str, str]:
        """Letters and code."""
        told = await self.ask(payment_id)
        return told["data"]["transaction"]["status"], told["status"]["response_code"]

    async def call(self, verb: str, path: str, **request: Any) -> httpx.Response:
        headers = request.pop("headers", {"Authorization": f"Bearer {self.token}", **COUNTRY})
        return await self.sandbox.client.request(
            verb, self.sandbox.airtel_url + path, headers=headers, timeout=10, **request
        )

    def push_fields(self, msisdn: str = PHONE, **changes: object) -> dict[str, Any]:
        """With an id of its own each time. `changes` are by name: `subscriber`, `transaction`, else of the whole."""
        place = {"country": "TZ", "currency": "TZS"}
        fields: dict[str, Any] = {
            "reference": "7K29QXM4AB1C",
            "subscriber": {**place, "msisdn": msisdn.removeprefix("255")},
            "transaction": {**place, "amount": 453_500, "id": f"7K29QXM4A{next(self._ids):03}"},
        }
        for name, value in changes.items():
            fields[name] = fields[name] | value if isinstance(value, dict) else value
        return fields


@asynccontextmanager
async def shop_at(
    callback_url: str = "", account: AirtelAccount | None = None, **options: Any
) -> AsyncIterator[Shop]:
    """A signed-in shop at a sandbox of its own."""
    chosen = account or AirtelAccount()
    async with running_sandbox(callback_urls={"airtel": callback_url}, airtel=chosen, **options) as sandbox:
        shop = Shop(sandbox)
        await shop.sign_in()
        yield shop


async def heard(ear: Ear, times: int = 1) -> list[dict[str, Any]]:
    await until(lambda: len(ear.bodies) >= times)
    return [json.loads(body) for body in ear.bodies]


def said(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, whoever refuses."""
    body = response.json()
    status = body.get("status", {})
    codes = (
        status.get("response_code"),
        status.get("result_code"),
        body.get("status_code"),
        body.get("error"),
    )
    return response.status_code, next(code for code in codes if code)
