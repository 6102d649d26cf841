"""Back to the platform that sent a payer: to a host on the list, by the last page, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import pytest
from structlog.testing import capture_logs

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.store.writer import Store
from tests.makers import BILL, NEIGHBOUR, TENANT, FakeClock
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import reference_of, told

HOST = "app.nest.co.tz"
BACK = f"https://{HOST}/leases/7?tab=rent"
WRONG_PIN = NotPaid(Reason.WRONG_PIN, "2001")
ELSEWHERE = [
    "https://evil.example/?token=secret",
    "//evil.example",
    f"http://{HOST}/",
    f"https://{HOST}.evil.example/",
    f"https://{HOST}@evil.example/",
    f"https://{HOST}\\@evil.example/",
    f"https:/{HOST}/",
    "javascript:alert(1)",
    "/payments",
]


@pytest.fixture
async def portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_portal(sqlite_store, clock, return_hosts=frozenset({HOST}))
    yield opened
    await opened.close()


async def sent(portal: Portal, back: str = BACK) -> tuple[Browser, Page]:
    """Asha comes by the platform's link, and presses Pay."""
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/pay?bill={BILL}&return_to={quote(back, safe='')}")
    for _ in range(4):
        page = await asha.submit(page)
    return asha, page


def done(page: Page) -> list[str]:
    return [str(href) for href in page.document.xpath("//a[contains(normalize-space(), 'Done')]/@href")]


def carried(page: Page) -> list[str]:
    return [str(value) for value in page.document.xpath("//input[@name='return_to']/@value")]


@pytest.mark.covers("A31", "D73")
@pytest.mark.parametrize(
    "outcome, status", [(Paid(receipt_code="UC35T8K2QX"), "COMPLETED"), (WRONG_PIN, "FAILED")]
)
async def test_done_leads_back_with_the_reference_and_the_customer_s_word(
    portal: Portal, outcome: Outcome, status: str
) -> None:
    asha, page = await sent(portal)
    reference = reference_of(page)
    await told(portal, reference, outcome)
    page = await asha.open(page.path)
    (link,) = done(page)
    assert f"Done (back to {HOST})" in page.words
    answer = await asha.client.get(link)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{BACK}&reference={reference}&status={status}"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_part_leads_back_too_when_the_payer_wants(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/pay?return_to={quote(BACK, safe='')}"), amount="150,000")
    for _ in range(3):
        page = await asha.submit(page)
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.open(page.path)
    assert page.h1 == "Part paid"
    assert done(page) == [f"{page.path}/done"]


async def test_whoever_came_by_themselves_is_done_at_home(portal: Portal) -> None:
    asha, page = await sent(portal, back="")
    await told(portal, reference_of(page), Paid())
    page = await asha.open(page.path)
    assert done(page) == ["/"]
    assert (await asha.client.get(f"{page.path}/done")).headers["location"] == "/"


@pytest.mark.covers("B4")
async def test_nobody_leaves_while_the_end_is_open(portal: Portal) -> None:
    asha, page = await sent(portal)
    assert done(await asha.open(page.path)) == []
    assert (await asha.client.get(f"{page.path}/done")).headers["location"] == page.path
    portal.clock.advance(minutes=6)
    await told(portal, reference_of(page), Unknown(Reason.AMBIGUOUS, "read timeout"))
    assert done(await asha.open(page.path)) == []
    assert (await asha.client.get(f"{page.path}/done")).headers["location"] == page.path


async def test_another_try_leads_back_to_the_same_place(portal: Portal) -> None:
    asha, page = await sent(portal)
    await told(portal, reference_of(page), WRONG_PIN)
    portal.provider.will_say(WRONG_PIN)
    page = await asha.submit(await asha.press(await asha.open(page.path), "Try again"))
    await told(portal, reference_of(page), Paid())
    assert done(await asha.open(page.path)) == [f"{page.path}/done"]


async def test_what_is_changed_on_the_way_keeps_the_way_back(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/pay?bill={BILL}&return_to={quote(BACK, safe='')}"))
    page = await asha.open(f"/pay?{urlsplit(page.path).query}")
    assert carried(page) == [BACK]
    page = await asha.press(page, "Kiswahili")
    assert carried(page) == [BACK]
    page = await asha.submit(page, amount="lots")
    assert (page.status, carried(page)) == (422, [BACK])


async def test_a_stranger_signs_in_first_and_keeps_the_way_back(portal: Portal) -> None:
    answer = await portal.browser().get(f"/pay?bill={BILL}&return_to={quote(BACK, safe='')}")
    assert answer.status_code == 303
    assert quote(f"return_to={quote(BACK, safe='')}") in answer.headers["location"]


@pytest.mark.covers("A31", "D73")
@pytest.mark.parametrize("text", ELSEWHERE)
async def test_an_address_that_is_not_allowed_is_told_of_and_never_led_to(portal: Portal, text: str) -> None:
    asha = await portal.signed_in(TENANT)
    with capture_logs() as logs:
        page = await asha.open(f"/pay?return_to={quote(text, safe='')}")
    assert "After paying you stay here" in page.words
    assert carried(page) == []
    refused = [entry for entry in logs if entry["event"] == "return_refused"]
    assert refused
    assert "secret" not in str(refused)


@pytest.mark.covers("D73")
@pytest.mark.parametrize("text", ELSEWHERE)
async def test_a_forged_form_leads_nowhere_either(portal: Portal, text: str) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"), return_to=text)
    for _ in range(3):
        page = await asha.submit(page)
    await told(portal, reference_of(page), Paid())
    assert (await asha.client.get(f"{page.path}/done")).headers["location"] == "/"


@pytest.mark.covers("D73")
async def test_a_host_that_was_taken_off_the_list_meanwhile_is_not_led_to(portal: Portal) -> None:
    asha, page = await sent(portal)
    await told(portal, reference_of(page), Paid())
    object.__setattr__(portal.site, "return_hosts", frozenset())
    assert done(await asha.open(page.path)) == ["/"]
    assert (await asha.client.get(f"{page.path}/done")).headers["location"] == "/"


@pytest.mark.covers("N1")
async def test_nobody_is_led_back_for_somebody_else(portal: Portal) -> None:
    _, page = await sent(portal)
    neighbour = await portal.signed_in(NEIGHBOUR)
    assert (await neighbour.get(f"{page.path}/done")).status_code == 404
