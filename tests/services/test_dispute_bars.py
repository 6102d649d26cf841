"""While a payer's bank asks a payment back, nothing of it is sent another time, taken, kept or spent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.dispute import DisputeOpened, DisputeWon
from portal.domain.events import Event
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, RefundRefusal
from portal.services.excess import Choice
from portal.services.office import Unchanged
from portal.services.settlement import locked
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.desk import Desk
from tests.services.paying_twice import WHOLE, choose, paid_twice, the_books_agree
from tests.services.refunding import (
    ASHA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    asked,
    refund_of,
    sent,
)

FULL = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")
OPENED = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
WON = DisputeWon(dispute="dp_1", told_at=None)


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk


async def happens(desk: Desk, payment: str, event: Event) -> None:
    def work(tx: Tx) -> None:
        desk.portal.payments.settlement.append(tx, locked(tx, payment), [event])

    await desk.store.write(work)


async def payment_of(desk: Desk, refund: str) -> str:
    return (await desk.portal.refund_views.case(SALMA, refund)).payment.reference


@pytest.mark.covers("D40")
async def test_what_failed_is_not_sent_again_until_the_bank_has_decided(desk: Desk) -> None:
    desk.provider.will_refund(FULL)
    refund = await sent(desk)
    payment = await payment_of(desk, refund)
    await happens(desk, payment, OPENED)
    assert (await desk.portal.refund_views.case(SALMA, refund)).ways_again == []
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.again(SALMA, refund, "REVERSAL")
    assert unchanged.value.problem == "disputed"
    await happens(desk, payment, WON)
    other = await desk.portal.refund_desk.again(SALMA, refund, "REVERSAL")
    assert (await refund_of(desk, other)).state is RefundState.APPROVED


@pytest.mark.covers("D40")
async def test_nobody_takes_to_send_by_hand_what_the_bank_asks_back(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund, SALMA, by_hand=True)
    await happens(desk, await payment_of(desk, refund), OPENED)
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.take(PETER, refund)
    assert unchanged.value.problem == "disputed"


@pytest.mark.covers("D40", "I11")
async def test_extra_money_is_neither_kept_nor_sent_back_while_the_bank_asks_for_it(desk: Desk) -> None:
    late = await paid_twice(desk)
    await happens(desk, late, OPENED)
    assert await desk.portal.excess.offer(ASHA, late) is None
    for choice in Choice:
        with pytest.raises(Unchanged):
            await choose(desk, late, choice, key=choice)
    assert list((await desk.payment(late)).refunds) == []


@pytest.mark.covers("D40", "I11")
async def test_what_was_kept_pays_nothing_while_the_bank_asks_for_it(desk: Desk) -> None:
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    await happens(desk, late, OPENED)
    await desk.add_bill()
    await desk.pass_time(hours=1)
    assert (await desk.payment(late)).credit_left == WHOLE
    await happens(desk, late, WON)
    await desk.pass_time(hours=1)
    assert not (await desk.payment(late)).credit_left
    await the_books_agree(desk)
