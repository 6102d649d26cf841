"""The page of what providers charge: a report is brought, and what came of each row is said."""

from __future__ import annotations

import pytest

from portal.domain.dispute import DisputeCharged, DisputeOpened
from portal.domain.money import Currency, Money
from tests.makers import LANDLORD, NOW, OFFICE, PAYMENT, TENANT
from tests.web.client import Portal
from tests.web.records import put
from tests.web.test_returned import then

COSTS = "/ops/costs"


@pytest.mark.covers("I9")
async def test_the_office_brings_a_report_and_sees_the_estimate_beside_the_truth(portal: Portal) -> None:
    payment = await put(portal)
    office = await portal.signed_in(OFFICE)
    before = await office.open(COSTS)
    for word in ("mpesa", "1,000", "Collected for it"):
        assert word in before.words
    report = f"code,gross,fee\n{payment.receipt_code},453500,1700\n<b>NONE</b>,5,1\n".encode()
    after = await office.upload(before, "march.csv", report, provider="mpesa")
    for word in (
        "1 fee booked",
        "0 were known",
        "Line 3, <b>NONE</b>",
        "has this code",
        "1,700",
        "\u2212700",
    ):
        assert word in after.words.replace("TSh\u00a0", "").replace("\u2212TSh ", "\u2212"), word


@pytest.mark.covers("I9")
async def test_what_a_dispute_costs_stands_beside_the_other_costs(portal: Portal) -> None:
    await put(portal)
    office = await portal.signed_in(OFFICE)
    assert "Disputes" not in (await office.open(COSTS)).words
    opened = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
    fee = DisputeCharged(dispute="dp_1", amount=Money(1_500, Currency.USD), told_at=NOW)
    await then(portal, opened, fee)
    page = await office.open(COSTS)
    for word in ("What providers kept for disputes that began in this month", "15.00"):
        assert word in page.words
    for person in (OFFICE, TENANT):
        why = await (await portal.signed_in(person)).open(f"/why/{PAYMENT}")
        assert "neither tenant nor landlord pays it" in why.words


async def test_a_file_that_is_no_report_is_refused_at_its_field(portal: Portal) -> None:
    office = await portal.signed_in(OFFICE)
    page = await office.open(COSTS)
    assert "No payment in this month" in page.words
    refused = await office.upload(page, "x.csv", b"a,b\n1,2\n", provider="mpesa")
    assert (refused.status, "code, gross and fee" in refused.error("file")) == (422, True)
    nothing = await office.upload(page, "x.csv", b"", provider="mpesa")
    assert nothing.error("file")
    assert (await office.upload(page, "x.csv", b"a", provider="nobody")).error("provider")


async def test_many_rows_that_do_not_fit_are_counted_and_the_first_are_named(portal: Portal) -> None:
    office = await portal.signed_in(OFFICE)
    rows = "".join(f"NONE{n},5,1\n" for n in range(150))
    page = await office.upload(
        await office.open(COSTS), "x.csv", f"code,gross,fee\n{rows}".encode(), provider="mpesa"
    )
    assert "150 lines need a look" in page.words
    assert len(page.document.xpath("//main//li[contains(., 'NONE')]")) == 100


async def test_another_month_can_be_chosen_and_none_that_is_no_month(portal: Portal) -> None:
    await put(portal)
    office = await portal.signed_in(OFFICE)
    assert "No payment in this month" in (await office.open(f"{COSTS}?month=2026-02")).words
    assert (await office.get(f"{COSTS}?month=now")).status_code == 422


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_nobody_else_finds_what_providers_charge(portal: Portal, person: str) -> None:
    assert (await (await portal.signed_in(person)).get(COSTS)).status_code == 404
