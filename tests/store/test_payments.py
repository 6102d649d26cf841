"""The event store: expected versions, the rules the database itself keeps, and rows that say what the fold says."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.domain import events as e
from portal.domain.bill import Bill, PaymentType
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import IllegalTransition, State
from portal.store import leases, payments, replay
from portal.store.tables import payment_events
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, VersionConflict
from tests import makers
from tests.makers import NOW, PAYMENT, a_bill, a_payment_history, a_reference, put_in_store, put_payment


@pytest.fixture(autouse=True)
async def _asha_and_her_lease(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault, bills=[a_bill(), a_bill(reference=a_reference(50))])


async def loaded(store: Store, reference: str = PAYMENT) -> Payment:
    payment = await store.read(lambda tx: payments.load(tx, reference))
    assert payment is not None
    return payment


async def paid(store: Store, bill: str = makers.BILL) -> Bill:
    found = await store.read(lambda tx: leases.bill(tx, bill))
    assert found is not None
    return found


def adding(event: e.Event, *, lock: bool, reference: str = PAYMENT) -> Any:
    """Work that reads the payment and appends to it."""

    def work(tx: Tx) -> Payment:
        before = payments.load(tx, reference, lock=lock)
        return payments.append(tx, before, [event], NOW, reference=reference)

    return work


@pytest.mark.covers("D54", "J10", "S16", "S31", "S33", "S35", "S62")
@pytest.mark.parametrize("state", State)
async def test_a_row_says_what_the_fold_of_the_events_says(store: Store, state: State) -> None:
    payment = await put_payment(store, state)
    assert payment.state is state
    assert await loaded(store) == payment


@pytest.mark.covers("D54")
async def test_a_history_is_read_back_as_it_was_written(store: Store) -> None:
    rent: dict[str, Any] = {"type": PaymentType.RENT, "period": datetime(2026, 3, 1, tzinfo=UTC).date()}
    await put_payment(store, request_id="1", receipt_code="2", **rent)
    expected = a_payment_history(request_id="1", receipt_code="2", **rent)
    assert await store.read(lambda tx: payments.history(tx, PAYMENT)) == expected
    assert await store.read(lambda tx: payments.history(tx, a_reference(99))) == []


async def test_events_of_one_append_share_the_instant_and_count_up(store: Store) -> None:
    def work(tx: Tx) -> Payment:
        return payments.append(tx, None, [makers.initiated(), e.PushRequested()], NOW, reference=PAYMENT)

    payment = await store.write(work)
    assert (payment.version, payment.state) == (2, State.SUBMITTING)
    assert await loaded(store) == payment


async def test_appending_nothing_writes_nothing(store: Store) -> None:
    payment = await put_payment(store, State.SUBMITTING)
    assert await store.write(lambda tx: payments.append(tx, payment, [], NOW, reference=PAYMENT)) == payment
    with pytest.raises(ValueError, match="begins with an event"):
        await store.write(lambda tx: payments.append(tx, None, [], NOW, reference=a_reference(9)))


@pytest.mark.covers("D08", "D09")
async def test_a_stale_read_cannot_be_written_on(store: Store) -> None:
    stale = await put_payment(store, State.SUBMITTING)
    await store.write(adding(makers.accepted(), lock=True))
    with pytest.raises(VersionConflict, match=PAYMENT):
        await store.write(lambda tx: payments.append(tx, stale, [makers.heard()], NOW, reference=PAYMENT))
    assert (await loaded(store)).version == 3


async def test_a_reference_is_begun_only_once(store: Store) -> None:
    await put_payment(store, State.CREATED)
    with pytest.raises(VersionConflict):
        await put_payment(store, State.CREATED)


@pytest.mark.covers("D09")
@pytest.mark.parametrize("lock,writers", [(True, 8), (False, 3)])
async def test_writers_of_one_payment_follow_each_other(store: Store, lock: bool, writers: int) -> None:  # noqa: FBT001
    await put_payment(store, State.PROCESSING)
    await asyncio.gather(*(store.write(adding(makers.heard(), lock=lock)) for _ in range(writers)))
    assert (await loaded(store)).version == 4 + writers
    assert (await store.snapshot(replay.check)).sound


@pytest.mark.covers("L8", "A16")
async def test_of_many_attempts_at_one_bill_one_is_in_flight(store: Store) -> None:
    references = [a_reference(100 + n) for n in range(8)]
    begun = [put_payment(store, State.SUBMITTING, reference=reference) for reference in references]
    ends = await asyncio.gather(*begun, return_exceptions=True)
    assert sum(isinstance(end, Payment) for end in ends) == 1
    assert sum(isinstance(end, IntegrityError) for end in ends) == 7
    assert (await store.snapshot(replay.check)).payments == 1


@pytest.mark.parametrize(
    "state", [State.CREATED, State.COMPLETED, State.FAILED, State.CANCELLED, State.EXPIRED]
)
async def test_an_attempt_that_is_not_in_flight_bars_no_other(store: Store, state: State) -> None:
    await put_payment(store, state)
    assert (await put_payment(store, State.UNCERTAIN, reference=a_reference(9))).state is State.UNCERTAIN


@pytest.mark.covers("D12")
@pytest.mark.parametrize(
    "news",
    [makers.mismatch(shillings(5)), makers.uncertain(reason=Reason.CONTRADICTION)],
    ids=["money", "claim"],
)
async def test_late_news_of_a_failed_attempt_is_kept_while_another_is_in_flight(
    store: Store, news: e.Event
) -> None:
    await put_payment(store, State.FAILED)
    await put_payment(store, State.AWAITING_PAYER, reference=a_reference(9))
    reopened = await store.write(adding(news, lock=True))
    assert (reopened.state, reopened.late) == (State.UNCERTAIN, True)
    assert (await store.snapshot(replay.check)).sound


@pytest.mark.covers("D09")
async def test_one_movement_at_the_provider_is_one_charge(store: Store) -> None:
    first = await put_payment(store)
    with pytest.raises(IntegrityError):
        await put_payment(store, reference=a_reference(9), receipt_code=first.receipt_code)
    with pytest.raises(IntegrityError):
        await put_payment(store, reference=a_reference(9), request_id=first.request_id)
    report = await store.snapshot(replay.check)
    assert (report.sound, report.payments) == (True, 1)


async def test_one_charge_holds_for_every_provider_by_itself(store: Store) -> None:
    first = await put_payment(store)
    same: dict[str, Any] = {"receipt_code": first.receipt_code, "request_id": first.request_id}
    other = await put_payment(
        store, reference=a_reference(9), bill=a_reference(50), provider="airtel", **same
    )
    assert other.state is State.COMPLETED


async def test_a_code_that_comes_after_the_money_is_added_to_the_charge(store: Store) -> None:
    await put_payment(store, State.AWAITING_PAYER)
    await store.write(
        adding(makers.completed(shillings(453_500), receipt_code=None), lock=True),
    )
    await store.write(adding(makers.heard(request_id=None, receipt_code="UC35LATER1"), lock=True))
    assert (await loaded(store)).receipt_code == "UC35LATER1"
    assert (await store.snapshot(replay.check)).sound


@pytest.mark.covers("D12")
@pytest.mark.parametrize("received", [Money(453_500, Currency.USD), shillings(0), shillings(-5)], ids=str)
async def test_a_wrong_amount_keeps_its_own_currency_and_size(store: Store, received: Money) -> None:
    await put_payment(store, State.AWAITING_PAYER)
    await store.write(adding(makers.mismatch(received), lock=True))
    assert (await loaded(store)).received == received
    assert (await store.snapshot(replay.check)).sound


async def test_the_bill_turns_paid_with_the_payment(store: Store) -> None:
    await put_payment(store, State.PROCESSING)
    assert not (await paid(store)).paid
    await store.write(adding(makers.completed(shillings(453_500)), lock=True))
    assert not (await paid(store)).rest


async def test_what_the_table_refuses_is_not_written(store: Store) -> None:
    await put_payment(store)
    with pytest.raises(IllegalTransition):
        await store.write(adding(makers.failed(), lock=True))
    assert (await loaded(store)).version == 6


async def test_a_payment_that_is_not_there_is_none(store: Store) -> None:
    assert await store.read(lambda tx: payments.load(tx, a_reference(99))) is None


@pytest.mark.covers("S17", "S39")
async def test_each_event_is_a_row_of_its_own(store: Store) -> None:
    await put_payment(store)
    count = await store.read(lambda tx: tx.execute(select(func.count()).select_from(payment_events)).scalar())
    assert count == 6
