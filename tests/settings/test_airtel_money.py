"""Airtel Money's settings: four of them, and a fifth where callbacks carry a hash."""

from __future__ import annotations

import pytest

from portal.domain.method import PaymentMethod
from portal.providers.airtel_money import AirtelMoney, AirtelMoneyConfig
from portal.providers.provider import Means
from portal.providers.registry import Registry, open_providers
from tests.makers import FakeClock, seeded
from tests.settings.test_settings import faults, read

AIRTEL = {
    "AIRTEL_MONEY_BASE_URL": "https://openapi.airtel.co.tz",
    "AIRTEL_MONEY_CLIENT_ID": "an app",
    "AIRTEL_MONEY_CLIENT_SECRET": "its secret",
    "AIRTEL_MONEY_CALLBACK_KEY": "an-unguessable-end-of-an-address",
}


async def test_with_its_four_settings_airtel_money_is_on() -> None:
    means = Means(clock=FakeClock(), monotonic=lambda: 0.0, random=seeded())
    registry = Registry(open_providers(read(**AIRTEL).providers, means))
    airtel = registry.for_method(PaymentMethod.AIRTEL_MONEY)
    assert isinstance(airtel, AirtelMoney)
    assert registry.called_at("airtel", AIRTEL["AIRTEL_MONEY_CALLBACK_KEY"]) is airtel
    await registry.close()


def test_the_key_of_callback_authentication_is_optional() -> None:
    for key in (None, "a private key"):
        config = read(**AIRTEL, AIRTEL_MONEY_HASH_KEY=key).providers["AIRTEL_MONEY"]
        assert isinstance(config, AirtelMoneyConfig)
        assert config.hash_key == key


@pytest.mark.parametrize("name", sorted(AIRTEL))
def test_half_of_its_settings_stop_the_start(name: str) -> None:
    assert faults(**{**AIRTEL, name: None}) == [
        f"{name}: missing, though other settings of this provider are there"
    ]


def test_a_callback_key_that_can_be_guessed_stops_the_start() -> None:
    (fault,) = faults(**{**AIRTEL, "AIRTEL_MONEY_CALLBACK_KEY": "key"})
    assert fault.startswith("AIRTEL_MONEY_CALLBACK_KEY: ")
