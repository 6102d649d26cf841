"""A bill in dollars is paid in shillings: by a published rate, at a quote that the payer has seen.

Rounding (D84): the shillings for each bill are rounded by themselves, half up to the whole one, and several are added.
At every rate that is taken a cent is more than a shilling, so the shillings tell the cents they stand for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from portal.domain.money import Currency, Money, rounded, shillings, sum_of

QUOTE_LIVES = timedelta(minutes=15)
"""Time to read a page and find a phone, too short to wait for a better rate."""
LEAST_RATE = Decimal(100)
_RATE = re.compile(r"[0-9]{3,5}(\.[0-9]{1,6})?", re.ASCII)
_FIELDS = {"rate", "source", "from", "until"}
_LONGEST_SOURCE = 40
"""So that rate, source and time stand on a receipt whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A quote: `rate` is the shillings for one dollar, as `source` says; it may be agreed to before `valid_until`."""

    id: str
    rate: Decimal
    source: str
    quoted_at: datetime
    valid_until: datetime

    @property
    def unit(self) -> Money:
        """What the rate is for: one dollar."""
        return Money(100, Currency.USD)

    def stands_at(self, now: datetime) -> bool:
        return now < self.valid_until

    def asked_for(self, amount: Money) -> Money:
        """The shillings for so many dollars. Raises ValueError for another currency."""
        if amount.currency is not Currency.USD:
            raise ValueError(f"a rate of the dollar says nothing of {amount.currency}")
        return shillings(rounded(amount.major * self.rate))


def asked_for(amount: Money, exchange: Exchange | None) -> Money:
    """What the payer is asked for, before fees, so that a bill is credited with `amount`."""
    return exchange.asked_for(amount) if exchange else amount


def asked_for_all(amounts: Iterable[Money], exchange: Exchange | None) -> Money:
    """For several together, at least one: each is rounded by itself."""
    return sum_of([asked_for(amount, exchange) for amount in amounts])


def asked_beyond(amount: Money, excess: Money, exchange: Exchange | None) -> Money:
    """The money that came for `excess` of an amount that was asked for: what is left of it is rounded as that alone."""
    return asked_for(amount, exchange) - asked_for(amount - excess, exchange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The shillings for one dollar, published by `source`, in force before `valid_until`."""

    rate: Decimal
    source: str
    valid_from: datetime
    valid_until: datetime

    def quoted(self, id_: str, now: datetime) -> Exchange:
        """No quote outlives its rate."""
        until = min(now + QUOTE_LIVES, self.valid_until)
        return Exchange(id=id_, rate=self.rate, source=self.source, quoted_at=now, valid_until=until)


def rate_at(rates: Sequence[Rate], now: datetime) -> Rate | None:
    """The youngest of those in force."""
    fitting = [rate for rate in rates if rate.valid_from <= now < rate.valid_until]
    return max(fitting, key=lambda rate: rate.valid_from, default=None)


EXAMPLE = "demo"
"""Whoever names it as the source of a rate has made that rate up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """`PORTAL_EXCHANGE_RATES`: a JSON list of rates of the dollar, each with `rate`, `source`, `from` and `until`.

    `rate` is a text, as `"2650.50"`, for a JSON number would be a float; `from` and `until` are instants with a zone.
    """

    rates: str

    def faults(self) -> dict[str, str]:
        try:
            self.read()
        except RatesUnreadable as error:
            return {"rates": str(error)}
        return {}

    def read(self) -> tuple[Rate, ...]:
        """Raises RatesUnreadable."""
        try:
            listed = json.loads(self.rates)
        except ValueError:
            raise RatesUnreadable("no JSON") from None
        if not isinstance(listed, list) or not listed:
            raise RatesUnreadable("a JSON list of at least one rate")
        return tuple(_rate(place, told) for place, told in enumerate(listed, start=1))

    @property
    def is_example(self) -> bool:
        """One of its rates is a demo's, and no bank's."""
        return any(rate.source == EXAMPLE for rate in self.read())


class RatesUnreadable(ValueError):
    """Says which rate it is, counted from one, and what is wrong with it."""


def _rate(place: int, told: object) -> Rate:
    if (
        not isinstance(told, dict)
        or told.keys() != _FIELDS
        or not all(isinstance(x, str) for x in told.values())
    ):
        raise RatesUnreadable(f"rate {place}: each has rate, source, from and until, as texts")
    if not _RATE.fullmatch(told["rate"]) or Decimal(told["rate"]) <= LEAST_RATE:
        raise RatesUnreadable(f"rate {place}: shillings for one dollar, as 2650.50")
    source = told["source"].strip()
    if not source or len(source) > _LONGEST_SOURCE or not source.isprintable():
        raise RatesUnreadable(f"rate {place}: a source of up to {_LONGEST_SOURCE} letters")
    begins, ends = _instant(place, told["from"]), _instant(place, told["until"])
    if begins >= ends:
        raise RatesUnreadable(f"rate {place}: it ends before it begins")
    return Rate(rate=Decimal(told["rate"]), source=source, valid_from=begins, valid_until=ends)


def _instant(place: int, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise RatesUnreadable(f"rate {place}: from and until as 2026-03-02T00:00:00+03:00")
    return instant
