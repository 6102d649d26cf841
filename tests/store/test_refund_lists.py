"""Lists of refunds: in order, page by page, and each page by one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.domain.refund import OPEN_REFUND, RefundState
from portal.store import refund_lists
from portal.store.refund_lists import Place, RefundPage
from portal.store.tables import leases
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.asked import statements_run
from tests.makers import LANDLORD, LEASE, NOW, TENANT, a_reference, put_in_store, put_payment
from tests.refunded import put_refund_of

SECOND = a_reference(9)
Ask = Callable[[Tx, Place | None], RefundPage]


@pytest.fixture(autouse=True)
async def people_are_there(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)


async def put_refunds(store: Store, state: RefundState, count: int) -> list[str]:
    """Each of a payment of its own, in the order in which they were asked for and ended; two of them at one instant."""
    names = [a_reference(3000 + number) for number in range(count)]
    for number, name in enumerate(names):
        payment = await put_payment(store, reference=a_reference(2000 + number))
        await put_refund_of(store, payment, state, refund=name, at=NOW + timedelta(minutes=max(1, number)))
    return names


async def walked(store: Store, ask: Ask) -> list[list[str]]:
    """All pages, each of which asked once."""
    pages, after = [], None
    while True:
        with statements_run() as seen:
            page = await store.read(lambda tx, after=after: ask(tx, after))  # type: ignore[misc]
        assert len(seen) == 1
        pages.append([one.refund.reference for one in page.rows])
        if (after := page.next_after) is None:
            return pages


@pytest.mark.parametrize("state", RefundState)
async def test_a_refund_stands_in_the_one_list_or_in_the_other(store: Store, state: RefundState) -> None:
    (name,) = await put_refunds(store, state, 1)
    is_open = state in OPEN_REFUND
    its_landlord_s = await walked(store, lambda tx, after: refund_lists.waiting(tx, LANDLORD, after))
    assert its_landlord_s == [[name] if is_open else []]
    for_the_office = is_open or state is RefundState.FAILED
    assert await walked(store, refund_lists.for_the_office) == [[name] if for_the_office else []]
    over = await walked(store, lambda tx, after: refund_lists.ended(tx, LANDLORD, after))
    assert over == [[] if is_open else [name]]
    assert await walked(store, lambda tx, after: refund_lists.waiting(tx, SECOND, after)) == [[]]
    assert await walked(store, lambda tx, after: refund_lists.ended(tx, SECOND, after)) == [[]]


async def test_what_waits_goes_on_page_by_page_from_the_oldest(store: Store) -> None:
    names = await put_refunds(store, RefundState.REQUESTED, 45)
    pages = await walked(store, refund_lists.for_the_office)
    assert pages == [names[:20], names[20:40], names[40:]]


async def test_what_is_over_goes_on_page_by_page_from_the_newest(store: Store) -> None:
    names = await put_refunds(store, RefundState.SUCCEEDED, 21)
    pages = await walked(store, lambda tx, after: refund_lists.ended(tx, LANDLORD, after))
    assert pages == [names[:0:-1], names[:1]]


async def test_a_row_has_its_payment_with_the_place_and_who_paid(store: Store) -> None:
    await put_refunds(store, RefundState.REQUESTED, 2)
    page = await store.read(refund_lists.for_the_office)
    assert [(one.paid.place, one.paid.payer_name) for one in page.rows] == [
        ("A3, Mikocheni", "Asha Mushi")
    ] * 2
    assert [one.paid.payment.reference for one in page.rows] == [a_reference(2000), a_reference(2001)]


async def test_a_page_has_what_was_paid_to_a_landlord_and_the_deposits_of_homes_that_they_let(
    store: Store,
) -> None:
    names = await put_refunds(store, RefundState.REQUESTED, 25)

    async def listed(landlord: str) -> list[list[str]]:
        return await walked(store, lambda tx, after: refund_lists.waiting(tx, landlord, after))

    assert await listed(LANDLORD) == [names[:20], names[20:]]
    assert await listed(TENANT) == [[]]
    sold = update(leases).where(leases.c.reference == LEASE).values(landlord=TENANT)
    await store.write(lambda tx: tx.execute(sold))
    # Asha has bought it. Which of those take whose money is for the parts of each to say.
    for landlord in (LANDLORD, TENANT):
        assert await listed(landlord) == [names[:20], names[20:]]
