"""Payouts in the store: what is owed follows from the ledger, nothing is taken twice, and what is changed shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.domain.ledger import PLATFORM_FEE, payable_to
from portal.domain.money import Currency
from portal.domain.owed import Destination, prepared, shared_out
from portal.domain.payout import (
    OURSELVES,
    WAITING_PAYOUT,
    LineReturned,
    Payout,
    PayoutEvent,
    PayoutPaid,
    PayoutState,
    Returned,
)
from portal.store import ledger_check, payouts, replay
from portal.store.codec import decoded, encoded
from portal.store.owed import moved, owed, shares_of
from portal.store.payout_tables import payout_events, payout_items, payout_lines
from portal.store.payout_tables import payouts as payout_rows
from portal.store.payouts import PAYOUT_EVENT_BY_NAME
from portal.store.tables import ledger_entries
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, VersionConflict
from tests.chance import tries
from tests.makers import LANDLORD, NEIGHBOUR, NOW, OFFICE, a_reference, put_in_store
from tests.payouts import (
    ACCOUNT,
    APPROVED,
    DROPPED,
    OUR_ACCOUNT,
    PAYOUT,
    ROADS,
    SENT,
    a_payout,
    came_back,
)
from tests.payouts import prepared as a_prepared

S = PayoutState
DESTINATIONS = {
    LANDLORD: Destination(id=ACCOUNT),
    NEIGHBOUR: Destination(id=ACCOUNT),
    OURSELVES: Destination(id=OUR_ACCOUNT),
}


class Undone(Exception):
    """Takes a transaction back."""


def put(tx: Tx, *events: PayoutEvent, reference: str = PAYOUT) -> Payout:
    payout: Payout | None = None
    for event in events:
        payout = payouts.append(tx, payout, event, NOW, reference=reference)
    assert payout
    return payout


def road(state: PayoutState) -> list[PayoutEvent]:
    return [a_prepared(), *ROADS[state]]


ONE_OF_EACH = [*road(S.PAID), DROPPED, came_back()]


def test_one_of_each_payout_event_is_there() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(PAYOUT_EVENT_BY_NAME.values())


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_every_event_of_a_payout_is_read_back_as_it_was_written(event: PayoutEvent) -> None:
    assert decoded(*encoded(event), PAYOUT_EVENT_BY_NAME) == event


@pytest.mark.covers("I7", "I8")
@pytest.mark.parametrize("state", list(PayoutState))
async def test_a_payout_in_any_state_is_loaded_as_it_was_written_and_replays(
    store: Store, state: PayoutState
) -> None:
    written = await store.write(lambda tx: put(tx, *road(state)))
    assert written == a_payout(state)
    assert await store.read(lambda tx: payouts.load(tx, PAYOUT)) == written
    report = await store.snapshot(replay.check)
    assert (report.differences, report.sound) == ([], True)
    assert (await store.snapshot(ledger_check.check)).differences == []


async def test_a_payout_that_has_moved_on_takes_no_event_of_an_older_page(store: Store) -> None:
    before = await store.write(lambda tx: put(tx, a_prepared()))
    await store.write(lambda tx: payouts.append(tx, before, APPROVED, NOW, reference=PAYOUT))
    with pytest.raises(VersionConflict):
        await store.write(lambda tx: payouts.append(tx, before, DROPPED, NOW, reference=PAYOUT))


@pytest.mark.covers("D17")
async def test_of_one_account_and_currency_one_payout_waits(store: Store) -> None:
    await store.write(lambda tx: put(tx, a_prepared()))
    assert await store.read(lambda tx: payouts.waiting(tx, "CRDB", Currency.TZS)) == PAYOUT
    assert await store.read(lambda tx: payouts.waiting(tx, "CRDB", Currency.USD)) is None
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: put(tx, a_prepared(), reference=a_reference(603)))


async def test_one_debit_of_the_bank_is_one_payout(store: Store) -> None:
    await store.write(lambda tx: put(tx, *road(S.PAID)))
    assert await store.read(lambda tx: payouts.paid_with(tx, "FT26062ABC"))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: put(tx, *road(S.PAID), reference=a_reference(603)))


async def test_what_is_written_of_a_payout_is_never_rewritten(store: Store) -> None:
    await store.write(lambda tx: put(tx, a_prepared()))
    for change in (update(payout_events).values(type="X"), delete(payout_events)):
        with pytest.raises(DBAPIError, match="append-only"):
            await store.write(lambda tx, change=change: tx.execute(change))  # type: ignore[misc]


def _changed(table: Any, **values: Any) -> Callable[[Tx], object]:
    return lambda tx: tx.execute(update(table).values(**values))


@pytest.mark.covers("P8", "I10")
@pytest.mark.parametrize(
    "change,place",
    [
        (_changed(payout_rows, amount=1), f"payouts ('{PAYOUT}',): amount is 1"),
        (_changed(payout_lines, amount=1), f"payout_lines ('{PAYOUT}', 1): amount is 1"),
        (_changed(payout_items, live=False), f"payout_items ('{PAYOUT}', 'fee:platform'"),
        (_changed(ledger_entries, amount=0), f"ledger_entries ('{PAYOUT}', 4, 0): amount is 0"),
        (lambda tx: tx.execute(delete(payout_items)), f"payout_items ('{PAYOUT}', 'fee:platform'"),
    ],
)
async def test_whatever_is_changed_behind_the_events_is_reported(
    store: Store, change: Callable[[Tx], object], place: str
) -> None:
    await store.write(lambda tx: put(tx, *road(S.PAID)))
    await store.write(change)
    report = await store.snapshot(replay.check)
    assert any(difference.startswith(place) for difference in report.differences), report.differences


async def test_a_broken_chain_or_an_event_that_cannot_be_is_reported(sqlite_store: Store) -> None:
    await sqlite_store.write(lambda tx: put(tx, *road(S.SENT)))

    def spoil(tx: Tx) -> None:
        tx.execute(text("DROP TRIGGER payout_events_no_update"))
        tx.execute(update(payout_events).where(payout_events.c.seq == 2).values(data="{}"))

    await sqlite_store.write(spoil)
    differences = (await sqlite_store.snapshot(replay.check)).differences
    assert f"payout_events {PAYOUT} seq 2: the chain is broken" in differences

    def forge(tx: Tx) -> None:
        payouts.LOG.write(tx, payouts.LOG.row(a_reference(603), 1, SENT, NOW, bytes(32)))

    await sqlite_store.write(forge)
    differences = (await sqlite_store.snapshot(replay.check)).differences
    assert f"payout_events {a_reference(603)} seq 1: PayoutSent in None" in differences


@pytest.mark.covers("I10")
async def test_the_ledger_check_says_where_a_payouts_lines_and_its_postings_differ(store: Store) -> None:
    await store.write(lambda tx: put(tx, *road(S.PAID)))
    await store.write(_changed(payout_items, live=False))
    assert (await store.snapshot(ledger_check.check)).differences == [
        f"{PAYOUT}: the ledger has sent 452500 TZS, its lines say 0"
    ]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 9_000)),
        st.tuples(st.just("neighbour"), st.integers(1, 9_000)),
        st.tuples(st.just("fee"), st.integers(1, 90)),
        st.tuples(st.just("refund"), st.integers(1, 9_000)),
        st.tuples(st.just("prepare"), st.just(0)),
        st.tuples(st.just("go on"), st.integers(0, 9)),
        st.tuples(st.just("drop"), st.integers(0, 9)),
        st.tuples(st.just("return"), st.integers(0, 9)),
    ),
    max_size=30,
)
ACCOUNTS = {"pay": payable_to(LANDLORD), "neighbour": payable_to(NEIGHBOUR), "fee": PLATFORM_FEE}


class Town:
    """Payments and refunds post what is owed, and payouts take it; all in one transaction, which is undone."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.numbers = tx, count(2_000)
        self.posted: Counter[tuple[str, str]] = Counter()
        self.payouts: list[str] = []

    def tell(self, what: str, number: int) -> None:
        match what:
            case "prepare":
                self._prepare()
            case "go on" | "drop" | "return":
                self._change(what, number)
            case "refund" if self.posted:
                self._post(*list(self.posted)[number % len(self.posted)], -number)
            case "refund":
                pass
            case _:
                self._post(ACCOUNTS[what], a_reference(next(self.numbers)), number)

    def _post(self, account: str, stream: str, minor: int) -> None:
        self.posted[account, stream] += minor
        row = {"stream": stream, "seq": next(self.numbers), "currency": "TZS", "at": NOW}
        lines = [(account, -minor), ("cash:mpesa", minor)]
        rows = [row | {"line": line, "account": at, "amount": sum_} for line, (at, sum_) in enumerate(lines)]
        self.tx.execute(insert(ledger_entries), rows)

    def _prepare(self) -> None:
        found = shared_out(owed(self.tx), DESTINATIONS, Currency.TZS)
        event = prepared(found, account="CRDB", prepared_by=OFFICE)
        if event is None or payouts.waiting(self.tx, "CRDB", Currency.TZS):
            return
        self.payouts.append(a_reference(next(self.numbers)))
        put(self.tx, event, reference=self.payouts[-1])

    def _change(self, what: str, number: int) -> None:
        if not self.payouts:
            return
        payout = payouts.load(self.tx, self.payouts[number % len(self.payouts)])
        assert payout
        event = self._event(payout, what)
        if event is not None:
            payouts.append(self.tx, payout, event, NOW, reference=payout.reference)

    def _event(self, payout: Payout, what: str) -> PayoutEvent | None:
        if what == "drop":
            return DROPPED if payout.state in WAITING_PAYOUT else None
        if what == "return":
            line = payout.live[0] if payout.with_the_bank and payout.live else None
            return LineReturned(line=line.number, why=Returned.REFUSED, told_by=OFFICE) if line else None
        paid = PayoutPaid(bank_reference=f"FT{payout.reference}", told_by=OFFICE)
        nexts: dict[PayoutState, PayoutEvent] = {S.PREPARED: APPROVED, S.APPROVED: SENT, S.SENT: paid}
        return nexts.get(payout.state)


