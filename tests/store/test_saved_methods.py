"""Saved ways to pay: sealed, once each, theirs alone, and exactly one default whatever happens at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from portal.domain.bank_account import BankAccount
from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.domain.saved_method import Held, SavedMethod
from portal.store import people, saved_methods
from portal.store.payment_methods import payment_methods
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from tests.chance import tries
from tests.databases import sqlite_copy
from tests.fixtures import INDEX_KEY, VAULT_KEYS
from tests.makers import NEIGHBOUR, NOW, TENANT, a_person, a_phone, a_reference, put_in_store, seeded
from tests.saved import ACCOUNT, CARD, WORK_PHONE, a_saved_account, a_saved_card, a_saved_phone


async def listed(store: Store, vault: Vault, person: str = TENANT) -> list[SavedMethod]:
    return await store.read(lambda tx: saved_methods.of_person(tx, vault, person))


async def defaults(store: Store) -> list[str]:
    question = select(payment_methods.c.id).where(payment_methods.c.is_default)
    return list(await store.read(lambda tx: tx.execute(question).scalars().all()))


@pytest.fixture
async def town(store: Store, vault: Vault) -> Store:
    """Asha and her neighbour."""
    await put_in_store(store, vault)
    neighbour = a_person(id=NEIGHBOUR, name="Baraka Nyerere")
    await store.write(lambda tx: people.add(tx, vault, neighbour, phone=a_phone("255655123456")))
    return store


async def add(store: Store, vault: Vault, new: NewMethod, at: datetime = NOW) -> bool:
    return await store.write(lambda tx: saved_methods.add(tx, vault, new, at))


async def saved(store: Store, vault: Vault, *new: NewMethod) -> list[bool]:
    """One a minute."""
    return [await add(store, vault, one, NOW + timedelta(minutes=at)) for at, one in enumerate(new)]


async def make_default(store: Store, method_id: str) -> bool:
    return await store.write(lambda tx: saved_methods.make_default(tx, TENANT, method_id))


async def delete(store: Store, method_id: str) -> bool:
    return await store.write(lambda tx: saved_methods.delete(tx, TENANT, method_id, NOW))


async def rename(store: Store, vault: Vault, method_id: str, nickname: str | None) -> None:
    await store.write(lambda tx: saved_methods.rename(tx, vault, TENANT, method_id, nickname))


async def use(store: Store, method_id: str, at: datetime = NOW) -> None:
    await store.write(lambda tx: saved_methods.used(tx, TENANT, method_id, at))


async def held(store: Store, vault: Vault, method_id: str) -> Held | None:
    return await store.read(lambda tx: saved_methods.held(tx, vault, method_id))


def several_phones(most: int) -> list[NewMethod]:
    return [a_saved_phone(number, what=a_phone(f"25575498700{number}")) for number in range(1, most + 1)]


@pytest.mark.covers("E1", "E6", "S19", "S37", "S38")
async def test_a_phone_an_account_and_a_card_are_kept_and_read_back(town: Store, vault: Vault) -> None:
    phone, account, card = a_saved_phone(nickname="Work"), a_saved_account(), a_saved_card()
    assert await saved(town, vault, phone, account, card) == [True, True, True]
    first, third, second = await listed(town, vault)
    assert (first.method, first.masked, first.nickname) == (PaymentMethod.MPESA, "0754•••654", "Work")
    assert (second.masked, second.card, second.verified_at) == ("NMB ••••\u00a02345", None, None)
    assert (third.masked, third.card) == ("Visa ••••\u00a04242", CARD.face)
    kept = [await held(town, vault, method.id) for method in (phone, account, card)]
    assert kept == [WORK_PHONE, ACCOUNT, None]


@pytest.mark.covers("D58", "E6")
async def test_no_number_name_or_token_stands_there_in_clear(town: Store, vault: Vault) -> None:
    await saved(town, vault, a_saved_phone(nickname="Mama Neema"), a_saved_account(), a_saved_card())
    rows = str(await town.read(lambda tx: tx.execute(select(payment_methods)).all()))
    for secret in ("754987654", "Mama", "22510012345", "Mushi", CARD.token, CARD.fingerprint):
        assert secret not in rows


@pytest.mark.parametrize(
    "again",
    [
        a_saved_phone(2, method=PaymentMethod.AIRTEL_MONEY),
        a_saved_account(2, what=BankAccount(bank="nmb", holder="A. Mushi", number="22510012345")),
        a_saved_card(2),
    ],
    ids=["phone", "account", "card"],
)
async def test_the_same_thing_is_saved_once(town: Store, vault: Vault, again: NewMethod) -> None:
    await saved(town, vault, a_saved_phone(), a_saved_account(), a_saved_card())
    assert await saved(town, vault, again) == [False]
    assert len(await listed(town, vault)) == 3


async def test_two_people_may_save_the_same_number_and_neither_sees_the_other_s(
    town: Store, vault: Vault
) -> None:
    assert await saved(town, vault, a_saved_phone(1), a_saved_phone(2, person=NEIGHBOUR)) == [True, True]
    assert [method.id for method in await listed(town, vault, NEIGHBOUR)] == [a_reference(5_002)]
    for person in (TENANT, NEIGHBOUR):
        assert len(await listed(town, vault, person)) == 1


@pytest.mark.covers("N1")
async def test_nobody_can_touch_what_is_somebody_else_s(town: Store, vault: Vault) -> None:
    await saved(town, vault, a_saved_phone())
    (mine,) = await listed(town, vault)

    def meddle(tx: Tx) -> list[object]:
        saved_methods.used(tx, NEIGHBOUR, mine.id, NOW)
        saved_methods.change_network(tx, NEIGHBOUR, mine.id, PaymentMethod.AIRTEL_MONEY)
        return [
            saved_methods.load(tx, vault, NEIGHBOUR, mine.id),
            saved_methods.rename(tx, vault, NEIGHBOUR, mine.id, "Mine"),
            saved_methods.make_default(tx, NEIGHBOUR, mine.id),
            saved_methods.delete(tx, NEIGHBOUR, mine.id, NOW),
        ]

    assert await town.write(meddle) == [None, False, False, False]
    assert await listed(town, vault) == [mine]


@pytest.mark.covers("E2", "E8")
async def test_the_first_is_the_default_and_the_others_follow_by_their_last_use(
    town: Store, vault: Vault
) -> None:
    phones = several_phones(4)
    await saved(town, vault, *phones)
    await use(town, phones[1].id, NOW + timedelta(minutes=5))
    await use(town, phones[2].id, NOW + timedelta(minutes=9))
    in_order = [method.masked[-3:] for method in await listed(town, vault)]
    assert in_order == ["001", "003", "002", "004"]
    assert await defaults(town) == [phones[0].id]


@pytest.mark.covers("E2")
async def test_another_one_can_be_made_the_default(town: Store, vault: Vault) -> None:
    phone, account = a_saved_phone(), a_saved_account()
    await saved(town, vault, phone, account)
    for wanted in (account.id, account.id, phone.id):
        assert await make_default(town, wanted)
        assert await defaults(town) == [wanted]


async def test_the_database_itself_refuses_a_second_default(town: Store, vault: Vault) -> None:
    await saved(town, vault, a_saved_phone())
    row = dict(await town.read(lambda tx: tx.execute(select(payment_methods)).mappings().one()))
    second = row | {"id": a_reference(9), "held_index": "another"}
    with pytest.raises(IntegrityError):
        await town.write(lambda tx: tx.execute(insert(payment_methods).values(**second)))


@pytest.mark.covers("E4")
async def test_a_nickname_can_be_given_changed_and_taken_away(town: Store, vault: Vault) -> None:
    phone = a_saved_phone(nickname="Work")
    await saved(town, vault, phone)
    for nickname in ("Ofisini", None):
        await rename(town, vault, phone.id, nickname)
        assert [method.nickname for method in await listed(town, vault)] == [nickname]


@pytest.mark.covers("E3", "D57")
async def test_what_is_deleted_leaves_the_consent_and_no_number(town: Store, vault: Vault) -> None:
    phone = a_saved_phone(nickname="Work")
    await saved(town, vault, phone)
    assert await delete(town, phone.id)
    assert not await delete(town, phone.id)
    assert await listed(town, vault) == []
    row = await town.read(lambda tx: tx.execute(select(payment_methods)).one())
    assert (row.held_sealed, row.held_index, row.nickname_sealed, row.deleted_at) == (None, None, None, NOW)
    assert (row.consent_version, row.consent_text) == ("phone-1", phone.consent.text)
    assert await held(town, vault, phone.id) is None
    assert await town.read(lambda tx: saved_methods.load(tx, vault, TENANT, phone.id)) is None
    assert await saved(town, vault, a_saved_phone(2)) == [True]


@pytest.mark.covers("E2", "E3")
async def test_a_deleted_default_hands_over_to_the_one_that_was_used_last(town: Store, vault: Vault) -> None:
    phones = several_phones(3)
    await saved(town, vault, *phones)
    await use(town, phones[1].id)
    for gone, heir in ((0, 1), (2, 1)):
        await delete(town, phones[gone].id)
        assert await defaults(town) == [phones[heir].id]
    await delete(town, phones[1].id)
    assert await defaults(town) == []


@pytest.mark.covers("E5")
async def test_a_number_is_verified_by_the_one_who_proved_it(town: Store, vault: Vault) -> None:
    other = a_phone("255754987000")
    await saved(town, vault, a_saved_phone(), a_saved_phone(2, what=other, verified_at=None))

    async def verified(phone: Phone, person: str | None) -> bool:
        return await town.read(lambda tx: saved_methods.has_verified(tx, vault, phone, person))

    asked = [(WORK_PHONE, TENANT), (WORK_PHONE, None), (WORK_PHONE, NEIGHBOUR), (other, None)]
    answers = [await verified(phone, person) for phone, person in asked]
    assert answers == [True, True, False, False]


@pytest.mark.covers("D57", "E2")
async def test_two_that_are_made_the_default_at_once_leave_one(town: Store, vault: Vault) -> None:
    phones = several_phones(5)
    await saved(town, vault, *phones)
    wanted = [phone.id for phone in phones for _ in range(4)]
    done = await asyncio.gather(*(make_default(town, method_id) for method_id in wanted))
    assert all(done)
    assert len(await defaults(town)) == 1


@pytest.mark.covers("D57", "E2", "E3")
async def test_a_default_that_is_deleted_while_others_are_made_it_leaves_one(
    town: Store, vault: Vault
) -> None:
    phones = several_phones(5)
    await saved(town, vault, *phones)
    for gone, *rest in (phones[at:] for at in range(4)):
        wanted = [make_default(town, phone.id) for phone in (gone, *rest)]
        await asyncio.gather(delete(town, gone.id), *wanted)
        (default,) = await defaults(town)
        assert default in {phone.id for phone in rest}


async def test_the_first_two_that_are_saved_at_once_have_one_default(town: Store, vault: Vault) -> None:
    new = [*several_phones(5), a_saved_phone(6), a_saved_phone(6)]
    done = await asyncio.gather(*(add(town, vault, one) for one in new))
    assert sorted(done) == [False] + [True] * 6
    assert len(await defaults(town)) == 1


_ADD, _DELETE, _DEFAULT, _USE = "add", "delete", "default", "use"
_steps = st.lists(
    st.tuples(st.sampled_from([_ADD, _ADD, _DELETE, _DEFAULT, _USE]), st.integers(0, 5)), max_size=25
)


@pytest.mark.covers("E2", "D57")
@tries()
@given(steps=_steps)
def test_exactly_one_is_the_default_as_long_as_there_is_any(
    migrated_sqlite: Path, steps: list[tuple[str, int]]
) -> None:
    """And after every deletion of it, it is the one that was used last."""

    async def play() -> None:
        with TemporaryDirectory() as folder:
            store = open_store(sqlite_copy(migrated_sqlite, Path(folder)))
            vault = Vault(VAULT_KEYS, INDEX_KEY, seeded())
            await put_in_store(store, vault)
            for minute, (step, number) in enumerate(steps):
                await _one_step(store, vault, step, number, minute)
            await store.close()

    asyncio.run(play())


async def _one_step(store: Store, vault: Vault, step: str, number: int, minute: int) -> None:
    before, at = await listed(store, vault), NOW + timedelta(minutes=minute)
    of_number = {method.masked[-1]: method for method in before}.get(str(number))
    known = of_number.id if of_number else a_reference(404)
    work: dict[str, Callable[[Tx], object]] = {
        _ADD: lambda tx: saved_methods.add(
            tx, vault, a_saved_phone(minute, what=a_phone(f"25575498700{number}")), at
        ),
        _DELETE: lambda tx: saved_methods.delete(tx, TENANT, known, at),
        _DEFAULT: lambda tx: saved_methods.make_default(tx, TENANT, known),
        _USE: lambda tx: saved_methods.used(tx, TENANT, known, at),
    }
    await store.write(work[step])
    after = await listed(store, vault)
    assert [method.is_default for method in after] == [True] * bool(after) + [False] * (len(after) - 1)
    if step == _DELETE and of_number and of_number.is_default and after:
        used = [method.last_used_at for method in after if method.last_used_at]
        assert after[0].last_used_at == (max(used) if used else None)
