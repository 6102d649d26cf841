"""TANQR: the worked examples of providers.md §7.3, there and back again, and whatever else may be scanned."""

from __future__ import annotations

from dataclasses import replace
from string import printable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Currency, Money, shillings
from portal.domain.tanqr import (
    LONGEST,
    LONGEST_CITY,
    LONGEST_NAME,
    Merchant,
    Tanqr,
    TanqrUnreadable,
    checksum,
    decoded,
    encoded,
    plain,
)
from tests.makers import PAYMENT, a_reference

RESTAURANT = (
    "00020101021126390014tz.go.bot.tips010501001020812345678520458145303834"
    "5802TZ5914YN RESTAURANTS6006DODOMA610541000622103080011234907051100263047D47"
)
BAR = (
    "00020101021126400014tz.go.bot.tips01050250402091389741225204000053038345802TZ"
    "5924THE DECK AND KITCHEN BAR6008TANZANIA610514110621303091389741226304F3ED"
)
INVOICE = (
    "00020101021226390014tz.go.bot.tips0105010010208123456785204651353038345406450000"
    "5802TZ5918MAKAZI RENTALS LTD6013DAR ES SALAAM61051110162190115INV2026110001236304D8B4"
)
STICKER = (
    "00020101021126390014tz.go.bot.tips0105010010208123456785204651353038345802TZ"
    "5918MAKAZI RENTALS LTD6013DAR ES SALAAM6105111016212030800112349630402C9"
)
MAKAZI = Merchant(
    acquirer_id="01001",
    merchant_id="12345678",
    merchant_name="MAKAZI RENTALS LTD",
    merchant_city="DAR ES SALAAM",
    postal_code="11101",
)
OURS = Tanqr(merchant=MAKAZI, amount=shillings(453_500), bill_number=PAYMENT)

digits = st.text("0123456789", min_size=1, max_size=15)
letters = st.text([c for c in printable if " " <= c <= "~"], min_size=1)
merchants = st.builds(
    Merchant,
    acquirer_id=st.integers(0, 99_999).map("{:05}".format),
    merchant_id=digits,
    merchant_name=letters.map(lambda text: plain(text, LONGEST_NAME)).filter(bool),
    merchant_city=letters.map(lambda text: plain(text, LONGEST_CITY)).filter(bool),
    postal_code=st.none() | st.integers(0, 99_999).map("{:05}".format),
)
labels = st.none() | letters.map(lambda text: text[:LONGEST_NAME])
codes = st.builds(
    Tanqr,
    merchant=merchants,
    category=st.integers(0, 9_999).map("{:04}".format),
    amount=st.none() | st.integers(1, 10**13 - 1).map(shillings),
    bill_number=labels,
    store_label=labels,
    terminal_label=labels,
)


def problem(text: str) -> str:
    with pytest.raises(TanqrUnreadable) as refused:
        decoded(text)
    return refused.value.problem


def sealed(text: str) -> str:
    """With a checksum that fits, whatever stands before it."""
    return f"{text}6304{checksum(text + '6304')}"


def without(tag: str, value: str) -> str:
    return sealed(INVOICE[:-8].replace(f"{tag}{len(value):02}{value}", ""))


def with_other(old: str, new: str) -> str:
    assert INVOICE.count(old) == 1
    return sealed(INVOICE[:-8].replace(old, new))


@pytest.mark.covers("A13")
def test_the_checksum_is_that_of_its_standard() -> None:
    assert checksum("123456789") == "29B1"


@pytest.mark.covers("A13")
@pytest.mark.parametrize("example", [RESTAURANT, BAR, INVOICE, STICKER])
def test_the_worked_examples_are_read_and_written_again(example: str) -> None:
    assert encoded(decoded(example)) == example


@pytest.mark.covers("A13")
def test_the_invoice_of_the_example_says_what_it_is_for() -> None:
    code = Tanqr(merchant=MAKAZI, amount=shillings(450_000), bill_number="INV202611000123")
    assert decoded(INVOICE) == code
    assert encoded(code) == INVOICE
    assert decoded(STICKER) == Tanqr(merchant=MAKAZI, store_label="00112349")


@pytest.mark.covers("A13")
@given(codes)
def test_what_is_written_is_read_again(code: Tanqr) -> None:
    text = encoded(code)
    assert decoded(text) == code
    assert len(text) <= LONGEST


@pytest.mark.covers("A13")
@given(codes, st.data())
def test_one_changed_character_is_never_read(code: Tanqr, data: st.DataObject) -> None:
    text = encoded(code)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != text[place]))
    with pytest.raises(TanqrUnreadable):
        decoded(text[:place] + other + text[place + 1 :])


