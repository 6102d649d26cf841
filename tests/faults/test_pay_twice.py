"""Two clicks, two tabs, two people: one prompt, one payment, one receipt."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portal.domain.errors import AlreadyPaid, KeyReused, PaymentInProgress, Refused
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.prompt import Prompt
from portal.sandbox.results import CANCELLED, PAID
from tests.faults.soundness import ending
from tests.faults.tenant import Tenant
from tests.makers import BILL, a_phone
from tests.portal import DEPOSIT, RENT, RunningPortal

ASHA = a_phone().digits
GOOD = NUMBER_OF["approves"]


@pytest.mark.covers("A16", "A17", "D10")
async def test_twenty_clicks_on_one_page_are_one_push_and_one_answer(portal: RunningPortal) -> None:
    references = await asyncio.gather(*(portal.pay(GOOD, key="one draft") for _ in range(20)))
    assert len(set(references)) == 1
    assert await portal.sandbox.pushes() == 1
    assert (await ending(portal, references[0])).state is State.COMPLETED


@pytest.mark.covers("A16", "A17", "D10")
async def test_a_click_after_the_end_leads_to_the_same_payment(portal: RunningPortal) -> None:
    reference = await portal.pay(GOOD, key="one draft")
    await ending(portal, reference)
    assert await portal.pay(GOOD, key="one draft") == reference
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D10")
async def test_the_key_of_another_order_is_refused(portal: RunningPortal) -> None:
    reference = await portal.pay(GOOD, key="one draft")
    with pytest.raises(KeyReused):
        await portal.pay(GOOD, key="one draft", bill=RENT)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D09", "D14")
async def test_of_ten_tabs_that_pay_one_bill_at_once_one_pushes_and_nine_are_led_to_it(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    phones = [ASHA, *NUMBER_OF.values()][:10]
    answers = await asyncio.gather(*(portal.pay(phone) for phone in phones), return_exceptions=True)
    (reference,) = [answer for answer in answers if isinstance(answer, str)]
    refusals = [answer for answer in answers if not isinstance(answer, str)]
    assert [type(refusal) for refusal in refusals] == [PaymentInProgress] * 9
    assert {refusal.reference for refusal in refusals if isinstance(refusal, PaymentInProgress)} == {
        reference
    }
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D09", "D14")
async def test_a_second_tab_is_refused_while_the_first_prompt_is_open_and_after_it_was_paid(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    with pytest.raises(PaymentInProgress):
        await portal.pay(GOOD)
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    with pytest.raises(AlreadyPaid):
        await portal.pay(GOOD)
    assert await portal.sandbox.pushes() == 1
    assert (await ending(portal, reference)).state is State.COMPLETED


async def test_one_phone_is_asked_about_one_bill_at_a_time(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    first = await portal.pay(ASHA)
    with pytest.raises(Refused):
        await portal.pay(ASHA, bill=RENT)
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    second = await portal.pay(ASHA, bill=RENT)
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=2)
    assert (await ending(portal, first)).state is State.COMPLETED
    assert (await portal.payment(second)).state is State.COMPLETED


async def called_off(portal: RunningPortal, **order: Any) -> tuple[str, Prompt]:
    """A payment of Asha's whose prompt was called off, and that prompt, which she may approve all the same."""
    reference = await portal.pay(ASHA, **order)
    (prompt,) = portal.sandbox.world.network.prompts.values()
    portal.sandbox.world.network.act(prompt, CANCELLED)
    await portal.hear(callbacks=1)
    return reference, prompt


@pytest.mark.covers("B11")
async def test_a_bill_paid_twice_credits_once_and_keeps_the_rest_in_suspense(
    portal_with_people: RunningPortal,
) -> None:
    """A prompt that was called off is approved after another one has paid."""
    portal = portal_with_people
    first, prompt = await called_off(portal)
    second = await portal.pay(GOOD)
    await portal.hear(callbacks=2)
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=3)
    assert (await portal.payment(second)).excess is None
    twice = await ending(portal, first)
    assert (twice.state, twice.late, twice.excess) == (State.COMPLETED, True, twice.amount)
    assert await portal.account("suspense") == -450_000


