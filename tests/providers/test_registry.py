"""Which provider serves which method, and which are off."""

from __future__ import annotations

import pytest

from portal.domain.method import PaymentMethod
from portal.providers.registry import Registry
from tests.fakes import FakeProvider


def test_a_method_without_a_provider_is_off() -> None:
    registry = Registry([FakeProvider()])
    assert registry.for_method(PaymentMethod.MPESA)
    assert registry.for_method(PaymentMethod.AIRTEL_MONEY) is None


def test_a_provider_that_is_off_is_not_known() -> None:
    registry = Registry([FakeProvider()])
    assert registry.knows("mpesa")
    assert not registry.knows("airtel")
    with pytest.raises(KeyError):
        registry.named("airtel")


async def test_closing_lets_go_of_every_provider() -> None:
    providers = [FakeProvider("one"), FakeProvider("two")]
    await Registry(providers).close()
    assert [provider.closed for provider in providers] == [True, True]
