"""Somebody else pays by a link: one bill, its rest, for a while, and nothing of the tenant's is told to them."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.errors import (
    AlreadyPaid,
    LinkEnded,
    NotFound,
    PaymentInProgress,
    PortalError,
    Refused,
    TooMany,
)
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment_state import State
from portal.domain.phone import Phone
from portal.services.drafts import DRAFTS_PER_LINK
from portal.services.link_tokens import link_token, link_until
from portal.services.links import LINK_LIVES, LinkView
from portal.services.saving import Agreed
from portal.store import contacts, messages
from portal.store.tables import leases, payments
from portal.templating.consents import Matter, current_version
from tests.makers import BILL, NOW, TENANT, FakeClock, a_person, a_phone, a_reference
from tests.services.desk import NEIGHBOUR_BILL, NO_RESPONSE, PAID, RENT, STRANGE_PHONE, TOTAL, WRONG_PIN, Desk
from tests.services.guests import HERE, THERE, a_guest, chosen, looks, pays, token_of

ASHA = a_person()
WITHOUT_A_LANDLORD = {"due", "tenant", "ends", "payment", "own", "phone", "can_be_asked"}


@pytest.mark.covers("A18", "A12")
async def test_a_guest_pays_the_tenant_s_bill_and_the_tenant_has_the_payment(desk: Desk) -> None:
    guest = await a_guest(desk)
    _, reference = await pays(desk, guest)
    desk.provider.will_say(PAID)
    payment = await desk.ask(reference)
    assert (payment.state, payment.payer, payment.by_link) == (State.COMPLETED, TENANT, True)
    assert payment.total == desk.provider.pushes[-1].amount == TOTAL
    assert desk.provider.pushes[-1].phone == STRANGE_PHONE
    assert not (await desk.bill()).rest
    assert (await desk.portal.views.payment(ASHA, reference)).payment == payment
    assert payment.receipt
    _, facts, _ = await desk.portal.receipts.facts(ASHA, payment.receipt.address)
    assert (facts.tenant, facts.by_link, facts.phone) == ("Asha Mushi", True, STRANGE_PHONE.masked)


@pytest.mark.covers("A18")
async def test_the_tenant_gets_the_messages_in_their_own_language(desk: Desk) -> None:
    _, reference = await pays(desk, await a_guest(desk))
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    letter = next(letter for letter in desk.sink.letters if "Umelipa" in letter.text)
    assert letter.phone == a_phone().digits
    assert not [letter for letter in desk.sink.letters if letter.phone == STRANGE_PHONE.digits]


async def test_why_a_guest_s_phone_said_no_is_not_told_to_the_tenant(desk: Desk) -> None:
    _, reference = await pays(desk, await a_guest(desk))
    desk.provider.will_say(WRONG_PIN)
    await desk.ask(reference)
    told = await desk.read(lambda tx: messages.of_person(tx, desk.portal.tools.vault, TENANT))
    assert told[0].kind == "not_paid_by_link"
    assert told[0].body == (
        "NEST: Malipo ya TSh 453,500 kwa kiungo chako hayakukamilika. Hakuna pesa iliyokatwa."
    )


# ---- the link itself ----


@pytest.mark.parametrize("token", ["", "made up", "a.b.1.c"])
async def test_a_link_that_we_never_made_is_not_there(desk: Desk, token: str) -> None:
    with pytest.raises(NotFound):
        await desk.portal.links.open(token, HERE, "192.0.2.7")


async def test_a_link_lives_a_week_and_then_has_ended(desk: Desk, clock: FakeClock) -> None:
    token = await token_of(desk, await desk.start_and_settle(NO_RESPONSE))
    clock.now = NOW + LINK_LIVES - timedelta(seconds=1)
    assert (await desk.portal.links.open(token, HERE, "192.0.2.7")).until == NOW + LINK_LIVES
    clock.now = NOW + LINK_LIVES
    with pytest.raises(LinkEnded):
        await desk.portal.links.open(token, HERE, "192.0.2.7")


@pytest.mark.covers("N1")
async def test_even_our_own_signature_opens_no_payment_that_is_not_there(desk: Desk) -> None:
    link = link_until(a_reference(999), NOW + LINK_LIVES)
    token = link_token(desk.portal.tools.signing_keys, link)
    with pytest.raises(NotFound):
        await desk.portal.links.open(token, HERE, "192.0.2.7")


async def test_a_link_is_not_there_for_the_tenant_who_came_after(desk: Desk) -> None:
    token = await token_of(desk, await desk.start_and_settle(NO_RESPONSE))
    neighbour = await desk.add_neighbour()
    await desk.store.write(lambda tx: tx.execute(leases.update().values(tenant=neighbour.id)))
    with pytest.raises(NotFound):
        await desk.portal.links.open(token, HERE, "192.0.2.7")


# ---- what a guest may not ----


@pytest.mark.covers("N1")
async def test_a_guest_pays_no_other_bill_of_the_same_tenant(desk: Desk) -> None:
    await desk.add_bill()
    guest = await a_guest(desk)
    with pytest.raises(NotFound):
        await desk.portal.checkout.begin(guest, [RENT], None)
    order = await desk.portal.checkout.order(guest, await chosen(desk, guest), str(TOTAL.minor), "sw")
    with pytest.raises(NotFound):
        await desk.portal.payments.start(replace(order, amounts={RENT: order.total}, key="another"))


@pytest.mark.covers("N1")
async def test_a_guest_looks_again_after_no_payment_of_another_bill(desk: Desk) -> None:
    guest = await a_guest(desk)
    await desk.add_bill()
    rent = await desk.start(bill=RENT)
    with pytest.raises(NotFound):
        await desk.portal.payments.look_again(guest, rent)


@pytest.mark.covers("N1")
async def test_a_draft_is_there_for_the_browser_that_made_it_and_for_nobody_else(desk: Desk) -> None:
    guest = await a_guest(desk)
    other = replace(guest, browser=desk.portal.tools.vault.index(THERE, kind="browser"))
    theirs, hers = await chosen(desk, guest), await desk.portal.checkout.begin(ASHA, [BILL], None)
    for payer, draft in ((other, theirs), (ASHA, theirs), (guest, hers)):
        with pytest.raises(NotFound):
            await desk.portal.checkout.step(payer, draft)
    assert (await desk.portal.checkout.step(guest, theirs)).draft.phone == STRANGE_PHONE


@pytest.mark.parametrize("number", [a_phone().digits, STRANGE_PHONE.digits])
async def test_whose_number_it_is_cannot_be_found_out_by_trying(desk: Desk, number: str) -> None:
    """The tenant's own is asked the same question as a stranger's."""
    guest = await a_guest(desk)
    checkout = desk.portal.checkout
    draft = await checkout.begin(guest, [BILL], None)
    await checkout.choose_method(guest, draft, "MPESA")
    with pytest.raises(Refused) as refused:
        await checkout.choose_phone(guest, draft, number, agreed=False)
    assert (refused.value.field, refused.value.problem) == ("agreed", "not_your_phone")
    await checkout.choose_phone(guest, draft, number, agreed=True)
    step = await checkout.step(guest, draft)
    assert (step.own_phone, step.account_phone) == (False, None)


@pytest.mark.parametrize("method", ["CREDIT_CARD", "BANK_TRANSFER", "", "made up"])
async def test_a_guest_pays_from_a_phone_and_no_other_way(desk: Desk, method: str) -> None:
    guest = await a_guest(desk)
    draft = await desk.portal.checkout.begin(guest, [BILL], None)
    with pytest.raises(Refused) as refused:
        await desk.portal.checkout.choose_method(guest, draft, method)
    assert (refused.value.field, refused.value.problem) == ("method", "empty")
    view = await desk.portal.links.view(guest)
    ways, exchange = await desk.portal.checkout.ways(guest, view.due)
    assert [way.method for way in ways if way.is_spoken_of] == ["MPESA", "TIGO_PESA", "AIRTEL_MONEY"]
    assert not [way for way in ways if way.preselected]
    assert exchange is None


async def test_what_a_guest_pays_proves_no_number_of_the_tenant_s(desk: Desk) -> None:
    await desk.add_bill()
    _, reference = await pays(desk, await a_guest(desk))
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    vault = desk.portal.tools.vault
    assert not await desk.read(lambda tx: contacts.proved(tx, vault, STRANGE_PHONE, TENANT))
    assert await desk.read(lambda tx: contacts.has_paid(tx, vault, STRANGE_PHONE))
    with pytest.raises(Refused):
        await desk.start(bill=RENT, phone=STRANGE_PHONE)


async def test_a_saved_way_of_the_tenant_s_is_neither_shown_to_a_guest_nor_used_by_them(desk: Desk) -> None:
    agreed = Agreed(current_version(Matter.PHONE), "sw")
    phones, methods = desk.portal.saved.phones, desk.portal.saved.methods
    await phones.add(ASHA, a_phone().national, "", "", agreed, "192.0.2.7")
    waiting = await phones.add(ASHA, STRANGE_PHONE.national, "", "", agreed, "192.0.2.7")
    guest = await a_guest(desk)
    (saved,) = (await methods.overview(ASHA)).methods
    draft = await desk.portal.checkout.begin(guest, [BILL], None)
    with pytest.raises(Refused):
        await desk.portal.checkout.choose_method(guest, draft, saved.id)
    draft, reference = await pays(desk, guest, a_phone().digits)
    assert (await looks(desk, guest, draft)).phone == a_phone().masked
    assert (await methods.overview(ASHA)).methods == [saved]
    desk.provider.will_say(WRONG_PIN)
    await desk.ask(reference)
    # Nor does a guest's payment prove the number of theirs that the tenant wants to save.
    _, reference = await pays(desk, guest)
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    assert (await methods.overview(ASHA)).methods == [saved]
    assert await phones.waiting(ASHA, waiting.id)


async def test_a_tenant_who_begins_anew_does_not_get_the_guest_s_number(desk: Desk) -> None:
    _, reference = await pays(desk, await a_guest(desk))
    desk.provider.will_say(WRONG_PIN)
    await desk.ask(reference)
    step = await desk.portal.checkout.step(ASHA, await desk.portal.checkout.again(ASHA, reference))
    assert (step.draft.phone, step.account_phone) == (None, a_phone())


# ---- one attempt at a time ----


@pytest.mark.covers("L1")
async def test_while_the_tenant_s_prompt_is_open_a_guest_begins_nothing(desk: Desk) -> None:
    reference = await desk.start()
    guest = await desk.portal.links.open(await token_of(desk, reference), HERE, "192.0.2.7")
    with pytest.raises(PaymentInProgress):
        await desk.portal.checkout.begin(guest, [BILL], None)
    view = await looks(desk, guest)
    assert (view.payable, view.own, view.phone) == (False, False, None)


async def test_a_guest_and_the_tenant_who_press_at_once_are_one_payment(each_desk: Desk) -> None:
    guest = await a_guest(each_desk)
    draft = await chosen(each_desk, guest)
    order = await each_desk.portal.checkout.order(guest, draft, str(TOTAL.minor), "sw")
    pressed = [
        each_desk.portal.payments.start(order),
        each_desk.start(),
        each_desk.portal.payments.start(order),
    ]
    answers = await asyncio.gather(*pressed, return_exceptions=True)
    assert len({answer for answer in answers if isinstance(answer, str)}) == 1
    assert {type(answer) for answer in answers} <= {str, PaymentInProgress}
    assert len(each_desk.provider.pushes) == 2


async def test_a_guest_pays_what_is_left_and_no_more(desk: Desk) -> None:
    first = await desk.start_and_settle(Paid(receipt_code="PART123456"), amount=shillings(200_000))
    _, reference = await pays(desk, await a_guest(desk, first))
    assert (await desk.payment(reference)).amount == shillings(250_000)


async def test_a_link_to_what_is_paid_shows_it_and_pays_nothing(desk: Desk) -> None:
    guest = await a_guest(desk, await desk.start_and_settle(PAID))
    view = await looks(desk, guest)
    assert (view.payable, view.payment) == (False, None)
    with pytest.raises(AlreadyPaid):
        await desk.portal.checkout.begin(guest, [BILL], None)


# ---- limits ----


async def tries(desk: Desk, browser: str, number: int, client: str = "192.0.2.7", minutes: float = 0) -> None:
    """A request to a fresh phone that is answered with a no at once."""
    guest = await a_guest(desk, next(iter(await references(desk))), browser, client)
    desk.clock.advance(minutes=minutes)
    _, reference = await pays(desk, guest, Phone(f"2557139{number:05}").digits)
    desk.provider.will_say(WRONG_PIN)
    await desk.ask(reference)


async def references(desk: Desk) -> list[str]:
    return list(await desk.read(lambda tx: tx.execute(payments.select()).scalars().all()))


@pytest.mark.covers("D76")
async def test_by_one_link_no_more_than_three_phones_are_asked_in_ten_minutes(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN)
    for number in range(3):
        await tries(desk, f"visitor:{number}", number, f"192.0.2.{number}")
    with pytest.raises(TooMany) as refused:
        await tries(desk, "visitor:9", 9, "192.0.2.9")
    assert refused.value.what == "push by link"
    # The tenant's own requests are counted apart: nobody with a link can use them up.
    assert await desk.start_and_settle(WRONG_PIN)


@pytest.mark.covers("D76")
async def test_by_one_link_no_more_than_ten_phones_are_asked_in_a_day(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN)
    for number in range(10):
        await tries(desk, f"visitor:{number}", number, minutes=11)
    with pytest.raises(TooMany) as refused:
        await tries(desk, "visitor:99", 99, minutes=11)
    assert refused.value.what == "push by link in a day"


@pytest.mark.covers("D76")
async def test_all_links_of_a_tenant_together_have_a_limit(desk: Desk) -> None:
    bills = [BILL, *[(await desk.add_bill(reference=a_reference(300 + n))).reference for n in range(2)]]
    begun = [await desk.start_and_settle(WRONG_PIN, bill=bill) for bill in bills]
    with pytest.raises(TooMany) as refused:
        await asked_in_turn(desk, begun, minutes=5)
    assert refused.value.what == "push by all links of a tenant"


@pytest.mark.covers("D76")
async def test_one_network_address_asks_no_more_than_twenty_times_in_ten_minutes(desk: Desk) -> None:
    """Whatever links it has; here those of two tenants, each of whose own limits still holds."""
    neighbour = await desk.add_neighbour()
    hers = [BILL, *[(await desk.add_bill(reference=a_reference(300 + n))).reference for n in range(3)]]
    more = [await desk.add_bill(reference=a_reference(400 + n), lease=a_reference(22)) for n in range(2)]
    begun = [await answered_no(desk, bill=bill) for bill in hers]
    theirs = {"payer": neighbour, "phone": Phone("255655123456")}
    begun += [
        await answered_no(desk, bill=b, **theirs) for b in (NEIGHBOUR_BILL, *[b.reference for b in more])
    ]
    with pytest.raises(TooMany) as refused:
        await asked_in_turn(desk, begun)
    assert refused.value.what == "push by link from an address"


async def asked_in_turn(desk: Desk, begun: list[str], minutes: float = 0) -> None:
    """Twenty-one requests, each to a phone of its own, by the links of these payments."""
    for number in range(21):
        guest = await a_guest(desk, begun[number % len(begun)])
        _, reference = await pays(desk, guest, f"2557138{number:05}")
        desk.provider.will_say(WRONG_PIN)
        await desk.ask(reference)
        desk.clock.advance(minutes=minutes)


async def answered_no(desk: Desk, **order: Any) -> str:
    desk.clock.advance(minutes=11)
    return await desk.start_and_settle(WRONG_PIN, **order)


@pytest.mark.covers("D76", "L6")
async def test_a_guest_s_phone_is_asked_three_times_as_everybody_s_and_once_at_a_time(desk: Desk) -> None:
    guest = await a_guest(desk)
    neighbour = await desk.add_neighbour()
    await pays(desk, guest)
    with pytest.raises(Refused, match="refused") as refused:
        await desk.start(
            payer=neighbour, bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE, agreed=True, key="the neighbour's"
        )
    assert refused.value.problem == "prompt_open"


async def test_drafts_by_one_link_are_counted(desk: Desk, clock: FakeClock) -> None:
    guest = await a_guest(desk)
    for _ in range(DRAFTS_PER_LINK.most):
        await desk.portal.checkout.begin(guest, [BILL], None)
    with pytest.raises(TooMany):
        await desk.portal.checkout.begin(guest, [BILL], None)
    clock.advance(hours=1)
    assert await desk.portal.checkout.begin(guest, [BILL], None)


# ---- what a link shows ----


def test_a_view_has_no_field_for_a_landlord_an_address_or_an_account() -> None:
    assert {field.name for field in fields(LinkView)} == WITHOUT_A_LANDLORD


async def test_a_guest_sees_their_own_payment_with_the_phone_masked(desk: Desk) -> None:
    guest = await a_guest(desk)
    draft, reference = await pays(desk, guest)
    mine, others = await looks(desk, guest, draft), await looks(desk, guest)
    assert (mine.own, mine.phone, mine.can_be_asked) == (True, "0713•••888", True)
    assert mine.payment
    assert mine.payment.reference == reference
    assert (others.own, others.phone, others.payable) == (False, None, False)
    assert mine.tenant == "A. M."


async def test_a_draft_that_is_no_payment_yet_shows_the_bill(desk: Desk) -> None:
    guest = await a_guest(desk)
    view = await looks(desk, guest, await chosen(desk, guest))
    assert (view.own, view.payable, view.payment) == (False, True, None)


async def test_a_draft_of_another_bill_of_the_tenant_s_shows_nothing_of_it(desk: Desk) -> None:
    guest = await a_guest(desk)
    await desk.add_bill()
    draft, _ = await pays(desk, replace(guest, bills=(RENT,)))
    assert not (await looks(desk, guest, draft)).own


async def test_what_a_guest_has_paid_is_shown_to_whoever_comes_by_the_link_later(desk: Desk) -> None:
    guest = await a_guest(desk)
    draft, reference = await pays(desk, guest)
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    later = await looks(desk, guest)
    assert later.payment
    assert (later.own, later.payment.reference, later.payment.receipt_check is not None) == (
        False,
        reference,
        True,
    )
    assert (await looks(desk, guest, draft)).own


async def test_a_request_that_is_still_being_sent_cannot_be_asked_about(desk: Desk) -> None:
    guest = await a_guest(desk)
    views: list[LinkView] = []

    async def look(_: object) -> None:
        views.append(await looks(desk, guest))

    desk.provider.on_push = look
    await pays(desk, guest)
    assert [(view.can_be_asked, view.payable) for view in views] == [(False, False)]


# ---- what the tenant's page asks ----


async def test_the_tenant_s_page_learns_that_somebody_pays_by_its_link(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    desk.clock.advance(seconds=1)
    assert await desk.portal.links.begun_since(ASHA, first) is None
    _, reference = await pays(desk, await a_guest(desk, first))
    assert await desk.portal.links.begun_since(ASHA, first) == reference
    with pytest.raises(NotFound):
        await desk.portal.links.begun_since(await desk.add_neighbour(), first)


async def test_what_the_tenant_began_since_is_no_payment_by_link(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    desk.clock.advance(seconds=1)
    await desk.start()
    assert await desk.portal.links.begun_since(ASHA, first) is None


async def test_late_money_of_the_tenant_s_first_prompt_settles_beside_the_guest_s(desk: Desk) -> None:
    """Paid twice is seen as that, and the bill is credited once."""
    first = await desk.start_and_settle(NO_RESPONSE)
    draft, second = await pays(desk, guest := await a_guest(desk, first))
    await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    assert not (await desk.bill()).rest
    assert (await looks(desk, guest, draft)).payment
    desk.provider.will_say(PAID)
    payment = await desk.ask(second)
    assert payment.excess == shillings(450_000)


async def test_no_refusal_of_a_guest_leaves_anything_behind(desk: Desk) -> None:
    guest = await a_guest(desk)
    before = await references(desk)
    order = await desk.portal.checkout.order(guest, await chosen(desk, guest), str(TOTAL.minor), "sw")
    for wrong in (
        {"amounts": {a_reference(999): TOTAL}},
        {"agreed": False},
        {"total": shillings(1)},
        {"phone": None},
    ):
        with pytest.raises(PortalError):
            await desk.portal.payments.start(replace(order, key=str(wrong), **wrong))
    assert await references(desk) == before
