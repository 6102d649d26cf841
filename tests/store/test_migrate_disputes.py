"""Disputes of the time when nobody booked what a provider keeps for one are carried over, and cost nothing yet."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.dispute import DisputeCharged, DisputeOpened
from portal.domain.money import Currency, Money
from portal.store import ledger_check, payments, replay
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NOW, PAYMENT, put_in_store, put_payment
from tests.store.carrying_over import all_rows, carried_over

BEFORE = "0026"
FEE = Money(1_500, Currency.USD)


def as_before(row: dict[str, Any]) -> dict[str, Any]:
    if "disputes" not in row:
        return row
    known = [
        {name: one[name] for name in one if name not in ("fee", "fee_told_at")} for one in row["disputes"]
    ]
    return row | {"disputes": known}


def booked(tx: Tx, *events: DisputeOpened | DisputeCharged) -> None:
    payments.append(tx, payments.load(tx, PAYMENT), events, NOW, reference=PAYMENT)


@pytest.mark.covers("O11", "I9")
async def test_a_dispute_that_was_open_before_can_be_charged_for_once_it_is_carried_over(
    empty_url: str, sqlite_store: Store, vault: Vault
) -> None:
    await put_in_store(sqlite_store, vault)
    await put_payment(sqlite_store)
    opened = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
    await sqlite_store.write(lambda tx: booked(tx, opened))
    rows = await sqlite_store.read(all_rows)
    charged = DisputeCharged(dispute="dp_1", amount=FEE, told_at=NOW)
    async with carried_over(rows, empty_url, BEFORE, as_before) as carried:
        await carried.write(lambda tx: booked(tx, charged))
        payment = await carried.read(lambda tx: payments.load(tx, PAYMENT))
        assert payment
        assert payment.disputes.every[0].fee == FEE
        assert (await carried.snapshot(ledger_check.check)).sound
        assert (await carried.snapshot(replay.check)).differences == []
