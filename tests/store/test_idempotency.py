"""Idempotency keys: one answer for one key, under any number of simultaneous tries."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from portal.domain.errors import KeyReused
from portal.store import idempotency
from portal.store.transients import limit_hits
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import NOW, TENANT
from tests.store.test_writer import marks

BODY: dict[str, Any] = {"bill": "B", "amount": 450_000}


async def ask(store: Store, answer: str, body: dict[str, Any] = BODY, scope: str = TENANT) -> str:
    """Have work done that has an effect only where the key is new; its answer."""

    def work(tx: Tx) -> str:
        known = idempotency.recall(tx, scope, "key", body)
        if known is not None:
            return known
        tx.execute(insert(limit_hits).values(key="effect", at=NOW))
        idempotency.remember(tx, scope, "key", body, answer, NOW)
        return answer

    return await store.write(work)


@pytest.mark.covers("D10", "A17")
async def test_the_same_key_and_body_get_the_same_answer(store: Store) -> None:
    assert await ask(store, "first") == "first"
    assert await ask(store, "second") == "first"
    assert await ask(store, "second", {"amount": 450_000, "bill": "B"}) == "first"
    assert await store.read(marks) == 1


async def test_a_key_tells_its_answer_whatever_was_sent_under_it(store: Store) -> None:
    assert await store.read(lambda tx: idempotency.answer_to(tx, TENANT, "key")) is None
    await ask(store, "first")
    assert await store.read(lambda tx: idempotency.answer_to(tx, TENANT, "key")) == "first"
    assert await store.read(lambda tx: idempotency.answer_to(tx, "another", "key")) is None


@pytest.mark.covers("D10", "A17")
async def test_the_same_key_for_another_body_is_refused_with_409(store: Store) -> None:
    await ask(store, "first")
    with pytest.raises(KeyReused) as refusal:
        await ask(store, "second", {**BODY, "amount": 1})
    assert refusal.value.status == 409
    assert await store.read(marks) == 1


async def test_a_key_is_known_only_to_whoever_used_it(store: Store) -> None:
    await ask(store, "first")
    assert await ask(store, "second", scope="somebody else") == "second"


async def test_a_key_that_was_never_used_has_no_answer(store: Store) -> None:
    assert await store.read(lambda tx: idempotency.recall(tx, TENANT, "key", {})) is None


@pytest.mark.covers("A16", "A17")
async def test_simultaneous_tries_with_one_key_have_one_effect_and_one_answer(store: Store) -> None:
    answers = await asyncio.gather(*(ask(store, f"answer {n}") for n in range(16)))
    assert len(set(answers)) == 1
    assert await store.read(marks) == 1
