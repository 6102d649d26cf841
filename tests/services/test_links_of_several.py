"""A link to a payment of several bills: whoever comes by it pays what is still open of them, and nothing beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.errors import AlreadyPaid, NotFound, TooMany
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment_state import State
from portal.domain.person import Guest
from portal.domain.phone import Phone
from tests.makers import BILL, a_reference
from tests.services.desk import NO_RESPONSE, PAID, RENT, STRANGE_PHONE, WRONG_PIN, Desk
from tests.services.guests import THERE, a_guest, chosen, looks, pays

DEPOSIT = shillings(450_000)
BOTH = {BILL: DEPOSIT, RENT: DEPOSIT}
BOTH_PAID = Paid(shillings(905_750), "UC35T8K2QX")


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.add_bill()
    return desk


async def a_guest_of_both(desk: Desk, **options: str) -> Guest:
    """By the link on the page of an attempt to pay both, which nobody answered."""
    reference = await desk.start_and_settle(NO_RESPONSE, amounts=BOTH)
    return await a_guest(desk, reference, **options)


@pytest.mark.covers("A18", "A20")
async def test_a_guest_pays_all_the_bills_of_the_payment_in_one_push(desk: Desk) -> None:
    guest = await a_guest_of_both(desk)
    view = await looks(desk, guest)
    assert (view.payable, [bill.reference for bill in view.bills]) == (True, [BILL, RENT])
    draft, reference = await pays(desk, guest)
    push = desk.provider.pushes[-1]
    assert (push.phone, push.amount) == (STRANGE_PHONE, shillings(905_750))
    desk.provider.will_say(BOTH_PAID)
    payment = await desk.ask(reference)
    assert (payment.state, payment.by_link, payment.bills) == (State.COMPLETED, True, (BILL, RENT))
    view = await looks(desk, guest, draft)
    assert (view.own, view.payable, view.due.rest) == (True, False, shillings(0))
    with pytest.raises(AlreadyPaid):
        await desk.portal.checkout.begin(guest, [BILL, RENT], None)


async def test_what_the_tenant_has_paid_since_is_not_asked_of_the_guest(desk: Desk) -> None:
    guest = await a_guest_of_both(desk)
    desk.clock.advance(minutes=11)
    await desk.portal.payments.record_outcome(await desk.start(), PAID, Source.CALLBACK)
    view = await looks(desk, guest)
    assert ([bill.reference for bill in view.bills], view.due.rest) == ([RENT], DEPOSIT)
    draft = await desk.portal.checkout.begin(guest, [bill.reference for bill in view.bills], None)
    step = await desk.portal.checkout.step(guest, draft)
    assert [(each.bill, each.amount) for each in step.allocations] == [(RENT, DEPOSIT)]


@pytest.mark.covers("L1")
async def test_an_attempt_for_one_of_the_bills_holds_them_all(desk: Desk) -> None:
    guest = await a_guest_of_both(desk)
    desk.clock.advance(minutes=11)
    attempt = await desk.start(bill=RENT)
    view = await looks(desk, guest)
    assert view.payment
    assert (view.payable, view.own, view.payment.reference) == (False, False, attempt)
    await desk.portal.payments.look_again(guest, attempt)


@pytest.mark.covers("N1")
async def test_a_guest_of_one_bill_sees_nothing_of_what_another_paid_beside_it(desk: Desk) -> None:
    one = await a_guest(desk)
    desk.clock.advance(minutes=11)
    both = await a_guest_of_both(desk, browser=THERE)
    draft, reference = await pays(desk, both)
    desk.provider.will_say(BOTH_PAID)
    await desk.ask(reference)
    seen = await looks(desk, one)
    assert (seen.payable, seen.payment) == (False, None), (
        "paid, and no code of a receipt that names the other bill"
    )
    assert (await looks(desk, replace(both, browser=one.browser))).payment, "the same link in another browser"
    assert not (await looks(desk, replace(one, browser=both.browser), draft)).own


@pytest.mark.covers("N1")
async def test_a_link_to_several_pays_no_other_bill(desk: Desk) -> None:
    guest = await a_guest_of_both(desk)
    other = (await desk.add_bill(reference=a_reference(301))).reference
    for bills in ([other], [BILL, other]):
        with pytest.raises(NotFound):
            await desk.portal.checkout.begin(guest, bills, None)
    order = await desk.portal.checkout.order(guest, await chosen(desk, guest), "905750", "sw")
    with pytest.raises(NotFound):
        await desk.portal.payments.start(replace(order, amounts=BOTH | {other: DEPOSIT}, key="another"))


@pytest.mark.covers("D76")
async def test_whichever_link_asks_for_a_bill_its_limit_counts(desk: Desk) -> None:
    both, one = await a_guest_of_both(desk), await a_guest(desk)
    for number in range(3):
        _, reference = await pays(desk, both, Phone(f"2557139{number:05}").digits)
        desk.provider.will_say(WRONG_PIN)
        await desk.ask(reference)
    with pytest.raises(TooMany) as refused:
        await pays(desk, one, "255713900009")
    assert refused.value.what == "push by link"
