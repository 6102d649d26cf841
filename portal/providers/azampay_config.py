"""The settings of AzamPay: three hosts, and the application that is registered there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from portal.providers.wire import Breaker, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class AzamPayConfig:
    """`AZAMPAY_…` of the settings.

    `base_url` takes payments, `auth_url` gives tokens, and `disbursement_url` knows how a payment stands. The `api_key`
    is asked for in the sandbox, and in production only of some.
    """

    base_url: str
    auth_url: str
    disbursement_url: str
    app_name: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True, slots=True)
class Hosts:
    """A wire to each, with a breaker of its own: that one is away says nothing of the others."""

    checkout: Wire
    auth: Wire
    disbursement: Wire

    @classmethod
    def of(cls, config: AzamPayConfig, monotonic: Callable[[], float]) -> Self:
        addresses = (config.base_url, config.auth_url, config.disbursement_url)
        return cls(*(Wire(address, Breaker(monotonic)) for address in addresses))

    async def close(self) -> None:
        for wire in (self.checkout, self.auth, self.disbursement):
            await wire.close()
