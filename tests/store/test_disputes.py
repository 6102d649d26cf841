"""Whose money a payer's bank asks back, of however many payments it is asked."""

from __future__ import annotations

from functools import partial

import pytest

from portal.domain.dispute import DisputeLost, DisputeOpened
from portal.domain.events import Event
from portal.store import disputes, payments
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NOW, PAYMENT, put_in_store, put_payment


def append(tx: Tx, event: Event) -> None:
    payments.append(tx, payments.load(tx, PAYMENT), [event], NOW, reference=PAYMENT)


@pytest.mark.covers("I7")
async def test_more_payments_than_a_statement_takes_names_can_be_owed_at_once(
    store: Store, vault: Vault
) -> None:
    """What is asked for the office's first page and each payout is all that no payout has."""
    await put_in_store(store, vault)
    await put_payment(store)
    owed = {PAYMENT, *(f"{number:012d}" for number in range(40_000))}
    question = partial(disputes.open_of, payments=owed)
    opened = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
    await store.write(partial(append, event=opened))
    assert await store.read(question) == {PAYMENT}
    assert await store.read(lambda tx: disputes.open_of(tx, owed - {PAYMENT})) == set()
    await store.write(partial(append, event=DisputeLost(dispute="dp_1", told_at=None)))
    assert await store.read(question) == set()