@given(st.text() | st.text("0123456789TZ.", max_size=80).map(sealed))
def test_no_text_is_a_code_by_chance(text: str) -> None:
    with pytest.raises(TanqrUnreadable):
        decoded(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "checksum"),
        ("6304", "checksum"),
        (INVOICE[:-1], "checksum"),
        (INVOICE.lower(), "checksum"),
        (INVOICE + " ", "checksum"),
        (INVOICE.replace("MAKAZI", "MÁKAZI"), "characters"),
        (sealed("1" * LONGEST), "length"),
        (sealed(INVOICE[:-8] + "62"), "length"),
        (sealed(INVOICE[:-8] + "6499AB"), "length"),
        (sealed(INVOICE[:-8] + "6400"), "length"),
        (sealed(INVOICE[:-8] + "5802TZ"), "order"),
        (without("00", "01"), "format"),
        (without("53", "834"), "currency"),
        (with_other("5303834", "5303840"), "currency"),
        (without("58", "TZ"), "country"),
        (with_other("5802TZ", "5802KE"), "country"),
        (with_other("tz.go.bot.tips", "ke.go.cbk.tips"), "scheme"),
        (without("52", "6513"), "category"),
        (with_other("52046513", "520465x3"), "category"),
        (with_other("010501001", "010501x01"), "acquirer_id"),
        (with_other("020812345678", "0208123456x8"), "merchant_id"),
        (without("59", "MAKAZI RENTALS LTD"), "merchant_name"),
        (without("60", "DAR ES SALAAM"), "merchant_city"),
        (with_other("5918MAKAZI RENTALS LTD", "5926MAKAZI RENTALS LIMITED DAR"), "merchant_name"),
        (with_other("610511101", "61051110x"), "postal_code"),
        (with_other("010212", "010211"), "amount"),
        (with_other("010212", "010213"), "kind"),
        (without("54", "450000"), "amount"),
        (with_other("5406450000", "5409450000.50"), "amount"),
        (with_other("5406450000", "54041e10"), "amount"),
        (with_other("5406450000", "54010"), "amount"),
        (with_other("5406450000", "541400000000450000"), "amount"),
    ],
)
def test_a_code_that_will_not_do_names_its_problem(text: str, expected: str) -> None:
    assert problem(text) == expected


def test_hundredths_are_read_where_there_are_none() -> None:
    assert decoded(with_other("5406450000", "5409450000.00")).amount == shillings(450_000)


def test_accounts_of_other_schemes_beside_it_are_passed_over() -> None:
    visa, other = "0216" + "4" * 16, "2708" + "freeform"
    assert decoded(with_other("26390014", f"{visa}{other}26390014")).merchant == MAKAZI
    moved = INVOICE[:-8].replace("26390014", "51390014")
    assert decoded(sealed(moved)).merchant == MAKAZI


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Money(45_000, Currency.USD)},
        {"amount": shillings(-1)},
        {"amount": shillings(10**13)},
        {"bill_number": "x" * 26},
        {"bill_number": ""},
        {"bill_number": "n\u00e4ne"},
        {"store_label": "x" * 26},
        {"category": "651"},
        {"merchant": replace(MAKAZI, acquirer_id="1001")},
        {"merchant": replace(MAKAZI, merchant_id="")},
        {"merchant": replace(MAKAZI, merchant_name=" ")},
        {"merchant": replace(MAKAZI, merchant_city="\u5317\u4eac")},
        {"merchant": replace(MAKAZI, postal_code="1110")},
    ],
)
def test_what_no_code_can_say_is_not_written(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"TANQR|field|label"):
        encoded(replace(OURS, **change))


def test_a_merchant_of_a_long_or_foreign_name_is_written_in_plain_letters() -> None:
    merchant = replace(MAKAZI, merchant_name="Café Makazi Bora ya Kisasa, Mikocheni")
    assert decoded(encoded(replace(OURS, merchant=merchant))).merchant.merchant_name == "Cafe Makazi Bora ya"


@given(st.integers(0, 2**55 - 1).map(a_reference), st.integers(1, 10**13 - 1))
def test_every_payment_of_ours_fits_into_a_code(reference: str, amount: int) -> None:
    code = replace(OURS, bill_number=reference, amount=shillings(amount))
    assert decoded(encoded(code)) == code


def test_the_merchant_of_a_worked_example_is_known_to_be_nobody() -> None:
    assert Merchant(acquirer_id="01001", merchant_id="12345678").is_example
    assert not Merchant(acquirer_id="01001", merchant_id="12345679").is_example


@pytest.mark.parametrize(
    "name, longest, expected",
    [
        ("MAKAZI RENTALS LTD", 25, "MAKAZI RENTALS LTD"),
        ("Makazi Bora ya Kisasa Rentals Limited", 25, "Makazi Bora ya Kisasa"),
        ("Nyumbani-Kwetu-Mikocheni-Rentals", 25, "Nyumbani-Kwetu-Mikocheni-"),
        ("A Nyumbani-Kwetu-Mikocheni-Rentals", 25, "A Nyumbani-Kwetu-Mikocheni"[:25]),
        ("Café  Zürich \u2013 Ñandú", 25, "Cafe Zurich Nandu"),
        ("\u5317\u4eac", 25, ""),
        ("Dar es Salaam, Tanzania", 15, "Dar es Salaam,"),
    ],
)
def test_a_long_or_foreign_name_is_cut_where_it_can_still_be_read(
    name: str, longest: int, expected: str
) -> None:
    assert plain(name, longest) == expected


@given(st.text(), st.integers(1, 40))
def test_a_plain_name_is_short_enough_and_of_plain_letters(text: str, longest: int) -> None:
    name = plain(text, longest)
    assert len(name) <= longest
    assert all(" " <= letter <= "~" for letter in name)
    assert name == name.strip()
    assert plain(name, longest) == name
