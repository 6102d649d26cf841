"""Returns of deposits in the store: one open at a time, folded into tables that replay and the ledger agree with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.domain import deposit_events as d
from portal.domain.bill import PaymentType
from portal.domain.deposit_pots import parts_of_deposit
from portal.domain.deposit_return import OPEN_RETURN, DepositReturn, ReturnState
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.store import deposit_notes, deposit_returns, leases, ledger_check, payments, replay
from portal.store.deposit_notes import About
from portal.store.deposit_tables import deposit_notes as note_rows
from portal.store.deposit_tables import deposit_return_events, deposit_shares
from portal.store.deposit_tables import deposit_returns as return_rows
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, VersionConflict
from tests.deposits import RETURN, asked, decided, itemised
from tests.makers import BILL, LANDLORD, LEASE, NOW, PAYMENT, a_bill, a_reference, put_in_store, put_payment

Break = Callable[[Tx], object]


@pytest.fixture(autouse=True)
async def paid(store: Store, vault: Vault) -> Payment:
    await put_in_store(store, vault)
    return await put_payment(store)


async def put_return(
    store: Store,
    events: Sequence[d.ReturnEvent],
    before: DepositReturn | None = None,
    reference: str = RETURN,
) -> DepositReturn:
    return await store.write(lambda tx: deposit_returns.append(tx, before, events, NOW, reference=reference))


async def deduct(store: Store, amount: Money) -> None:
    def work(tx: Tx) -> None:
        payment = payments.load(tx, PAYMENT, lock=True)
        assert payment
        event = d.DepositDeducted(deposit_return=RETURN, line=1, parts=parts_of_deposit(payment, amount))
        payments.append(tx, payment, [event], NOW, reference=PAYMENT)

    await store.write(work)


async def settled(store: Store) -> DepositReturn:
    """All of a deposit was claimed and decided, a part for the landlord."""
    one = await put_return(store, [itemised(450_000), d.TenantSilent(), decided(1, 100_000)])
    await deduct(store, shillings(100_000))
    return one


@pytest.mark.covers("F13")
async def test_a_return_comes_out_of_the_store_as_it_went_in(store: Store) -> None:
    one = await put_return(store, [asked(), d.LandlordSilent(), itemised(5, 6)])
    assert await store.read(lambda tx: deposit_returns.load(tx, RETURN, lock=True)) == one
    assert await store.read(lambda tx: deposit_returns.newest_of(tx, LEASE)) == one
    assert await store.read(lambda tx: deposit_returns.newest_of_each(tx, [LEASE])) == {LEASE: one}
    assert await store.read(lambda tx: deposit_returns.waiting(tx, OPEN_RETURN)) == [one]
    assert await store.read(lambda tx: deposit_returns.waiting(tx, [ReturnState.SETTLED])) == []
    assert await store.read(lambda tx: deposit_returns.bound(tx, [PAYMENT, "x"])) == {PAYMENT: RETURN}
    assert await store.read(lambda tx: deposit_returns.holding(tx, [LEASE])) == [PAYMENT]
    assert await store.read(lambda tx: deposit_returns.deposit_bills(tx, [PAYMENT])) == [BILL]
    assert await store.read(lambda tx: deposit_returns.leases_of_landlord(tx, LANDLORD)) == [LEASE]
    told = await store.read(lambda tx: deposit_returns.history(tx, RETURN))
    assert [event for event, _ in told] == [asked(), d.LandlordSilent(), itemised(5, 6)]


async def test_who_writes_on_an_old_page_is_told_to_read_again(store: Store) -> None:
    one = await put_return(store, [itemised(5)])
    await put_return(store, [d.TenantSilent()], one)
    with pytest.raises(VersionConflict):
        await put_return(store, [d.TenantSilent()], one)
    with pytest.raises(ValueError, match="begins with an event"):
        await put_return(store, [], None, a_reference(701))


@pytest.mark.covers("F13")
async def test_the_database_itself_keeps_one_open_return_of_a_lease_and_one_return_of_a_payment(
    store: Store,
) -> None:
    await put_return(store, [itemised(5)])
    with pytest.raises(IntegrityError):
        await put_return(store, [itemised(5)], reference=a_reference(701))
    with pytest.raises(IntegrityError):
        await put_return(store, [itemised()], reference=a_reference(701))


async def test_what_was_never_paid_is_released_once_and_replay_knows_it(store: Store) -> None:
    bill = a_bill(reference=a_reference(30), type=PaymentType.SECURITY_DEPOSIT)
    await store.write(lambda tx: leases.add_bill(tx, bill))
    waiver = d.Waiver(bill=bill.reference, amount=shillings(450_000))
    await put_return(store, [itemised(450_000, waived=(waiver,))])
    ended = await store.read(lambda tx: leases.bill(tx, bill.reference))
    assert ended
    assert ended.rest == shillings(0)
    assert (await store.snapshot(replay.check)).sound


async def test_the_ledger_agrees_with_a_return_that_is_settled(store: Store) -> None:
    await settled(store)
    report = await store.snapshot(ledger_check.check)
    assert report.sound, report
    assert (await store.snapshot(replay.check)).sound


@pytest.mark.covers("F13", "I5")
async def test_a_deduction_that_no_return_knows_of_is_found(store: Store) -> None:
    await settled(store)
    await deduct(store, shillings(1))
    report = await store.snapshot(ledger_check.check)
    assert report.differences == [
        f"{RETURN}: the ledger holds 349999 of the deposit, the return and its refunds leave 350000"
    ]


_FIRST = select(deposit_return_events.c.position).limit(1).scalar_subquery()
_A_STRANGER = {
    "deposit_return": a_reference(9),
    "seq": 1,
    "type": "NOBODY_KNOWS",
    "version": 1,
    "at": NOW,
    "data": "{}",
    "hash": bytes(32),
}


def rewrite(tx: Tx) -> None:
    """As nobody can who has not taken away the guard."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("DROP TRIGGER deposit_return_events_append_only ON deposit_return_events"))
    else:
        tx.execute(text("DROP TRIGGER deposit_return_events_no_update"))
    first = update(deposit_return_events).where(deposit_return_events.c.position == _FIRST)
    tx.execute(first.values(data="{}"))


