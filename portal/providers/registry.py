"""Which provider serves which method; a provider with no settings is simply not here."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.method import PaymentMethod
from portal.providers.provider import Provider
from portal.providers.switched_off import SwitchedOff


class Registry:
    """The providers that are switched on."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._by_name = {provider.name: provider for provider in providers}
        self._by_method = {method: p for p in self._by_name.values() for method in p.methods}

    def named(self, name: str) -> Provider:
        """The provider that an older payment went through; one that is off now answers nothing."""
        return self._by_name.get(name) or SwitchedOff(name)

    def knows(self, name: str) -> bool:
        return name in self._by_name

    def for_method(self, method: PaymentMethod) -> Provider | None:
        return self._by_method.get(method)

    async def close(self) -> None:
        for provider in self._by_name.values():
            await provider.close()
