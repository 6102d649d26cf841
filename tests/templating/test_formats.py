"""Money, days and instants as they are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.domain.money import Currency, Money, shillings
from portal.domain.zone import EAST_AFRICA
from portal.templating import formats
from portal.templating.language import Language

EN, SW = Language.EN, Language.SW


@pytest.mark.covers("M13")
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "amount, written",
    [
        (shillings(450_000), "TSh\u00a0450,000"),
        (shillings(0), "TSh\u00a00"),
        (shillings(1_234_567_890), "TSh\u00a01,234,567,890"),
        (shillings(-3_500), "\u2212TSh\u00a03,500"),
        (Money(20_000, Currency.USD), "US$\u00a0200.00"),
        (Money(5, Currency.USD), "US$\u00a00.05"),
    ],
)
def test_money_is_written_alike_in_both_languages(amount: Money, written: str, language: Language) -> None:
    assert formats.money_text(amount, language) == written


@pytest.mark.covers("D72")
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "rate, written", [("2650.5", "2,650.50"), ("2700", "2,700.00"), ("2650.123456", "2,650.123456")]
)
def test_a_rate_is_written_with_all_its_digits(rate: str, written: str, language: Language) -> None:
    assert formats.rate_text(Decimal(rate), language) == f"TSh\u00a0{written}"


@given(st.integers(-(10**15), 10**15), st.sampled_from(list(Currency)), st.sampled_from(list(Language)))
def test_no_digit_of_an_amount_is_lost(minor: int, currency: Currency, language: Language) -> None:
    digits = "".join(c for c in formats.money_text(Money(minor, currency), language) if c.isdigit())
    assert int(digits) == abs(minor)


def test_on_a_page_the_unit_of_money_stands_in_its_own_element() -> None:
    markup = formats.money_markup(shillings(450_000), EN)
    assert markup == '<span class="money"><span class="unit">TSh</span>\u00a0450,000</span>'


@pytest.mark.covers("M13")
def test_days_and_months_are_written_in_the_language() -> None:
    day = date(2026, 3, 3)
    assert (formats.date_text(day, EN), formats.date_text(day, SW)) == ("3 March 2026", "3 Machi 2026")
    assert (formats.short_date_text(day, EN), formats.short_date_text(day, SW)) == (
        "3 Mar 2026",
        "3 Mac 2026",
    )
    assert (formats.month_text(day, EN), formats.month_text(day, SW)) == ("March 2026", "Machi 2026")


@pytest.mark.covers("M13")
def test_the_swahili_clock_stands_beside_the_24_hours_and_never_alone() -> None:
    instant = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
    assert formats.instant_text(instant, EN) == "24 Nov 2026, 14:05 (EAT)"
    assert formats.instant_text(instant, SW) == "24 Nov 2026, 14:05 (saa 8:05 mchana, EAT)"
    assert (formats.clock_text(instant, EN), formats.clock_text(instant, SW)) == (
        "14:05",
        "14:05 (saa 8:05 mchana)",
    )


def test_an_evening_in_utc_is_the_next_day_in_dar_es_salaam() -> None:
    instant = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    assert formats.instant_text(instant, EN) == "1 Jan 2027, 00:30 (EAT)"


@pytest.mark.parametrize(
    "hour, spoken",
    [
        (0, "saa 6:00 usiku"),
        (3, "saa 9:00 usiku"),
        (4, "saa 10:00 alfajiri"),
        (6, "saa 12:00 alfajiri"),
        (7, "saa 1:00 asubuhi"),
        (8, "saa 2:00 asubuhi"),
        (11, "saa 5:00 asubuhi"),
        (12, "saa 6:00 mchana"),
        (15, "saa 9:00 mchana"),
        (16, "saa 10:00 jioni"),
        (18, "saa 12:00 jioni"),
        (19, "saa 1:00 usiku"),
        (23, "saa 5:00 usiku"),
    ],
)
def test_the_swahili_day_counts_its_hours_from_six(hour: int, spoken: str) -> None:
    assert formats.swahili_clock(datetime(2026, 3, 3, hour, tzinfo=EAST_AFRICA)) == spoken


def test_no_two_minutes_of_a_day_sound_alike() -> None:
    midnight = datetime(2026, 3, 3, tzinfo=EAST_AFRICA)
    spoken = {formats.swahili_clock(midnight + timedelta(minutes=minute)) for minute in range(24 * 60)}
    assert len(spoken) == 24 * 60


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_both_languages_give_the_same_24_hours(instant: datetime) -> None:
    clock = f"{instant + timedelta(hours=3):%H:%M}"
    assert all(f", {clock} (" in formats.instant_text(instant, language) for language in Language)


@pytest.mark.parametrize(
    "text, held",
    [
        ("by M-Pesa", 'by <span class="unbroken">M-Pesa</span>'),
        (
            "code F70M-QYJT-RHB3.",
            'code <span class="unbroken">F70M-QYJT-RHB3</span>.',
        ),
        ("Deposit · A3, Mikocheni", "Deposit\u00a0· A3, Mikocheni"),
        ("a - b", "a - b"),
        ("<x-y>", '&lt;<span class="unbroken">x-y</span>&gt;'),
    ],
)
def test_a_word_with_a_hyphen_stays_in_one_piece_and_a_dot_begins_no_line(text: str, held: str) -> None:
    assert formats.unbroken(text) == held


def test_the_hyphens_of_a_tag_are_left_alone() -> None:
    markup = Markup('<b class="more-of">e-mail</b>')
    assert formats.unbroken(markup) == '<b class="more-of"><span class="unbroken">e-mail</span></b>'


def test_the_day_of_an_instant_is_that_of_east_africa() -> None:
    late = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    assert (formats.day_text(late, EN), formats.day_text(late, SW)) == ("4 Mar 2026", "4 Mac 2026")
