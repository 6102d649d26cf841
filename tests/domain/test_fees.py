"""Fees: lines that add up, rounded once, by the rule of the day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.fees import FEE_RULES, NO_CEILING, FeeRule, NoFeeRule, fee_rule
from portal.domain.method import WALLETS, PaymentMethod
from portal.domain.money import Currency, Money, shillings

rules = st.builds(
    FeeRule,
    method=st.just(PaymentMethod.MPESA),
    currency=st.just(Currency.TZS),
    valid_from=st.just(date(2026, 1, 1)),
    platform_rate=st.decimals(0, 1, places=5),
    processing_flat=st.integers(0, 10_000),
    provider_bands=st.tuples(
        st.tuples(st.integers(1, 10**6), st.integers(0, 5_000)),
        st.tuples(st.just(NO_CEILING), st.integers(0, 5_000)),
    ),
    version=st.just("any"),
    provider_rate=st.decimals(0, 1, places=5),
)
amounts = st.integers(1, NO_CEILING).map(shillings)
MPESA = FEE_RULES[0]


@pytest.mark.covers("A14", "D84")
@given(rules, amounts)
def test_the_lines_add_up_and_none_is_negative(rule: FeeRule, amount: Money) -> None:
    fees = rule.applied_to(amount)
    assert fees.total.minor == fees.platform.minor + fees.processing.minor + fees.provider.minor
    assert min(fees.platform.minor, fees.processing.minor, fees.provider.minor) >= 0


@pytest.mark.covers("D84")
@given(rules, amounts)
def test_the_sum_is_rounded_once_and_half_up(rule: FeeRule, amount: Money) -> None:
    fees = rule.applied_to(amount)
    exact = amount.minor * rule.platform_rate + fees.processing.minor + fees.provider.minor
    assert fees.total.minor == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert fees.platform.minor == fees.total.minor - fees.processing.minor - fees.provider.minor


@pytest.mark.parametrize(
    "amount,platform", [(99, 0), (100, 1), (299, 1), (300, 2), (450_000, 2_250), (450_100, 2_251)]
)
def test_half_a_shilling_of_the_percentage_goes_up(amount: int, platform: int) -> None:
    assert MPESA.applied_to(shillings(amount)).platform == shillings(platform)


@pytest.mark.parametrize(
    "amount,provider",
    [
        (1, 250),
        (50_000, 250),
        (50_001, 500),
        (200_000, 500),
        (200_001, 1_000),
        (1_000_000, 1_000),
        (1_000_001, 2_000),
    ],
)
def test_the_provider_takes_the_fee_of_the_band(amount: int, provider: int) -> None:
    assert MPESA.applied_to(shillings(amount)).provider == shillings(provider)


@pytest.mark.covers("S52")
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_the_youngest_rule_in_force_is_taken(first: int, second: int, today: int) -> None:
    start = date(2026, 1, 1)
    dated = tuple(
        replace(MPESA, valid_from=start + timedelta(days=d), version=str(d)) for d in (first, second)
    )
    on = start + timedelta(days=today)
    due = [day for day in (first, second) if day <= today]
    if due:
        assert fee_rule(PaymentMethod.MPESA, Currency.TZS, on, dated).version == str(max(due))
    else:
        with pytest.raises(NoFeeRule):
            fee_rule(PaymentMethod.MPESA, Currency.TZS, on, dated)


@pytest.mark.parametrize(
    "method,currency", [(PaymentMethod.BANK_TRANSFER, Currency.USD), (PaymentMethod.MPESA, Currency.USD)]
)
def test_a_method_or_currency_without_a_rule_is_not_offered(
    method: PaymentMethod, currency: Currency
) -> None:
    with pytest.raises(NoFeeRule):
        fee_rule(method, currency, date(2026, 3, 3))


@pytest.mark.covers("A5", "A6", "A7")
@given(st.sampled_from(list(WALLETS)), st.integers(1, NO_CEILING - 1).map(shillings))
def test_every_wallet_has_a_rule_and_a_dearer_amount_is_never_cheaper(
    wallet: PaymentMethod, amount: Money
) -> None:
    rule = fee_rule(wallet, Currency.TZS, date(2026, 3, 3))
    assert rule.method is wallet
    fees, more = rule.applied_to(amount), rule.applied_to(amount + shillings(1))
    assert fees.total.minor == fees.platform.minor + fees.processing.minor + fees.provider.minor
    assert amount + fees.total < amount + shillings(1) + more.total


def test_no_rule_of_a_wallet_begins_before_a_band_ends() -> None:
    for rule in FEE_RULES:
        ceilings = [ceiling for ceiling, _ in rule.provider_bands]
        assert ceilings == sorted(set(ceilings))
        assert ceilings[-1] == NO_CEILING


def test_a_change_of_fees_keeps_the_version_that_was_shown() -> None:
    assert len({rule.version for rule in FEE_RULES}) == len(FEE_RULES)


@pytest.mark.covers("A8", "A9", "A10", "D24")
def test_every_method_of_the_customer_has_a_rule() -> None:
    for method in PaymentMethod:
        assert fee_rule(method, Currency.TZS, date(2026, 3, 3)).method is method


@pytest.mark.covers("A8")
def test_a_card_costs_a_share_of_the_amount_rounded_as_stripe_will_take_it() -> None:
    fees = fee_rule(PaymentMethod.CREDIT_CARD, Currency.TZS, date(2026, 3, 3)).applied_to(shillings(450_017))
    assert fees.provider == shillings(13_850)
    assert fees.total == shillings(2_250 + 250 + 13_850)