@pytest.mark.covers("I7", "I8", "D17")
@tries()
@given(told=steps)
async def test_however_payments_refunds_and_payouts_follow_each_other_nothing_is_sent_twice(
    sqlite_store: Store, told: list[tuple[str, int]]
) -> None:
    def work(tx: Tx) -> None:
        town = Town(tx)
        for what, number in told:
            town.tell(what, number)
        _every_shilling_is_somewhere_once(tx, town)
        report = ledger_check.check(tx)
        assert not any(report.balance.values())
        assert report.differences == []
        raise Undone

    with pytest.raises(Undone):
        await sqlite_store.write(work)


def _every_shilling_is_somewhere_once(tx: Tx, town: Town) -> None:
    """What was posted is what live payouts have, and what is left; what has moved left the ledger once."""
    shares = shares_of(tx, [stream for _, stream in town.posted])
    left = {(item.account, item.stream): item.amount.minor for item in owed(tx)}
    for (account, stream), minor in town.posted.items():
        live = [share for share in shares.get(stream, []) if share.live]
        assert sum(share.amount.minor for share in live) + left.get((account, stream), 0) == minor
    for payee in (LANDLORD, NEIGHBOUR):
        arrived = moved(tx, payee).get((Currency.TZS, True), 0)
        posted = sum(minor for (account, _), minor in town.posted.items() if account == payable_to(payee))
        assert _balance(tx, payable_to(payee)) == arrived - posted


def _balance(tx: Tx, account: str) -> int:
    question = select(func.sum(ledger_entries.c.amount)).where(ledger_entries.c.account == account)
    return int(tx.execute(question).scalar() or 0)


async def test_the_shares_of_a_payment_tell_whose_they_are_and_whether_they_arrived(
    store: Store, vault: Vault
) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: put(tx, *road(S.PAID)))
    item = a_prepared().lines[0].items[0]
    shares = (await store.read(lambda tx: shares_of(tx, [item.stream])))[item.stream]
    assert [(share.own, share.amount.minor, share.is_settled) for share in shares] == [
        (True, 2_500, True),
        (False, 450_000, True),
    ]
    only = await store.read(lambda tx: shares_of(tx, [item.stream], account=payable_to(LANDLORD)))
    assert [share.own for share in only[item.stream]] == [False]
    assert replace(shares[0], live=False).is_settled is False
    assert await store.read(lambda tx: moved(tx, LANDLORD)) == {(Currency.TZS, True): 450_000}
