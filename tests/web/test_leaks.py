"""After phones, accounts and cards were typed, saved, paid with and deleted, none of them stands anywhere in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog
from sqlalchemy import make_url

from portal.domain.outcome import NotPaid, Paid, Reason
from portal.domain.saved_method import Consent
from portal.providers.provider import Heard
from portal.services.tokens import callback_token
from portal.store import saved_methods
from portal.store.writer import Store
from portal.telemetry.log import get_log, set_up_logging
from tests.domain.test_card import AMEX, TEST_CARDS, VISA
from tests.leaks import leaks, leaks_in_tables
from tests.makers import NOW, TENANT, FakeClock
from tests.saved import CARD, a_saved_card
from tests.web.client import Browser, Portal
from tests.web.opening import open_portal
from tests.web.paying import RENT, a_rent_bill, put_bills, reference_of, told

PHONES = ("754123456", "754987654", "768123456", "713999888")
SECRETS = (*PHONES, "22510012345", "Mushi Holder", "Ofisini kwetu", CARD.token, CARD.fingerprint)
"""Asha's own number, two that she saves, one that she names in vain; an account, a nickname, the keys of a card."""


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Logged as in production."""
    before, written = structlog.get_config(), StringIO()
    set_up_logging(as_json=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.configure(**before)


async def work(portal: Portal) -> None:
    while await portal.parts.worker.run_due():
        pass


async def lives(portal: Portal) -> None:
    """A tenant does all that can be done with saved ways, and some things that must not be done."""
    asha = await portal.signed_in(TENANT)
    await saves_what_can_be_saved(portal, asha)
    await types_cards_where_none_belong(asha)
    await pays_and_saves_the_number(portal, asha)
    await fails_to_pay(portal, asha)
    deleted = await asha.open("/methods")
    for address in deleted.document.xpath("//a[contains(@href, '/delete')]/@href")[:2]:
        await asha.press(await asha.open(address), "Delete")


async def saves_what_can_be_saved(portal: Portal, asha: Browser) -> None:
    page = await asha.submit(await asha.open("/methods/add"), phone="0754 987 654", nickname="Ofisini kwetu")
    await work(portal)
    code = re.search(r"\d{6}", portal.sink.letters[-1].text)
    assert code
    assert (await asha.submit(page, code=code[0])).path == "/methods?done=added"
    account = {"bank": "NMB", "holder": "Mushi Holder", "number": "2251 0012 345"}
    assert (await asha.submit(await asha.open("/methods/add?kind=account"), **account)).status == 200
    await asha.submit(await asha.open("/methods/add"), phone="0713 999 888", nickname="Ofisini kwetu")
    await portal.store.write(lambda tx: saved_methods.add(tx, portal.vault, a_saved_card(), NOW))


async def types_cards_where_none_belong(asha: Browser) -> None:
    for number in TEST_CARDS:
        grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
        account = {"bank": grouped, "holder": number, "number": number, "nickname": number}
        assert (await asha.submit(await asha.open("/methods/add?kind=account"), **account)).status == 422
        phone = {"phone": number, "nickname": grouped}
        assert (await asha.submit(await asha.open("/methods/add"), **phone)).status == 422
        await asha.open(f"/methods?done={number}")
        await asha.post("/pay/method?draft=none", {"method": number})


async def pays_and_saves_the_number(portal: Portal, asha: Browser) -> None:
    """The callback carries the number in clear, as those of Daraja do."""
    methods = await asha.submit(await asha.open("/pay"))
    details = await asha.submit(methods, method="MPESA")
    details = await asha.submit(details, phone="0768 123 456", save="phone-1")
    status = await asha.submit(await asha.submit(details, agreed="yes"))
    reference = reference_of(status)
    paid = Paid(receipt_code="UC35T8K2QX")
    token = callback_token(portal.parts.tools.signing_keys, "mpesa", reference)
    body = portal.provider.callback(Heard("request-1", paid, "0"))
    await portal.parts.callbacks.receive("mpesa", token, body)
    portal.provider.will_say(paid)
    await work(portal)
    assert "0768•••456" in (await asha.open("/methods")).words


async def fails_to_pay(portal: Portal, asha: Browser) -> None:
    await put_bills(portal, a_rent_bill())
    methods = await asha.submit(await asha.open(f"/pay?bill={RENT}"))
    status = await asha.submit(await asha.submit(methods))
    await told(portal, reference_of(status), NotPaid(Reason.WRONG_PIN, "2001"))
    await work(portal)


@pytest.mark.covers("E6", "D58", "N10")
async def test_no_number_stands_anywhere_in_clear(
    store: Store, database_url: str, clock: FakeClock, log: StringIO
) -> None:
    portal = await open_portal(store, clock, demo=False)
    await lives(portal)
    assert await store.read(lambda tx: leaks_in_tables(tx, SECRETS)) == []
    file = make_url(database_url).database
    for path in Path(file or "").parent.glob("*.sqlite3*"):
        assert leaks(path.read_bytes().decode("latin-1"), SECRETS) == [], path.name
    written = log.getvalue()
    assert '"event": "payment"' in written, "the log was captured"
    assert leaks(written, SECRETS) == []
    await portal.close()


async def test_what_searches_finds_what_was_left_in_clear(
    sqlite_store: Store, clock: FakeClock, log: StringIO
) -> None:
    """Or the test above would pass whatever stands there."""
    portal = await open_portal(sqlite_store, clock)
    nickname = f"my card {AMEX}"
    card = a_saved_card(consent=Consent(version=VISA, text="0754 987 654", at=NOW))
    await sqlite_store.write(lambda tx: saved_methods.add(tx, portal.vault, card, NOW))
    found = await sqlite_store.read(lambda tx: leaks_in_tables(tx, SECRETS))
    assert found == [
        "payment_methods.consent_version: a card number",
        "payment_methods.consent_text: 754987654",
    ]
    get_log("tests").info("left in clear", name=nickname.replace(AMEX, "Ofisini kwetu"))
    assert leaks(log.getvalue(), SECRETS) == ["Ofisini kwetu"]
    assert leaks(nickname, SECRETS) == ["a card number"]
    await portal.close()


def test_digits_that_meet_in_a_digest_are_nobody_s_number() -> None:
    digest = "33e6c8e570a5ecdbae021a7e833747966ec3963c9ebb2d08d6f4881947684501"
    assert leaks(f"{digest} ({digest})", SECRETS) == []
    assert leaks(f"{digest} {VISA}", SECRETS) == ["a card number"]
