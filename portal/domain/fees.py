"""What a payment costs the payer: a dated table per method and currency.

Rounding (D84): the provider's line is rounded first, half up to the whole minor unit, as the provider will take it.
Then the exact sum of all three lines is rounded once in the same way, and the platform line takes the remainder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, rounded


@dataclass(frozen=True, slots=True)
class Fees:
    """The customer's PaymentFees; all three are borne by the payer."""

    platform: Money
    processing: Money
    provider: Money

    @property
    def total(self) -> Money:
        return self.platform + self.processing + self.provider


@dataclass(frozen=True, slots=True)
class FeeRule:
    """Fees of one method and currency from a day on. Rates are shares of the amount; flats and caps are minor units.

    The provider's is a flat sum by the amount's band, and a share of the amount on top.
    """

    method: PaymentMethod
    currency: Currency
    valid_from: date
    platform_rate: Decimal
    processing_flat: int
    provider_bands: tuple[tuple[int, int], ...]
    version: str
    provider_rate: Decimal = Decimal(0)

    def applied_to(self, amount: Money) -> Fees:
        platform = amount.times(self.platform_rate)
        band = next(fee for ceiling, fee in self.provider_bands if amount.minor <= ceiling)
        provider = rounded(band + amount.times(self.provider_rate))
        total = rounded(platform + self.processing_flat + provider)
        return Fees(
            platform=Money(total - self.processing_flat - provider, amount.currency),
            processing=Money(self.processing_flat, amount.currency),
            provider=Money(provider, amount.currency),
        )


NO_CEILING = 10**12
WALLET_BANDS = ((50_000, 250), (200_000, 500), (1_000_000, 1_000), (NO_CEILING, 2_000))
"""What the operators take of us, in shillings: the same of each until its contract says otherwise."""


def _wallet(method: PaymentMethod, version: str) -> FeeRule:
    return FeeRule(
        method=method,
        currency=Currency.TZS,
        valid_from=date(2026, 1, 1),
        platform_rate=Decimal("0.005"),
        processing_flat=250,
        provider_bands=WALLET_BANDS,
        version=version,
    )


def _card(method: PaymentMethod, version: str) -> FeeRule:
    """Stripe's list price for cards, its thirty cents in shillings."""
    return FeeRule(
        method=method,
        currency=Currency.TZS,
        valid_from=date(2026, 1, 1),
        platform_rate=Decimal("0.005"),
        processing_flat=250,
        provider_bands=((NO_CEILING, 800),),
        provider_rate=Decimal("0.029"),
        version=version,
    )


FEE_RULES = (
    _wallet(PaymentMethod.MPESA, "mpesa-2026-01"),
    _wallet(PaymentMethod.TIGO_PESA, "tigo-pesa-2026-01"),
    _wallet(PaymentMethod.AIRTEL_MONEY, "airtel-money-2026-01"),
    _wallet(PaymentMethod.HALOPESA, "halopesa-2026-01"),
    _wallet(PaymentMethod.AZAMPESA, "azampesa-2026-01"),
    _card(PaymentMethod.CREDIT_CARD, "credit-card-2026-01"),
    _card(PaymentMethod.DEBIT_CARD, "debit-card-2026-01"),
    _card(PaymentMethod.DIGITAL_WALLET, "digital-wallet-2026-01"),
    # The payer's own bank takes what it takes; ours takes nothing for what comes in.
    FeeRule(
        method=PaymentMethod.BANK_TRANSFER,
        currency=Currency.TZS,
        valid_from=date(2026, 1, 1),
        platform_rate=Decimal("0.005"),
        processing_flat=250,
        provider_bands=((NO_CEILING, 0),),
        version="bank-transfer-2026-01",
    ),
)


class NoFeeRule(LookupError):
    """No rule covers this method, currency and day, so the method cannot be offered."""


def fee_rule(
    method: PaymentMethod, currency: Currency, on: date, rules: tuple[FeeRule, ...] = FEE_RULES
) -> FeeRule:
    """The youngest rule that is in force on that day."""
    fitting = [r for r in rules if (r.method, r.currency) == (method, currency) and r.valid_from <= on]
    if not fitting:
        raise NoFeeRule(f"{method} {currency} {on}")
    return max(fitting, key=lambda rule: rule.valid_from)


def rule_of_version(version: str, rules: tuple[FeeRule, ...] = FEE_RULES) -> FeeRule | None:
    """The rule that a payment's fees were worked out by; None for one that this table has no more."""
    return next((rule for rule in rules if rule.version == version), None)
