"""Paid twice over real HTTP: the payer is asked what becomes of it, and one tap puts every shilling in its place."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from lxml import html

from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.prompt import Prompt
from portal.sandbox.results import CANCELLED, PAID
from portal.store import leases, ledger_check, replay
from tests.faults.soundness import world_is_sound
from tests.faults.tenant import Fields, Tenant
from tests.faults.test_menu import types
from tests.makers import BILL, LEASE, a_phone
from tests.portal import RENT, RunningPortal

ASHA = a_phone().digits
GOOD = NUMBER_OF["approves"]
CREDIT = f"credit:{LEASE}"


async def paid_twice(portal: RunningPortal, tenant: Tenant) -> str:
    """A prompt without an answer bars a second tab; called off and approved all the same, it comes after a payment
    from the menu.
    """
    forms = [await tenant.to_the_check_page(ASHA) for _ in range(2)]
    first = (await tenant.press_pay(forms[0])).rpartition("/")[2]
    barred = await portal.client.post("/pay/check", data=forms[1])
    assert barred.status_code == 409
    assert f"/pay/{first}" in barred.text
    (prompt,) = portal.sandbox.world.network.prompts.values()
    portal.sandbox.world.network.act(prompt, CANCELLED)
    await portal.hear(callbacks=1)
    read, _ = await types(portal)
    assert read.startswith("NEST: Umelipa TSh 450,000")
    await approved_late(portal, prompt)
    return first


async def approved_late(portal: RunningPortal, prompt: Prompt) -> None:
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=2)
    await portal.pass_time(minutes=1)


async def question(portal: RunningPortal, payment: str) -> Fields:
    """What the form of its page sends, but for the button."""
    page = await portal.client.get(f"/pay/{payment}")
    return hidden(page)


def hidden(page: httpx.Response) -> Fields:
    (form,) = html.fromstring(page.text).xpath("//form[@id='extra']")
    return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}


async def press(portal: RunningPortal, payment: str, form: Fields, chosen: str) -> httpx.Response:
    return await portal.client.post(f"/payments/{payment}/extra", data=form | {"chosen": chosen})


async def rest_of(portal: RunningPortal, bill: str) -> int:
    found = await portal.portal.store.read(lambda tx: leases.bill(tx, bill))
    assert found
    return found.rest.minor


async def sound(portal: RunningPortal) -> None:
    ledger = await portal.portal.store.snapshot(ledger_check.check)
    assert (ledger.differences, ledger.balance) == ([], {"TZS": 0})
    assert (await portal.portal.store.snapshot(replay.check)).differences == []


@pytest.mark.covers("B19", "I11", "A16", "B11")
async def test_paid_twice_and_kept_the_next_bill_drops_by_it_and_the_trial_balance_is_zero(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    payment = await paid_twice(portal, tenant)
    page = await portal.client.get(f"/pay/{payment}")
    assert "Umelipa mara mbili" in page.text or "You paid twice" in page.text
    assert (await rest_of(portal, BILL), await rest_of(portal, RENT)) == (0, 450_000)
    printed = (await portal.payment(payment)).receipt_version or 0
    answer = await press(portal, payment, hidden(page), "KEEP")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{payment}")
    assert (await rest_of(portal, BILL), await rest_of(portal, RENT)) == (0, 0)
    assert (await portal.account("suspense"), await portal.account(CREDIT)) == (0, 0)
    await sound(portal)
    await portal.quiet()
    await world_is_sound(portal)
    assert (await portal.payment(payment)).receipt_version == printed + 1


@pytest.mark.covers("B19", "F2", "A16")
@pytest.mark.parametrize("tabs", [1, 2])
async def test_of_many_presses_on_both_buttons_at_once_exactly_one_choice_stands(
    portal_with_people: RunningPortal, tabs: int
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    reference = await paid_twice(portal, tenant)
    forms = [await question(portal, reference) for _ in range(tabs)]
    presses = [(forms[n % tabs], ("KEEP", "REFUND")[n % 2]) for n in range(6)]
    answers = await asyncio.gather(*(press(portal, reference, form, chosen) for form, chosen in presses))
    assert {answer.status_code for answer in answers} == {303, 409}
    payment = await portal.payment(reference)
    assert bool(payment.credit_uses) is not bool(payment.refunds.every)
    assert payment.excess_waiting is None
    await sound(portal)


@pytest.mark.covers("B19", "F7")
async def test_paid_twice_and_sent_back_it_waits_for_nobody_s_leave(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    reference = await paid_twice(portal, tenant)
    answer = await press(portal, reference, await question(portal, reference), "REFUND")
    (refund,) = (await portal.payment(reference)).refunds.every
    assert answer.headers["location"] == f"/refunds/{refund.reference}"
    assert (refund.state, refund.amount) == (RefundState.APPROVED, shillings(452_250))
    assert await rest_of(portal, RENT) == 450_000
    await sound(portal)


@pytest.mark.covers("B19")
async def test_a_form_from_before_the_choice_changes_nothing_and_says_so(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    reference = await paid_twice(portal, tenant)
    stale = await question(portal, reference)
    assert (await press(portal, reference, stale | {"shown": "1"}, "KEEP")).status_code == 409
    assert (await portal.payment(reference)).excess_waiting == shillings(450_000)
    await press(portal, reference, await question(portal, reference), "KEEP")
    before = await portal.payment(reference)
    late = await press(portal, reference, stale, "REFUND")
    assert late.status_code == 409
    assert await portal.payment(reference) == before
    assert before.state is State.COMPLETED
