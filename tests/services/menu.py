"""Mixx by Yas as the services see it, with its menu, and a payer who types into that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from portal.domain.method import PaymentMethod
from portal.providers.menu import Menu
from portal.providers.provider import Capabilities
from portal.providers.tigo_pesa_menu import TigoPesaMenu
from tests.fakes import FakeProvider
from tests.makers import LEASE
from tests.services.desk import Desk

COMPANY = "400700"
KEY = "the-end-of-the-address-that-yas-alone-knows"
_TXNIDS = count(1)


class FakeMixx(FakeProvider):
    """Nobody can be asked; `menu` is the true one."""

    def __init__(self) -> None:
        super().__init__(
            "tigo_pesa", (PaymentMethod.TIGO_PESA,), Capabilities(answers_questions=False), callback_key=KEY
        )
        self.webhook = "tigo"
        self.menu: Menu | None = TigoPesaMenu(COMPANY)


def a_call(**changes: str) -> str:
    """Somebody pays the deposit of `makers.a_bill` from the number of `makers.a_phone`, with a TXNID of its own."""
    told = {
        "TYPE": "SYNC_BILLPAY_REQUEST",
        "TXNID": f"BP260303.1200.B{next(_TXNIDS):05}",
        "MSISDN": "0713999888",
        "AMOUNT": "450000",
        "COMPANYNAME": COMPANY,
        "CUSTOMERREFERENCEID": LEASE,
    } | changes
    return (
        f"<COMMAND>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in told.items())}</COMMAND>"
    )


def fields_of(answer: str) -> Mapping[str, str]:
    return {name: unescape(value) for name, value in re.findall("<([A-Z]+)>([^<]*)</", answer)}


async def ask(desk: Desk, body: str | None = None, **changes: str) -> Mapping[str, str]:
    """The fields of what is answered."""
    body = a_call(**changes) if body is None else body
    return fields_of(await desk.portal.menu_payments.answer("tigo", KEY, body))


async def code(desk: Desk, **changes: Any) -> str:
    return (await ask(desk, **changes))["ERRORCODE"]
