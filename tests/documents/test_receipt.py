"""What the slip says, in which order, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from portal.documents.receipt import ReceiptFacts, receipt_html
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
from portal.services.baskets import MOST_BILLS
from portal.templating.environment import Environment
from portal.templating.language import Language
from tests.documents.slips import DOLLARS, FULL, LATE_AND_TWICE, MANY, PART, SEVERAL, SLIPS, a_slip
from tests.makers import BILLED

EN, SW = Language.EN, Language.SW


def drawn(environment: Environment, facts: ReceiptFacts, language: Language = EN) -> html.HtmlElement:
    return html.document_fromstring(receipt_html(facts, language, environment)).find(".//article")


def words(slip: html.HtmlElement) -> str:
    """The text as it is read, with plain spaces."""
    return " ".join(" ".join(slip.itertext()).split())


def said_by(environment: Environment, facts: ReceiptFacts, language: Language = EN) -> str:
    return words(drawn(environment, facts, language))


PART_IN_ORDER = {
    EN: [
        "Receipt Part payment",
        "26-000123",
        "Risiti · Malipo ya sehemu",
        "Paid on 3 Mar 2026, 14:04 (EAT)",
        "Landlord Joseph Mollel",
        "Tenant Asha Mushi",
        "Unit A3, Mikocheni",
        "For Rent, March 2026",
        "Rent, March 2026 TSh 300,000",
        "Platform fee TSh 1,500",
        "Processing fee TSh 250",
        "M-Pesa fee TSh 1,000",
        "Total paid TSh 302,750",
        "Three hundred and two thousand seven hundred and fifty shillings only",
        "Shilingi laki tatu na elfu mbili na mia saba na hamsini tu",
        "Paid with M-Pesa · 0754•••456",
        "M-Pesa reference QK12AB34CD",
        "Balance left: TSh 150,000",
        "Check this receipt",
        "7K29-QXM4-AB1C",
        "pay.nest.co.tz/v/7K29QXM4AB1C",
        "This is not a TRA fiscal receipt",
        "Hii si risiti ya kodi ya TRA",
        "Made 3 Mar 2026, 14:05 (EAT), version 1",
    ],
    SW: [
        "Risiti Malipo ya sehemu",
        "26-000123",
        "Receipt · Part payment",
        "Imelipwa tarehe 3 Mac 2026, 14:04 (saa 8:04 mchana, EAT)",
        "Mwenye nyumba Joseph Mollel",
        "Mpangaji Asha Mushi",
        "Nyumba A3, Mikocheni",
        "Kwa ajili ya Kodi, Machi 2026",
        "Kodi, Machi 2026 TSh 300,000",
        "Ada ya mfumo TSh 1,500",
        "Ada ya uchakataji TSh 250",
        "Ada ya M-Pesa TSh 1,000",
        "Jumla iliyolipwa TSh 302,750",
        "Shilingi laki tatu na elfu mbili na mia saba na hamsini tu",
        "Three hundred and two thousand seven hundred and fifty shillings only",
        "Imelipwa kwa M-Pesa · 0754•••456",
        "Kumbukumbu ya M-Pesa QK12AB34CD",
        "Kilichobaki kulipwa: TSh 150,000",
        "Hakiki risiti hii",
        "7K29-QXM4-AB1C",
        "pay.nest.co.tz/v/7K29QXM4AB1C",
        "Hii si risiti ya kodi ya TRA",
        "This is not a TRA fiscal receipt",
        "Imetengenezwa 3 Mac 2026, 14:05 (saa 8:05 mchana, EAT), toleo 1",
    ],
}


@pytest.mark.covers("C10", "C11", "C12")
@pytest.mark.parametrize("language", Language)
def test_a_slip_says_everything_in_its_order(environment: Environment, language: Language) -> None:
    rest = said_by(environment, PART, language)
    for expected in PART_IN_ORDER[language]:
        before, found, rest = rest.partition(expected)
        assert found, f"{expected!r} is not in {before!r}"


def test_what_is_printed_leads_nowhere(environment: Environment) -> None:
    """On the page its amounts are links; on paper nobody can follow them."""
    for language in Language:
        assert drawn(environment, a_slip(), language).findall(".//a") == []


@pytest.mark.covers("C9")
def test_a_part_payment_shows_its_balance_and_a_whole_one_is_the_quittance(environment: Environment) -> None:
    part, full = said_by(environment, PART), said_by(environment, FULL)
    assert "Balance left: TSh 150,000 Rent, March 2026: not yet paid in full." in part
    assert "Paid in full Deposit: nothing is left to pay." in full
    assert "Part payment" not in full
    assert "Paid in full" not in part


@pytest.mark.covers("A18")
def test_who_pays_for_the_tenant_stands_on_the_slip_beside_them(environment: Environment) -> None:
    by_link = said_by(environment, a_slip(by_link=True, phone="0713•••888"))
    assert "Tenant Asha Mushi" in by_link
    assert "Paid with M-Pesa · 0713•••888 Paid by Another payer, by link" in by_link
    assert "Paid by" not in said_by(environment, FULL)


@pytest.mark.covers("A20", "C9")
@pytest.mark.parametrize(
    "language, expected",
    [
        (
            EN,
            [
                "For Deposit and rent, March 2026",
                "Deposit TSh 450,000 Rent, March 2026 TSh 350,000 Platform fee",
                "Total paid TSh 803,500",
                "Eight hundred and three thousand five hundred shillings only",
                "Paid in full Nothing is left to pay of these bills.",
            ],
        ),
        (
            SW,
            [
                "Kwa ajili ya Amana na kodi, Machi 2026",
                "Amana TSh 450,000 Kodi, Machi 2026 TSh 350,000 Ada ya mfumo",
                "Hakuna deni lililobaki kwa bili hizi.",
            ],
        ),
    ],
)
def test_a_slip_for_several_bills_has_a_line_for_each(
    environment: Environment, language: Language, expected: list[str]
) -> None:
    slip = said_by(environment, SEVERAL, language)
    for words_ in expected:
        assert words_ in slip


@pytest.mark.covers("A20", "C9")
def test_of_several_bills_each_line_says_what_is_left_or_too_much(environment: Environment) -> None:
    deposit, rent = SEVERAL.lines
    lines = (replace(deposit, balance=shillings(50_000)), replace(rent, excess=shillings(7_000)))
    slip = said_by(environment, replace(SEVERAL, lines=lines))
    assert "Deposit · TSh 50,000 left TSh 450,000 Rent, March 2026 · TSh 7,000 too much TSh 350,000" in slip
    assert "Part payment" in slip
    assert (
        "Balance left: TSh 50,000 Not all of these bills are paid in full. TSh 7,000 of this was more" in slip
    )


def test_only_a_slip_of_many_bills_is_set_in_small_letters(environment: Environment) -> None:
    small = [facts for facts in SLIPS.values() if "many" in drawn(environment, facts).classes]
    assert small == [MANY, DOLLARS]
    assert len(MANY.lines) == MOST_BILLS


def test_the_last_part_of_a_bill_is_its_quittance(environment: Environment) -> None:
    last = said_by(environment, a_slip(amount=shillings(150_000), balance=shillings(0)))
    assert "Paid in full" in last
    assert "Part payment" not in last


@given(*(st.integers(0, 10**9) for _ in range(4)))
def test_the_total_is_the_sum_of_the_lines(
    amount: int, platform: int, processing: int, provider: int
) -> None:
    fees = Fees(shillings(platform), shillings(processing), shillings(provider))
    assert (
        a_slip(amount=shillings(amount), fees=fees).total.minor == amount + platform + processing + provider
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("facts", SLIPS.values(), ids=SLIPS)
def test_the_table_adds_up_as_it_is_printed(
    environment: Environment, facts: ReceiptFacts, language: Language
) -> None:
    cells = [cell.text_content() for cell in drawn(environment, facts, language).findall(".//td")]
    moving = [cell for cell in cells if cell.startswith("TSh")]
    assert len(cells) - len(moving) == (len(facts.lines) if facts.exchange else 0)
    *lines, total = (int("".join(filter(str.isdigit, cell))) for cell in moving)
    assert sum(lines) == total == facts.total.minor


def test_what_came_late_shows_both_times(environment: Environment) -> None:
    late = said_by(environment, LATE_AND_TWICE)
    assert "Paid on 3 Mar 2026, 14:04 (EAT)" in late
    assert "Arrived late, recorded on 4 Mar 2026, 12:00 (EAT)" in late
    assert "recorded on" not in said_by(environment, FULL)


@pytest.mark.covers("C11")
def test_without_the_providers_time_the_slip_shows_when_we_knew(environment: Environment) -> None:
    assert "Paid on 3 Mar 2026, 14:05 (EAT)" in said_by(environment, a_slip(provider_paid_at=None))


def test_money_beyond_the_bill_is_named_as_the_payers_own(environment: Environment) -> None:
    extra = "TSh 450,000 of this was more than the bill. It is still yours."
    assert extra in said_by(environment, LATE_AND_TWICE)
    assert "still yours" not in said_by(environment, FULL)


def test_what_is_not_known_is_left_out(environment: Environment) -> None:
    slip = said_by(environment, a_slip(phone=None, provider_code=None))
    assert "Paid with M-Pesa Paid in full" in slip
    assert not any(word in slip for word in ("reference", "None", "TIN"))


def test_the_landlords_tax_number_stands_beside_the_name(environment: Environment) -> None:
    assert "Landlord Joseph Mollel · TIN 123-456-789" in said_by(
        environment, a_slip(landlord_tin="123-456-789")
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", BILLED)
@pytest.mark.parametrize("method", PaymentMethod)
def test_every_type_and_method_has_its_words(
    environment: Environment, language: Language, kind: str, method: str
) -> None:
    slip = said_by(environment, a_slip(type=kind, method=method), language)
    assert not any(name in slip for name in (kind, method))


def test_dollars_are_written_with_their_cents(environment: Environment) -> None:
    none = Money(0, Currency.USD)
    slip = said_by(environment, a_slip(amount=Money(20_050, Currency.USD), fees=Fees(none, none, none)))
    assert "Total paid US$ 200.50" in slip
    assert "Two hundred US dollars and fifty cents only" in slip


@pytest.mark.parametrize("language", Language)
def test_a_slip_is_one_heading_and_one_table_whose_rows_are_headed(
    environment: Environment, language: Language
) -> None:
    slip = drawn(environment, PART, language)
    assert [len(slip.findall(f".//{tag}")) for tag in ("h1", "table", "dl")] == [1, 1, 0]
    assert {header.get("scope") for header in slip.iter("th")} == {"row"}
    assert slip.findtext(".//svg/title") == "7K29-QXM4-AB1C"


@pytest.mark.parametrize("language", Language)
def test_words_of_the_other_language_are_marked_as_such(environment: Environment, language: Language) -> None:
    slip = drawn(environment, PART, language)
    other = SW if language is EN else EN
    assert [section.get("lang") for section in slip.iter("section")] == [other] * 3
    for section in slip.findall(".//section"):
        section.getparent().remove(section)
    assert ("Risiti" if language is EN else "Receipt") not in words(slip)


HOSTILE = "<img src=http://127.0.0.1/><link rel=attachment href=file:///etc/passwd>{{ 7 * 7 }}"


@pytest.mark.parametrize("field", ["landlord", "tenant", "place", "phone", "provider_code", "landlord_tin"])
def test_markup_in_what_others_wrote_is_only_text(environment: Environment, field: str) -> None:
    slip = drawn(environment, a_slip(FULL, **{field: HOSTILE}))
    assert "<img src=http://127.0.0.1/><link rel=attachment" in words(slip)
    assert not [*slip.iter("img"), *slip.iter("link")]
    assert "49" not in words(slip).replace("450", "")


def test_a_name_without_end_is_cut(environment: Environment) -> None:
    slip = said_by(environment, a_slip(tenant="A" * 10_000, landlord="B" * 10_000))
    assert f"Tenant {'A' * 119}… " in slip
    assert f"Landlord {'B' * 89}… " in slip
