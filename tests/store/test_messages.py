"""Messages: written once, read by the one they are for, newest first."""

import asyncio

import pytest
from sqlalchemy import select

from portal.store import messages
from portal.store.tables import messages as rows
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import LANDLORD, PAYMENT, TENANT, FakeClock, put_in_store

TEXT = "Imelipwa TSh 453,500"


async def write(
    store: Store, vault: Vault, clock: FakeClock, key: str, person: str = TENANT, kind: str = "paid"
) -> int | None:
    return await store.write(
        lambda tx: messages.write(
            tx, vault, key=key, person=person, payment=PAYMENT, kind=kind, body=f"{TEXT} {key}", now=clock()
        )
    )


@pytest.mark.covers("K4")
async def test_a_message_is_written_once_however_often_it_is_tried(
    store: Store, vault: Vault, clock: FakeClock
) -> None:
    await put_in_store(store, vault)
    ids = await asyncio.gather(*(write(store, vault, clock, "paid:1") for _ in range(5)))
    (id_,) = [id_ for id_ in ids if id_ is not None]
    message = await store.read(lambda tx: messages.load(tx, vault, id_))
    assert (message.person, message.payment, message.kind) == (TENANT, PAYMENT, "paid")
    assert (message.body, message.created_at, message.sent_at) == (f"{TEXT} paid:1", clock(), None)


async def test_a_sink_that_took_a_message_is_remembered(store: Store, vault: Vault, clock: FakeClock) -> None:
    await put_in_store(store, vault)
    id_ = await write(store, vault, clock, "paid:1")
    assert id_ is not None
    await store.write(lambda tx: messages.sent(tx, id_, clock()))
    assert (await store.read(lambda tx: messages.load(tx, vault, id_))).sent_at == clock()


async def test_a_person_reads_their_own_messages_newest_first_and_no_codes(
    store: Store, vault: Vault, clock: FakeClock
) -> None:
    await put_in_store(store, vault)
    for number in range(4):
        await write(store, vault, clock, f"{number}")
        clock.advance(seconds=number % 2)
    await write(store, vault, clock, "landlord's", LANDLORD)
    await write(store, vault, clock, "code:1", kind="code")
    read = await store.read(lambda tx: messages.of_person(tx, vault, TENANT, most=3))
    assert [message.body.removeprefix(f"{TEXT} ") for message in read] == ["3", "2", "1"]


async def test_the_text_of_a_message_is_sealed_at_rest(store: Store, vault: Vault, clock: FakeClock) -> None:
    await put_in_store(store, vault)
    await write(store, vault, clock, "paid:1")
    assert TEXT not in str(await store.read(lambda tx: tx.execute(select(rows)).one()))
