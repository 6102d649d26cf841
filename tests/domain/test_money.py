"""Money: whole minor units, one currency at a time, and what people type for it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import AmountUnreadable, Currency, Money, parse_amount, rounded, shillings
from tests.corpus import BAD_AMOUNTS, GOOD_AMOUNTS

minors = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(Currency)


@pytest.mark.covers("D01")
@pytest.mark.parametrize("minor", [1.0, 0.1, True, None, "5", Decimal(5), float("nan")])
def test_money_is_made_of_whole_numbers_only(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, Currency.TZS)


@given(minors, minors, currencies)
def test_money_adds_and_takes_away_as_whole_numbers_do(a: int, b: int, currency: Currency) -> None:
    assert Money(a, currency) + Money(b, currency) == Money(a + b, currency)
    assert Money(a, currency) - Money(b, currency) == Money(a - b, currency)
    assert -Money(a, currency) == Money(-a, currency)


@given(minors, minors, currencies)
def test_money_is_ordered_as_whole_numbers_are(a: int, b: int, currency: Currency) -> None:
    assert (Money(a, currency) < Money(b, currency)) is (a < b)
    assert (Money(a, currency) <= Money(b, currency)) is (a <= b)
    assert (Money(a, currency) > Money(b, currency)) is (a > b)
    assert bool(Money(a, currency)) is (a != 0)


@pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_meet(act: str) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        getattr(Money(5, Currency.TZS), act)(Money(5, Currency.USD))
    assert Money(5, Currency.TZS) != Money(5, Currency.USD)


@pytest.mark.covers("S24")
def test_people_write_shillings_whole_and_dollars_with_cents() -> None:
    assert shillings(450_000).major == Decimal(450_000)
    assert Money(1_050, Currency.USD).major == Decimal("10.50")


@pytest.mark.covers("D84")
@pytest.mark.parametrize(
    "exact,whole", [("0.4", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-0.4", 0)]
)
def test_half_a_unit_goes_up(exact: str, whole: int) -> None:
    assert rounded(Decimal(exact)) == whole


@given(st.integers(0, 10**12), st.decimals(0, 1, places=6))
def test_rounding_is_never_off_by_more_than_half(minor: int, rate: Decimal) -> None:
    exact = shillings(minor).times(rate)
    assert abs(rounded(exact) - exact) <= Decimal("0.5")


@pytest.mark.parametrize("typed,minor", GOOD_AMOUNTS.items())
def test_an_amount_is_read_as_people_write_it(typed: str, minor: int) -> None:
    assert parse_amount(typed, Currency.TZS) == shillings(minor)


@given(st.integers(0, 10**12))
def test_every_amount_is_read_back_with_and_without_commas(minor: int) -> None:
    for typed in (f"{minor}", f"{minor:,}", f"TSh {minor:,}/=", f"{minor:,}".replace(",", " ")):
        assert parse_amount(typed, Currency.TZS) == shillings(minor)


@given(st.integers(0, 10**10), st.sampled_from(["${}", "US${}", "US$ {}", "USD {}", "{} USD", "{}"]))
def test_dollars_are_read_with_their_cents(minor: int, marked: str) -> None:
    typed = marked.format(f"{minor // 100:,}.{minor % 100:02d}")
    assert parse_amount(typed, Currency.USD) == Money(minor, Currency.USD)


def test_the_mark_of_another_currency_is_refused() -> None:
    for typed, currency in [("TSh 5", Currency.USD), ("$5", Currency.TZS)]:
        with pytest.raises(AmountUnreadable, match="not_a_number"):
            parse_amount(typed, currency)


def test_the_corpus_of_bad_amounts_is_large() -> None:
    assert len(set(BAD_AMOUNTS)) >= 120


@pytest.mark.parametrize("typed", dict.fromkeys(BAD_AMOUNTS), ids=ascii)
def test_what_is_not_an_amount_of_shillings_is_refused(typed: str) -> None:
    with pytest.raises(AmountUnreadable) as refusal:
        parse_amount(typed, Currency.TZS)
    assert refusal.value.problem in {"empty", "not_a_number", "decimals"}


@pytest.mark.parametrize(
    "typed,problem",
    [("", "empty"), ("TSh", "empty"), ("five", "not_a_number"), ("0.5", "decimals"), ("450.000", "decimals")],
)
def test_a_refusal_of_an_amount_says_what_is_wrong(typed: str, problem: str) -> None:
    with pytest.raises(AmountUnreadable) as refusal:
        parse_amount(typed, Currency.TZS)
    assert refusal.value.problem == problem


@given(st.text(max_size=60), currencies)
def test_any_text_is_an_amount_or_is_refused(typed: str, currency: Currency) -> None:
    try:
        amount = parse_amount(typed, currency)
    except AmountUnreadable:
        return
    assert amount.minor >= 0
    assert amount.currency is currency
    assert typed.isprintable() or typed.strip().isprintable()
