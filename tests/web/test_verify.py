"""The public check of a receipt: what a stranger learns, and what nobody learns."""

from __future__ import annotations

import gzip

import pytest
from sqlalchemy import func, select

from portal.domain import events as e
from portal.domain.money import shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.store import payments
from portal.store.transients import limit_hits
from portal.store.types import Tx
from tests.makers import BILL, OFFICE, PAYMENT, a_reference
from tests.web.client import Portal
from tests.web.records import put

CODE = a_reference(1_000_001)
SHOWN = f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:]}"
NEVER_GIVEN = a_reference(77)


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    return await put(portal)


@pytest.mark.covers("C6", "page:14")
async def test_anyone_with_the_code_learns_that_a_receipt_is_genuine(portal: Portal, paid: Payment) -> None:
    page = await portal.browser().open(f"/v/{CODE}")
    assert (page.status, page.h1) == (200, "Check a receipt")
    assert page.title.startswith("Genuine and paid")
    for word in ("Genuine and paid", SHOWN, "450,000", "Deposit", "Asha M.", "A3", "3 Mar 2026, 12:00 (EAT)"):
        assert word in page.words


@pytest.mark.covers("C6")
async def test_a_stranger_learns_no_phone_no_full_name_and_no_reference(
    portal: Portal, paid: Payment
) -> None:
    answer = await portal.browser().get(f"/v/{CODE}")
    for secret in (
        "Asha Mushi",
        "Mushi",
        "0754",
        "456",
        "Mollel",
        "Mikocheni",
        PAYMENT,
        BILL,
        paid.receipt_code or "",
        "26-000001",
    ):
        assert secret not in answer.text


@pytest.mark.covers("C6", "D78")
@pytest.mark.parametrize(
    "excess, heading, swahili",
    [
        (450_000, "The bill was paid before", "Deni lilikuwa limeshalipwa"),
        (50_000, "More than the bill", "Zaidi ya deni"),
    ],
)
async def test_a_landlord_is_told_what_of_the_money_is_not_theirs(
    portal: Portal, paid: Payment, excess: int, heading: str, swahili: str
) -> None:
    doubled = e.DuplicateSuccess(excess=shillings(excess))
    await portal.store.write(
        lambda tx: payments.append(tx, paid, [doubled], portal.clock(), reference=PAYMENT)
    )
    page = await portal.browser().open(f"/v/{CODE}")
    assert heading in page.words
    assert f"TSh\u00a0{excess:,} of this was more than the bill." in page.document.text_content()
    assert swahili in (await portal.browser("sw").open(f"/v/{CODE}")).words


async def test_the_swahili_answer_is_the_one_a_landlord_reads(portal: Portal, paid: Payment) -> None:
    stranger = portal.browser("sw")
    assert "Ni halali na imelipwa" in (await stranger.open(f"/v/{CODE}")).words
    assert "Haipo. Usikubali risiti hii." in (await stranger.open(f"/v/{NEVER_GIVEN}")).words


@pytest.mark.parametrize(
    "typed", [CODE.lower(), SHOWN, f" {SHOWN} ", SHOWN.replace("0", "O"), SHOWN.replace("1", "l")]
)
async def test_a_code_is_read_however_it_is_typed(portal: Portal, paid: Payment, typed: str) -> None:
    stranger = portal.browser()
    page = await stranger.submit(await stranger.open("/v"), code=typed)
    assert (page.status, "Genuine and paid" in page.words) == (200, True)


async def test_a_code_that_was_never_given_is_not_to_be_accepted(portal: Portal, paid: Payment) -> None:
    page = await portal.browser().open(f"/v/{NEVER_GIVEN}")
    assert page.status == 404
    assert "Not found. Do not accept this receipt." in page.words
    assert NEVER_GIVEN in page.words


async def test_only_money_that_came_is_genuine(portal: Portal) -> None:
    await put(portal, State.UNCERTAIN)
    assert (await portal.browser().get(f"/v/{CODE}")).status_code == 404


@pytest.mark.parametrize("typed", ["26-000001", "MOL-26-000001", "mol-26-000001"])
async def test_a_number_in_place_of_the_code_is_told_where_the_code_stands(
    portal: Portal, paid: Payment, typed: str
) -> None:
    stranger = portal.browser()
    for page in (await stranger.open(f"/v/{typed}"), await stranger.open(f"/v?code={typed}")):
        assert page.status == 422
        assert page.error("code").startswith("Error: That is the receipt's number. Enter its code")
        assert page.document.xpath("//input[@name='code']/@value") == [typed]
        assert page.title.startswith("Error:")


async def test_nothing_typed_is_asked_for_again(portal: Portal) -> None:
    stranger = portal.browser()
    page = await stranger.submit(await stranger.open("/v"))
    assert (page.status, page.error("code")) == (422, "Error: Enter the code")


@pytest.mark.parametrize(
    "typed", [f"{CODE[:-1]}Z", "7K29", "<script>alert(1)</script>", "'--", "\u0663" * 12, "x" * 3_000]
)
async def test_a_code_that_cannot_be_ours_is_not_found_and_counts_as_a_look_up(
    portal: Portal, paid: Payment, typed: str
) -> None:
    stranger = portal.browser()
    for _ in range(20):
        answer = await stranger.client.get("/v", params={"code": typed})
        assert (answer.status_code, "<script>alert" in answer.text) == (404, False)
    assert await portal.store.read(_tries) == 20
    assert (await stranger.client.get("/v", params={"code": typed})).status_code == 429


@pytest.mark.covers("C6")
async def test_the_21st_look_up_in_a_minute_is_answered_429_and_says_when(
    portal: Portal, paid: Payment
) -> None:
    stranger = portal.browser()
    for _ in range(20):
        assert (await stranger.client.get(f"/v/{CODE}")).status_code == 200
        portal.clock.advance(seconds=1)
    page = await stranger.open(f"/v/{CODE}")
    assert (page.status, page.answer.headers["retry-after"]) == (429, "40")
    assert "12:01" in page.words
    elsewhere = portal.browser(address="198.51.100.7")
    assert (await elsewhere.get(f"/v/{CODE}")).status_code == 200
    portal.clock.advance(seconds=41)
    assert (await stranger.get(f"/v/{CODE}")).status_code == 200


async def test_the_form_costs_no_try_and_no_cookie(portal: Portal) -> None:
    stranger = portal.browser()
    for _ in range(25):
        answer = await stranger.client.get("/v")
    assert (answer.status_code, stranger.cookies, await portal.store.read(_tries)) == (200, {}, 0)


async def test_the_code_on_the_receipt_leads_to_its_proof(portal: Portal, paid: Payment) -> None:
    page = await (await portal.signed_in(OFFICE)).open("/r/MOL-26-000001")
    assert f"127.0.0.1:8000/v/{CODE}" in page.words
    assert SHOWN in page.words


async def test_the_check_says_when_it_was_made(portal: Portal, paid: Payment) -> None:
    portal.clock.advance(days=3, hours=2)
    page = await portal.browser().open(f"/v/{CODE}")
    assert "6 Mar 2026, 14:00 (EAT)" in page.words


@pytest.mark.covers("M4")
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_the_check_is_light_enough_for_any_phone(portal: Portal, paid: Payment, language: str) -> None:
    stranger = portal.browser(language)
    for path in ("/v", f"/v/{CODE}", f"/v/{NEVER_GIVEN}", "/v/26-000001"):
        answer = await stranger.get(path)
        assert len(gzip.compress(answer.content, mtime=0)) <= 5 * 1024


def _tries(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(limit_hits)).scalar_one()
