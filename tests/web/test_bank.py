"""Paying by bank: where to send it, what has come of it, and how the page says so; nothing is sent to a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.domain.tanqr import Merchant
from portal.store.writer import Store
from tests.makers import BILL, NEIGHBOUR, OFFICE, TENANT, FakeClock, a_reference
from tests.services.bank import CRDB, NMB, TOTAL
from tests.web.banking import booked, bring, open_bank, payment_of, reference_of, statement, transferring
from tests.web.client import Page, Portal
from tests.web.paying import read


@pytest.fixture
async def bank(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_bank(sqlite_store, clock)
    yield opened
    await opened.close()


@pytest.mark.covers("A10")
async def test_after_pay_the_page_says_where_to_send_the_money(bank: Portal) -> None:
    _, page = await transferring(bank)
    reference = reference_of(page)
    assert (page.status, page.path) == (200, f"/pay/{reference}/bank")
    assert page.h1 == "Transfer TSh 452,500 from your bank"
    words = read(page)
    for told in (shown(reference), CRDB.number, CRDB.name, CRDB.bank, CRDB.swift, "10 Mar 2026, 16:00"):
        assert told in words
    assert "phone" not in words
    copies = page.document.xpath("//button/@data-copy")
    assert copies == ["452500", reference, CRDB.number, CRDB.name, CRDB.bank, CRDB.swift]
    assert page.document.xpath("//button[@data-copy]/@hidden") == [""] * 6
    assert [field.get("name") for field in page.document.xpath("//main//input")] == []
    assert (await payment_of(bank, page)).state is State.AWAITING_BANK


async def test_the_payment_s_page_leads_there_and_asks_nobody(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    status = await asha.open(f"/pay/{reference}")
    assert status.h1 == "Transfer TSh 452,500 from your bank"
    assert f"/pay/{reference}/bank" in status.document.xpath("//main//a/@href")
    words = read(status)
    assert "Has the money arrived? Not yet." in words
    assert "We gave the account and the reference, and wait for the transfer" in words
    assert "You asked to pay TSh 452,500 by bank transfer" in words
    for untrue in ("sent the request", "Check now", "on the phone", "your phone"):
        assert untrue not in words


async def test_a_reference_with_dashes_leads_to_the_one_address(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    assert (await asha.open(f"/pay/{shown(reference).lower()}/bank")).path == f"/pay/{reference}/bank"


async def test_what_has_come_and_what_is_missing_stand_on_every_page(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked(reference, shillings(300_000))))
    where = await asha.open(f"/pay/{reference}/bank")
    assert "TSh 300,000 has come. Send exactly the other TSh 152,500" in read(where)
    assert where.document.xpath("//button/@data-copy")[0] == "152500"
    assert "TSh 300,000 has. TSh 152,500 is missing." in read(await asha.open(f"/pay/{reference}"))
    assert "TSh 300,000 has come by bank" in read(await asha.open(f"/payments/{reference}"))
    assert "TSh 300,000 has come already" in read(await asha.open(f"/pay/{reference}/cancel"))
    home = await asha.open("/")
    assert "We wait for your bank transfer" in home.words
    assert "TSh 300,000 of TSh 452,500 came by bank" in home.words


@pytest.mark.covers("A10")
async def test_when_the_statement_shows_the_money_the_page_says_paid_with_its_receipt(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked(f"KODI {shown(reference)}")))
    status = await asha.open(f"/pay/{reference}")
    assert status.h1 == "Paid"
    assert "Paid: the bank's statement shows TSh 452,500" in read(status)
    receipt = read(await asha.open("/r/MOL-26-000001"))
    assert "Paid on 2 March 2026 Landlord" in receipt
    assert "FT00001" in receipt
    assert "Paid on 2 March 2026" in read(await asha.open(f"/payments/{reference}"))
    assert (await asha.open(f"/pay/{reference}/bank")).path == f"/pay/{reference}"


async def test_a_transfer_that_ran_out_is_told_in_its_own_words(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    bank.clock.advance(days=8)
    while await bank.parts.worker.run_due():
        pass
    status = read(await asha.open(f"/pay/{reference}"))
    assert "This request has ended" in status
    assert "We have not seen your transfer of TSh 452,500." in status
    assert "it still counts when the bank shows it" in status
    assert "The time ran out, and the transfer had not come in full" in status
    assert "Start again" in status
    assert "your phone" not in status


async def test_a_part_that_came_before_the_end_is_still_the_payer_s(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked(reference, shillings(300_000))))
    bank.clock.advance(days=8)
    while await bank.parts.worker.run_due():
        pass
    status = read(await asha.open(f"/pay/{reference}"))
    assert "In time only TSh 300,000 of TSh 452,500 came. It is still yours." in status
    assert "Send the other TSh 152,500 with the same reference, and it still counts" in status


async def test_cancelling_says_what_becomes_of_money_that_is_on_its_way(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    cancel = await asha.open(f"/pay/{reference}/cancel")
    assert "If you have sent it, do not cancel" in read(cancel)
    cancelled = await asha.submit(cancel)
    assert cancelled.h1 == "Payment cancelled"
    assert "We no longer wait for this transfer. Do not send it." in read(cancelled)
    await bring(bank, statement(booked(reference, shillings(5))))
    after = read(await asha.open(f"/pay/{reference}"))
    assert "TSh 5 has. It is still yours." in after
    await bring(bank, statement(booked(reference, TOTAL, 2)))
    late = await asha.open(f"/pay/{reference}")
    assert late.h1 == "Paid. Your payment arrived late"
    assert "The money arrived late: the bank's statement shows TSh 452,500" in read(late)


async def test_a_bill_that_was_paid_otherwise_wants_no_transfer(bank: Portal) -> None:
    asha, page = await transferring(bank)
    first = reference_of(page)
    await asha.submit(await asha.open(f"/pay/{first}/cancel"))
    _, page = await transferring(bank)
    second = reference_of(page)
    await bring(bank, statement(booked(first)))
    status = read(await asha.open(f"/pay/{second}"))
    assert "Do not send the transfer. Another payment has paid deposit." in status
    assert (await asha.open(f"/pay/{second}/bank")).path == f"/pay/{second}"
    await bring(bank, statement(booked(second, shillings(7), 2)))
    assert "TSh 7 has. It is still yours." in read(await asha.open(f"/pay/{second}"))


async def test_an_account_that_is_no_longer_ours_is_not_shown(sqlite_store: Store, clock: FakeClock) -> None:
    portal = await open_bank(sqlite_store, clock)
    asha, page = await transferring(portal)
    provider = portal.parts.registry.named("bank_transfer")
    provider.accounts = (NMB,)  # type: ignore[attr-defined]
    words = read(await asha.open(page.path))
    assert "We no longer receive at this bank" in words
    assert CRDB.number not in words
    await portal.close()


@pytest.mark.parametrize("path", [f"/pay/{a_reference(99)}/bank", "/pay/nonsense/bank"])
async def test_no_such_payment_is_not_found(bank: Portal, path: str) -> None:
    asha, _ = await transferring(bank)
    assert (await asha.get(path)).status_code == 404


async def test_nobody_else_sees_where_to_send(bank: Portal) -> None:
    _, page = await transferring(bank)
    assert (await (await bank.signed_in(NEIGHBOUR)).get(page.path)).status_code == 404


async def test_the_page_is_asked_for_news_slowly(bank: Portal) -> None:
    asha, page = await transferring(bank)
    status = await asha.open(f"/pay/{reference_of(page)}")
    (trigger,) = status.document.xpath("//section[@id='status']/@hx-trigger")
    assert 12 <= float(trigger.removeprefix("every ").removesuffix("s")) <= 18


async def test_the_office_is_not_called_to_a_transfer_before_its_time_is_over(bank: Portal) -> None:
    await transferring(bank)
    bank.clock.advance(days=2)
    salma = await bank.signed_in(OFFICE)
    assert "Nothing needs a person" in (await salma.open("/ops")).words


async def test_the_fees_and_the_help_tell_of_transfers(bank: Portal) -> None:
    stranger = bank.browser()
    assert "What your own bank takes for sending comes on top." in (await stranger.open("/fees")).words
    assert "How do I pay by bank transfer?" in (await stranger.open("/help")).words


async def test_the_bank_is_chosen_as_a_browser_sends_it_and_asked_for_where_none_is(bank: Portal) -> None:
    asha = await bank.signed_in(TENANT)
    methods = await asha.submit(await asha.open(f"/pay?bill={BILL}"))
    details = await asha.submit(methods, method="BANK_TRANSFER")
    sent = list(details.form("main-form").form_values())
    nothing = await asha.submit(details)
    assert (nothing.status, nothing.error("account")) == (422, "Error: Choose the bank that you send to")
    answer = await asha._send(details.path, [*sent, ("account", "NMB")])  # noqa: SLF001  (in a browser's own order)
    assert answer.headers["location"].startswith("/pay/check")
    assert "NMB Bank" in (await asha.open(answer.headers["location"])).words


async def test_a_code_to_scan_asks_for_what_is_still_missing(sqlite_store: Store, clock: FakeClock) -> None:
    portal = await open_bank(sqlite_store, clock, tanqr=Merchant(acquirer_id="01001", merchant_id="12345678"))
    asha, page = await transferring(portal)
    reference = reference_of(page)
    assert _asked_by(page) == f"QR code that pays TSh 452,500 by reference {shown(reference)}"
    await bring(portal, statement(booked(f"RENT {reference}", shillings(400_000))))
    for address in (page.path, f"/pay/{reference}"):
        code = _asked_by(await asha.open(address))
        assert code == f"QR code that pays TSh 52,500 by reference {shown(reference)}"
    await portal.close()


def _asked_by(page: Page) -> str:
    (title,) = page.document.xpath("//*[@id='tanqr']//*[name()='svg']/*[name()='title']")
    return "".join(title.itertext()).replace("\xa0", " ")