@pytest.mark.covers("A20", "B11", "B19")
async def test_of_two_baskets_that_share_a_bill_and_are_both_paid_that_bill_is_credited_once(
    portal_with_people: RunningPortal,
) -> None:
    """The deposit's prompt was called off, and is approved when deposit and rent have been paid in one."""
    portal = portal_with_people
    first, prompt = await called_off(portal)
    basket = await portal.pay(GOOD, amounts={BILL: DEPOSIT, RENT: DEPOSIT})
    await portal.hear(callbacks=2)
    assert (await portal.payment(basket)).applied == DEPOSIT + DEPOSIT
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=3)
    twice = await ending(portal, first)
    assert (twice.state, twice.excess, twice.applied) == (State.COMPLETED, DEPOSIT, shillings(0))
    assert await portal.account("suspense") == -450_000


@pytest.mark.covers("A20", "B11", "B19")
async def test_of_a_basket_that_is_paid_late_only_what_is_still_owed_is_credited(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    basket, prompt = await called_off(portal, amounts={BILL: DEPOSIT, RENT: DEPOSIT})
    await portal.pay(GOOD)
    await portal.hear(callbacks=2)
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=3)
    late = await ending(portal, basket)
    assert (late.state, late.late) == (State.COMPLETED, True)
    assert [each.excess for each in late.allocations] == [DEPOSIT, None]
    assert await portal.account("suspense") == -450_000


@pytest.mark.covers("A20", "D09")
async def test_of_overlapping_baskets_in_many_tabs_one_pushes_and_the_others_are_led_to_it(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    both, turned = {BILL: DEPOSIT, RENT: DEPOSIT}, {RENT: DEPOSIT, BILL: DEPOSIT}
    phones = [ASHA, *NUMBER_OF.values()][:6]
    presses = [
        portal.pay(phone, amounts=(both, turned, {RENT: DEPOSIT})[n % 3]) for n, phone in enumerate(phones)
    ]
    answers = await asyncio.gather(*presses, return_exceptions=True)
    (reference,) = [answer for answer in answers if isinstance(answer, str)]
    refusals = [answer.reference for answer in answers if isinstance(answer, PaymentInProgress)]
    assert refusals == [reference] * 5
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("A20", "page:3")
async def test_deposit_and_rent_in_the_browser_are_one_push_and_one_receipt(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    form = await tenant.to_the_check_page(ASHA, [BILL, RENT])
    reference = (await tenant.press_pay(form)).rpartition("/")[2]
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    payment = await ending(portal, reference)
    assert (payment.state, payment.bills, payment.excess) == (State.COMPLETED, (BILL, RENT), None)
    assert await portal.sandbox.pushes() == 1


async def test_parts_of_a_bill_add_up_to_it_and_no_further(portal: RunningPortal) -> None:
    for part in (150_000, 250_000):
        await portal.pay(GOOD, amount=shillings(part))
        await portal.quiet()
    with pytest.raises(Refused):
        await portal.pay(GOOD, amount=shillings(60_000))
    last = await portal.pay(GOOD, amount=shillings(50_000))
    assert (await ending(portal, last)).state is State.COMPLETED


@pytest.mark.covers("A16", "A17", "D10")
async def test_a_double_click_on_pay_in_the_browser_is_one_push_and_one_page(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    form = await tenant.to_the_check_page(ASHA)
    led_to = await asyncio.gather(*(tenant.press_pay(form) for _ in range(5)))
    assert len(set(led_to)) == 1
    assert await portal.sandbox.pushes() == 1
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    assert await tenant.press_pay(form) == led_to[0]
    assert (await ending(portal, led_to[0].rpartition("/")[2])).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D09", "D14")
async def test_two_tabs_that_pay_one_bill_in_the_browser_are_one_push_and_a_refusal(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    first, second = [await tenant.to_the_check_page(ASHA) for _ in range(2)]
    reference = (await tenant.press_pay(first)).rpartition("/")[2]
    refused = await portal.client.post("/pay/check", data=second)
    assert refused.status_code == 409
    assert f"/pay/{reference}" in refused.text
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    assert (await portal.client.post("/pay/check", data=second)).status_code == 409
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1
