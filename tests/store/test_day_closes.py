"""The closed days in the store: kept once, and compared with what the ledger says of each day now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from portal.domain.day_close import DayClose, digest_of, together
from portal.store import day_closes
from portal.store.tables import ledger_entries
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NOW, put_in_store, put_payment

DAY = date(2026, 3, 3)


def closed(tx: Tx, day: date) -> bool:
    sums = day_closes.sums_of(tx, day)
    close = DayClose(
        day=day,
        closed_at=NOW + timedelta(days=1),
        sums=together(sums),
        digest=digest_of(sums),
        balance={"TZS": 0},
        differences=("one", "two"),
    )
    return day_closes.keep(tx, close)


@pytest.mark.covers("I10")
async def test_a_day_is_closed_once_and_read_back_as_it_was_kept(store: Store, vault: Vault) -> None:
    assert await store.read(day_closes.first_entry_day) is None
    await put_in_store(store, vault)
    await put_payment(store)
    assert await store.read(day_closes.first_entry_day) == DAY
    assert await store.write(lambda tx: closed(tx, DAY))
    assert not await store.write(lambda tx: closed(tx, DAY))
    close = await store.read(lambda tx: day_closes.load(tx, DAY))
    assert close
    assert (close.entries, close.differences, close.balance) == (5, ("one", "two"), {"TZS": 0})
    assert sum(one.sum for one in close.sums) == 0
    assert await store.read(lambda tx: day_closes.newest(tx, 5)) == [close]
    assert await store.read(day_closes.last_day) == DAY


@pytest.mark.covers("I10")
async def test_a_day_that_changes_after_its_close_is_named(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await put_payment(store)
    for day in (DAY, DAY + timedelta(days=1)):
        await store.write(lambda tx, day=day: closed(tx, day))  # type: ignore[misc]
    assert await store.read(day_closes.drift) == []
    await store.write(lambda tx: tx.execute(update(ledger_entries).values(at=NOW + timedelta(days=1))))
    drifted = await store.read(day_closes.drift)
    assert [one[:10] for one in drifted] == ["2026-03-03", "2026-03-04"]


async def test_a_closed_day_is_never_rewritten_or_taken_away(store: Store) -> None:
    await store.write(lambda tx: closed(tx, DAY))
    for change in (update(day_closes.day_closes).values(digest="x"), delete(day_closes.day_closes)):
        with pytest.raises(DBAPIError, match="append-only"):
            await store.write(lambda tx, change=change: tx.execute(change))  # type: ignore[misc]
