"""Help, fees, privacy and accessibility: there for everybody, and true."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.fees import FEE_RULES
from portal.domain.method import BESIDE, CHOICES
from portal.domain.money import shillings
from portal.web.guidance import percent, tariffs
from tests.makers import OFFICE, TENANT
from tests.web.client import Portal

NO_PROMPT = {
    "mpesa": ("M-Pesa", "*150*00#"),
    "mixx": ("Mixx by Yas", "*150*01#"),
    "airtel": ("Airtel Money", "*150*60#"),
}
"""Of the customer's wallets; further ones are spoken of where somebody serves them."""
ADDRESSES = (
    "/help",
    *(f"/help/no-prompt/{word}" for word in NO_PROMPT),
    "/fees",
    "/privacy",
    "/accessibility",
)
TODAY = date(2026, 3, 3)


@pytest.mark.parametrize("path", ADDRESSES)
async def test_every_page_of_help_is_there_for_a_stranger(portal: Portal, path: str) -> None:
    stranger = portal.browser("sw")
    page = await stranger.open(path)
    assert page.status == 200
    assert len(gzip.compress(page.answer.content, mtime=0)) <= 5 * 1024
    assert stranger.cookies == {}


async def test_the_foot_of_every_page_leads_to_pages_that_are_there(portal: Portal) -> None:
    for person in (TENANT, OFFICE):
        browser = await portal.signed_in(person)
        home = await browser.open("/help")
        for address in {*home.document.xpath("//footer//a/@href"), *home.document.xpath("//main//a/@href")}:
            answer = await browser.get(address)
            assert answer.status_code == (404 if (person, address) == (OFFICE, "/payments") else 200)


@pytest.mark.covers("page:26", "A5", "A6")
@pytest.mark.parametrize("word", NO_PROMPT)
async def test_no_page_of_help_offers_to_pay_twice(portal: Portal, word: str) -> None:
    network, menu = NO_PROMPT[word]
    page = await portal.browser().open(f"/help/no-prompt/{word}")
    assert page.h1 == f"No {network} message on your phone"
    assert page.title == f"No {network} message on your phone · nest pay"
    assert "Do not pay in another way meanwhile." in page.words
    assert f"Dial {menu}. If the {network} menu does not open" in page.words
    swahili = await portal.browser("sw").open(f"/help/no-prompt/{word}")
    assert swahili.h1 == f"Ujumbe wa {network} haujafika kwenye simu"


async def test_help_leads_to_the_page_of_every_network(portal: Portal) -> None:
    page = await portal.browser().open("/help")
    links = page.document.xpath("//a[starts-with(@href, '/help/no-prompt/')]/@href")
    assert links == [f"/help/no-prompt/{word}" for word in NO_PROMPT]


async def test_a_network_that_nobody_knows_has_no_page(portal: Portal) -> None:
    assert (await portal.browser().get("/help/no-prompt/tpesa")).status_code == 404


async def test_the_fees_are_those_that_payers_are_charged(portal: Portal) -> None:
    page = await portal.browser().open("/fees")
    words = page.words
    for word in (
        "0.5% of the amount",
        "TSh 453,500",
        "Valid from 1 January 2026",
        "TSh 1,000 to TSh 3,000,000",
    ):
        assert word in words


def test_a_tariff_is_the_youngest_rule_in_force() -> None:
    rules = (FEE_RULES[0], replace(FEE_RULES[0], valid_from=date(2026, 7, 1), processing_flat=300))
    before, after = tariffs(date(2026, 6, 30), rules), tariffs(date(2026, 7, 1), rules)
    assert [tariff.processing for tariff in (*before, *after)] == [shillings(250), shillings(300)]
    assert tariffs(date(2025, 12, 31)) == []


def test_the_last_band_of_a_tariff_has_no_ceiling() -> None:
    tariff, *_ = tariffs(TODAY)
    assert [ceiling for ceiling, _ in tariff.bands] == [
        shillings(50_000),
        shillings(200_000),
        shillings(1_000_000),
        None,
    ]


def test_every_example_is_a_payment_that_could_be_made() -> None:
    for tariff in tariffs(TODAY):
        assert tariff.examples
        for amount, fees in tariff.examples:
            assert fees == tariff.rule.applied_to(amount)
            assert tariff.limit is None or tariff.limit.admits(amount + fees.total)


@pytest.mark.covers("A5", "A6")
async def test_every_way_to_pay_has_its_fees_and_one_that_is_off_says_so(portal: Portal) -> None:
    page = await portal.browser().open("/fees")
    ways = [" ".join(h2.text_content().split()) for h2 in page.document.xpath("//h2")]
    assert ways[:3] == ["M-Pesa", "Mixx by Yas (Tigo Pesa)", "Airtel Money"]
    assert len(ways) == len(CHOICES) - len(BESIDE)
    off = page.document.xpath("//h2[following-sibling::*[1][text()='Not open yet']]")
    assert [" ".join(h2.text_content().split()) for h2 in off] == ways[1:]
    assert "Fees of a payment by Mixx by Yas" in page.words
    assert "2.9% of the amount and TSh 800" in page.words.replace("\xa0", " ")


@pytest.mark.parametrize(
    "rate, text", [("0.005", "0.5%"), ("0.0125", "1.25%"), ("0.1", "10%"), ("0", "0%"), ("1", "100%")]
)
def test_a_rate_is_written_as_people_say_it(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text
