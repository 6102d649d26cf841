"""Stripe's settings: two keys switch it on, its address has a default, and production takes no key for tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain.method import CARDS
from portal.providers.provider import Means
from portal.providers.registry import Registry, open_providers
from portal.providers.stripe_cards import StripeCards
from portal.providers.stripe_config import StripeConfig
from tests.makers import FakeClock, seeded
from tests.settings import test_production as production
from tests.settings.test_settings import faults, read

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_of0the0tests", "STRIPE_WEBHOOK_SECRET": "whsec_of0the0tests0alone"}
LIVE = STRIPE | {"STRIPE_SECRET_KEY": "sk_live_of0the0tests"}


@pytest.mark.covers("D24")
async def test_with_its_two_secrets_stripe_takes_every_card_and_wallet() -> None:
    means = Means(clock=FakeClock(), monotonic=lambda: 0.0, random=seeded())
    registry = Registry(open_providers(read(**STRIPE).providers, means))
    found = {registry.for_method(method) for method in CARDS}
    (cards,) = found
    assert isinstance(cards, StripeCards)
    assert registry.called_at("stripe", "") is cards
    assert registry.called_at("stripe", "anything") is None
    await registry.close()


def test_its_address_is_the_real_one_unless_another_is_set() -> None:
    for told, address in (({}, "https://api.stripe.com"), ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, None)):
        config = read(**STRIPE, **told).providers["STRIPE"]
        assert isinstance(config, StripeConfig)
        assert config.api_base == (address or told["STRIPE_API_BASE"])


@pytest.mark.parametrize("name", sorted(STRIPE))
def test_half_of_its_settings_stop_the_start(name: str) -> None:
    assert faults(**{**STRIPE, name: None}) == [
        f"{name}: missing, though other settings of this provider are there"
    ]


@pytest.mark.parametrize(
    "name, value",
    [
        ("STRIPE_SECRET_KEY", "pk_test_of0the0tests"),
        ("STRIPE_WEBHOOK_SECRET", "of the tests"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_of0the0tests"),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("STRIPE_API_BASE", "https://api.stripe.com/"),
    ],
)
def test_a_setting_that_will_not_do_is_named(name: str, value: str) -> None:
    (fault,) = faults(**{**STRIPE, name: value})
    assert fault.startswith(f"{name}: ")
    assert value not in fault


@pytest.mark.covers("D45")
def test_its_secrets_can_come_from_files(tmp_path: Path) -> None:
    files = {}
    for name, value in STRIPE.items():
        (tmp_path / name).write_text(f"{value}\n")
        files[f"{name}_FILE"] = str(tmp_path / name)
    config = read(**files).providers["STRIPE"]
    assert isinstance(config, StripeConfig)
    assert config.secret_key == STRIPE["STRIPE_SECRET_KEY"]


def test_a_live_key_starts_production_and_one_for_tests_does_not() -> None:
    production.read(**LIVE)
    assert production.fault(**STRIPE) == "STRIPE_SECRET_KEY: a key for tests moves no money"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8001/stripe", "https://sandbox.example/stripe"])
def test_production_does_not_ask_a_simulated_stripe_for_money(address: str) -> None:
    told = production.fault(**LIVE, STRIPE_API_BASE=address)
    assert told == "STRIPE_API_BASE: a sandbox moves no money"
