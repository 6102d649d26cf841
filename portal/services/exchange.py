"""Which quote a payer of dollars sees: the one they saw before while it stands, else one by the rate of now."""

from __future__ import annotations

from datetime import timedelta

from portal.domain.errors import NoExchangeRate
from portal.domain.exchange import Exchange, rate_at
from portal.domain.money import Currency
from portal.services.tools import Tools

LEAST_LEFT = timedelta(minutes=2)
"""Of a quote that is shown: a page is not read and Pay not pressed in less."""


def quoted(tools: Tools, currency: Currency, held: Exchange | None = None) -> Exchange | None:
    """None for shillings. Raises NoExchangeRate."""
    if currency is Currency.TZS:
        return None
    now = tools.clock()
    if held is not None and held.stands_at(now):
        return held
    rate = rate_at(tools.rates, now)
    if rate is None:
        raise NoExchangeRate
    return rate.quoted(tools.reference(), now)


def worth_showing(tools: Tools, quote: Exchange) -> Exchange:
    """The next one instead of a quote that is about to end, where that holds longer."""
    now = tools.clock()
    rate = None if quote.stands_at(now + LEAST_LEFT) else rate_at(tools.rates, now)
    following = rate.quoted(tools.reference(), now) if rate else quote
    return following if following.valid_until > quote.valid_until else quote
