"""Which provider serves which method, and which are off."""

from __future__ import annotations

import pytest

from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotSent, Reason, Unknown
from portal.providers.registry import Registry
from portal.providers.switched_off import ProviderOff
from tests.fakes import FakeProvider
from tests.providers.account import an_inquiry, an_instruction
from tests.providers.refunds import a_refund


def test_a_method_without_a_provider_is_off() -> None:
    registry = Registry([FakeProvider()])
    assert registry.for_method(PaymentMethod.MPESA)
    assert registry.for_method(PaymentMethod.AIRTEL_MONEY) is None


def test_a_provider_that_is_off_is_not_known() -> None:
    registry = Registry([FakeProvider()])
    assert registry.knows("mpesa")
    assert not registry.knows("airtel")


async def test_a_provider_that_is_off_answers_nothing_about_older_payments() -> None:
    off = Registry([]).named("airtel")
    assert (off.name, off.methods) == ("airtel", ())
    assert await off.start(an_instruction()) == NotSent("provider switched off")
    assert await off.check(an_inquiry("request-1")) == Unknown(Reason.AMBIGUOUS, "provider switched off")
    assert await off.refund(a_refund()) == NotSent("provider switched off")
    for read in (off.verify, off.translate):
        with pytest.raises(ProviderOff):
            read("{}")
    await off.close()


async def test_closing_lets_go_of_every_provider() -> None:
    providers = [FakeProvider("one"), FakeProvider("two")]
    await Registry(providers).close()
    assert [provider.closed for provider in providers] == [True, True]
