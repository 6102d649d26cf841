"""The other side of the simulated Mixx by Yas, for its own tests: a merchant that asks for money, and listens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from portal.sandbox.fates import number_of
from portal.sandbox.operators import MIXX
from tests.sandbox.merchant import Ear
from tests.sandbox.running import RunningSandbox, running_sandbox, until

PHONE = "255652111222"
REFERENCE_ID = "NEST7K29QXM4AB1C"
ACCEPTED = "BILLER-18-0000-S"


@dataclass
class Biller:
    sandbox: RunningSandbox
    token: str = ""

    async def sign_in(self, **changes: str) -> httpx.Response:
        account = self.sandbox.settings.mixx
        form = {"username": account.username, "password": account.password, "grant_type": "password"}
        response = await self.sandbox.client.post(f"{self.sandbox.mixx_url}-GetToken", data=form | changes)
        self.token = response.json().get("access_token", self.token)
        return response

    async def push(self, msisdn: str = PHONE, /, **changes: object) -> httpx.Response:
        return await self.send(json=self.fields(msisdn) | changes)

    async def push_to(self, fate: str, **changes: object) -> str:
        """The code of the answer."""
        response = await self.push(number_of(fate, MIXX), **changes)
        return said(response)[1]

    async def send(self, **request: Any) -> httpx.Response:
        account = self.sandbox.settings.mixx
        headers = {
            "Authorization": f"bearer {self.token}",
            "Username": account.username,
            "Password": account.password,
        } | request.pop("headers", {})
        sent = {name: value for name, value in headers.items() if value is not None}
        address = f"{self.sandbox.mixx_url}-PushBillpay"
        return await self.sandbox.client.post(address, headers=sent, timeout=10, **request)

    def fields(self, msisdn: str = PHONE) -> dict[str, object]:
        return {
            "CustomerMSISDN": msisdn,
            "BillerMSISDN": self.sandbox.settings.mixx.biller_msisdn,
            "Amount": 453500,
            "Remarks": "Deposit A3",
            "ReferenceID": REFERENCE_ID,
        }


@asynccontextmanager
async def biller_at(callback_url: str = "", **options: Any) -> AsyncIterator[Biller]:
    """A signed-in merchant at a sandbox of its own, which calls this address."""
    async with running_sandbox(callback_urls={"mixx": callback_url}, **options) as sandbox:
        biller = Biller(sandbox)
        await biller.sign_in()
        yield biller


async def heard(ear: Ear, count: int = 1) -> list[dict[str, Any]]:
    await until(lambda: len(ear.bodies) >= count)
    return [json.loads(body) for body in ear.bodies]


def said(response: httpx.Response) -> tuple[int, str]:
    """Status and code."""
    body = response.json()
    return response.status_code, body.get("ResponseCode", body.get("error"))
