"""What can go wrong with a card that is charged without a page: it is charged once, or its owner is led to one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import BY_NAME, composed
from tests.faults.callbacks import verdicts
from tests.faults.saved_card import (
    ASHA,
    DECLINED_LATER,
    GUARDED,
    GUARDED_ONCE,
    POOR,
    charges,
    enter_card,
    is_kept,
    keep_card,
    pay_with,
    token_of,
)
from tests.faults.soundness import ending
from tests.faults.stripe import DECLINED, GOOD, TOTAL, event, paid, pay, press, send, sessions
from tests.faults.test_callback import office
from tests.leaks import leaks, leaks_in_tables
from tests.makers import a_reference
from tests.portal import RunningPortal


def fated(portal: RunningPortal, name: str) -> None:
    """What the next requests for money meet."""
    portal.sandbox.world.network.fates["card"] = BY_NAME[name]


def of_saved_card(about: dict[str, Any], request_id: str) -> dict[str, Any]:
    """A PaymentIntent that a charge of ours has made."""
    metadata = about["metadata"] | {"charges": "saved_card"}
    return about | {"id": request_id, "metadata": metadata}


@pytest.mark.covers("A8", "D43", "E6")
async def test_a_saved_card_is_paid_with_before_its_owner_has_left_the_page(portal: RunningPortal) -> None:
    reference = await pay_with(portal, await keep_card(portal))
    done = await portal.payment(reference)
    (movement,) = await portal.sandbox.book()
    assert (done.state, done.received, done.receipt_code) == (State.COMPLETED, TOTAL, movement["receipt"])
    assert (done.page, done.request_id, sessions(portal)) == (None, charges(portal)[0].request_id, [])
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(await portal.sandbox.book()) == 1


@pytest.mark.covers("D07", "D14", "D17")
@pytest.mark.parametrize("answer", ["lost", "html", "truncated", "foreign"])
async def test_an_answer_that_was_lost_is_fetched_and_the_card_charged_once(
    portal: RunningPortal, answer: str
) -> None:
    card = await keep_card(portal)
    portal.sandbox.world.network.fates["card"] = composed(answer=answer, twists=["lost"])
    reference = await pay_with(portal, card)
    assert (await portal.payment(reference)).state is State.SUBMITTING
    await portal.pass_time(seconds=4)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).received == TOTAL
    assert len(charges(portal)) == len(await portal.sandbox.book()) == 1


@pytest.mark.covers("D17", "E3")
async def test_no_page_opens_beside_a_charge_whose_answer_was_lost_though_the_card_is_gone(
    portal: RunningPortal,
) -> None:
    card = await keep_card(portal)
    portal.sandbox.world.network.fates["card"] = composed(answer="lost", twists=["lost"])
    reference = await pay_with(portal, card)
    await portal.portal.saved.methods.delete(ASHA, card)
    await portal.pass_time(minutes=2)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.page, sessions(portal)) == (State.UNCERTAIN, None, [])
    about = of_saved_card(paid(reference), charges(portal)[0].request_id)
    assert await send(portal, event("payment_intent.succeeded", about, portal.clock())) == 200
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(await portal.sandbox.book()) == 1


@pytest.mark.covers("D16", "D26")
async def test_copies_of_its_events_in_any_order_are_one_payment(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    fated(portal, "callback-five-times")
    reference = await pay_with(portal, card)
    await portal.hear()
    about = of_saved_card(paid(reference), charges(portal)[0].request_id)
    late = about | {
        "status": "requires_payment_method",
        "amount_received": 0,
        "last_payment_error": {"code": "card_declined", "decline_code": "generic_decline"},
    }
    for number, kind in enumerate(("payment_intent.processing", "payment_intent.payment_failed")):
        body = event(kind, late, portal.clock(), id=f"evt_late{number}")
        assert await send(portal, body) == 200
        assert await send(portal, body) == 200
    await portal.work()
    done = await portal.payment(reference)
    assert (done.state, done.reason) == (State.COMPLETED, None)
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(await portal.sandbox.book()) == 1


@pytest.mark.covers("D43")
async def test_a_bank_that_wants_its_owner_has_them_led_to_a_page(portal: RunningPortal) -> None:
    """The decline that it told before is no end of the payment: another request has taken its place."""
    reference = await pay_with(portal, await keep_card(portal, GUARDED))
    waiting = await portal.payment(reference)
    assert (waiting.state, waiting.request_id) == (State.AWAITING_CARD, sessions(portal)[0].request_id)
    await portal.hear()
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    await press(portal, number=GUARDED)
    await press(portal, "approve")
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(await portal.sandbox.book()) == 1


async def test_a_bank_that_asked_when_the_card_was_saved_asks_no_more(portal: RunningPortal) -> None:
    reference = await pay_with(portal, await keep_card(portal, GUARDED_ONCE))
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert sessions(portal) == []


@pytest.mark.covers("D43", "D46")
async def test_a_page_that_could_not_open_after_the_charge_is_opened_by_the_next_try(
    portal: RunningPortal,
) -> None:
    """The charge is answered as before, under its own key, and the page has another."""
    card = await keep_card(portal, GUARDED)
    portal.sandbox.world.network.fates["card"] = composed(result=None, answer="lost")
    reference = await pay_with(portal, card)
    await portal.pass_time(seconds=10)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    assert (len(charges(portal)), len(sessions(portal))) == (1, 1)
    await press(portal, number=GOOD)
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("A24", "D43", "D46")
@pytest.mark.parametrize(
    "number, reason, is_chosen_again",
    [(DECLINED_LATER, Reason.CARD_DECLINED, False), (POOR, Reason.INSUFFICIENT_FUNDS, True)],
)
async def test_a_saved_card_that_is_declined_fails_with_the_bank_s_reason_and_frees_the_bill(
    portal: RunningPortal,
    number: str,
    reason: Reason,
    is_chosen_again: bool,  # noqa: FBT001
) -> None:
    card = await keep_card(portal, number)
    if reason is Reason.INSUFFICIENT_FUNDS:
        fated(portal, "no-balance")
    reference = await pay_with(portal, card)
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason, failed.page) == (State.FAILED, reason, None)
    await portal.hear()
    assert (await ending(portal, reference)).state is State.FAILED
    checkout = portal.portal.checkout
    step = await checkout.step(ASHA, await checkout.again(ASHA, reference))
    assert step.draft.saved == (card if is_chosen_again else None)
    assert await portal.sandbox.book() == []


@pytest.mark.covers("E3")
async def test_a_card_that_is_gone_at_stripe_alone_is_entered_anew(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    portal.sandbox.stripe.vault.forget((await token_of(portal, card)).customer)
    reference = await pay_with(portal, card)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    assert charges(portal) == []
    await press(portal, number=DECLINED)
    await press(portal, number=GOOD)
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D67")
async def test_a_charge_that_was_turned_away_at_the_door_charged_nothing(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    fated(portal, "busy")
    reference = await pay_with(portal, card)
    await portal.pass_time(minutes=1)
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
    assert (await ending(portal, reference)).state is State.FAILED
    assert charges(portal) == []


async def test_a_bank_that_takes_its_time_is_asked_about_until_it_has_decided(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    portal.sandbox.world.network.fates["card"] = composed(when="after-expiry", twists=["lost"])
    reference = await pay_with(portal, card)
    waiting = await portal.payment(reference)
    assert (waiting.state, waiting.request_id) == (State.PROCESSING, charges(portal)[0].request_id)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D12")
async def test_a_charge_of_half_of_the_money_waits_for_a_person(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    fated(portal, "smaller-amount")
    reference = await pay_with(portal, card)
    short = await portal.payment(reference)
    assert (short.state, short.reason, short.received) == (
        State.UNCERTAIN,
        Reason.WRONG_AMOUNT,
        shillings(233_175),
    )
    assert await office(portal) == [reference]


@pytest.mark.covers("E3")
async def test_a_card_that_is_deleted_is_forgotten_at_stripe_as_soon_as_it_hears(
    portal: RunningPortal,
) -> None:
    card = await keep_card(portal)
    token = await token_of(portal, card)
    await portal.sandbox.line.down()
    await portal.portal.saved.methods.delete(ASHA, card)
    await portal.work()
    await portal.sandbox.line.up()
    assert is_kept(portal, token)
    await portal.pass_time(hours=1)
    assert not is_kept(portal, token)


@pytest.mark.covers("E3")
async def test_a_card_that_is_entered_twice_is_kept_once_on_either_side(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    again, kept = await enter_card(portal)
    await portal.portal.saved.cards.look(ASHA, again)
    await portal.hear()
    assert kept.customer is None
    assert is_kept(portal, await token_of(portal, card))
    (method,) = (await portal.portal.saved.methods.overview(ASHA)).methods
    assert method.id == card


async def test_events_of_a_page_that_keeps_a_card_say_nothing_of_a_payment(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await keep_card(portal)
    assert set(map(str, await verdicts(portal))) == {"nothing said"}
    assert (await portal.payment(reference)).state is State.AWAITING_CARD


@pytest.mark.covers("D22")
async def test_an_event_of_another_s_charge_moves_nothing(portal: RunningPortal) -> None:
    card = await keep_card(portal)
    fated(portal, "unavailable")
    reference = await pay_with(portal, card)
    about = of_saved_card(paid(a_reference(77)), "pi_of0somebody0else")
    assert await send(portal, event("payment_intent.succeeded", about, portal.clock())) == 200
    await portal.work()
    assert (await portal.payment(reference)).state in (State.SUBMITTING, State.UNCERTAIN)


@pytest.mark.covers("E6", "D58", "N10", "N7", "S65")
async def test_after_it_was_saved_and_paid_with_no_number_or_token_stands_anywhere_in_clear(
    portal: RunningPortal,
) -> None:
    """Nor what names its owner at Stripe, though its events carry that: they are kept sealed."""
    with capture_logs() as logs:
        cards = [await keep_card(portal, number) for number in (GOOD, GUARDED, DECLINED_LATER)]
        tokens = [await token_of(portal, card) for card in cards]
        declined = await pay_with(portal, cards[2])
        await pay_with(portal, cards[1])
        await press(portal, number=DECLINED)
        await press(portal, number=GOOD)
        await portal.hear()
        await portal.portal.saved.methods.delete(ASHA, cards[0])
        await portal.pass_time(minutes=1)
    assert (await portal.payment(declined)).state is State.FAILED
    secrets = [GOOD, GUARDED, DECLINED_LATER, DECLINED, *(part for token in tokens for part in token)]
    assert await portal.portal.store.read(lambda tx: leaks_in_tables(tx, secrets)) == []
    written = json.dumps(logs, default=str)
    assert '"event": "payment"' in written, "the log was captured"
    assert leaks(written, secrets) == []
