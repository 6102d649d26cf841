"""Before money goes a second time its provider is asked once more, and where nobody can be, people look in its book."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from portal.domain.outcome import Pending, Reason, Unknown
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.refund import HeardOfRefund
from portal.services.office import Unchanged
from portal.store.writer import Store
from portal.templating.gsm7 import septets
from tests.makers import FakeClock
from tests.services.desk import Desk
from tests.services.refunding import (
    ASHA,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    refund_of,
    sent,
    typed,
)
from tests.services.test_refund_findings import sound

S = RefundState
SILENT = replace(REVERSAL, answers_questions=False)
NO = NotRefunded(RefundRefusal.OUR_BALANCE, "no money")
BACK = Refunded("RC35T8K2QX")
LOOKED = "In the portal of M-Pesa, statement of 3 March: no such sum left."


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, SILENT) as desk:
        yield desk
        assert await sound(desk)


@pytest.fixture
async def asked(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk
        assert await sound(desk)


async def told_to_have_failed(desk: Desk) -> str:
    """Its provider took it, and a message said that nothing went."""
    desk.provider.will_trace(NO)
    refund = await sent(desk)
    await desk.portal.refund_news.hear(
        "mpesa", HeardOfRefund(cause=Cause.OURS, outcome=NO, reference=refund, proved=True)
    )
    assert (await refund_of(desk, refund)).state is S.FAILED
    return refund


async def looked(desk: Desk, refund: str) -> None:
    """Two people of the office found nothing in the provider's book."""
    findings = desk.portal.refund_findings
    await findings.propose(SALMA, refund, went=False, code="", note=LOOKED)
    found = (await refund_of(desk, refund)).finding
    assert found
    await findings.confirm(PETER, refund, found.name)


async def again(desk: Desk, refund: str, route: str = "REVERSAL") -> str:
    """The other one, or why nothing was sent."""
    try:
        return await desk.portal.refund_desk.again(SALMA, refund, route)
    except Unchanged as unchanged:
        return unchanged.problem


@pytest.mark.covers("F4", "F12")
async def test_what_was_only_told_to_have_failed_is_sent_again_once_two_people_have_looked(
    desk: Desk,
) -> None:
    refund = await told_to_have_failed(desk)
    await desk.work()
    (letter,) = [one for one in desk.sink.letters if one.key.startswith("refund_failed")]
    assert ("Tumeambiwa kwamba" in letter.text, septets(letter.text) <= 160) == (True, True)
    for route in RefundRoute:
        assert await again(desk, refund, route) == "look"
    assert (await desk.portal.refund_views.case(SALMA, refund)).ways_again == []
    await looked(desk, refund)
    case = await desk.portal.refund_views.case(PETER, refund)
    assert (case.refund.state, case.refund.ended_by, case.possible) == (S.FAILED, PETER.id, (True,))
    assert LOOKED in case.written.values()
    other = await again(desk, refund)
    await desk.work()
    assert (await refund_of(desk, other)).state is S.SUBMITTED
    assert len(desk.provider.refunds) == 2


@pytest.mark.covers("F4", "F12")
async def test_what_was_found_before_a_message_says_that_it_went_is_not_confirmed_any_more(
    desk: Desk,
) -> None:
    refund = await told_to_have_failed(desk)
    findings = desk.portal.refund_findings
    await findings.propose(SALMA, refund, went=False, code="", note=LOOKED)
    found = (await refund_of(desk, refund)).finding
    assert found
    told = HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=refund, proved=False)
    for _ in range(2):
        await desk.portal.refund_news.hear("mpesa", told)
    with pytest.raises(Unchanged) as unchanged:
        await findings.confirm(PETER, refund, found.name)
    assert (unchanged.value.problem, await again(desk, refund)) == ("gone", "look")
    await looked(desk, refund)
    assert not (await refund_of(desk, refund)).may_have_gone


@pytest.mark.covers("F4", "F12")
async def test_what_is_asked_for_anew_meanwhile_goes_by_no_machine_and_by_nobodys_hand(desk: Desk) -> None:
    refund = await told_to_have_failed(desk)
    payment = (await desk.portal.refund_views.case(SALMA, refund)).payment.reference
    assert (await desk.portal.refund_views.offer(ASHA, payment)).way.route is RefundRoute.BY_HAND
    other = await desk.portal.refunds.ask(ASHA, payment, typed(), "once more")
    await approve(desk, other, JUMA)
    assert (await refund_of(desk, other)).by_hand
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.take(SALMA, other)
    assert unchanged.value.problem == "look"
    await looked(desk, refund)
    await desk.portal.refund_desk.take(SALMA, other)
    assert len(desk.provider.refunds) == 1


