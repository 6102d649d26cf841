"""People: found by a number or an address that nobody can read at rest."""

from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain.person import Role
from portal.store import people
from portal.store.tables import people as rows
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import LANDLORD, NEIGHBOUR, TENANT, a_landlord, a_person, a_phone, put_in_store


async def test_a_person_is_read_back_as_added(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    assert await store.read(lambda tx: people.load(tx, TENANT)) == a_person()
    assert await store.read(lambda tx: people.load(tx, LANDLORD)) == a_landlord()
    assert await store.read(lambda tx: people.load(tx, NEIGHBOUR)) is None
    assert await store.read(people.everyone) == [a_person(), a_landlord()]


async def test_a_person_is_found_by_number_and_by_address(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    assert await store.read(lambda tx: people.by_phone(tx, vault, a_phone())) == a_person()
    assert await store.read(lambda tx: people.by_phone(tx, vault, a_phone("255754123457"))) is None
    assert await store.read(lambda tx: people.by_email(tx, vault, "Asha@Example.com")) == a_person()
    assert await store.read(lambda tx: people.by_email(tx, vault, "nobody@example.com")) is None


async def test_the_ways_to_reach_a_person_are_unsealed_for_them_only(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    assert await store.read(lambda tx: people.phone_of(tx, vault, TENANT)) == a_phone()
    assert await store.read(lambda tx: people.email_of(tx, vault, TENANT)) == "asha@example.com"
    assert await store.read(lambda tx: people.phone_of(tx, vault, LANDLORD)) is None
    assert await store.read(lambda tx: people.email_of(tx, vault, NEIGHBOUR)) is None


@pytest.mark.covers("D58", "N5")
async def test_numbers_and_addresses_are_sealed_at_rest(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    at_rest = str(await store.read(lambda tx: tx.execute(select(rows)).all()))
    assert "0754•••456" in at_rest
    for secret in ("255754123456", "754123456", "asha@example.com"):
        assert secret not in at_rest


@pytest.mark.covers("D13")
async def test_a_landlord_always_has_the_letters_of_their_receipts(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    assert await store.read(lambda tx: people.landlord_code(tx, LANDLORD)) == "MOL"
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: people.add(tx, vault, a_landlord(id=NEIGHBOUR)))


@pytest.mark.covers("D13")
async def test_no_letters_are_made_up_for_whoever_has_none(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    for nobody in (TENANT, NEIGHBOUR):
        with pytest.raises(LookupError, match=nobody):
            await store.read(partial(people.landlord_code, person_id=nobody))


@pytest.mark.parametrize(
    "twice", [{"phone": a_phone()}, {"email": "ASHA@example.com"}, {"landlord_code": "MOL"}]
)
async def test_a_number_an_address_and_a_code_belong_to_one_person(
    store: Store, vault: Vault, twice: dict[str, object]
) -> None:
    await put_in_store(store, vault)
    other = a_person(id=NEIGHBOUR, role=Role.OFFICE)
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: people.add(tx, vault, other, **twice))  # type: ignore[arg-type]
