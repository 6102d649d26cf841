"""The phone that a prompt went to: sealed, found by its hash, and known to be busy or proved."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.payment_state import State
from portal.store import contacts
from portal.store.contacts import Contact, payment_contacts
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NEIGHBOUR, NOW, PAYMENT, PUSH_LIVES, TENANT, a_phone, put_in_store, put_payment

HERS = Contact(a_phone(), own=True, language="sw")
PROMPTED = (State.AWAITING_PAYER, State.UNCERTAIN)


async def asked(store: Store, vault: Vault, state: State) -> None:
    await put_in_store(store, vault)
    await put_payment(store, state)
    await store.write(lambda tx: contacts.keep(tx, vault, PAYMENT, HERS))


async def busy_with(
    store: Store, vault: Vault, digits: str = "255754123456", now: datetime = NOW
) -> str | None:
    return await store.read(lambda tx: contacts.in_flight(tx, vault, a_phone(digits), PROMPTED, now))


@pytest.mark.covers("D36", "D58")
async def test_the_phone_of_a_prompt_is_kept_sealed_and_shown_masked(store: Store, vault: Vault) -> None:
    await asked(store, vault, State.AWAITING_PAYER)
    assert await store.read(lambda tx: contacts.load(tx, vault, PAYMENT)) == HERS
    assert await store.read(lambda tx: contacts.masked(tx, PAYMENT)) == "0754•••456"
    at_rest = str(await store.read(lambda tx: tx.execute(select(payment_contacts)).one()))
    assert "754123456" not in at_rest


@pytest.mark.covers("D76", "L6")
@pytest.mark.parametrize("state,busy", [(State.AWAITING_PAYER, PAYMENT), (State.FAILED, None)])
async def test_a_phone_is_busy_while_a_prompt_is_open(
    store: Store, vault: Vault, state: State, busy: str | None
) -> None:
    await asked(store, vault, state)
    assert await busy_with(store, vault) == busy
    assert await busy_with(store, vault, "255754123457") is None


@pytest.mark.parametrize("state", [State.AWAITING_PAYER, State.UNCERTAIN])
@pytest.mark.parametrize("later,busy", [(timedelta(0), PAYMENT), (PUSH_LIVES, None)])
async def test_a_phone_is_busy_with_a_prompt_no_longer_than_it_could_be_open(
    store: Store, vault: Vault, state: State, later: timedelta, busy: str | None
) -> None:
    await asked(store, vault, state)
    assert await busy_with(store, vault, now=NOW + later) == busy


@pytest.mark.parametrize("state,proved", [(State.COMPLETED, True), (State.FAILED, False)])
async def test_a_phone_is_proved_by_a_payment_that_was_completed(
    store: Store,
    vault: Vault,
    state: State,
    proved: bool,  # noqa: FBT001
) -> None:
    await asked(store, vault, state)
    assert await store.read(lambda tx: contacts.proved(tx, vault, a_phone(), TENANT)) is proved
    assert not await store.read(lambda tx: contacts.proved(tx, vault, a_phone(), NEIGHBOUR))
    assert await store.read(lambda tx: contacts.has_paid(tx, vault, a_phone())) is proved
    assert not await store.read(lambda tx: contacts.has_paid(tx, vault, a_phone("255754123457")))


async def test_a_phone_that_paid_by_a_link_is_proved_for_nobody(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await put_payment(store, State.COMPLETED, by_link=True)
    await store.write(lambda tx: contacts.keep(tx, vault, PAYMENT, HERS))
    assert not await store.read(lambda tx: contacts.proved(tx, vault, a_phone(), TENANT))
    assert await store.read(lambda tx: contacts.has_paid(tx, vault, a_phone()))
