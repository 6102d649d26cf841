"""Every form that takes an amount of money that goes back, is kept or is booked: what will not do changes nothing.

The page that answers has the right status, says in the reader's language what to do at the field, and the streams of
events are afterwards what they were before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.domain.payment import Payment
from portal.domain.refund_outcome import RefundRoute
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.store.tables import metadata
from portal.web.deposits import LANDLORD as DEPOSITS
from portal.web.deposits import QUEUE as DEPOSIT_QUEUE
from portal.web.refund_desk import LANDLORD as DESK
from portal.web.refund_desk import QUEUE
from tests.makers import LANDLORD, LEASE, OFFICE, PAYMENT, TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.people import OTHER_LANDLORD
from tests.web.records import put
from tests.web.test_deposits import LINES, answered, ended
from tests.web.test_refunds import FORM, WISH, asked

BEYOND = "900,000"
"""More than any payment here brought."""
UNREADABLE = ("", "   ", "-5", "-100,000", "10.50", "1e3", "0x10", "abc", "100000 or 1=1", "٣٠٠", "9" * 40)
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", ["en", pytest.param("sw", marks=pytest.mark.full)])
Opening = Callable[[Portal, Browser], Awaitable[Page]]


@dataclass(frozen=True)
class AmountForm:
    """`opened` leads somebody to the page; `typed` is good but for the amount. Where `nothing` is an answer it may be
    given.
    """

    name: str
    person: str
    opened: Opening
    form: str
    field: str
    typed: dict[str, str]
    nothing: bool = False

    @property
    def bad(self) -> list[str]:
        zero = [] if self.nothing else ["0", "00", "0,000"]
        return [*UNREADABLE, *zero, BEYOND]


async def _tenant_s_form(_: Portal, asha: Browser) -> Page:
    return await asha.open(FORM)


async def _check_page(_: Portal, asha: Browser) -> Page:
    return await asha.submit(await asha.open(FORM), **WISH)


async def _landlord_s_decision(portal: Portal, juma: Browser) -> Page:
    return await juma.open(f"{DESK}/{await asked(portal)}")


async def _office_s_decision(portal: Portal, salma: Browser) -> Page:
    return await salma.open(f"{QUEUE}/{await asked(portal)}")


async def _deposit_form(_: Portal, juma: Browser) -> Page:
    return await juma.open(f"{DEPOSITS}/{LEASE}/end")


async def _deposit_check(_: Portal, juma: Browser) -> Page:
    return await juma.submit(await juma.open(f"{DEPOSITS}/{LEASE}/end"), **LINES)


async def _deposit_decision(portal: Portal, salma: Browser) -> Page:
    await ended(portal, **LINES)
    await answered(portal, answer_1="AGREE", answer_2="DISPUTE", dispute_note_2="It was broken before.")
    return await salma.open(f"{DEPOSIT_QUEUE}/{LEASE}")


async def _payment_of_the_office(_: Portal, salma: Browser) -> Page:
    return await salma.open(f"/ops/payments/{PAYMENT}")


FORMS = [
    AmountForm("tenant asks", TENANT, _tenant_s_form, "main-form", "amount", WISH),
    AmountForm("tenant confirms", TENANT, _check_page, "main-form", "amount", {}),
    AmountForm(
        "landlord agrees to less", LANDLORD, _landlord_s_decision, "decision", "amount", {"how_much": "less"}
    ),
    AmountForm(
        "office agrees to less", OFFICE, _office_s_decision, "decision", "amount", {"how_much": "less"}
    ),
    AmountForm("landlord's line", LANDLORD, _deposit_form, "main-form", "claimed_1", LINES),
    AmountForm("landlord's line, confirmed", LANDLORD, _deposit_check, "main-form", "claimed_1", {}),
    AmountForm(
        "office decides a line",
        OFFICE,
        _deposit_decision,
        "decide-2",
        "decided_2",
        {"decided_note_2": "The pictures show it."},
        nothing=True,
    ),
    AmountForm(
        "office finds that it went back",
        OFFICE,
        _payment_of_the_office,
        "went-back",
        "amount",
        {"receipt_code": "UC36REVERS"},
    ),
]


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    """By a provider that takes any part back, and is asked about it."""
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    return await put(portal)


async def events(portal: Portal) -> dict[str, int]:
    """How many there are, by the table that keeps them; none is ever changed or taken away."""
    tables = [table for table in metadata.sorted_tables if table.name.endswith("events")]
    assert len(tables) >= 3
    counted = {table.name: select(func.count()).select_from(table) for table in tables}

    def read(tx: Any) -> dict[str, int]:
        return {name: tx.execute(question).scalar_one() for name, question in counted.items()}

    return await portal.store.read(read)


@pytest.mark.covers("F3", "F8", "F13")
@IN_EACH_LANGUAGE
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.usefixtures("paid")
async def test_an_amount_that_will_not_do_says_what_to_do_and_changes_nothing(
    portal: Portal, form: AmountForm, language: str
) -> None:
    browser = await portal.signed_in(form.person, language)
    page = await form.opened(portal, browser)
    before = await events(portal)
    for amount in form.bad:
        answer = await browser.submit(page, form.form, **form.typed | {form.field: amount})
        said = answer.error(form.field)
        assert (answer.status, answer.language, bool(said)) == (422, language, True), (amount, answer.words)
        assert await events(portal) == before, amount


@pytest.mark.covers("F8", "F13")
@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_an_amount_of_another_landlord_s_payment_is_not_there(portal: Portal, form: AmountForm) -> None:
    page = await form.opened(portal, await portal.signed_in(form.person))
    before = await events(portal)
    stranger = await portal.signed_in(OTHER_LANDLORD)
    element = page.form(form.form)
    sent = {name: value for name, value in element.form_values() if name != "csrf"}
    answer = await stranger.post(element.get("action"), sent | form.typed | {form.field: "1,000"})
    assert answer.status_code == 404
    assert await events(portal) == before


@pytest.mark.covers("F3", "F8", "F13")
@pytest.mark.usefixtures("paid")
@IN_EACH_LANGUAGE
@pytest.mark.parametrize(
    "form, shown, status",
    [
        (FORMS[0], {"available": "449999"}, 422),
        (FORMS[1], {"available": "449999"}, 422),
        (FORMS[2], {"shown": "99999-0"}, 409),
        (FORMS[3], {"shown": "99999-0"}, 409),
        (FORMS[4], {"deposit": "449999"}, 422),
        (FORMS[5], {"deposit": "449999"}, 422),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_a_page_that_showed_another_amount_changes_nothing_and_shows_the_new_one(
    portal: Portal, form: AmountForm, shown: dict[str, str], status: int, language: str
) -> None:
    browser = await portal.signed_in(form.person, language)
    page = await form.opened(portal, browser)
    before = await events(portal)
    typed = {form.field: "1,000"} if form.form == "main-form" else {}
    answer = await browser.submit(page, form.form, **form.typed | typed | shown)
    assert (answer.status, answer.language) == (status, language)
    says = {"en": ("changed", "otherwise"), "sw": ("badilika", "sasa ni")}
    assert any(word in answer.words for word in says[language]), answer.words
    assert await events(portal) == before
