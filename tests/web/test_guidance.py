"""Help, fees, privacy and accessibility: there for everybody, and true."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.fees import FEE_RULES
from portal.domain.money import shillings
from portal.web.guidance import percent, tariffs
from tests.makers import OFFICE, TENANT
from tests.web.client import Portal

ADDRESSES = ("/help", "/help/no-prompt/mpesa", "/fees", "/privacy", "/accessibility")


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


async def test_no_page_of_help_offers_to_pay_twice(portal: Portal) -> None:
    page = await portal.browser().open("/help/no-prompt/mpesa")
    assert page.h1 == "No M-Pesa message on your phone"
    assert "Do not pay in another way meanwhile." in page.words
    assert "*150*00#" in page.words


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
    dearer = replace(FEE_RULES[0], valid_from=date(2026, 7, 1), processing_flat=300)
    before, after = (
        tariffs(date(2026, 6, 30), (FEE_RULES[0], dearer)),
        tariffs(date(2026, 7, 1), (FEE_RULES[0], dearer)),
    )
    assert [tariff.processing for tariff in (*before, *after)] == [shillings(250), shillings(300)]
    assert tariffs(date(2025, 12, 31)) == []


def test_the_last_band_of_a_tariff_has_no_ceiling() -> None:
    (tariff,) = tariffs(date(2026, 3, 3), FEE_RULES[:1])
    assert [ceiling for ceiling, _ in tariff.bands] == [
        shillings(50_000),
        shillings(200_000),
        shillings(1_000_000),
        None,
    ]
    assert all(fees == tariff.rule.applied_to(amount) for amount, fees in tariff.examples)


@pytest.mark.parametrize(
    "rate, text", [("0.005", "0.5%"), ("0.0125", "1.25%"), ("0.1", "10%"), ("0", "0%"), ("1", "100%")]
)
def test_a_rate_is_written_as_people_say_it(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text
