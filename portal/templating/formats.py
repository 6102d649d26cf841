"""Money, days and instants as a reader of either language writes them; always in East Africa Time.

Source: CLDR by Babel; the Swahili clock and its place beside the 24 hours, features.md §5.1 rule 9.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency
from markupsafe import Markup, escape

from portal.domain.money import EXPONENT, Money
from portal.domain.zone import EAST_AFRICA
from portal.templating.language import Language

_HYPHENATED = re.compile(r"<[^>]*>|\b\w{1,12}(?:-\w{1,12})+\b")
"""Or a tag, whose own hyphens are left alone."""
NO_BREAK_SPACE = "\u00a0"
LOCALES = {Language.EN: "en_TZ", Language.SW: "sw_TZ"}


def money_text(amount: Money, language: Language) -> str:
    """`TSh 450,000`, `US$ 200.00`, with a no-break space."""
    decimals = "0" * EXPONENT[amount.currency]
    pattern = f"¤{NO_BREAK_SPACE}#,##0" + (f".{decimals}" if decimals else "")
    return format_currency(
        amount.major, amount.currency, pattern, LOCALES[language], currency_digits=False
    ).replace("-", "\u2212")


def rate_text(rate: Decimal, language: Language) -> str:
    """The shillings for one dollar: `TSh 2,650.50`, with a no-break space."""
    pattern = f"¤{NO_BREAK_SPACE}#,##0.00####"
    return format_currency(rate, "TZS", pattern, LOCALES[language], currency_digits=False)


def money_markup(amount: Money, language: Language) -> Markup:
    """The same for a page, where the sign of the currency is smaller than the figures."""
    unit, _, figures = money_text(amount, language).partition(NO_BREAK_SPACE)
    return Markup('<span class="money"><span class="unit">{}</span>{}{}</span>').format(
        unit, NO_BREAK_SPACE, figures
    )


def unbroken(text: str) -> Markup:
    """Text whose words with a hyphen (M-Pesa, e-mail, 26-000123) never break, and whose dots begin no line."""
    held = str(escape(text)).replace(" · ", f"{NO_BREAK_SPACE}· ")
    return Markup(_HYPHENATED.sub(_in_one_piece, held))  # noqa: S704  (escaped here)


def _in_one_piece(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else f'<span class="unbroken">{found[0]}</span>'


def date_text(day: date, language: Language) -> str:
    """`3 March 2026`, `3 Machi 2026`."""
    return format_date(day, "d MMMM y", LOCALES[language])


def short_date_text(day: date, language: Language) -> str:
    """`3 Mar 2026`, `3 Mac 2026`, for tables."""
    return format_date(day, "d MMM y", LOCALES[language])


def month_text(month: date, language: Language) -> str:
    """`March 2026`, `Machi 2026`."""
    return format_date(month, "MMMM y", LOCALES[language])


def month_name_text(month: date, language: Language) -> str:
    """`March`, `Machi`, beside a month that names the year."""
    return format_date(month, "MMMM", LOCALES[language])


def instant_text(instant: datetime, language: Language) -> str:
    """`24 Nov 2026, 14:05 (EAT)`, `24 Nov 2026, 14:05 (saa 8:05 mchana, EAT)`."""
    here = instant.astimezone(EAST_AFRICA)
    beside = f"{swahili_clock(here)}, EAT" if language is Language.SW else "EAT"
    return f"{short_date_text(here, language)}, {here:%H:%M} ({beside})"


def day_text(instant: datetime, language: Language) -> str:
    """The day alone: `3 Mar 2026`."""
    return short_date_text(instant.astimezone(EAST_AFRICA), language)


def clock_text(instant: datetime, language: Language) -> str:
    """The time of day alone: `14:05`, `14:05 (saa 8:05 mchana)`."""
    here = instant.astimezone(EAST_AFRICA)
    return f"{here:%H:%M} ({swahili_clock(here)})" if language is Language.SW else f"{here:%H:%M}"


# CLDR 46, dayPeriodRules of sw: the hour at which each part of the day begins.
_PERIODS = ((19, "usiku"), (16, "jioni"), (12, "mchana"), (7, "asubuhi"), (4, "alfajiri"), (0, "usiku"))


def swahili_clock(here: datetime) -> str:
    """`saa 8:05 mchana` for 14:05: the day's hours are counted from six."""
    hour = (here.hour - 6) % 12 or 12
    period = next(name for start, name in _PERIODS if here.hour >= start)
    return f"saa {hour}:{here:%M} {period}"
