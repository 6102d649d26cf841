"""What every provider keeps that answers a request for money only when the payer has; by its simulator, over HTTP."""

from __future__ import annotations

import pytest

from portal.domain.outcome import Accepted, NotPaid, NotSent, Paid, Pending, Reason, Rejected, Unknown
from tests.providers.account import an_inquiry
from tests.providers.twins import Twin


async def test_who_approves_has_paid_when_the_answer_comes(waiting_twin: Twin) -> None:
    outcome = await waiting_twin.provider.start(waiting_twin.instruction("approves"))
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.ended, Paid)
    assert outcome.ended.receipt_code
    assert await waiting_twin.said() == []
    asked = await waiting_twin.provider.check(an_inquiry(outcome.request_id))
    assert asked == outcome.ended


@pytest.mark.parametrize(
    "payer, reason",
    [
        ("cancels", Reason.CANCELLED_OR_TIMED_OUT),
        ("wrong-pin", Reason.WRONG_PIN),
        ("pin-locked", Reason.PIN_LOCKED),
        ("no-balance", Reason.INSUFFICIENT_FUNDS),
    ],
)
async def test_who_does_not_pay_has_not_paid_when_the_answer_comes(
    waiting_twin: Twin, payer: str, reason: Reason
) -> None:
    outcome = await waiting_twin.provider.start(waiting_twin.instruction(payer))
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.ended, NotPaid)
    assert outcome.ended.reason is waiting_twin.told(reason)
    assert await waiting_twin.received() == 1


@pytest.mark.parametrize("payer", ["person", "nobody-answers", "unreachable"])
async def test_who_never_answers_is_unknown_until_the_provider_is_asked(
    waiting_twin: Twin, payer: str
) -> None:
    instruction = waiting_twin.instruction(payer)
    assert isinstance(await waiting_twin.provider.start(instruction), Unknown)
    asked = await waiting_twin.provider.check(an_inquiry(None, instruction.reference))
    assert isinstance(asked, NotPaid)
    assert asked.reason is Reason.NO_RESPONSE


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize(
    "payer", ["answer-lost", "answer-late", "answer-html", "answer-truncated", "answer-foreign"]
)
async def test_a_lost_answer_is_asked_about_by_our_own_reference(waiting_twin: Twin, payer: str) -> None:
    instruction = waiting_twin.instruction(payer)
    assert isinstance(await waiting_twin.provider.start(instruction), Unknown)
    await waiting_twin.said()
    asked = an_inquiry(None, instruction.reference)
    assert isinstance(await waiting_twin.provider.check(asked), Paid)
    assert isinstance(await waiting_twin.provider.start(instruction), Unknown)
    assert isinstance(await waiting_twin.provider.check(asked), Paid)


@pytest.mark.parametrize("payer", ["unavailable", "redirected"])
async def test_trouble_in_the_middle_is_neither_followed_nor_called_a_refusal(
    waiting_twin: Twin, payer: str
) -> None:
    instruction = waiting_twin.instruction(payer)
    assert isinstance(await waiting_twin.provider.start(instruction), Unknown)
    asked = await waiting_twin.provider.check(an_inquiry(None, instruction.reference))
    assert isinstance(asked, Pending | Unknown)
    assert await waiting_twin.received() == 1


async def test_a_refusal_of_the_request_itself_is_definite(waiting_twin: Twin) -> None:
    instruction = waiting_twin.instruction(waiting_twin.nature.refused_payer)
    assert isinstance(await waiting_twin.provider.start(instruction), Rejected)


async def test_a_refused_connection_is_a_request_that_was_never_sent(waiting_twin: Twin) -> None:
    await waiting_twin.down()
    assert isinstance(await waiting_twin.provider.start(waiting_twin.instruction("approves")), NotSent)
    await waiting_twin.up()
    assert await waiting_twin.received() == 0
