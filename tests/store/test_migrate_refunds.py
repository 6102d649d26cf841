"""Refunds of the time when nobody counted what was in the air are carried over as their events tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain import refund_events as r
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.refund import RefundState
from portal.store import payments, refunds
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NOW, PAYMENT, a_reference, put_in_store, put_payment
from tests.refunds import refund_failed, requested, road, succeeded
from tests.store.carrying_over import all_rows, carried_over

BEFORE = "0017"
NEW = {
    "sent_at",
    "instead_of",
    "taken_by",
    "taken_at",
    "finding",
    "contradicted_by",
    "closed_by",
    "closed_at",
    "closing_note",
    "instead",
    "cause",
    "returned_at",
    "doubtful",
}


def as_before(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"refunds": [_known(one) for one in row["refunds"]]} if "refunds" in row else row


def _known(refund: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in refund.items() if name not in NEW}
    return kept | {"in_the_air": bool(kept["in_the_air"])}


@pytest.mark.covers("O11", "P8")
async def test_what_was_sent_twice_and_what_is_over_is_carried_over(
    empty_url: str, sqlite_store: Store, vault: Vault
) -> None:
    await put_in_store(sqlite_store, vault)
    await put_payment(sqlite_store)

    def news(tx: Tx) -> None:
        payment = payments.load(tx, PAYMENT)
        assert payment
        for number, state in enumerate(RefundState):
            name = a_reference(500 + number)
            more: list[r.RefundEvent] = []
            if state is RefundState.UNKNOWN:
                again = r.RefundDispatched(refund=name)
                more = [again, again, r.RefundNotSent(refund=name, code="connect")]
            events = [*road(state, requested(payment, shillings(50_000), refund=name)), *more]
            if state is RefundState.SUCCEEDED:
                events[-1] = succeeded(name, sent_at=NOW - timedelta(days=1))
            if state is RefundState.FAILED:
                events[-1] = replace(refund_failed(name), source=Source.CALLBACK)
            payment = payments.append(tx, payment, events, NOW, reference=PAYMENT)

    await sqlite_store.write(news)
    rows = await sqlite_store.read(all_rows)
    async with carried_over(rows, empty_url, BEFORE, as_before) as carried:
        payment = await carried.read(lambda tx: payments.load(tx, PAYMENT))
        assert payment
        by_state = {one.state: one for one in payment.refunds}
        assert by_state[RefundState.UNKNOWN].in_the_air == 2
        assert by_state[RefundState.SUCCEEDED].went_at == NOW - timedelta(days=1)
        assert by_state[RefundState.FAILED].doubtful
        waiting, _ = await carried.read(refunds.counted_for_the_office)
        assert waiting == len([one for one in payment.refunds if one.is_open]) + 1
