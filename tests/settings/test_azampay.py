"""AzamPay's settings: three hosts and an application, and a key of the API where one was issued."""

from __future__ import annotations

import pytest

from portal.domain.method import PaymentMethod
from portal.providers.azampay import AzamPay
from portal.providers.provider import Means
from portal.providers.registry import Registry, open_providers
from tests.makers import FakeClock, seeded
from tests.settings import test_production as production
from tests.settings.test_settings import faults, read

AZAMPAY = {
    "AZAMPAY_BASE_URL": "https://checkout.azampay.co.tz",
    "AZAMPAY_AUTH_URL": "https://authenticator.azampay.co.tz",
    "AZAMPAY_DISBURSEMENT_URL": "https://api-disbursement.azampay.co.tz",
    "AZAMPAY_APP_NAME": "Nest Pay",
    "AZAMPAY_CLIENT_ID": "an app",
    "AZAMPAY_CLIENT_SECRET": "its secret",
}
HOSTS = [name for name in AZAMPAY if name.endswith("_URL")]


@pytest.mark.covers("A7")
async def test_with_its_settings_both_wallets_are_on_and_no_address_serves_all_their_callbacks() -> None:
    means = Means(clock=FakeClock(), monotonic=lambda: 0.0, random=seeded())
    registry = Registry(open_providers(read(**AZAMPAY).providers, means))
    for method in (PaymentMethod.HALOPESA, PaymentMethod.AZAMPESA):
        assert isinstance(registry.for_method(method), AzamPay)
    assert registry.called_at("azampay", "") is None
    await registry.close()


def test_the_key_of_the_api_is_optional() -> None:
    for key in (None, "a key"):
        assert read(**AZAMPAY, AZAMPAY_API_KEY=key).providers["AZAMPAY"].api_key == key


@pytest.mark.parametrize("name", sorted(AZAMPAY))
def test_half_of_its_settings_stop_the_start(name: str) -> None:
    assert faults(**{**AZAMPAY, name: None}) == [
        f"{name}: missing, though other settings of this provider are there"
    ]


@pytest.mark.parametrize("name", HOSTS)
def test_each_host_is_an_address_and_in_production_none_of_a_sandbox(name: str) -> None:
    (fault,) = faults(**{**AZAMPAY, name: "checkout.azampay.co.tz"})
    assert fault == f"{name}: an http(s) address without a slash at its end"
    production.read(**AZAMPAY)
    for host in ("sandbox.azampay.co.tz", "authenticator-test.azampay.co.tz", "127.0.0.1:8001"):
        told = production.fault(**{**AZAMPAY, name: f"https://{host}"})
        assert told == f"{name}: a sandbox moves no money"


def test_no_print_of_the_settings_shows_a_secret() -> None:
    shown = repr(read(**AZAMPAY, AZAMPAY_API_KEY="a key of the api").providers["AZAMPAY"])
    for secret in ("an app", "its secret", "a key of the api"):
        assert secret not in shown
