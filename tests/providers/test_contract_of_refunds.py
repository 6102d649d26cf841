"""What every way back keeps, whatever the provider: each sentence is held against what simulates it, over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Pending, Unknown
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundRefusal, RefundRoute
from portal.providers.provider import NotOffered
from portal.providers.refund import RefundInstruction
from tests.makers import a_reference
from tests.providers.sending_back import WAYS_BACK, Sender
from tests.providers.twins import TWINS

PART = shillings(100_000)


def rarely(*answers: str) -> list[object]:
    """Of one kind with one that is always tried."""
    return [pytest.param(answer, marks=pytest.mark.full) for answer in answers]


def again(refund: RefundInstruction, number: int, **changes: object) -> RefundInstruction:
    """Another refund of the same payment."""
    return replace(refund, reference=a_reference(9_000 + number), **changes)  # type: ignore[arg-type]


async def test_every_way_back_is_held_to_this() -> None:
    ways = set()
    for name, open_twin in TWINS.items():
        async with open_twin() as twin:
            ways |= {(name, way.route) for way in twin.provider.capabilities.sends_back}
    assert ways == set(WAYS_BACK)


async def test_all_that_was_paid_goes_back_and_it_is_told_by_the_code_of_that_money(sender: Sender) -> None:
    refund = await sender.paid()
    before = len(sender.twin.ear.bodies)
    await sender.send(refund)
    end = await sender.end(refund)
    assert isinstance(end, Refunded)
    movement = (await sender.twin.sandbox.book())[-1]
    assert end.code in (movement["receipt"], None)
    assert end.amount in (refund.amount, None)
    assert end.at is None or end.at.tzinfo is not None
    assert (await sender.sent_back(), await sender.times()) == (refund.amount, 1)
    for body in sender.twin.ear.bodies[before:]:
        tells_of_a_refund_of_ours(sender, body.decode())
    assert all(isinstance(one.outcome, Refunded | Pending) for one in sender.told(refund))


def tells_of_a_refund_of_ours(sender: Sender, body: str) -> None:
    """And never of a payment."""
    provider = sender.twin.provider
    provider.verify(body, sender.twin.headers(body))
    (heard,) = provider.translate(body)
    assert heard.refund
    assert not heard.claims_money
    assert heard.refund.cause in (Cause.OURS, None)
    assert heard.refund.proved is provider.capabilities.signs


async def test_a_part_goes_back_where_a_part_can_and_else_nothing_is_even_asked(sender: Sender) -> None:
    whole = await sender.paid()
    part = replace(whole, amount=PART)
    answer = await sender.send(part)
    if not sender.way.part:
        assert isinstance(answer, NotRefunded)
        assert answer.reason is RefundRefusal.AMOUNT
        assert await sender.times() == 0
        return
    assert isinstance(await sender.end(part), Refunded)
    assert await sender.sent_back() == PART
    rest = again(whole, 1, amount=whole.paid - PART)
    if sender.way.again:
        await sender.send(rest)
        assert isinstance(await sender.end(rest), Refunded)
        assert await sender.sent_back() == whole.paid


async def test_more_than_was_paid_is_refused_here_and_more_than_is_left_there(sender: Sender) -> None:
    refund = await sender.paid()
    for amount in (refund.paid + shillings(1), shillings(0)):
        assert isinstance(await sender.send(again(refund, 2, amount=amount)), NotRefunded)
    assert await sender.times() == 0
    if sender.route is not RefundRoute.REVERSAL:
        return
    await sender.send(refund)
    await sender.end(refund)
    more = again(refund, 3)
    await sender.send(more)
    assert not isinstance(await sender.end(more), Refunded)
    assert await sender.sent_back() == refund.paid


async def test_the_same_refund_twice_moves_money_once(sender: Sender) -> None:
    refund = await sender.paid()
    await sender.send(refund)
    await sender.over()
    second = await sender.send(refund)
    await sender.over()
    assert not isinstance(second, NotSent)
    assert not isinstance(second, Refunded) or sender.way.repeats_safely
    assert await sender.times() == 1


@pytest.mark.covers("D14", "D67")
@pytest.mark.parametrize("answer", ["lost", *rarely("html", "truncated", "foreign", "late")])
async def test_a_refund_without_an_answer_is_unknown_and_can_be_asked_about_or_says_that_it_cannot(
    sender: Sender, answer: str
) -> None:
    refund = await sender.paid()
    await sender.answers(answer)
    assert isinstance(await sender.send(refund), Unknown)
    await sender.answers("accepted")
    end = await sender.end(refund)
    if sender.way.known_by_our_reference:
        assert isinstance(end, Refunded)
    assert not isinstance(end, NotRefunded)
    if sender.way.repeats_safely:
        assert isinstance(await sender.send(refund), Refunded)
    assert (await sender.sent_back(), await sender.times()) == (refund.amount, 1)


@pytest.mark.covers("D67")
@pytest.mark.parametrize("answer", ["unavailable", *rarely("redirected", "busy")])
async def test_trouble_in_the_middle_is_neither_a_refund_nor_a_refusal(sender: Sender, answer: str) -> None:
    refund = await sender.paid()
    await sender.answers(answer)
    assert isinstance(await sender.send(refund), Unknown | NotSent)
    await sender.answers("accepted")
    assert not isinstance(await sender.end(refund), Refunded | NotRefunded)
    assert await sender.times() == 0


async def test_a_refused_connection_is_a_refund_that_was_never_sent(sender: Sender) -> None:
    refund = await sender.paid()
    offered = {way.route for way in sender.twin.provider.capabilities.sends_back}
    for route in set(RefundRoute) - offered:
        assert isinstance(await sender.twin.provider.refund(replace(refund, route=route)), NotOffered)
    await sender.twin.down()
    assert isinstance(await sender.send(refund), NotSent)
    if sender.can_be_asked:
        assert isinstance(await sender.asked(refund), Unknown | Pending)
    await sender.twin.up()
    assert await sender.times() == 0


async def test_what_came_to_nothing_says_why_and_an_undocumented_word_is_unknown(sender: Sender) -> None:
    refund = await sender.paid()
    await sender.ends_in("NO_BALANCE")
    await sender.send(refund)
    ends = [await sender.end(refund), *(one.outcome for one in sender.told(refund))]
    reasons = {end.reason for end in ends if isinstance(end, NotRefunded)}
    assert isinstance(ends[0], NotRefunded)
    assert RefundRefusal.OUR_BALANCE in reasons
    other = again(refund, 4)
    await sender.ends_in("UNDOCUMENTED")
    await sender.send(other)
    end = await sender.end(other)
    assert end is None or (isinstance(end, Unknown) and not end.mapped)
    assert await sender.times() == 0


async def test_credentials_that_are_not_taken_are_a_refusal_of_ours_and_send_nothing(sender: Sender) -> None:
    refund = await sender.paid()
    sender.change_locks()
    await sender.send(refund)
    end = await sender.end(refund)
    assert isinstance(end, NotRefunded)
    assert end.reason is RefundRefusal.NOT_ALLOWED
    assert await sender.times() == 0
