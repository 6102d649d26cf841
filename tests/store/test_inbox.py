"""The inbox: a callback is kept as it came, once, with the work of understanding it."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from portal.store import inbox, jobs
from portal.store.tables import inbox as rows
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.chance import tries
from tests.makers import NOW, PAYMENT, a_reference

BODY = '{"Body": {"stkCallback": {"ResultCode": 0}}, "phone": 255754123456}'
LEASE_TIME = timedelta(seconds=30)


async def keep(store: Store, vault: Vault, body: str = BODY, payment: str = PAYMENT) -> bool:
    return await store.write(lambda tx: inbox.keep(tx, vault, "mpesa", payment, body, NOW))


async def due(store: Store) -> list[jobs.Job]:
    return await store.write(lambda tx: jobs.take(tx, NOW, LEASE_TIME, most=100))


@pytest.mark.covers("D26", "D27", "J4")
async def test_the_same_callback_five_times_at_once_is_one_row_and_one_job(
    store: Store, vault: Vault
) -> None:
    kept = await asyncio.gather(*(keep(store, vault) for _ in range(5)))
    assert sorted(kept) == [False] * 4 + [True]
    assert [job.kind for job in await due(store)] == ["callback"]
    assert len(await store.read(lambda tx: tx.execute(select(rows)).all())) == 1


async def test_a_callback_of_another_payment_or_with_another_body_is_another(
    store: Store, vault: Vault
) -> None:
    assert await keep(store, vault)
    assert await keep(store, vault, BODY + " ")
    assert await keep(store, vault, payment=a_reference(9))
    assert len(await due(store)) == 3


@pytest.mark.covers("D16", "J5")
async def test_a_callback_is_read_back_as_it_came_and_its_handling_is_written_down(
    store: Store, vault: Vault
) -> None:
    await keep(store, vault)
    (job,) = await due(store)

    def load(tx: Tx) -> inbox.StoredCallback:
        return inbox.load(tx, vault, job.payload["inbox"])

    stored = await store.read(load)
    assert (stored.provider, stored.payment, stored.body) == ("mpesa", PAYMENT, BODY)
    assert (stored.received_at, stored.handled) == (NOW, False)
    await store.write(lambda tx: inbox.handled(tx, stored.id, "Paid: COMPLETED", None, NOW))
    assert (await store.read(load)).handled
    assert not await keep(store, vault)


async def test_a_callback_that_was_never_understood_is_tried_again_when_it_comes_again(
    store: Store, vault: Vault
) -> None:
    await keep(store, vault)
    (job,) = await due(store)
    await store.write(lambda tx: jobs.failed(tx, job, "boom", NOW, None))
    assert not await keep(store, vault)
    assert [again.id for again in await due(store)] == [job.id]
    await store.write(lambda tx: inbox.handled(tx, job.payload["inbox"], "Paid", None, NOW))
    await store.write(lambda tx: jobs.drop(tx, "callback", f"{job.payload['inbox']}"))
    assert not await keep(store, vault)
    assert await due(store) == []


async def test_a_callback_without_a_place_waits_without_work_until_it_is_revived(
    store: Store, vault: Vault
) -> None:
    for body in ("parked", "handled", "new"):
        await keep(store, vault, body)
    work = await due(store)
    parked, done = work[0].payload["inbox"], work[1].payload["inbox"]
    await store.write(lambda tx: inbox.park(tx, parked, "no payment of ours", None))
    await store.write(lambda tx: inbox.handled(tx, done, "Paid", None, NOW))
    for job in work:
        await store.write(lambda tx, job=job: jobs.done(tx, job))  # type: ignore[misc]
    assert await due(store) == []
    assert await store.write(lambda tx: inbox.revive(tx, NOW)) == 1
    assert [job.payload["inbox"] for job in await due(store)] == [parked]


async def test_whose_it_is_is_written_beside_it_once_it_is_known(store: Store, vault: Vault) -> None:
    await store.write(lambda tx: inbox.keep(tx, vault, "mpesa", None, BODY, NOW))
    (job,) = await due(store)
    inbox_id = job.payload["inbox"]
    await store.write(lambda tx: inbox.park(tx, inbox_id, "another request", PAYMENT))
    await store.write(lambda tx: inbox.handled(tx, inbox_id, "Paid", None, NOW))
    stored = await store.read(lambda tx: inbox.load(tx, vault, inbox_id))
    assert (stored.payment, stored.handled) == (PAYMENT, True)
    assert not await store.write(lambda tx: inbox.keep(tx, vault, "mpesa", None, BODY, NOW))


@pytest.mark.covers("N5")
async def test_a_body_is_sealed_at_rest(store: Store, vault: Vault) -> None:
    await keep(store, vault)
    row = await store.read(lambda tx: tx.execute(select(rows)).one())
    assert "255754123456" not in "".join(map(str, row))


@tries()
@given(body=st.text(st.characters(codec="utf-8"), max_size=500))
async def test_any_body_is_kept_and_read_back(sqlite_store: Store, vault: Vault, body: str) -> None:
    def work(tx: Tx) -> str:
        tx.execute(delete(rows))
        inbox.keep(tx, vault, "mpesa", PAYMENT, body, NOW)
        return inbox.load(tx, vault, tx.execute(select(rows.c.id)).scalar_one()).body

    assert await sqlite_store.write(work) == body
