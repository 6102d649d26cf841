"""Questions of the pages: lists that visit each payment once, and what needs a person first."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import PaymentStatus, State
from portal.store import payments, queries
from portal.store.leases import Basket
from portal.store.queries import PAGE, Page
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests import makers
from tests.makers import (
    BILL,
    LANDLORD,
    NEIGHBOUR,
    NOW,
    PAYMENT,
    TENANT,
    a_bill,
    a_reference,
    put_in_store,
    put_payment,
)

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
async def _asha_and_her_bills(store: Store, vault: Vault) -> None:
    await put_in_store(
        store, vault, bills=[a_bill(), *(a_bill(reference=a_reference(500 + n)) for n in range(9))]
    )


async def walked(store: Store, question: Any) -> list[list[str]]:
    """The references on each page, from the first to the last."""
    pages: list[list[str]] = []
    after: tuple[datetime, str] | None = None
    while True:
        page: Page = await store.read(partial(question, after=after))
        pages.append([listed.payment.reference for listed in page.rows])
        if page.next_after is None:
            return pages
        after = page.next_after


def mine(tx: Tx, **more: Any) -> Page:
    return queries.history_of_payer(tx, TENANT, **more)


@pytest.mark.covers("D3", "D31")
async def test_pages_visit_each_payment_once_newest_first(store: Store) -> None:
    numbers = range(45)
    for number in numbers:
        # Three of them share each instant, so that only the reference tells them apart.
        at = NOW + MINUTE * (number // 3)
        await put_payment(store, State.FAILED, reference=a_reference(100 + number), begun_at=at)
    pages = await walked(store, mine)
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [ref for page in pages for ref in page] == [a_reference(100 + n) for n in reversed(numbers)]


@pytest.mark.parametrize("count,pages", [(0, [0]), (1, [1]), (PAGE, [PAGE]), (PAGE + 1, [PAGE, 1])])
async def test_a_page_that_is_just_full_has_none_after_it(store: Store, count: int, pages: list[int]) -> None:
    for number in range(count):
        await put_payment(store, State.FAILED, reference=a_reference(100 + number))
    assert [len(page) for page in await walked(store, mine)] == pages


async def test_a_payment_made_meanwhile_does_not_shift_the_pages(store: Store) -> None:
    for number in range(25):
        await put_payment(
            store, State.FAILED, reference=a_reference(100 + number), begun_at=NOW + MINUTE * number
        )
    first = await store.read(mine)
    await put_payment(store, State.FAILED, reference=a_reference(900), begun_at=NOW + MINUTE * 60)
    second = await store.read(partial(mine, after=first.next_after))
    seen = [listed.payment.reference for listed in [*first.rows, *second.rows]]
    assert seen == [a_reference(100 + number) for number in reversed(range(25))]


@pytest.mark.covers("D1", "D33")
async def test_a_list_holds_only_what_is_of_the_person_who_asks(store: Store) -> None:
    await put_payment(store)
    (listed,) = (await store.read(mine)).rows
    assert (listed.place, listed.payer_name) == ("A3, Mikocheni", "Asha Mushi")
    assert (await store.read(lambda tx: queries.history_of_payer(tx, NEIGHBOUR))).rows == []


@pytest.mark.covers("D2", "D30")
async def test_a_list_is_filtered_by_the_status_that_the_outside_sees(store: Store) -> None:
    made = {
        state: await put_payment(store, state, reference=a_reference(100 + n), bill=a_reference(500 + n))
        for n, state in enumerate(State)
    }
    for status in PaymentStatus:
        page = await store.read(partial(mine, status=status))
        found = {listed.payment.reference for listed in page.rows}
        assert found == {payment.reference for payment in made.values() if payment.status is status}
    cancelled = await store.read(partial(mine, status=PaymentStatus.CANCELLED))
    assert {listed.payment.state for listed in cancelled.rows} == {State.CANCELLED, State.EXPIRED}


@pytest.mark.covers("D2", "C11")
async def test_a_month_begins_and_ends_at_midnight_in_dar_es_salaam(store: Store) -> None:
    begins = {
        "february": datetime(2026, 2, 28, 20, 59, 59, 999_999, tzinfo=UTC),
        "march 1": datetime(2026, 2, 28, 21, tzinfo=UTC),
        "march 31": datetime(2026, 3, 31, 20, 59, 59, 999_999, tzinfo=UTC),
        "april": datetime(2026, 3, 31, 21, tzinfo=UTC),
        "december": datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC),
        "january": datetime(2026, 12, 31, 21, tzinfo=UTC),
    }
    names = {a_reference(100 + n): name for n, name in enumerate(begins)}
    for reference, name in names.items():
        await put_payment(store, State.FAILED, reference=reference, begun_at=begins[name])
    for month, expected in [
        ((2026, 3), ["march 31", "march 1"]),
        ((2026, 2), ["february"]),
        ((2026, 12), ["december"]),
        ((2027, 1), ["january"]),
        ((2025, 3), []),
    ]:
        page = await store.read(partial(mine, month=month))
        assert [names[listed.payment.reference] for listed in page.rows] == expected


async def test_a_landlord_sees_what_came_in_and_nothing_else(store: Store) -> None:
    paid = await put_payment(store)
    await put_payment(store, State.FAILED, reference=a_reference(9))
    question = partial(queries.payments_of_payee, payee=LANDLORD)
    assert await walked(store, question) == [[paid.reference]]
    assert await walked(store, partial(queries.payments_of_payee, payee=NEIGHBOUR)) == [[]]


async def test_the_office_sees_what_needs_a_person_oldest_first(store: Store) -> None:
    def begun(minutes: int) -> datetime:
        return NOW - MINUTE * minutes

    old = [
        (State.AWAITING_PAYER, 15),
        (State.UNCERTAIN, 40),
        (State.COMPLETED, 50),
        (State.FAILED, 60),
        (State.UNCERTAIN, 14),
    ]
    for number, (state, minutes) in enumerate(old):
        await put_payment(
            store,
            state,
            reference=a_reference(100 + number),
            bill=a_reference(500 + number),
            begun_at=begun(minutes),
        )
    found = await store.read(lambda tx: queries.uncertain(tx, NOW, QUARTER))
    assert [listed.payment.reference for listed in found] == [a_reference(101), a_reference(100)]
    (first,) = await store.read(lambda tx: queries.uncertain(tx, NOW, QUARTER, most=1))
    assert first.payment.reference == a_reference(101)


@pytest.mark.covers("D12")
@pytest.mark.parametrize(
    "state,news",
    [
        (State.PROCESSING, makers.mismatch(shillings(5))),
        (State.COMPLETED, makers.mismatch(shillings(5))),
        (State.FAILED, makers.mismatch(shillings(5))),
        (State.PROCESSING, makers.uncertain(reason=Reason.CONTRADICTION)),
        (State.PROCESSING, makers.uncertain(reason=Reason.DUPLICATE)),
        (State.COMPLETED, e.DuplicateSuccess(excess=shillings(5))),
        (State.COMPLETED, makers.heard(receipt_code="UC35SECOND")),
    ],
)
async def test_the_office_sees_at_once_what_waits_for_nothing_but_a_person(
    store: Store, state: State, news: e.Event
) -> None:
    payment = await put_payment(store, state)
    assert await store.read(lambda tx: queries.uncertain(tx, NOW, QUARTER)) == []
    await store.write(lambda tx: payments.append(tx, payment, [news], NOW, reference=PAYMENT))
    (listed,) = await store.read(lambda tx: queries.uncertain(tx, NOW, QUARTER))
    assert listed.payment.reference == PAYMENT


@pytest.mark.covers("L8", "A21")
async def test_the_attempt_in_flight_is_found_by_its_bill_and_by_its_payer(store: Store) -> None:
    await put_payment(store, State.FAILED)
    assert await store.read(lambda tx: queries.attempts_in_flight(tx, [BILL])) == {}
    assert await store.read(lambda tx: queries.open_attempts(tx, TENANT)) == []
    attempt = await put_payment(store, State.UNCERTAIN, reference=a_reference(9))
    assert await store.read(lambda tx: queries.attempts_in_flight(tx, [BILL])) == {BILL: attempt.reference}
    assert await store.read(lambda tx: queries.open_attempts(tx, TENANT)) == [attempt]


async def test_the_last_attempts_and_the_last_receipt_are_the_newest(store: Store) -> None:
    paid = await put_payment(store)
    failed = await put_payment(store, State.FAILED, reference=a_reference(9), begun_at=NOW + MINUTE)
    assert await store.read(lambda tx: queries.last_completed(tx, TENANT)) == paid
    assert await store.read(lambda tx: queries.attempts_since(tx, [BILL], NOW)) == [failed]
    assert await store.read(lambda tx: queries.attempts_since(tx, [BILL], NOW - MINUTE)) == [failed, paid]
    assert await store.read(lambda tx: queries.last_completed(tx, NEIGHBOUR)) is None


async def test_a_payment_is_found_by_what_the_provider_calls_it(store: Store) -> None:
    paid = await put_payment(store)
    other = await put_payment(store, State.FAILED, reference=a_reference(9))
    code, request_id = paid.receipt_code or "", paid.request_id or ""
    assert await store.read(lambda tx: queries.paid_with_code(tx, "mpesa", code)) == PAYMENT
    assert await store.read(lambda tx: queries.paid_with_code(tx, "airtel", code)) is None
    assert await store.read(lambda tx: queries.other_with_request(tx, other, request_id)) == PAYMENT
    assert await store.read(lambda tx: queries.other_with_request(tx, paid, request_id)) is None


async def test_the_bill_and_the_lease_of_a_payment_are_found_or_it_is_an_error(store: Store) -> None:
    payment = await put_payment(store)
    due = await store.read(lambda tx: queries.due_of(tx, payment))
    (bill,) = due.bills
    assert (bill.paid, due.lease) == (bill.amount, makers.a_lease())
    nowhere = makers.a_payment(bill=a_reference(99))
    with pytest.raises(LookupError, match=a_reference(99)):
        await store.read(lambda tx: queries.due_of(tx, nowhere))


@pytest.mark.covers("D6", "S64")
async def test_the_money_and_the_timeline_of_a_payment_can_be_read(store: Store) -> None:
    await put_payment(store)
    moved = await store.read(lambda tx: queries.transactions_of(tx, PAYMENT))
    assert [(row.type, row.kind, row.amount, row.currency) for row in moved] == [
        ("CHARGE", "gross", 453_500, "TZS"),
        ("FEE", "platform", 2_250, "TZS"),
        ("FEE", "processing", 250, "TZS"),
        ("FEE", "provider", 1_000, "TZS"),
    ]
    timeline = await store.read(lambda tx: queries.timeline_of(tx, PAYMENT))
    assert [type(event) for event, _ in timeline][:2] == [e.PaymentInitiated, e.PushRequested]
    assert [at for _, at in timeline] == sorted(at for _, at in timeline)


@pytest.mark.covers("C9")
async def test_what_was_left_after_a_part_stays_what_it_was(store: Store) -> None:
    parts = [
        await put_payment(
            store, reference=a_reference(100 + n), amount=shillings(100_000), begun_at=NOW + MINUTE * n
        )
        for n in range(3)
    ]
    due = Basket((a_bill(),), makers.a_lease())
    left = [await store.read(partial(queries.balances_after, payment=part, due=due)) for part in parts]
    assert [of[BILL].minor for of in left] == [350_000, 250_000, 150_000]
