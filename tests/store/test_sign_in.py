"""One-time codes and sessions: used once, ended in time, and kept as hashes only."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.store import sign_in
from portal.store.sign_in import hashed
from portal.store.transients import sessions
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import TENANT, FakeClock, a_person, a_reference, put_in_store

ADDRESS = "index of her number"
LIVES = timedelta(minutes=10)


async def send(
    store: Store, clock: FakeClock, code: str, person: str | None = TENANT, number: int = 80
) -> None:
    await store.write(
        lambda tx: sign_in.keep_code(
            tx,
            code_id=a_reference(number),
            purpose=ADDRESS,
            person=person,
            code_hash=hashed(code),
            expires_at=clock() + LIVES,
        )
    )


async def take(store: Store, clock: FakeClock, code: str, address: str = ADDRESS) -> str | None:
    return await store.write(lambda tx: sign_in.take_code(tx, address, hashed(code), clock()))


async def test_a_code_signs_in_once_even_when_it_is_tried_at_once(
    store: Store, vault: Vault, clock: FakeClock
) -> None:
    await put_in_store(store, vault)
    await send(store, clock, "123456")
    tries = await asyncio.gather(*(take(store, clock, "123456") for _ in range(5)))
    assert sorted(tries, key=str) == [TENANT, None, None, None, None]
    assert await take(store, clock, "123456") is None


async def test_a_wrong_code_uses_nothing_up(store: Store, vault: Vault, clock: FakeClock) -> None:
    await put_in_store(store, vault)
    await send(store, clock, "123456")
    assert await take(store, clock, "654321") is None
    assert await take(store, clock, "123456", "another address") is None
    clock.advance(minutes=9, seconds=59)
    assert await take(store, clock, "123456") == TENANT


async def test_a_code_ends_with_its_time_and_with_the_next_code(
    store: Store, vault: Vault, clock: FakeClock
) -> None:
    await put_in_store(store, vault)
    await send(store, clock, "111111")
    await send(store, clock, "222222", number=81)
    assert await take(store, clock, "111111") is None
    clock.advance(minutes=10)
    assert await take(store, clock, "222222") is None


async def test_a_code_for_an_address_nobody_has_signs_nobody_in(store: Store, clock: FakeClock) -> None:
    await send(store, clock, "123456", person=None)
    assert await take(store, clock, "123456") is None


@pytest.mark.covers("N1")
async def test_a_session_lasts_until_it_is_closed_or_ends(
    store: Store, vault: Vault, clock: FakeClock
) -> None:
    await put_in_store(store, vault)
    for token in ("one", "two"):
        await store.write(
            lambda tx, token=token: sign_in.open_session(tx, token, TENANT, clock(), clock() + LIVES)  # type: ignore[misc]
        )
    assert await store.read(lambda tx: sign_in.person_of_session(tx, "one", clock())) == a_person()
    assert await store.read(lambda tx: sign_in.person_of_session(tx, "three", clock())) is None
    await store.write(lambda tx: sign_in.close_session(tx, "one"))
    assert await store.read(lambda tx: sign_in.person_of_session(tx, "one", clock())) is None
    assert await store.read(lambda tx: sign_in.person_of_session(tx, "two", clock())) == a_person()
    clock.advance(minutes=10)
    assert await store.read(lambda tx: sign_in.person_of_session(tx, "two", clock())) is None


async def test_a_stolen_database_holds_no_session(store: Store, vault: Vault, clock: FakeClock) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: sign_in.open_session(tx, "token", TENANT, clock(), clock() + LIVES))
    row = await store.read(lambda tx: tx.execute(select(sessions)).one())
    assert "token" not in row
    assert row.token_hash == hashed("token")
