"""What a credit had paid in the time when nobody could take it out of a bill again is carried over with who got it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.domain import credit_events as c
from portal.domain import events as e
from portal.domain.bill import PaymentType
from portal.domain.credit import waiting_parts
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.reversal import went_back
from portal.store import payments, replay
from portal.store.tenant_credits import credit_uses
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.domain.test_credit_taken_back import gone
from tests.makers import BILL, LANDLORD, NOW, PAYMENT, TENANT, a_bill, a_reference, put_in_store, put_payment
from tests.store.carrying_over import all_rows, carried_over

BEFORE = "0024"
MARCH, OTHER_LANDLORD = a_reference(71), a_reference(72)


def as_before(row: dict[str, Any]) -> dict[str, Any]:
    if "credit_uses" not in row:
        return row
    known = [
        {name: use[name] for name in use if name not in ("payee", "refund")} for use in row["credit_uses"]
    ]
    return row | {"credit_uses": known}


@pytest.mark.covers("O11", "I11")
async def test_what_was_used_before_can_be_taken_out_of_its_bill_once_it_is_carried_over(
    empty_url: str, sqlite_store: Store, vault: Vault
) -> None:
    await put_in_store(sqlite_store, vault, bills=[a_bill(), a_bill(reference=MARCH)])
    await put_payment(sqlite_store)

    def uses(tx: Tx) -> None:
        payment = payments.load(tx, PAYMENT)
        assert payment
        twice = [e.DuplicateSuccess(excess=shillings(450_000), bill=BILL)]
        payment = payments.append(tx, payment, twice, NOW, reference=PAYMENT)
        kept = [c.CreditChosen(parts=waiting_parts(payment), chosen_by=TENANT)]
        used = [used_by(200_000, LANDLORD), used_by(250_000, OTHER_LANDLORD)]
        payments.append(tx, payment, [*kept, *used], NOW, reference=PAYMENT)

    await sqlite_store.write(uses)

    def goes_back(tx: Tx) -> int:
        payment = payments.load(tx, PAYMENT)
        assert payment
        assert [use.payee for use in payment.credit_uses] == [LANDLORD, OTHER_LANDLORD]
        events = went_back(payment, gone(453_500), Source.CALLBACK)
        payments.append(tx, payment, events, NOW, reference=PAYMENT)
        return int(tx.execute(select(func.sum(credit_uses.c.amount))).scalar_one())

    rows = await sqlite_store.read(all_rows)
    async with carried_over(rows, empty_url, BEFORE, as_before) as carried:
        assert await carried.write(goes_back) == 0
        assert (await carried.snapshot(replay.check)).differences == []


def used_by(amount: int, payee: str) -> c.CreditApplied:
    return c.CreditApplied(
        bill=MARCH, type=PaymentType.RENT, period=None, amount=shillings(amount), payee=payee
    )
