"""Which providers there are, and which serves which method; one with no settings is simply not here."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.domain.method import BESIDE, PaymentMethod
from portal.domain.payment import Payment
from portal.providers.airtel_money import AirtelMoney
from portal.providers.azampay import AzamPay
from portal.providers.bank_transfer import BankTransfer
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_vodacom import Vodacom
from portal.providers.provider import Means, Offered, Provider, callback_keys
from portal.providers.stripe_cards import StripeCards
from portal.providers.switched_off import SwitchedOff
from portal.providers.tigo_pesa import TigoPesa

PROVIDERS: dict[str, type[Offered]] = {
    "MPESA_VODACOM": Vodacom,
    "MPESA_DARAJA": Daraja,
    "TIGO_PESA": TigoPesa,
    "AIRTEL_MONEY": AirtelMoney,
    "AZAMPAY": AzamPay,
    "STRIPE": StripeCards,
    "BANK_TRANSFER": BankTransfer,
}
"""Every provider, by what the names of its settings begin with. Of two that serve one method the first does."""

WEBHOOKS = ("mpesa", "tigo", "airtel", "azampay", "stripe", "bank")
"""The addresses that providers call; those of one that is switched off stay, for it says a thing once."""


def open_providers(configs: Mapping[str, Any], means: Means) -> list[Provider]:
    """Those that have settings, in the order of `configs`."""
    return [PROVIDERS[prefix].open(config, means) for prefix, config in configs.items()]


class Registry:
    """The providers that are switched on."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._by_name = {provider.name: provider for provider in providers}
        self._by_method: dict[PaymentMethod, Provider] = {}
        for provider in self._by_name.values():
            for method in provider.methods:
                self._by_method.setdefault(method, provider)

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_name.values())

    def methods_of(self, provider: Provider) -> tuple[PaymentMethod, ...]:
        """Those that it serves; of two that could the first does."""
        return tuple(method for method in provider.methods if self._by_method[method] is provider)

    def named(self, name: str) -> Provider:
        """The provider that an older payment went through; one that is off now answers nothing."""
        return self._by_name.get(name) or SwitchedOff(name)

    def knows(self, name: str) -> bool:
        return name in self._by_name

    def called_at(self, webhook: str, key: str) -> Provider | None:
        """The provider that has one address for all its callbacks, if this is it."""
        # A list, so that every key is tried and the time tells nobody which one fitted.
        found = [provider for provider in self._by_name.values() if _is_at(provider, webhook, key)]
        return next(iter(found), None)

    def for_method(self, method: PaymentMethod) -> Provider | None:
        return self._by_method.get(method)

    def speaks_of(self, method: PaymentMethod) -> bool:
        """A way to pay beside the customer's is none where nobody serves it; theirs is shown as not open yet."""
        return method not in BESIDE or self.for_method(method) is not None

    def can_be_asked(self, payment: Payment) -> bool:
        """By the provider's id or, where its answer was lost and the provider knows it, by our reference."""
        able = self.named(payment.provider).capabilities
        return able.answers_questions and (payment.request_id is not None or able.known_by_our_reference)

    async def close(self) -> None:
        for provider in self._by_name.values():
            await provider.close()


def _is_at(provider: Provider, webhook: str, key: str) -> bool:
    if provider.webhook != webhook:
        return False
    if provider.callback_key is None:
        return provider.capabilities.signs and not key
    # A list, for the same reason.
    fits = [hmac.compare_digest(one.encode(), key.encode()) for one in callback_keys(provider.callback_key)]
    return any(fits)


def registry_of(configs: Mapping[str, Any], means: Means, given: Iterable[Provider] | None) -> Registry:
    """Of those that are given, or of all that have settings."""
    return Registry(open_providers(configs, means) if given is None else given)