@pytest.mark.parametrize(
    "spoil,found",
    [
        (lambda tx: tx.execute(update(return_rows).values(deducted=5)), "deducted is 5"),
        (lambda tx: tx.execute(update(return_rows).values(lines=[])), "lines is []"),
        (lambda tx: tx.execute(delete(return_rows)), "missing"),
        (lambda tx: tx.execute(update(deposit_shares).values(amount=5)), "amount is 5"),
        (rewrite, "the chain is broken"),
        (lambda tx: tx.execute(insert(deposit_return_events).values(_A_STRANGER)), "the chain is broken"),
    ],
)
async def test_replay_finds_what_the_events_do_not_tell(store: Store, spoil: Break, found: str) -> None:
    await settled(store)
    await store.write(lambda tx: spoil(tx) and None)
    report = await store.snapshot(replay.check)
    assert any(found in difference for difference in report.differences), report.differences


async def test_what_is_written_of_a_return_is_never_rewritten(store: Store) -> None:
    await put_return(store, [itemised(5)])
    for change in (update(deposit_return_events).values(type="X"), delete(deposit_return_events)):
        with pytest.raises(DBAPIError, match="append-only"):
            await store.write(lambda tx, change=change: tx.execute(change))  # type: ignore[misc]


async def test_more_that_is_returned_than_ever_came_is_found(store: Store) -> None:
    await put_return(store, [itemised()])
    await store.write(lambda tx: tx.execute(update(return_rows).values(deposit=450_001)).rowcount)
    report = await store.snapshot(ledger_check.check)
    assert report.differences == [f"{RETURN}: 450000 came, and 450001 is returned"]


async def test_replay_stops_at_an_event_that_cannot_follow(store: Store) -> None:
    await put_return(store, [itemised(5)])

    def write(tx: Tx) -> None:
        log = deposit_returns.LOG
        chain = log.tip(tx, RETURN, 1)
        log.write(tx, log.row(RETURN, 2, decided(1, 5), NOW, chain))

    await store.write(write)
    differences = (await store.snapshot(replay.check)).differences
    assert "DeductionDecided" in differences[0]


@pytest.mark.covers("N8")
async def test_what_people_wrote_is_sealed_and_the_newest_words_count(store: Store, vault: Vault) -> None:
    words = ["The kitchen of Asha Mushi was dirty.", "It was only the bath."]

    def write(tx: Tx) -> None:
        for word in words:
            deposit_notes.keep(tx, vault, RETURN, 1, About.CLAIMED, word, NOW)

    await store.write(write)
    kept = await store.read(lambda tx: deposit_notes.of_return(tx, vault, RETURN))
    assert kept == {(1, About.CLAIMED): words[1]}
    sealed = await store.read(lambda tx: tx.execute(select(note_rows.c.note_sealed)).scalars().all())
    assert not any(word in text for text in sealed for word in words)
