"""Money back after a home was sold: the landlord whose money it is decides, and of two landlords' the office does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.bill import BillStatus
from portal.domain.errors import NotFound
from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.person import Person
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Refunded
from portal.store.writer import Store
from tests.makers import BILL, FakeClock
from tests.services.desk import PAID, RENT, Desk
from tests.services.refunding import (
    ASHA,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    asked,
    paid,
    refund_of,
    typed,
)
from tests.services.selling import NEEMA, sell
from tests.services.test_changed_landlord import all_back, both_paid
from tests.services.test_messages import kinds

S = RefundState


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk


async def waiting_for(desk: Desk, person: Person) -> list[str]:
    listed = await desk.portal.reads.refund_lists.waiting(person, None)
    return [row.refund.reference for row in listed.rows]


async def over_for(desk: Desk, person: Person) -> list[str]:
    listed = await desk.portal.reads.refund_lists.over(person, None)
    return [row.refund.reference for row in listed.rows]


async def shut_out(desk: Desk, person: Person, refund: str) -> bool:
    """They neither find it nor decide on it, whatever they send."""
    shown = (await desk.portal.refund_views.case(PETER, refund)).shown
    for attempt in (
        desk.portal.refund_views.case(person, refund),
        desk.portal.refunds.approve(person, refund, shown=shown),
        desk.portal.refunds.decline(person, refund, "It is mine."),
    ):
        with pytest.raises(NotFound):
            await attempt
    return await waiting_for(desk, person) == []


async def ask(desk: Desk, payment: str, minor: int, key: str = "key") -> str:
    """For so much of it, whatever is left."""
    left = (await desk.portal.refund_views.offer(ASHA, payment)).available
    wish = typed(amount=str(minor), available=str(left.minor))
    return await desk.portal.refunds.ask(ASHA, payment, wish, key)


@pytest.mark.covers("F8", "N1")
async def test_the_new_landlord_decides_on_a_deposit_that_is_asked_back(desk: Desk) -> None:
    payment = await paid(desk)
    await sell(desk)
    refund = await ask(desk, payment, 100_000)
    await desk.work()
    assert await kinds(desk, NEEMA.id) == ["refund_wanted"]
    assert await kinds(desk, JUMA.id) == ["received"]
    assert await waiting_for(desk, NEEMA) == [refund]
    assert await shut_out(desk, JUMA, refund)
    await approve(desk, refund, NEEMA)
    await desk.work()
    one = await refund_of(desk, refund)
    assert (one.approved_by, one.amount) == ((NEEMA.id,), shillings(100_000))


@pytest.mark.covers("F8", "N1")
async def test_a_home_that_is_sold_before_anybody_decided_leaves_it_to_the_new_landlord(desk: Desk) -> None:
    refund = await asked(desk)
    assert await waiting_for(desk, JUMA) == [refund]
    await sell(desk)
    assert await shut_out(desk, JUMA, refund)
    assert await waiting_for(desk, NEEMA) == [refund]
    await desk.portal.refunds.decline(NEEMA, refund, "It is owed to me.")
    assert (await refund_of(desk, refund)).state is S.REJECTED
    assert (await waiting_for(desk, NEEMA), await over_for(desk, NEEMA)) == ([], [refund])
    assert await over_for(desk, JUMA) == []


@pytest.mark.covers("F8", "N1")
async def test_a_rent_that_the_former_landlord_had_is_theirs_to_give_back(desk: Desk) -> None:
    await desk.add_bill()
    payment = await desk.start_and_settle(PAID, bill=RENT)
    await sell(desk)
    refund = await ask(desk, payment, 100_000)
    assert await shut_out(desk, NEEMA, refund)
    assert await waiting_for(desk, JUMA) == [refund]
    await approve(desk, refund, JUMA)
    assert (await refund_of(desk, refund)).approved_by == (JUMA.id,)


@pytest.mark.covers("F8", "N1")
async def test_what_takes_from_two_landlords_the_office_alone_decides(desk: Desk) -> None:
    payment = await both_paid(desk)
    await sell(desk)
    refund = await ask(desk, payment, 750_000)
    await desk.work()
    for landlord in (JUMA, NEEMA):
        assert await shut_out(desk, landlord, refund)
        assert "refund_wanted" not in await kinds(desk, landlord.id)
    desk.provider.will_refund(Refunded("RC1", shillings(750_000)))
    await approve(desk, refund, SALMA)
    await desk.work()
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED
    for landlord in (JUMA, NEEMA):
        assert (await kinds(desk, landlord.id))[-1] == "unreceived"
    assert [(await desk.bill(name)).status for name in (BILL, RENT)] == [BillStatus.DUE] * 2


async def test_what_takes_from_one_of_two_landlords_that_one_decides(desk: Desk) -> None:
    payment = await both_paid(desk)
    await sell(desk)
    refund = await ask(desk, payment, 100_000)
    (part,) = (await refund_of(desk, refund)).parts
    holder, other = (NEEMA, JUMA) if part.bill == BILL else (JUMA, NEEMA)
    assert await shut_out(desk, other, refund)
    assert await waiting_for(desk, holder) == [refund]


async def test_who_agrees_to_less_gives_none_of_another_landlords_money(desk: Desk) -> None:
    """What was due last gives first, and is free again by the time somebody agrees to the rest."""
    payment = await both_paid(desk)
    await sell(desk)
    last = (await desk.payment(payment)).allocations[-1]
    of_last = await ask(desk, payment, last.amount.minor)
    refund = await ask(desk, payment, 100_000, "other")
    (part,) = (await refund_of(desk, refund)).parts
    assert part.bill != last.bill
    holder, other = (NEEMA, JUMA) if part.bill == BILL else (JUMA, NEEMA)
    await desk.portal.refunds.decline(other, of_last, "It was earned.")
    await approve(desk, refund, holder, less="40,000")
    one = await refund_of(desk, refund)
    assert [(each.bill, each.amount) for each in one.parts] == [(part.bill, shillings(40_000))]


async def test_a_list_goes_on_over_what_is_another_landlords_now(desk: Desk) -> None:
    """More than a page of a deposit's that was sold, and one of a rent that was not."""
    await desk.add_bill()
    rent = await desk.start_and_settle(PAID, bill=RENT)
    deposit = await desk.start_and_settle(Paid(receipt_code="DEPOSIT123"))
    names = [await ask(desk, deposit, 1_000, f"key {number}") for number in range(20)]
    desk.clock.advance(days=2)
    names.append(await ask(desk, deposit, 1_000, "last of the deposit"))
    own = await ask(desk, rent, 1_000, "rent")
    await sell(desk)
    assert await waiting_for(desk, JUMA) == [own]
    listed = await desk.portal.reads.refund_lists.waiting(NEEMA, None)
    assert (len(listed.rows), listed.more is None) == (20, False)
    rest = await desk.portal.reads.refund_lists.waiting(NEEMA, listed.more)
    found = [row.refund.reference for row in (*listed.rows, *rest.rows)]
    assert (sorted(found), rest.more) == (sorted(names), None)


async def test_the_tenant_reads_who_decides_on_what_they_ask_back(desk: Desk) -> None:
    payment = await both_paid(desk)
    views = desk.portal.refund_views
    assert (await views.offer(ASHA, payment)).decides == "Juma Mollel"
    await sell(desk)
    assert (await views.offer(ASHA, payment)).decides == ""
    whole = await ask(desk, payment, 750_000)
    assert (await views.case(ASHA, whole)).decides == ""
    await desk.portal.refunds.decline(SALMA, whole, "Not all of it.")
    last = (await desk.payment(payment)).allocations[-1]
    wish = typed(amount="1,000", available="750000")
    offer = await views.offer(ASHA, payment, wish)
    assert offer.decides == ("Neema Kato" if last.bill == BILL else "Juma Mollel")


async def test_what_went_by_itself_out_of_two_landlords_pots_is_on_neither_list(desk: Desk) -> None:
    payment = await both_paid(desk)
    await sell(desk)
    await all_back(desk, payment)
    for landlord in (JUMA, NEEMA):
        assert await over_for(desk, landlord) == []
        assert (await kinds(desk, landlord.id))[-1] == "unreceived"
