"""How the ways to pay are doing just now, as payers are told: in trouble, or switched off by the office.

Trouble bars nobody: only a person of the office takes a way to pay away, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.alert import is_felt
from portal.domain.errors import Refused
from portal.domain.method import PaymentMethod
from portal.providers.provider import Provider
from portal.providers.registry import Registry
from portal.store import alerts, switches
from portal.store.switches import Switch
from portal.store.types import Tx


@dataclass(frozen=True, slots=True)
class Weather:
    """Of one provider. `off` says who switched it off, and why in both languages."""

    off: Switch | None = None
    troubled: bool = False

    @property
    def is_fair(self) -> bool:
        return self.off is None and not self.troubled


FAIR = Weather()


@dataclass(frozen=True, slots=True)
class Notice:
    """What payers are told of the ways to pay of one provider."""

    methods: tuple[PaymentMethod, ...]
    weather: Weather


def weather_of(tx: Tx, now: datetime) -> dict[str, Weather]:
    """Of every provider with which something is the matter, by its name."""
    off, open_alerts = switches.switched_off(tx), alerts.open_alerts(tx)
    names = {*off, *(alert.provider for alert in open_alerts)}
    return {
        name: Weather(off.get(name), is_felt((one for one in open_alerts if one.provider == name), now))
        for name in names
    }


def notices(tx: Tx, registry: Registry, now: datetime) -> list[Notice]:
    """In the order of the registry."""
    weather = weather_of(tx, now)
    return [
        Notice(registry.methods_of(provider), weather[provider.name])
        for provider in registry
        if not weather.get(provider.name, FAIR).is_fair
    ]


def may_begin(tx: Tx, provider: Provider) -> None:
    """Raise Refused (method) while the office has it switched off; what is under way goes on."""
    if provider.name in switches.switched_off(tx):
        raise Refused("method", "switched_off")
