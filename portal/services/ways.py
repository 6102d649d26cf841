"""How so much can be paid: every way with what it costs and takes, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.domain.errors import MethodUnavailable
from portal.domain.limits import PushLimit, push_limit
from portal.domain.method import (
    CHOICES,
    HOME_NETWORK,
    Details,
    PaymentMethod,
    details_of,
    first_guess,
)
from portal.domain.money import Money
from portal.domain.person import Guest, Payer
from portal.domain.phone import Network, Phone
from portal.domain.zone import EAST_AFRICA
from portal.providers.registry import Registry
from portal.services.orders import fees_of, provider_of
from portal.services.step import MethodChoice
from portal.services.weather import FAIR, Notice


def ways(
    registry: Registry,
    payer: Payer,
    amount: Money,
    phone: Phone | None,
    now: datetime,
    told: Sequence[Notice] = (),
) -> list[MethodChoice]:
    """The wallet of the phone's first network is preselected; the payer's choice decides.

    What is `told` of a provider stands beside its ways, and one that is switched off cannot be chosen.
    """
    guess = first_guess(phone.first_network if phone else None)
    weather = {method: notice.weather for notice in told for method in notice.methods}
    plain = [
        _way(registry, method, amount, now, preselected=method is guess) for method in methods_for(payer)
    ]
    return [choice.under(weather.get(choice.method, FAIR)) for choice in plain]


def methods_for(payer: Payer) -> list[PaymentMethod]:
    """A guest pays from a phone at hand: a card's page and a transfer lead back to the tenant's own pages."""
    guest = isinstance(payer, Guest)
    return [method for method in CHOICES if not guest or details_of(method) is Details.PHONE]


def moved_from(method: PaymentMethod | None, phone: Phone | None) -> Network | None:
    """The network that a number started on, where another one was chosen for it."""
    home = HOME_NETWORK.get(method) if method else None
    started = phone.first_network if phone else None
    return started if home and started and started is not home else None


def _way(
    registry: Registry, method: PaymentMethod, amount: Money, now: datetime, *, preselected: bool
) -> MethodChoice:
    try:
        provider_of(registry, method)
        fees, _ = fees_of(method, amount, now)
    except MethodUnavailable:
        return MethodChoice(method=method, fees=None, limit=None, problem="off", preselected=False)
    limit = push_limit(method, amount.currency, now.astimezone(EAST_AFRICA).date())
    problem = _beyond(limit, amount + fees.total) if limit else None
    return MethodChoice(
        method=method,
        fees=fees,
        limit=limit,
        problem=problem,
        preselected=preselected and problem is None,
    )


def _beyond(limit: PushLimit, total: Money) -> str | None:
    if limit.admits(total):
        return None
    return "too_much" if total > limit.range[1] else "too_little"
