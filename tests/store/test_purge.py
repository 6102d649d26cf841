"""What passes goes when its time is over, a batch at a time, and nothing that stays is touched."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Table, func, insert, select

from portal.domain.trouble import Trouble
from portal.services import one_time_codes, orders
from portal.store import alerts, card_setups, drafts, idempotency, transients, unverified_phones
from portal.store import sign_in as sign_ins
from portal.store.drafts import Draft
from portal.store.limits import Limit
from portal.store.purge import RETENTIONS, purge
from portal.store.tables import metadata
from portal.store.transients import limit_hits
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import BILL, NOW, TENANT, a_reference, put_in_store, put_payment
from tests.saved import a_card_setup, an_unverified_phone

PASSING = {retention.table.name for retention in RETENTIONS}
KEPT = {retention.table.name: retention.kept for retention in RETENTIONS}
LONG_AFTER = NOW + timedelta(days=400)


def counts(tx: Tx) -> dict[str, int]:
    tables = metadata.tables.values()
    return {t.name: tx.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}


async def put_what_passes(store: Store, vault: Vault, at: datetime = NOW) -> None:
    """One row in each of the tables of what passes, beside a paid deposit."""
    await put_in_store(store, vault)
    await put_payment(store)

    def work(tx: Tx) -> None:
        sign_ins.open_session(tx, "token", TENANT, at, at)
        sign_ins.keep_code(
            tx, code_id=a_reference(71), purpose="a", person=TENANT, code_hash="h", expires_at=at
        )
        tx.execute(insert(limit_hits).values(key="push:phone", at=at))
        unverified_phones.keep(tx, vault, an_unverified_phone(at))
        card_setups.begin(tx, vault, a_card_setup(at))
        drafts.begin(tx, Draft(id=a_reference(70), person=TENANT, amounts={BILL: 1}), at)
        idempotency.remember(tx, TENANT, a_reference(70), {}, "answer", at)
        alerts.meet(tx, "mpesa", Trouble.TOO_SLOW, "start", "ReadTimeout", at)
        alerts.mend(tx, "mpesa", "start", [Trouble.TOO_SLOW], at)

    await store.write(work)


@pytest.mark.covers("N8")
async def test_all_that_passes_goes_in_the_end_and_nothing_else(store: Store, vault: Vault) -> None:
    await put_what_passes(store, vault)
    before = await store.read(counts)
    assert {name for name in PASSING if before[name] == 1} == PASSING
    assert not await store.write(lambda tx: purge(tx, LONG_AFTER))
    assert await store.read(counts) == before | dict.fromkeys(PASSING, 0)


def test_every_table_of_what_passes_has_its_retention() -> None:
    passing = {table.name for table in vars(transients).values() if isinstance(table, Table)}
    assert passing == PASSING


@pytest.mark.parametrize("name", sorted(PASSING))
async def test_each_table_is_kept_for_its_own_time(sqlite_store: Store, vault: Vault, name: str) -> None:
    await put_what_passes(sqlite_store, vault)
    over = NOW + KEPT[name]
    await sqlite_store.write(lambda tx: purge(tx, over - timedelta(microseconds=1)))
    assert (await sqlite_store.read(counts))[name] == 1
    await sqlite_store.write(lambda tx: purge(tx, over))
    assert (await sqlite_store.read(counts))[name] == 0


async def test_a_purge_takes_no_more_than_a_batch_and_says_whether_more_is_left(store: Store) -> None:
    rows = [{"key": "push:phone", "at": NOW}] * 5
    await store.write(lambda tx: tx.execute(insert(limit_hits), rows))
    left = []
    for _ in range(3):
        more = await store.write(lambda tx: purge(tx, LONG_AFTER, most=2))
        left.append((more, (await store.read(counts))["limit_hits"]))
    assert left == [(True, 3), (True, 1), (False, 0)]


async def test_an_alert_that_is_open_stays(sqlite_store: Store) -> None:
    await sqlite_store.write(
        lambda tx: alerts.meet(tx, "mpesa", Trouble.TOO_SLOW, "start", "ReadTimeout", NOW)
    )
    await sqlite_store.write(lambda tx: purge(tx, LONG_AFTER))
    assert await sqlite_store.read(alerts.open_count) == 1


@pytest.mark.covers("D10")
def test_a_key_outlives_its_draft() -> None:
    assert KEPT["idempotency_keys"] > KEPT["drafts"]


def test_a_try_is_kept_as_long_as_any_limit_looks_back() -> None:
    known = [*vars(orders).values(), *vars(one_time_codes).values(), *orders.PUSHES_PER_ACCOUNT]
    windows = [limit.window for limit in known if isinstance(limit, Limit)]
    assert KEPT["limit_hits"] > max(windows)
