"""What a provider has signed, and is final, counts in the very transaction that keeps it; all else stays a hint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.domain.errors import NotFound
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import NotPaid, Pending, Reason, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import CallbackForged, Heard, Instruction
from portal.store import inbox, payments
from portal.store.tables import inbox as rows
from portal.store.writer import Store
from tests.fakes import SIGNED
from tests.makers import FakeClock, a_reference, put_payment
from tests.services.cards import ASHA, INTENT, TOTAL, FakePages, begin, call, opened, paid, proof
from tests.services.desk import Desk, a_desk

LESS = shillings(200_000)
EXPIRED = NotPaid(Reason.NO_RESPONSE, "expired")


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakePages()) as opened_desk:
        yield opened_desk


async def verdicts(desk: Desk) -> list[tuple[str | None, str | None, bool]]:
    """Of each kept callback: what came of it, whose it is, and whether nothing is left to do."""
    question = select(rows.c.verdict, rows.c.payment, rows.c.handled_at).order_by(rows.c.id)
    kept = await desk.read(lambda tx: tx.execute(question).all())
    return [(row.verdict, row.payment, row.handled_at is not None) for row in kept]


@pytest.mark.covers("D23", "D27")
async def test_a_proof_settles_when_it_is_stored_and_leaves_no_work(desk: Desk) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid()))
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt_code, payment.received) == (State.COMPLETED, INTENT, TOTAL)
    assert await verdicts(desk) == [("Paid: COMPLETED", reference, True)]
    assert "callback" not in await desk.job_kinds()
    assert desk.provider.checks == []


@pytest.mark.covers("D26")
async def test_a_proof_that_comes_five_times_at_once_is_one_payment(desk: Desk) -> None:
    reference = await begin(desk)
    body = desk.provider.callback(proof(reference, paid()))
    receive = desk.portal.callbacks.receive
    await asyncio.gather(*(receive("stripe", "", body, SIGNED) for _ in range(5)))
    assert await verdicts(desk) == [("Paid: COMPLETED", reference, True)]
    assert (await desk.names(reference)).count("PaymentCompleted") == 1


async def test_a_second_event_of_the_same_money_adds_nothing_to_the_story(desk: Desk) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid(), request_id=None))
    told = await desk.names(reference)
    await call(desk, proof(reference, paid()))
    assert await desk.names(reference) == told
    assert [verdict for verdict, _, _ in await verdicts(desk)] == ["Paid: COMPLETED", "told before"]


async def test_another_amount_for_money_that_came_is_told_to_a_person(desk: Desk) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid()))
    await call(desk, proof(reference, paid(LESS)))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.COMPLETED, Reason.WRONG_AMOUNT)
    assert payment.received == TOTAL


@pytest.mark.covers("D12")
@pytest.mark.parametrize("received", [LESS, Money(TOTAL.minor, Currency.USD)])
async def test_a_proof_of_another_amount_or_currency_goes_to_suspense(desk: Desk, received: Money) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid(received)))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert payment.received == received


async def test_a_proof_of_an_amount_that_nobody_can_count_is_for_a_person(desk: Desk) -> None:
    reference = await begin(desk)
    unreadable = Unknown(Reason.WRONG_AMOUNT, "46635001 tzs")
    await call(desk, proof(reference, unreadable, says_paid=True))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)


async def test_money_that_is_proved_after_the_end_came_late(desk: Desk) -> None:
    reference = await begin(desk)
    await desk.portal.payments.cancel(ASHA, reference)
    await call(desk, proof(reference, paid()))
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)


async def test_a_proof_that_overtakes_the_answer_to_the_request_counts(desk: Desk) -> None:
    reference = ""

    async def pay_at_once(instruction: Instruction) -> None:
        nonlocal reference
        reference = instruction.reference
        await call(desk, proof(reference, paid(), request_id=None))

    desk.provider.on_push = pay_at_once
    await begin(desk)
    payment = await desk.payment(reference)
    assert (payment.state, payment.request_id) == (State.COMPLETED, "cs_1")


@pytest.mark.covers("D22")
async def test_a_wrong_signature_is_forged_and_stored_nowhere(desk: Desk) -> None:
    reference = await begin(desk)
    body = desk.provider.callback(proof(reference, paid()))
    with pytest.raises(CallbackForged):
        await desk.portal.callbacks.receive("stripe", "", body, {"signature": "somebody else's"})
    assert await verdicts(desk) == []
    assert (await desk.payment(reference)).state is State.AWAITING_CARD


async def test_only_the_bare_address_of_a_provider_that_signs_is_known(desk: Desk) -> None:
    for webhook, key in (("stripe", "anything"), ("tigo", ""), ("bank", "")):
        with pytest.raises(NotFound):
            await desk.portal.callbacks.receive(webhook, key, "{}", SIGNED)


async def test_a_proof_of_no_payment_of_ours_is_parked(desk: Desk) -> None:
    for stranger in (None, a_reference(77)):
        await call(desk, proof(stranger, paid()))
        await desk.work()
    assert await verdicts(desk) == [("no payment of ours", None, False)] * 2
    assert [one.verdict for one in await desk.portal.views.parked()] == ["no payment of ours"] * 2


async def test_a_proof_of_another_provider_s_payment_moves_nothing(desk: Desk, store: Store) -> None:
    other = await put_payment(store, State.AWAITING_PAYER, provider="mpesa")
    await call(desk, proof(other.reference, paid()))
    await desk.work()
    assert (await desk.payment(other.reference)).state is State.AWAITING_PAYER
    assert await verdicts(desk) == [("no payment of ours", None, False)]


async def test_a_proof_of_another_request_is_parked_and_moves_nothing(desk: Desk) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid(), request_id="cs_of_somebody"))
    await desk.work()
    assert (await desk.payment(reference)).state is State.AWAITING_CARD
    assert await verdicts(desk) == [("another request", reference, False)]


async def test_what_is_signed_and_not_final_is_confirmed_like_any_hint(desk: Desk) -> None:
    reference = await begin(desk)
    desk.provider.will_say(EXPIRED)
    await call(desk, Heard("cs_1", EXPIRED, "expired", reference))
    assert (await desk.payment(reference)).state is State.AWAITING_CARD
    await desk.work()
    assert (await desk.payment(reference)).state is State.FAILED
    assert desk.provider.checks == ["cs_1"]


async def test_of_two_things_in_one_callback_neither_is_taken_at_once(desk: Desk) -> None:
    reference = await begin(desk)
    desk.provider.will_say(paid())
    await call(desk, proof(reference, paid()), proof(reference, paid(), request_id=None))
    assert (await desk.payment(reference)).state is State.AWAITING_CARD
    await desk.work()
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_card_that_did_not_do_is_told_and_the_page_stays(desk: Desk) -> None:
    reference = await begin(desk)
    declined = Pending("do_not_honor", Reason.CARD_DECLINED)
    desk.provider.will_say(declined)
    await call(desk, Heard(None, declined, "do_not_honor", reference, says_paid=False))
    await desk.work()
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.AWAITING_CARD, Reason.CARD_DECLINED)
    await call(desk, proof(reference, paid()))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.COMPLETED, None)


async def test_a_proof_that_the_provider_denies_afterwards_stands_in_the_office_s_list(desk: Desk) -> None:
    reference = await begin(desk)
    desk.provider.will_say(EXPIRED)
    await call(desk, proof(reference, paid()))
    await desk.pass_time(minutes=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.COMPLETED, Reason.CONTRADICTION)
    assert [row.payment.reference for row in await desk.portal.views.for_the_office()] == [reference]


@pytest.mark.parametrize("known", ["by reference", "by receipt code", "not at all"])
async def test_money_that_goes_back_is_kept_for_a_person_and_told(desk: Desk, known: str) -> None:
    reference = await begin(desk)
    await call(desk, proof(reference, paid()))
    back = Heard(None, Pending("refund.created"), "refund.created", for_people=True, says_paid=False)
    facts: dict[str, Any] = {
        "by reference": {"reference": reference},
        "by receipt code": {"of_receipt": INTENT},
        "not at all": {"of_receipt": "pi_of_somebody"},
    }
    before = await desk.names(reference)
    with capture_logs() as logs:
        await call(desk, replace(back, **facts[known]))
        await desk.work()
    whose = None if known == "not at all" else reference
    told = [line for line in logs if line["event"] == "callback_for_people"]
    assert [(line["payment"], line["code"], line["log_level"]) for line in told] == [
        (whose, "refund.created", "error")
    ]
    assert (await verdicts(desk))[1] == ("refund.created", whose, False)
    assert [name for name in await desk.names(reference) if name not in before] in ([], ["ReceiptRendered"])
    assert await desk.store.write(lambda tx: inbox.revive(tx, desk.clock())) == 1


async def test_a_proof_for_a_request_nobody_answered_brings_its_id(desk: Desk) -> None:
    desk.provider.will_answer(Unknown(Reason.AMBIGUOUS, "ReadTimeout"), opened())
    reference = await begin(desk)
    await call(desk, proof(reference, paid()))
    payment = await desk.payment(reference)
    assert (payment.state, payment.request_id) == (State.COMPLETED, "cs_1")
    history = await desk.read(lambda tx: payments.history(tx, reference))
    assert [type(event).__name__ for event, _ in history][2:4] == [
        "ProviderEventReceived",
        "PaymentCompleted",
    ]
