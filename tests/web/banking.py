"""A portal that takes transfers, a tenant who pays by one, and statements in the office's hands."""

from __future__ import annotations

from typing import Any

from portal.domain.payment import Payment
from portal.providers.bank_transfer import BankTransfer
from portal.store.writer import Store
from tests.makers import BILL, OFFICE, TENANT, FakeClock
from tests.services.bank import CRDB, MONDAY, NMB, TOTAL
from tests.statements import Booked, csv_of
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal

PAY = "Pay TSh 452,500"


async def open_bank(store: Store, clock: FakeClock, *accounts: Any, **options: Any) -> Portal:
    return await open_portal(store, clock, others=[BankTransfer(accounts or (CRDB, NMB))], **options)


async def transferring(portal: Portal, bill: str = BILL) -> tuple[Browser, Page]:
    """Asha's browser, on the page that says where to send the money."""
    asha = await portal.signed_in(TENANT)
    methods = await asha.submit(await asha.open(f"/pay?bill={bill}"))
    details = await asha.submit(methods, method="BANK_TRANSFER")
    return asha, await asha.submit(await asha.submit(details, account="CRDB"))


def reference_of(page: Page) -> str:
    return page.path.removeprefix("/pay/").partition("/")[0]


async def payment_of(portal: Portal, page: Page) -> Payment:
    return await portal.parts.payments.load(reference_of(page))


def booked(text: str, amount: Any = TOTAL, number: int = 1, **changes: Any) -> Booked:
    return Booked(booked_on=MONDAY, amount=amount, bank_reference=f"FT{number:05}", text=text, **changes)


def statement(*entries: Booked) -> bytes:
    return "".join(csv_of(entries)).encode()


async def bring(
    portal: Portal, content: bytes, name: str = "march.csv", who: str = OFFICE, **fields: str
) -> Page:
    """The office brings a file, and the worker reads it."""
    salma = await portal.signed_in(who)
    page = await salma.upload(await salma.open("/ops/statements"), name, content, **fields)
    while await portal.parts.worker.run_due():
        pass
    return await salma.open(page.path) if page.status == 200 else page
