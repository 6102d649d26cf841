"""Phones that wait for their proof: sealed, one row for each number of a person, theirs alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.store import contacts, unverified_phones
from portal.store.contacts import Contact
from portal.store.transients import unverified_phones as rows
from portal.store.unverified_phones import UnverifiedPhone
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NEIGHBOUR, NOW, PAYMENT, TENANT, a_phone, a_reference, put_in_store
from tests.saved import WORK_PHONE, an_unverified_phone

WANTED = an_unverified_phone()


@pytest.fixture
async def town(store: Store, vault: Vault) -> Store:
    await put_in_store(store, vault)
    return store


async def keep(store: Store, vault: Vault, wanted: UnverifiedPhone = WANTED) -> str:
    return await store.write(lambda tx: unverified_phones.keep(tx, vault, wanted))


async def listed(store: Store, vault: Vault) -> list[UnverifiedPhone]:
    return await store.read(lambda tx: unverified_phones.of_person(tx, vault, TENANT))


@pytest.mark.covers("E5", "E11")
async def test_a_phone_waits_with_its_consent_until_it_is_forgotten(town: Store, vault: Vault) -> None:
    await keep(town, vault)
    assert await listed(town, vault) == [WANTED]
    assert await town.read(lambda tx: unverified_phones.load(tx, vault, TENANT, WANTED.id)) == WANTED
    assert await town.write(lambda tx: unverified_phones.forget(tx, TENANT, WANTED.id))
    assert not await town.write(lambda tx: unverified_phones.forget(tx, TENANT, WANTED.id))
    assert await listed(town, vault) == []


async def test_the_same_number_named_again_is_the_same_row_with_the_newer_words(
    town: Store, vault: Vault
) -> None:
    later = NOW + timedelta(days=3)
    again = an_unverified_phone(
        later, id=a_reference(5_901), method=PaymentMethod.AIRTEL_MONEY, nickname=None
    )
    assert [await keep(town, vault), await keep(town, vault, again)] == [WANTED.id, WANTED.id]
    (found,) = await listed(town, vault)
    assert (found.method, found.nickname, found.consent.at) == (PaymentMethod.AIRTEL_MONEY, None, later)


async def test_the_same_number_named_twice_at_once_is_one_row(town: Store, vault: Vault) -> None:
    wanted = [an_unverified_phone(id=a_reference(5_900 + n)) for n in range(8)]
    ids = await asyncio.gather(*(keep(town, vault, one) for one in wanted))
    assert len(set(ids)) == 1


@pytest.mark.covers("N1")
async def test_a_phone_that_waits_is_there_for_nobody_else(town: Store, vault: Vault) -> None:
    await keep(town, vault)
    assert await town.read(lambda tx: unverified_phones.load(tx, vault, NEIGHBOUR, WANTED.id)) is None
    assert await town.read(lambda tx: unverified_phones.of_person(tx, vault, NEIGHBOUR)) == []
    assert not await town.write(lambda tx: unverified_phones.forget(tx, NEIGHBOUR, WANTED.id))


@pytest.mark.covers("D58")
async def test_neither_number_nor_nickname_stands_there_in_clear(town: Store, vault: Vault) -> None:
    await keep(town, vault)
    row = str(await town.read(lambda tx: tx.execute(select(rows)).one()))
    assert "754987654" not in row
    assert "Work" not in row


@pytest.mark.parametrize(
    "phone, person, expected",
    [
        (WORK_PHONE, TENANT, WANTED.id),
        (WORK_PHONE, NEIGHBOUR, None),
        (a_phone(), TENANT, None),
        (None, TENANT, None),
    ],
)
async def test_a_payment_from_the_number_finds_it(
    town: Store, vault: Vault, phone: Phone | None, person: str, expected: str | None
) -> None:
    await keep(town, vault)
    contact = Contact(phone, own=False, language="sw")
    await town.write(lambda tx: contacts.keep(tx, vault, PAYMENT, contact))
    assert await town.read(lambda tx: unverified_phones.paid_from(tx, PAYMENT, person)) == expected
