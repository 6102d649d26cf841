"""A payment being put together: kept by the server, for the one who began it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.domain.method import PaymentMethod
from portal.store import drafts
from portal.store.drafts import Draft
from portal.store.transients import drafts as rows
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import BILL, NEIGHBOUR, NOW, TENANT, a_phone, a_reference, put_in_store

BEGUN = Draft(id=a_reference(70), person=TENANT, amounts={BILL: 450_000})


async def loaded(store: Store, vault: Vault, person: str = TENANT) -> Draft | None:
    return await store.read(lambda tx: drafts.load(tx, vault, BEGUN.id, person))


@pytest.mark.covers("A21")
async def test_a_draft_grows_choice_by_choice(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: drafts.begin(tx, BEGUN, NOW))
    assert await loaded(store, vault) == BEGUN
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, method=PaymentMethod.MPESA))
    with_method = replace(BEGUN, method=PaymentMethod.MPESA)
    assert await loaded(store, vault) == with_method
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, phone=a_phone(), agreed=True))
    assert await loaded(store, vault) == replace(with_method, phone=a_phone(), agreed=True)


async def test_another_phone_needs_a_new_consent(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: drafts.begin(tx, BEGUN, NOW))
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, phone=a_phone(), agreed=True))
    other = a_phone("255754123457")
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, phone=other))
    assert await loaded(store, vault) == replace(BEGUN, phone=other)


@pytest.mark.covers("N1")
async def test_a_draft_is_there_for_nobody_else(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: drafts.begin(tx, BEGUN, NOW))
    assert await loaded(store, vault, NEIGHBOUR) is None


async def test_the_phone_of_a_draft_is_sealed_at_rest(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: drafts.begin(tx, BEGUN, NOW))
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, phone=a_phone()))
    assert "754123456" not in str(await store.read(lambda tx: tx.execute(select(rows)).one()))


async def test_nothing_to_choose_beside_the_method_changes_nothing(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: drafts.begin(tx, BEGUN, NOW))
    await store.write(lambda tx: drafts.choose(tx, vault, BEGUN.id, agreed=True))
    assert await loaded(store, vault) == BEGUN


async def test_where_a_payer_is_wanted_back_is_kept_with_the_draft(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    led = replace(BEGUN, return_to="https://nest.co.tz/done")
    await store.write(lambda tx: drafts.begin(tx, led, NOW))
    assert await loaded(store, vault) == led