@pytest.mark.covers("F4", "F12")
async def test_what_is_asked_for_anew_goes_by_no_machine_either_before_a_provider_was_asked_that_can_be(
    asked: Desk,
) -> None:
    refund = await told_to_have_failed(asked)
    payment = (await asked.portal.refund_views.case(SALMA, refund)).payment.reference
    other = await asked.portal.refunds.ask(ASHA, payment, typed(), "once more")
    await approve(asked, other, JUMA)
    await asked.work()
    assert (await refund_of(asked, other)).by_hand
    assert len(asked.provider.refunds) == 1
    with pytest.raises(Unchanged) as unchanged:
        await asked.portal.refund_desk.take(SALMA, other)
    assert unchanged.value.problem == "look"


@pytest.mark.covers("F4", "F12")
async def test_the_worker_asks_by_itself_and_what_is_asked_for_anew_then_goes_by_machine(asked: Desk) -> None:
    refund = await told_to_have_failed(asked)
    assert (await refund_of(asked, refund)).may_have_gone
    await asked.pass_time(minutes=2)
    assert not (await refund_of(asked, refund)).may_have_gone
    payment = (await asked.portal.refund_views.case(SALMA, refund)).payment.reference
    other = await asked.portal.refunds.ask(ASHA, payment, typed(), "once more")
    await approve(asked, other, JUMA)
    await asked.work()
    assert (await refund_of(asked, other)).state is S.SUBMITTED
    assert len(asked.provider.refunds) == 2


@pytest.mark.covers("F4", "F12")
async def test_what_went_all_the_same_is_found_by_the_worker_and_booked(asked: Desk) -> None:
    refund = await told_to_have_failed(asked)
    asked.provider.will_trace(Pending(), BACK)
    await asked.pass_time(hours=2)
    assert (await refund_of(asked, refund)).state is S.SUCCEEDED
    assert len(asked.provider.refunds) == 1


@pytest.mark.covers("F4", "F12")
async def test_a_provider_that_can_be_asked_is_asked_and_what_went_is_booked(asked: Desk) -> None:
    refund = await told_to_have_failed(asked)
    asked.provider.will_trace(BACK)
    assert await again(asked, refund) == "gone_after_all"
    assert (await refund_of(asked, refund)).state is S.SUCCEEDED
    await asked.work()
    assert len(asked.provider.refunds) == 1


@pytest.mark.covers("F4", "F12")
async def test_a_provider_that_says_once_more_that_it_failed_is_believed(asked: Desk) -> None:
    refund = await told_to_have_failed(asked)
    assert (await refund_of(asked, refund)).may_have_gone
    other = await again(asked, refund)
    assert (await refund_of(asked, other)).instead_of == refund
    assert not (await refund_of(asked, refund)).may_have_gone


@pytest.mark.covers("F4", "F12")
@pytest.mark.parametrize(
    "answer,why", [(Pending("on its way"), "moving"), (Unknown(Reason.AMBIGUOUS, "read timeout"), "look")]
)
async def test_a_provider_that_does_not_say_so_sends_nothing_until_two_people_have_looked(
    asked: Desk, answer: RefundOutcome, why: str
) -> None:
    refund = await told_to_have_failed(asked)
    asked.provider.will_trace(answer)
    assert await again(asked, refund) == why
    await looked(asked, refund)
    assert (await refund_of(asked, await again(asked, refund))).instead_of == refund


async def test_a_refusal_in_the_answer_to_our_own_request_needs_nobody_to_look(desk: Desk) -> None:
    desk.provider.will_refund(NO)
    refund = await sent(desk)
    assert (await refund_of(desk, await again(desk, refund))).instead_of == refund


async def test_a_provider_that_has_no_name_for_it_is_asked_nothing(asked: Desk) -> None:
    asked.provider.will_refund(NO)
    refund = await sent(asked)
    assert (await refund_of(asked, await again(asked, refund))).instead_of == refund
    assert asked.provider.traced == []
