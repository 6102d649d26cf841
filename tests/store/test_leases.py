"""Leases and bills: what is owed, most urgent first, and what a lease was told."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from portal.domain.bill import PartPolicy, PaymentType
from portal.domain.money import shillings
from portal.store import leases
from portal.store.leases import Basket, Due
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import (
    BILL,
    NEIGHBOUR,
    NOW,
    PAYMENT,
    TENANT,
    a_bill,
    a_lease,
    a_reference,
    put_in_store,
)
from tests.notices import told_to_lease

RENT = a_bill(
    reference=a_reference(60),
    type=PaymentType.RENT,
    period=date(2026, 3, 1),
    due_on=date(2026, 3, 5),
    paid=shillings(50_000),
)
PAID = a_bill(reference=a_reference(61), paid=shillings(450_000), due_on=date(2026, 1, 1))


@pytest.mark.parametrize("policy", PartPolicy)
async def test_a_bill_is_read_back_with_its_lease(store: Store, vault: Vault, policy: PartPolicy) -> None:
    lease = a_lease(part_policy=policy, rent=shillings(450_000))
    await put_in_store(store, vault, lease=lease, bills=[RENT])
    assert await store.read(lambda tx: leases.dues(tx, [RENT.reference])) == [Due(RENT, lease)]
    assert await store.read(lambda tx: leases.bill(tx, RENT.reference)) == RENT
    assert await store.write(lambda tx: leases.hold_bills(tx, [RENT.reference])) == {RENT.reference: RENT}
    assert lease.place == "A3, Mikocheni"


@pytest.mark.covers("A19")
async def test_a_lease_that_takes_parts_by_the_rent_has_one(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    other = a_lease(reference=a_reference(63), part_policy=PartPolicy.RENT_OR_MORE)
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: leases.add_lease(tx, other))


async def test_bills_are_held_and_read_together_and_those_that_are_not_there_left_out(
    store: Store, vault: Vault
) -> None:
    await put_in_store(store, vault, bills=[a_bill(), RENT, PAID])
    wanted = [PAID.reference, BILL, RENT.reference, a_reference(99)]
    held = await store.write(lambda tx: leases.hold_bills(tx, wanted))
    assert held == {bill.reference: bill for bill in (a_bill(), RENT, PAID)}
    dues = await store.read(lambda tx: leases.dues(tx, wanted))
    assert [due.bill for due in dues] == [PAID, RENT, a_bill()]
    assert await store.read(lambda tx: leases.rest_of(tx, wanted)) == shillings(850_000)


def test_a_basket_is_due_when_the_first_of_it_is_that_is_not_paid() -> None:
    basket = Basket((PAID, RENT, a_bill()), a_lease())
    assert (basket.rest, basket.due_on) == (shillings(850_000), RENT.due_on)
    assert Basket((PAID,), a_lease()).due_on == PAID.due_on


@pytest.mark.covers("A19", "A20")
def test_less_than_all_can_be_paid_of_a_basket_of_several_bills_or_where_parts_are_taken() -> None:
    whole = a_lease(part_policy=PartPolicy.FULL_ONLY)
    assert Basket((a_bill(), RENT), whole).takes_parts
    assert not Basket((RENT,), whole).takes_parts
    assert Basket((RENT,), a_lease()).takes_parts


async def test_a_bill_that_is_not_there_is_none(store: Store) -> None:
    assert await store.read(lambda tx: leases.dues(tx, [BILL])) == []
    assert await store.read(lambda tx: leases.bill(tx, BILL)) is None


@pytest.mark.covers("A3")
async def test_a_tenant_owes_what_is_not_paid_the_most_urgent_first(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault, bills=[a_bill(), RENT, PAID])
    dues = await store.read(lambda tx: leases.open_dues(tx, TENANT))
    assert [due.bill for due in dues] == [RENT, a_bill()]
    assert await store.read(lambda tx: leases.open_dues(tx, NEIGHBOUR)) == []


async def test_a_bill_needs_a_lease_and_an_amount(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    wrong = [a_bill(reference=a_reference(62), lease=a_reference(99))]
    wrong += [a_bill(reference=a_reference(62), amount=shillings(minor)) for minor in (0, -1)]
    wrong += [a_bill(reference=a_reference(62), paid=shillings(-1)), a_bill()]
    for bill in wrong:
        with pytest.raises(IntegrityError):
            await store.write(lambda tx, bill=bill: leases.add_bill(tx, bill))  # type: ignore[misc]


@pytest.mark.covers("D78")
async def test_a_lease_that_was_told_of_a_paid_bill_hears_when_it_is_not_any_more(
    store: Store, vault: Vault
) -> None:
    await put_in_store(store, vault, bills=[a_bill()])
    owed, paid = a_bill(), replace(a_bill(), paid=a_bill().amount)

    def tell(tx: Tx) -> list[bool]:
        return [leases.tell(tx, bill, PAYMENT, NOW) for bill in (owed, paid, owed, owed, paid)]

    assert await store.write(tell) == [False, True, True, False, True]
    told = [notice for notice, _, _ in await store.read(told_to_lease)]
    assert told == ["DEPOSIT_PAID", "DEPOSIT_UNPAID", "DEPOSIT_PAID"]


@pytest.mark.covers("D49")
async def test_a_lease_is_told_of_a_paid_bill_once_by_type_and_month(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault, bills=[a_bill(), RENT])

    def tell(tx: Tx) -> list[bool]:
        deposit, rent = (replace(bill, paid=bill.amount) for bill in (a_bill(), RENT))
        return [leases.tell(tx, bill, PAYMENT, NOW) for bill in (deposit, rent, rent)]

    assert await store.write(tell) == [True, True, False]
    assert await store.read(told_to_lease) == [
        ("DEPOSIT_PAID", None, PAYMENT),
        ("RENT_PAID", date(2026, 3, 1), PAYMENT),
    ]
