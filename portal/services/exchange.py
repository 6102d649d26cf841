"""Which quote a payer of dollars sees: the one they saw before while it stands, else one by the rate of now."""

from __future__ import annotations

from portal.domain.errors import NoExchangeRate
from portal.domain.exchange import Exchange, rate_at
from portal.domain.money import Currency
from portal.services.tools import Tools


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
