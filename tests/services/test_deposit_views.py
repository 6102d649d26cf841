"""What the office is shown of deposits: all that it has to see to, however much there is that looks alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from portal.domain.deposit_return import ReturnState
from portal.domain.errors import NotFound
from portal.domain.ledger import deposit_of
from portal.domain.money import shillings
from portal.domain.refund_outcome import NotRefunded, RefundRefusal
from portal.store.deposit_returns import with_money_left
from portal.store.deposit_tables import deposit_returns, deposit_shares
from portal.store.refunds import refunds
from portal.store.tables import ledger_entries
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import LANDLORD, LEASE, NOW, TENANT, FakeClock
from tests.services.depositing import CLEANING, DISPUTE, answer, itemise, pay_deposit
from tests.services.desk import Desk
from tests.services.refunding import ASHA, REVERSAL, SALMA, a_sending_desk

MANY = 120
FULL = NotRefunded(RefundRefusal.LIMIT, "full")


NAMES = [f"{'0' if number % 2 else 'Z'}{number:011}" for number in range(MANY)]
"""Of leases that nobody has to see to, before and after the one that is there."""


async def hold_money_of_others(desk: Desk) -> None:
    assert min(NAMES) < LEASE < max(NAMES)

    def work(tx: Tx) -> None:
        facts = {"tenant": TENANT, "landlord": LANDLORD, "currency": "TZS", "deposit": 1, "deducted": 0}
        facts |= {"shares": [], "lines": [], "waived": [], "version": 1, "state": ReturnState.SETTLED}
        facts |= dict.fromkeys(("answer_by", "begun_at", "updated_at"), NOW - timedelta(days=9))
        tx.execute(insert(deposit_returns), [facts | {"reference": name, "lease": name} for name in NAMES])
        entry = {"seq": 1, "line": 1, "amount": -1, "currency": "TZS", "at": NOW}
        rows = [entry | {"stream": name, "account": deposit_of(name)} for name in NAMES]
        tx.execute(insert(ledger_entries), rows)
        name = NAMES[0]
        tx.execute(insert(deposit_shares).values(payment=name, deposit_return=name, amount=1))
        sent: dict[str, Any] = {
            "provider": "mpesa",
            "payee": LANDLORD,
            "state": "SUBMITTED",
            "reason": "LEASE_ENDED",
        }
        sent |= {"cause": "OURS", "amount": 10**9, "currency": "TZS", "parts": [], "approvals": 1}
        sent |= {"waits": True, "requested_at": NOW}
        tx.execute(insert(refunds).values(reference=name, payment=name, **sent))

    await desk.store.write(work)


async def give_it_up(desk: Desk) -> None:
    """No event tells of them, so the check of the books would."""

    def work(tx: Tx) -> None:
        tx.execute(delete(refunds).where(refunds.c.reference.in_(NAMES)))
        tx.execute(delete(deposit_shares).where(deposit_shares.c.payment.in_(NAMES)))
        tx.execute(delete(deposit_returns).where(deposit_returns.c.lease.in_(NAMES)))
        tx.execute(delete(ledger_entries).where(ledger_entries.c.stream.in_(NAMES)))

    await desk.store.write(work)


@pytest.mark.covers("F13")
async def test_what_could_not_be_sent_is_shown_behind_a_hundred_that_nobody_has_to_see(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        await pay_deposit(desk, 450_000)
        await hold_money_of_others(desk)
        await itemise(desk)
        assert await desk.portal.lease_end.views.queue(SALMA) == []
        assert LEASE not in await desk.read(lambda tx: with_money_left(tx, most=2 * MANY))
        desk.provider.will_refund(FULL)
        await desk.work()
        (shown,) = await desk.portal.lease_end.views.queue(SALMA)
        assert (shown.lease.reference, shown.standing and shown.standing.unsent) == (
            LEASE,
            shillings(450_000),
        )
        assert await desk.portal.lease_end.views.queued(SALMA) == 1
        await give_it_up(desk)


@pytest.mark.covers("F13")
async def test_as_many_deposits_are_counted_for_the_office_as_its_queue_shows(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        await pay_deposit(desk, 450_000)
        views = desk.portal.lease_end.views
        await itemise(desk, CLEANING)
        assert await views.queued(SALMA) == 0
        desk.provider.will_refund(FULL)
        await desk.work()
        assert (await views.queued(SALMA), len(await views.queue(SALMA))) == (1, 1)
        await answer(desk, DISPUTE)
        assert (await views.queued(SALMA), len(await views.queue(SALMA))) == (1, 1)
        with pytest.raises(NotFound):
            await views.queued(ASHA)
