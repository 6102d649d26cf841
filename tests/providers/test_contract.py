"""What every provider keeps, whatever it is: each sentence is held against the program that simulates it, over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.outcome import Accepted, NotPaid, NotSent, Paid, Pending, Reason, Rejected, Unknown
from portal.domain.refund_outcome import RefundRoute
from portal.providers.provider import (
    NO_HEADERS,
    CallbackForged,
    CallbackUnreadable,
    CallsOff,
    Inquiry,
    NotOffered,
)
from portal.providers.registry import Registry
from portal.providers.signing_key import learn_key
from tests.providers.refunds import a_refund
from tests.providers.twins import Twin


async def accepted(twin: Twin, payer: str) -> str:
    outcome = await twin.provider.start(twin.instruction(payer))
    assert isinstance(outcome, Accepted)
    return outcome.request_id


def answers(twin: Twin) -> bool:
    """Somebody can be asked; otherwise every answer is that it is pending, and nothing is guessed."""
    return twin.provider.capabilities.answers_questions


async def test_a_request_is_accepted_long_before_money_moves(twin: Twin) -> None:
    request_id = await accepted(twin, "person")
    assert isinstance(await twin.provider.check(twin.inquiry(request_id)), Pending)


async def test_each_request_has_an_id_of_its_own(twin: Twin) -> None:
    first = await accepted(twin, "approves")
    await twin.said()
    assert await accepted(twin, "approves") != first


async def test_money_that_moved_is_found_by_asking_where_anybody_can_be_asked(twin: Twin) -> None:
    request_id = await accepted(twin, "callback-never")
    assert await twin.said() == []
    outcome = await twin.provider.check(twin.inquiry(request_id))
    assert isinstance(outcome, Paid if answers(twin) else Pending)


@pytest.mark.parametrize(
    "payer, reason",
    [
        ("cancels", Reason.CANCELLED_OR_TIMED_OUT),
        ("wrong-pin", Reason.WRONG_PIN),
        ("pin-locked", Reason.PIN_LOCKED),
        ("no-balance", Reason.INSUFFICIENT_FUNDS),
        ("unreachable", Reason.NO_RESPONSE),
        ("nobody-answers", Reason.NO_RESPONSE),
        ("expired", Reason.NO_RESPONSE),
    ],
)
async def test_what_ended_without_money_says_why(twin: Twin, payer: str, reason: Reason) -> None:
    request_id = await accepted(twin, payer)
    (body,) = await twin.said()
    (heard,) = twin.provider.translate(body)
    answered = await twin.provider.check(twin.inquiry(request_id))
    told = {one.reason for one in (heard.outcome, answered) if isinstance(one, NotPaid | Unknown)}
    assert isinstance(heard.outcome, NotPaid | Unknown)
    assert isinstance(answered, NotPaid if answers(twin) else Pending)
    assert twin.nature.reasons.get(payer, reason) in told
    assert heard.outcome == answered or not twin.nature.callback_and_query_agree


async def test_a_callback_names_the_request_the_code_and_what_else_it_states(twin: Twin) -> None:
    instruction = twin.instruction("approves")
    outcome = await twin.provider.start(instruction)
    (body,) = await twin.said()
    await learn_key(twin.provider, body)
    twin.provider.verify(body, twin.headers(body))
    (heard,) = twin.provider.translate(body)
    assert isinstance(outcome, Accepted)
    assert heard.request_id == outcome.request_id
    comes_to_one_address = twin.provider.callback_key or twin.provider.capabilities.signs
    assert heard.reference == instruction.reference or (heard.reference is None and not comes_to_one_address)
    assert heard.proved is (twin.provider.capabilities.signs or twin.nature.proves_in_body)
    assert isinstance(heard.outcome, Paid)
    told = {
        "amount": heard.outcome.amount,
        "receipt": heard.outcome.receipt_code,
        "moment": heard.outcome.paid_at,
    }
    assert {name for name, value in told.items() if value is not None} == twin.nature.callback_states
    assert heard.outcome.amount in (None, instruction.amount)
    assert heard.outcome.paid_at is None or heard.outcome.paid_at.tzinfo is not None


async def test_a_callback_that_states_an_amount_states_the_one_that_moved(twin: Twin) -> None:
    await accepted(twin, "smaller-amount")
    (body,) = await twin.said()
    (heard,) = twin.provider.translate(body)
    assert isinstance(heard.outcome, Paid)
    stated, asked = heard.outcome.amount, twin.instruction("smaller-amount").amount
    assert (stated is not None) is ("amount" in twin.nature.callback_states)
    assert stated is None or stated < asked


@pytest.mark.covers("D14", "D67")
async def test_a_refused_connection_is_a_request_that_was_never_sent(twin: Twin) -> None:
    await twin.down()
    assert isinstance(await twin.provider.start(twin.instruction("approves")), NotSent)
    await twin.up()
    assert await twin.received() == 0


@pytest.mark.covers("D07", "D67")
@pytest.mark.parametrize(
    "payer",
    ["answer-lost", "answer-late", "answer-html", "answer-truncated", "answer-foreign"],
)
async def test_a_lost_answer_leaves_the_outcome_unknown(twin: Twin, payer: str) -> None:
    assert isinstance(await twin.provider.start(twin.instruction(payer)), Unknown)
    assert await twin.received() == 1


@pytest.mark.parametrize("payer", ["unavailable", "redirected"])
async def test_trouble_in_the_middle_is_neither_followed_nor_called_a_refusal(twin: Twin, payer: str) -> None:
    assert isinstance(await twin.provider.start(twin.instruction(payer)), Unknown)
    assert await twin.received() == 1


async def test_a_refusal_of_the_request_itself_is_definite(twin: Twin) -> None:
    assert isinstance(await twin.provider.start(twin.instruction(twin.nature.refused_payer)), Rejected)


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize("payer", ["answer-lost", "answer-html"])
async def test_where_our_reference_is_known_a_lost_answer_is_asked_about_and_never_sent_twice(
    twin: Twin, payer: str
) -> None:
    instruction = twin.instruction(payer)
    assert isinstance(await twin.provider.start(instruction), Unknown)
    await twin.said()
    asked = Inquiry(reference=instruction.reference, request_id=None)
    known = twin.provider.capabilities.known_by_our_reference
    assert isinstance(await twin.provider.check(asked), Paid if known else Pending | Unknown)
    if known:
        assert isinstance(await twin.provider.start(instruction), Unknown)
        assert isinstance(await twin.provider.check(asked), Paid)
        assert len(await twin.said()) == 1


@pytest.mark.covers("B9")
async def test_by_a_receipt_code_it_tells_of_that_money_or_says_that_it_cannot_be_asked_so(
    twin: Twin,
) -> None:
    """Never of the request that the question comes from: that one was cancelled."""
    await accepted(twin, "approves")
    await twin.said()
    cancelled = twin.inquiry(await accepted(twin, "cancels"))
    await twin.said()
    (code,) = await twin.receipts()
    answered = await twin.provider.check(replace(cancelled, receipt_code=code))
    unheard_of = await twin.provider.check(replace(cancelled, receipt_code="NLJ7RT61SV"))
    known = twin.provider.capabilities.known_by_receipt_code
    assert isinstance(answered, Paid if known else Pending)
    assert isinstance(unheard_of, Pending)
    assert not isinstance(answered, Paid) or answered.receipt_code == code


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize("payer", ["answer-lost", "answer-late", "answer-html", "answer-foreign"])
async def test_a_request_that_may_be_repeated_is_taken_once_and_then_answered(twin: Twin, payer: str) -> None:
    instruction, repeats = twin.instruction(payer), twin.provider.capabilities.repeats_safely
    assert isinstance(await twin.provider.start(instruction), Unknown)
    told = await twin.said()
    again = [await twin.provider.start(instruction) for _ in range(2)] if repeats else []
    assert [type(answer) for answer in again] == [Accepted] * len(again)
    assert len({answer.request_id for answer in again if isinstance(answer, Accepted)}) == repeats
    assert await twin.said() == told


@pytest.mark.covers("A23")
async def test_a_request_can_be_taken_back_until_it_is_paid(twin: Twin) -> None:
    open_one, paid = await accepted(twin, "person"), await accepted(twin, "approves")
    provider: object = twin.provider
    await twin.said()
    if isinstance(provider, CallsOff):
        assert isinstance(await provider.call_off(twin.inquiry(open_one)), NotPaid)
        assert isinstance(await provider.call_off(twin.inquiry(paid)), Paid)
    answered = await twin.provider.check(twin.inquiry(open_one))
    assert isinstance(answered, NotPaid if answers(twin) else Pending)


@pytest.mark.covers("J3")
async def test_a_signature_that_is_wrong_old_or_missing_is_forged(twin: Twin) -> None:
    await accepted(twin, "approves")
    (body,) = await twin.said()
    headers = twin.headers(body)
    if twin.provider.capabilities.signs:
        for forged in (NO_HEADERS, {name: value[:-1] for name, value in headers.items()}):
            with pytest.raises(CallbackForged):
                twin.provider.verify(body, forged)
        with pytest.raises(CallbackForged):
            twin.provider.verify(body.replace("a", "b"), headers)
    twin.provider.verify(body, headers)


@pytest.mark.covers("D06", "D07")
@pytest.mark.parametrize("payer", ["query-unknown", "query-busy", "query-hangs"])
async def test_a_question_without_an_answer_says_nothing_about_the_money(twin: Twin, payer: str) -> None:
    request_id = await accepted(twin, payer)
    assert isinstance(await twin.provider.check(twin.inquiry(request_id)), Pending | Unknown)


async def test_a_failure_that_the_query_does_not_know_is_told_by_the_callback_alone(twin: Twin) -> None:
    request_id = await accepted(twin, "failure-unseen")
    (body,) = await twin.said()
    (heard,) = twin.provider.translate(body)
    assert isinstance(heard.outcome, NotPaid | Unknown)
    assert isinstance(await twin.provider.check(twin.inquiry(request_id)), Pending | Unknown)


async def test_a_question_to_a_provider_that_is_down_says_nothing_about_the_money(twin: Twin) -> None:
    request_id = await accepted(twin, "approves")
    await twin.said()
    await twin.down()
    answered = await twin.provider.check(twin.inquiry(request_id))
    assert isinstance(answered, Unknown if answers(twin) else Pending)
    await twin.up()
    answered = await twin.provider.check(twin.inquiry(request_id))
    assert isinstance(answered, Paid if answers(twin) else Pending)


async def test_a_request_that_nobody_knows_is_not_called_unpaid(twin: Twin) -> None:
    known = await accepted(twin, "approves")
    stranger = known[:-6] + "000000"
    assert isinstance(await twin.provider.check(twin.inquiry(stranger)), Pending | Unknown)


@pytest.mark.covers("D06")
async def test_a_code_that_no_document_names_is_unknown_and_marked_so(twin: Twin) -> None:
    request_id = await accepted(twin, "undocumented")
    (body,) = await twin.said()
    (heard,) = twin.provider.translate(body)
    answered = await twin.provider.check(twin.inquiry(request_id))
    for outcome in (heard.outcome, answered) if answers(twin) else (heard.outcome,):
        assert isinstance(outcome, Unknown)
        assert not outcome.mapped


@pytest.mark.covers("D29")
@pytest.mark.parametrize("payer", ["callback-malformed", "callback-deep"])
async def test_a_callback_of_no_known_shape_is_refused_by_its_own_error(twin: Twin, payer: str) -> None:
    await accepted(twin, payer)
    (body,) = await twin.said()
    with pytest.raises(CallbackUnreadable):
        twin.provider.verify(body, twin.headers(body))
    with pytest.raises(CallbackUnreadable):
        twin.provider.translate(body)


async def test_what_is_not_offered_is_said_by_a_value(twin: Twin) -> None:
    offered = {way.route for way in twin.provider.capabilities.sends_back}
    for route in set(RefundRoute) - offered:
        assert isinstance(await twin.provider.refund(a_refund(route=route)), NotOffered)


@pytest.mark.covers("S53")
async def test_a_provider_is_found_by_its_name_and_its_methods(twin: Twin) -> None:
    registry = Registry([twin.provider])
    assert registry.named(twin.provider.name) is twin.provider
    assert registry.knows(twin.provider.name)
    assert {registry.for_method(method) for method in twin.provider.methods} == {twin.provider}
