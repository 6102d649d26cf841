"""Asha at a browser without JavaScript, over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from lxml import html

from tests.makers import BILL, TENANT

Fields = dict[str, str]


@dataclass
class Tenant:
    client: httpx.AsyncClient

    async def sign_in(self) -> None:
        form = hidden(await self.client.get("/sign-in"), "/sign-in/as")
        await self._send("/sign-in/as", form | {"person": TENANT})

    async def to_the_check_page(self, msisdn: str, bill: str | list[str] = BILL) -> Fields:
        """What its form sends; nothing has been sent to any phone yet."""
        page = await self.client.get("/pay")
        for choice in ({"bill": bill}, {"method": "MPESA"}, {"phone": msisdn, "agreed": "yes"}):
            address = page.url.raw_path.decode()
            page = await self._send(address, hidden(page) | choice)
        return hidden(page)

    async def press_pay(self, form: Fields) -> str:
        """Where it leads."""
        answer = await self.client.post("/pay/check", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def _send(self, address: str, form: Mapping[str, str | list[str]]) -> httpx.Response:
        answer = await self.client.post(address, data=form, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer


def hidden(page: httpx.Response, action: str | None = None) -> Fields:
    """What the main form of a page (or the one that goes there) sends unasked."""
    where = f"[@action='{action}']" if action else "[@id='main-form']"
    form = html.fromstring(page.text).xpath(f"//form{where}")[0]
    return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
