"""What a provider keeps of a payment for itself is booked once."""

from __future__ import annotations

import pytest

from portal.domain.events import ProviderCharged
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.payment_state import IllegalTransition
from tests.makers import a_payment
from tests.refunds import told


def test_a_provider_charges_for_a_payment_once() -> None:
    charged = ProviderCharged(amount=shillings(2_000), source=Source.OFFICE)
    once = told(a_payment(), charged)
    assert once.provider_cost == shillings(2_000)
    with pytest.raises(IllegalTransition):
        told(once, charged)
