"""What pages say after money has gone back is what is true now: sums, headings, and what is owed again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain import refund_events as r
from portal.domain.bill import Bill
from portal.domain.money import Money, shillings
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_reason import RefundReason
from portal.store import payments
from portal.templating.environment import portal_environment
from portal.templating.language import Language
from tests.makers import LANDLORD, NOW, OFFICE, PAYMENT, TENANT, a_bill, a_reference
from tests.refunded import put_refund_of
from tests.refunds import REFUND, requested, succeeded, with_refund
from tests.web.client import Page, Portal
from tests.web.records import put
from tests.web.standings import a_standing, drawn, words

S = RefundState
SECOND = a_reference(501)


def owing(rest: int) -> Bill:
    bill = a_bill()
    return replace(bill, paid=bill.amount - shillings(rest))


@pytest.mark.parametrize(
    "reason,amount,rest,sentences,never",
    [
        (RefundReason.OTHER, 450_000, 450_000, ("Refunded", "TSh 450,000 is owed again."), "in all"),
        (RefundReason.OTHER, 50_000, 50_000, ("Partly refunded", "TSh 50,000 is owed again."), "in all"),
        (
            RefundReason.OTHER,
            50_000,
            400_000,
            ("TSh 50,000 is owed again.", "TSh 400,000 is left to pay in all."),
            "400,000 is owed again",
        ),
        (RefundReason.OTHER, 50_000, 20_000, ("TSh 20,000 is owed again.",), "50,000 is owed"),
        (RefundReason.OTHER, 50_000, 0, ("Nothing more. It is done.",), "owed again"),
        (
            RefundReason.LANDLORD_CANCELLATION,
            50_000,
            350_000,
            ("TSh 350,000 is left to pay.",),
            "owed again",
        ),
    ],
)
def test_a_status_page_says_what_this_money_back_opened_again(
    reason: RefundReason, amount: int, rest: int, sentences: tuple[str, ...], never: str
) -> None:
    refunds = with_refund(S.SUCCEEDED, amount=shillings(amount), reason=reason).refunds
    said = words(drawn(a_standing(State.COMPLETED, refunds=refunds, bill=owing(rest))))
    for sentence in sentences:
        assert sentence in said
    assert never not in said


async def two_refunds(portal: Portal, first: S = S.SUCCEEDED, second: S = S.SUCCEEDED) -> None:
    payment = await put(portal)
    payment = await put_refund_of(portal.store, payment, first)
    await put_refund_of(portal.store, payment, second, refund=SECOND, amount=shillings(50_000))


async def test_every_page_of_a_payment_leads_to_each_of_its_refunds(portal: Portal) -> None:
    await two_refunds(portal, second=S.REQUESTED)
    asha = await portal.signed_in(TENANT)
    for path in (f"/pay/{PAYMENT}", f"/payments/{PAYMENT}", f"/refunds/{REFUND}", f"/refunds/{SECOND}"):
        page = await asha.open(path)
        found = page.document.xpath("//main//li/a[starts-with(@href, '/refunds/')]/@href")
        assert found == [f"/refunds/{REFUND}", f"/refunds/{SECOND}"]
        assert "100,000 Done" in page.words
        assert "50,000 Requested" in page.words


async def test_a_refund_of_a_part_is_not_called_the_whole(portal: Portal) -> None:
    await two_refunds(portal)
    asha = await portal.signed_in(TENANT)
    for path in (f"/pay/{PAYMENT}", f"/payments/{PAYMENT}", f"/refunds/{REFUND}"):
        page = await asha.open(path)
        assert "Partly refunded" in page.words
        assert "Refunded" not in page.words


@pytest.mark.covers("page:21")
async def test_a_landlord_sees_what_came_what_went_back_and_what_is_left(portal: Portal) -> None:
    await two_refunds(portal)
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    assert row_of(page) == {"Received": "TSh 450,000", "Went back": "TSh 150,000", "Net": "TSh 300,000"}


async def test_of_a_payment_of_which_nothing_went_back_all_is_left(portal: Portal) -> None:
    await two_refunds(portal, S.UNKNOWN, S.REJECTED)
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    assert row_of(page) == {"Received": "TSh 450,000", "Went back": "–", "Net": "TSh 450,000"}


async def test_of_less_that_was_agreed_to_the_payment_tells_how_much_went_back(portal: Portal) -> None:
    payment = await put(portal)
    asked = requested(payment)
    less = Money(40_000, asked.amount.currency)
    part = replace(asked.parts[0], amount=less, uncredited=less)
    agreed = r.RefundApproved(
        refund=REFUND, amount=less, parts=(part,), approved_by=LANDLORD, route=RefundRoute.REVERSAL
    )
    await portal.store.write(
        lambda tx: payments.append(tx, payment, [asked, agreed, succeeded()], NOW, reference=PAYMENT)
    )
    said = (await (await portal.signed_in(TENANT)).open(f"/payments/{PAYMENT}")).words
    assert "TSh 100,000 was asked back" in said
    assert "has gone back · TSh 40,000" in said
    told = (await (await portal.signed_in(OFFICE)).open(f"/ops/payments/{PAYMENT}")).words
    assert "has gone back · TSh 40,000" in told


@pytest.mark.parametrize(
    "least,most,english,swahili",
    [
        ((0, "minutes"), (0, "minutes"), "Usually within a minute after", "Kwa kawaida ndani ya dakika moja"),
        ((0, "minutes"), (3, "minutes"), "Usually at most 3 minutes after", "dakika 3 au chini ya hapo"),
        ((3, "minutes"), (3, "minutes"), "Usually about 3 minutes after", "dakika 3"),
        ((3, "minutes"), (2, "days"), "Usually 3 minutes to 2 days after", "siku 2"),
    ],
)
def test_how_long_it_takes_is_said_as_people_say_it(
    least: tuple[int, str], most: tuple[int, str], english: str, swahili: str
) -> None:
    for language, sentence in ((Language.EN, english), (Language.SW, swahili)):
        module = portal_environment().by_language[language].get_template("refunds/_words.html").module
        assert sentence in str(module.usual_text((least, most)))  # type: ignore[attr-defined]


def row_of(page: Page) -> dict[str, str]:
    cells = page.document.xpath(
        "//tbody/tr/td[@data-label='Received' or @data-label='Went back' or @data-label='Net']"
    )
    return {cell.get("data-label"): " ".join(cell.text_content().split()) for cell in cells}
