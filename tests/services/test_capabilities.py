"""Providers differ: what one can do and another cannot, and how a payment goes its way all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.domain.errors import NotFound, Refused
from portal.domain.money import shillings
from portal.domain.outcome import Accepted, NotPaid, Paid, Pending, Reason, Unknown
from portal.domain.payment_state import State
from portal.providers.acknowledgement import ACCEPTED
from portal.providers.provider import (
    CallbackForged,
    Capabilities,
    Heard,
    Instruction,
    callback_key_fault,
)
from portal.services.payments import Payments
from portal.store.inbox import revive
from portal.store.tables import inbox
from portal.store.writer import Store
from tests.fakes import SIGNED, FakeProvider
from tests.makers import NOW, PAYMENT, FakeClock, a_person, a_reference, put_payment
from tests.services.desk import CODE, PAID, TOTAL, WRONG_PIN, Desk, a_desk

KEY = "an unguessable end of an address"
LOST = Unknown(Reason.AMBIGUOUS, "ReadTimeout")


class Talkative(FakeProvider):
    """Wants an answer of its own kind."""

    def acknowledgement(self, body: str) -> dict[str, object]:
        return {"heard": len(body)}


@asynccontextmanager
async def desk_with(store: Store, clock: FakeClock, provider: FakeProvider) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=provider) as desk:
        yield desk


async def test_a_provider_that_answers_when_the_payer_has_settles_at_once(desk: Desk) -> None:
    desk.provider.will_answer(Accepted("request-1", "merchant-1", ended=PAID))
    reference = await desk.start()
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt_code, payment.request_id) == (State.COMPLETED, CODE, "request-1")
    assert await desk.names(reference) == [
        "PaymentInitiated",
        "PushRequested",
        "PushAccepted",
        "PaymentCompleted",
        "ReceiptAllocated",
    ]


async def test_a_provider_that_answers_with_a_no_at_once_has_failed(desk: Desk) -> None:
    desk.provider.will_answer(Accepted("request-1", ended=WRONG_PIN))
    payment = await desk.payment(await desk.start())
    assert (payment.state, payment.reason) == (State.FAILED, Reason.WRONG_PIN)


async def test_the_page_goes_on_while_the_payer_thinks(desk: Desk) -> None:
    answered, waited = asyncio.Event(), list[float]()

    async def thinks(_: Instruction) -> None:
        await answered.wait()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    desk.provider.on_push = thinks
    desk.provider.will_answer(Accepted("request-1", ended=PAID))
    payments = Payments(replace(desk.portal.tools, sleep=sleep), desk.portal.registry)
    reference = await payments.start(desk.order())
    assert (await desk.payment(reference)).state is State.SUBMITTING
    assert waited == [5.0]
    answered.set()
    async with asyncio.timeout(5):
        while (await desk.payment(reference)).state is State.SUBMITTING:  # noqa: ASYNC110  (a commit has no event)
            await asyncio.sleep(0.01)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_slow_answer_is_waited_for_before_the_push_is_called_lost(
    store: Store, clock: FakeClock
) -> None:
    slow = FakeProvider(capabilities=Capabilities(longest_start=timedelta(seconds=120)))
    async with desk_with(store, clock, slow) as desk:
        slow.on_push = lambda _: _dies()
        with pytest.raises(asyncio.CancelledError):
            await desk.start()
        (reference,) = [push.reference for push in slow.pushes]
        await desk.pass_time(seconds=209)
        assert (await desk.payment(reference)).state is State.SUBMITTING
        await desk.pass_time(seconds=2)
        assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_where_our_reference_is_known_a_lost_answer_is_asked_about(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(known_by_our_reference=True))
    async with desk_with(store, clock, provider) as desk:
        provider.will_answer(LOST)
        reference = await desk.start()
        provider.will_say(Paid(TOTAL, CODE, NOW))
        payment = await desk.ask(reference)
        assert (payment.state, payment.receipt_code) == (State.COMPLETED, CODE)
        assert provider.checks == [None]


async def test_a_callback_decides_where_nobody_can_be_asked(store: Store, clock: FakeClock) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        await desk.hear(reference, PAID)
        assert (await desk.payment(reference)).state is State.COMPLETED
        assert provider.checks == []


async def test_without_a_callback_and_without_a_query_a_payment_waits_and_is_never_guessed(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        provider.will_say(Pending("no query"))
        reference = await desk.start()
        await desk.pass_time(seconds=299)
        assert (await desk.payment(reference)).state is State.AWAITING_PAYER
        with capture_logs() as logs:
            await desk.pass_time(days=31)
        assert (await desk.payment(reference)).state is State.UNCERTAIN
        assert "ask" not in await desk.job_kinds()
        assert "gave_up_asking" not in [line["event"] for line in logs]
        assert provider.checks == []


async def test_a_callback_that_nobody_understands_is_told_to_the_office_where_nobody_can_be_asked(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        provider.will_say(Pending("no query"))
        reference = await desk.start()
        with capture_logs() as logs:
            await desk.hear(reference, Unknown(Reason.UNKNOWN_ERROR, "no id", mapped=False))
        assert [line["code"] for line in logs if line["event"] == "outcome_unmapped"] == ["no id"]
        assert (await desk.payment(reference)).state is State.PROCESSING
        await desk.pass_time(minutes=6)
        assert (await desk.payment(reference)).state is State.UNCERTAIN


YES_WITHOUT_ID = Heard("request-1", Unknown(Reason.UNKNOWN_ERROR, "no id", mapped=False), "true", None, True)
NO = Heard("request-1", NotPaid(Reason.NOT_COMPLETED, "false"), "false", None, False)


@pytest.mark.covers("D06", "D12")
@pytest.mark.parametrize("order", [(YES_WITHOUT_ID, NO), (NO, YES_WITHOUT_ID)])
async def test_a_yes_that_we_cannot_use_and_a_no_contradict_each_other_in_any_order(
    store: Store, clock: FakeClock, order: tuple[Heard, ...]
) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        for heard in order:
            await desk.receive(reference, provider.callback(heard))
            await desk.work()
        payment = await desk.payment(reference)
        assert (payment.state, payment.claimed_paid) == (State.UNCERTAIN, True)
        await desk.pass_time(minutes=16)
        assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [
            reference
        ]


async def test_where_nobody_can_be_asked_a_no_lets_the_payer_try_again_at_once(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        provider.will_say(Pending("no query"))
        reference = await desk.start()
        await desk.portal.payments.cancel(a_person(), reference)
        await desk.hear(reference, NotPaid(Reason.NOT_COMPLETED, "false"))
        assert (await desk.payment(reference)).state is State.CANCELLED
        assert await desk.start(key="another") != reference


async def test_where_nobody_can_be_asked_another_amount_is_not_asked_about_again_and_again(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        provider.will_say(Pending("no query"))
        reference = await desk.start()
        await desk.hear(reference, Paid(shillings(1_000), CODE, NOW))
        with capture_logs() as logs:
            await desk.pass_time(days=31)
        assert not [line for line in logs if line["event"].startswith("retry")]
        assert (await desk.payment(reference)).reason is Reason.WRONG_AMOUNT


async def test_one_address_for_all_payments_finds_each_by_its_reference(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(callback_key=KEY)
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        provider.will_say(Paid())
        body = provider.callback(Heard("request-1", PAID, "0", reference))
        assert await desk.portal.callbacks.receive("mpesa", KEY, body) == ACCEPTED
        await desk.work()
        assert (await desk.payment(reference)).state is State.COMPLETED
        assert await desk.read(lambda tx: tx.execute(select(inbox.c.payment)).scalars().all()) == [reference]


async def test_a_callback_for_no_payment_of_ours_is_kept_and_changes_nothing(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(callback_key=KEY)
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        for named in (None, a_reference(99)):
            body = provider.callback(Heard("request-9", PAID, "0", named))
            await desk.portal.callbacks.receive("mpesa", KEY, body)
        with capture_logs() as logs:
            await desk.work()
        homeless = [line for line in logs if line["event"] == "callback_of_no_payment"]
        assert [(line["provider"], line["code"]) for line in homeless] == [("mpesa", "0")] * 2
        assert await desk.count(inbox) == [2]
        assert (await desk.payment(reference)).state is State.AWAITING_PAYER


@pytest.mark.covers("J5")
@pytest.mark.parametrize("again", ["it comes again", "somebody revives it"])
async def test_a_callback_that_found_no_payment_is_placed_when_it_is_tried_again(
    store: Store, clock: FakeClock, again: str
) -> None:
    """Its payment was not there yet: a copy of the database was put back, and what was missing came later."""
    provider = FakeProvider(callback_key=KEY)
    async with desk_with(store, clock, provider) as desk:
        provider.will_say(Paid())
        body = provider.callback(Heard("request-7", PAID, "0", PAYMENT))
        await desk.portal.callbacks.receive("mpesa", KEY, body)
        await desk.work()
        assert await desk.job_kinds() == []
        await put_payment(store, State.AWAITING_PAYER, request_id="request-7")
        if again == "it comes again":
            await desk.portal.callbacks.receive("mpesa", KEY, body)
        else:
            await store.write(lambda tx: revive(tx, clock.now))
        await desk.work()
        assert (await desk.payment(PAYMENT)).state is State.COMPLETED
        assert await is_handled(desk)


@pytest.mark.parametrize("named", [None, "another request"])
async def test_what_still_has_no_place_is_tried_once_for_each_time_that_it_comes(
    store: Store, clock: FakeClock, named: str | None
) -> None:
    provider = FakeProvider(callback_key=KEY)
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        body = provider.callback(Heard("request-9", PAID, "0", reference if named else None))
        with capture_logs() as logs:
            for _ in range(3):
                await desk.portal.callbacks.receive("mpesa", KEY, body)
                await desk.work()
        assert [line["event"] for line in logs].count("callback") == 3
        assert "callback" not in await desk.job_kinds()
        assert not await is_handled(desk)


async def test_of_several_things_in_one_callback_the_one_without_a_place_keeps_it(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(callback_key=KEY)
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        provider.will_say(Paid())
        strange, ours = Heard("request-9", PAID, "0"), Heard("request-1", PAID, "0", reference)
        await desk.portal.callbacks.receive("mpesa", KEY, provider.callback(strange, ours))
        await desk.work()
        assert (await desk.payment(reference)).state is State.COMPLETED
        assert not await is_handled(desk)


async def test_an_unreadable_callback_of_nobody_is_kept(store: Store, clock: FakeClock) -> None:
    async with desk_with(store, clock, FakeProvider(callback_key=KEY)) as desk:
        await desk.portal.callbacks.receive("mpesa", KEY, "not a callback")
        await desk.work()
        assert await desk.count(inbox) == [1]
        assert not await is_handled(desk)


async def is_handled(desk: Desk) -> bool:
    """The only callback there is."""
    return await desk.read(lambda tx: tx.execute(select(inbox.c.handled_at)).scalar_one()) is not None


async def test_a_callback_without_the_provider_s_own_id_is_taken_by_our_reference(
    store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(callback_key=KEY, capabilities=Capabilities(answers_questions=False))
    async with desk_with(store, clock, provider) as desk:
        reference = await desk.start()
        failed = NotPaid(Reason.UNKNOWN_ERROR, "false")
        await desk.portal.callbacks.receive(
            "mpesa", KEY, provider.callback(Heard(None, failed, "false", reference))
        )
        await desk.work()
        assert (await desk.payment(reference)).state is State.FAILED


@pytest.mark.parametrize("key", ["the-new-end-of-the-address", "the-old-end-of-the-address"])
async def test_while_its_end_changes_an_address_is_reached_by_the_new_one_and_the_old(
    store: Store, clock: FakeClock, key: str
) -> None:
    provider = FakeProvider(callback_key="the-new-end-of-the-address,the-old-end-of-the-address")
    async with desk_with(store, clock, provider) as desk:
        assert await desk.portal.callbacks.receive("mpesa", key, "{}") == ACCEPTED
        for no_end in ("", ",", provider.callback_key or "", f"{key},", key[:-1]):
            with pytest.raises(NotFound):
                await desk.portal.callbacks.receive("mpesa", no_end, "{}")


A_KEY = "an-end-of-thirty-two-characters_"


@pytest.mark.parametrize("text", [A_KEY, f"{A_KEY},{'x' * 128}", ",".join([A_KEY] * 3)])
def test_one_end_of_an_address_or_several_will_do(text: str) -> None:
    assert callback_key_fault(text) is None


@pytest.mark.parametrize(
    "text",
    ["", ",", A_KEY[1:], "x" * 129, f"{A_KEY},", f",{A_KEY}", f"{A_KEY}, {A_KEY}", f"{A_KEY},short", f"{A_KEY}\n",
     f"{A_KEY}/", f"{A_KEY}é"],
)  # fmt: skip
def test_an_end_that_can_be_guessed_or_parts_the_address_is_a_fault(text: str) -> None:
    assert callback_key_fault(text)


@pytest.mark.parametrize("webhook, key", [("mpesa", "wrong"), ("mpesa", ""), ("tigo", KEY), ("paypal", KEY)])
async def test_another_address_is_nowhere(store: Store, clock: FakeClock, webhook: str, key: str) -> None:
    async with desk_with(store, clock, FakeProvider(callback_key=KEY)) as desk:
        with pytest.raises(NotFound):
            await desk.portal.callbacks.receive(webhook, key, "{}")
        assert await desk.count(inbox) == [0]


async def test_who_wants_more_for_an_answer_gets_it(store: Store, clock: FakeClock) -> None:
    async with desk_with(store, clock, Talkative(callback_key=KEY)) as desk:
        assert await desk.portal.callbacks.receive("mpesa", KEY, "{}") == {"heard": 2}


@asynccontextmanager
async def signing(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    provider = FakeProvider(callback_key=KEY, capabilities=Capabilities(signs=True))
    async with desk_with(store, clock, provider) as desk:
        yield desk


@pytest.mark.parametrize("headers", [{}, {"signature": "none of theirs"}])
async def test_a_wrong_signature_is_stored_nowhere(
    store: Store, clock: FakeClock, headers: dict[str, str]
) -> None:
    async with signing(store, clock) as desk:
        body = desk.provider.callback(Heard("request-1", PAID, "0", await desk.start()))
        with pytest.raises(CallbackForged):
            await desk.portal.callbacks.receive("mpesa", KEY, body, headers)
        assert await desk.count(inbox) == [0]


async def test_a_signed_callback_settles_its_payment(store: Store, clock: FakeClock) -> None:
    """Its signature stands in a header, which is there while it is received and never again."""
    async with signing(store, clock) as desk:
        reference = await desk.start()
        desk.provider.will_say(Paid())
        body = desk.provider.callback(Heard("request-1", PAID, "0", reference))
        await desk.portal.callbacks.receive("mpesa", KEY, body, SIGNED)
        await desk.work()
        assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_signed_callback_that_nobody_can_read_is_refused(store: Store, clock: FakeClock) -> None:
    async with signing(store, clock) as desk:
        with pytest.raises(Refused):
            await desk.portal.callbacks.receive("mpesa", KEY, "<html>", SIGNED)
        assert await desk.count(inbox) == [0]


async def _dies() -> None:
    raise asyncio.CancelledError
