"""What nobody answers for is ended by two people of the office; what ended otherwise is turned by them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.money import shillings
from portal.domain.outcome import Reason, Source, Unknown
from portal.domain.payment_state import PaymentStatus
from portal.domain.person import Person
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundRefusal
from portal.services.office import Unchanged
from portal.store import ledger_check, replay
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.desk import CODE, Desk
from tests.services.refunding import (
    ASHA,
    GRACE,
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

S = RefundState
HOW = "Vodacom answered by phone: it was sent on Monday."
THEIRS = "RC99FOUND1"
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
BACK = Refunded("RC35T8K2QX", shillings(100_000))


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk


async def propose(
    desk: Desk, refund: str, person: Person = SALMA, *, went: bool = True, code: str = THEIRS, note: str = HOW
) -> str:
    """The name of the finding."""
    await desk.portal.refund_findings.propose(person, refund, went=went, code=code, note=note)
    finding = (await refund_of(desk, refund)).finding
    assert finding
    return finding.name


async def silent(desk: Desk) -> str:
    """One that nobody answers for."""
    desk.provider.will_refund(LOST)
    refund = await sent(desk)
    assert (await refund_of(desk, refund)).state is S.UNKNOWN
    return refund


async def sound(desk: Desk) -> bool:
    checked = await desk.store.snapshot(ledger_check.check)
    replayed = await desk.store.snapshot(replay.check)
    assert (checked.differences, replayed.differences) == ([], [])
    return checked.sound and replayed.sound


@pytest.mark.covers("F4", "D55")
@pytest.mark.parametrize("went,end", [(True, S.SUCCEEDED), (False, S.FAILED)])
async def test_what_nobody_answers_for_is_ended_by_what_one_found_and_another_confirmed(
    desk: Desk, *, went: bool, end: RefundState
) -> None:
    refund = await silent(desk)
    finding = await propose(desk, refund, went=went)
    assert (await refund_of(desk, refund)).state is S.UNKNOWN
    case = await desk.portal.refund_views.case(PETER, refund)
    assert (case.may_confirm(PETER), case.may_confirm(SALMA)) == (True, False)
    assert case.written == {finding: HOW}
    await desk.portal.refund_findings.confirm(PETER, refund, finding)
    after = await desk.portal.refund_views.case(PETER, refund)
    assert (after.refund.state, after.refund.ended_by) == (end, PETER.id)
    assert {SALMA.id, PETER.id} <= after.names.keys()
    assert not {"refund", "ask_refund"} & set(await desk.job_kinds())
    assert (await desk.bill()).paid == shillings(350_000 if went else 450_000)
    desk.sink.letters.clear()
    await desk.work()
    told = ["refund_sent", "unreceived"] if went else ["refund_failed"]
    assert sorted(letter.key.partition(":")[0] for letter in desk.sink.letters) == told
    assert await sound(desk)


async def test_nobody_confirms_what_they_found_and_two_who_may_not_approve_decide_nothing(desk: Desk) -> None:
    refund = await silent(desk)
    finding = await propose(desk, refund)
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_findings.confirm(SALMA, refund, finding)
    assert unchanged.value.problem == "own"
    with pytest.raises(NotFound):
        await desk.portal.refund_findings.confirm(JUMA, refund, finding)
    await desk.portal.refund_findings.drop(SALMA, refund, finding)
    second = await propose(desk, refund, PETER)
    await desk.portal.refund_findings.confirm(SALMA, refund, second)
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED


async def test_two_of_the_office_without_an_approver_end_nothing(desk: Desk) -> None:
    other = await desk.add_neighbour()
    clerk = Person(other.id, other.name, SALMA.role, "en")
    refund = await silent(desk)
    finding = await propose(desk, refund)
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_findings.confirm(clerk, refund, finding)
    assert unchanged.value.problem == "second"


async def test_one_finding_waits_at_a_time_and_only_the_one_that_was_shown_is_decided(desk: Desk) -> None:
    refund = await silent(desk)
    finding = await propose(desk, refund)
    with pytest.raises(Unchanged) as unchanged:
        await propose(desk, refund, PETER)
    assert unchanged.value.problem == "proposed"
    for act in (desk.portal.refund_findings.confirm, desk.portal.refund_findings.drop):
        with pytest.raises(Unchanged) as unchanged:
            await act(PETER, refund, "another")
        assert unchanged.value.problem == "gone"
    await desk.portal.refund_findings.drop(PETER, refund, finding)
    with pytest.raises(Unchanged):
        await desk.portal.refund_findings.confirm(PETER, refund, finding)
    assert not (await desk.portal.refund_views.case(PETER, refund)).may_confirm(PETER)


@pytest.mark.parametrize(
    "code,note,field,problem",
    [
        (" ", HOW, "refund_code", "empty"),
        ("R!", HOW, "refund_code", "format"),
        (CODE, HOW, "refund_code", "taken"),
        (THEIRS, "", "note_went", "empty"),
        (THEIRS, "short", "note_went", "length"),
    ],
)
async def test_what_will_not_do_for_a_finding_is_said_and_nothing_is_kept(
    desk: Desk, code: str, note: str, field: str, problem: str
) -> None:
    refund = await silent(desk)
    with pytest.raises(Refused) as refused:
        await propose(desk, refund, code=code, note=note)
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert (await refund_of(desk, refund)).finding is None


async def test_for_whoever_is_not_of_the_office_there_is_nothing_to_find(desk: Desk) -> None:
    refund = await silent(desk)
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await propose(desk, refund, person)
        with pytest.raises(NotFound):
            await desk.portal.refund_findings.drop(person, refund, "x")


@pytest.mark.covers("F4", "I8", "D18")
async def test_money_that_came_back_is_taken_back_into_the_books(desk: Desk) -> None:
    desk.provider.will_refund(BACK)
    refund = await sent(desk)
    await desk.work()
    assert (await desk.bill()).paid == shillings(350_000)
    with pytest.raises(Unchanged):
        await propose(desk, refund, went=True)
    finding = await propose(desk, refund, went=False)
    await desk.portal.refund_findings.confirm(PETER, refund, finding)
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert (case.refund.state, case.returned) == (S.FAILED, True)
    assert case.payment.status is PaymentStatus.COMPLETED
    assert (await desk.bill()).paid == shillings(450_000)
    desk.sink.letters.clear()
    await desk.work()
    assert (await desk.payment(case.payment.reference)).receipt_version == 3
    assert desk.renderer.printed[-1][0].sent_back == ()
    told = sorted(letter.key.partition(":")[0] for letter in desk.sink.letters)
    assert told == ["received_again", "refund_returned"]
    assert await sound(desk)


async def test_money_that_went_after_all_leaves_the_bill_again(desk: Desk) -> None:
    desk.provider.will_refund(NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full"))
    refund = await sent(desk)
    finding = await propose(desk, refund)
    await desk.portal.refund_findings.confirm(PETER, refund, finding)
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED
    assert (await desk.bill()).paid == shillings(350_000)
    assert await sound(desk)


@pytest.mark.covers("F2", "D20")
async def test_a_finding_whose_money_was_promised_elsewhere_is_not_confirmed(desk: Desk) -> None:
    desk.provider.will_refund(NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full"))
    refund = await sent(desk)
    finding = await propose(desk, refund)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    await desk.portal.refunds.ask(ASHA, payment, typed(whole=True, available=None), "all")
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_findings.confirm(PETER, refund, finding)
    assert unchanged.value.problem == "spent"
    assert not (await desk.portal.refund_views.case(PETER, refund)).may_confirm(PETER)


async def test_a_code_by_which_another_refund_went_meanwhile_is_not_confirmed(desk: Desk) -> None:
    refund = await silent(desk)
    finding = await propose(desk, refund)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    desk.provider.will_refund(Refunded(THEIRS))
    other = await desk.portal.refunds.ask(ASHA, payment, typed(available=None), "other")
    await approve(desk, other)
    await desk.work()
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_findings.confirm(PETER, refund, finding)
    assert unchanged.value.problem == "spent"


async def test_one_transfer_of_the_bank_is_found_for_one_refund(desk: Desk) -> None:
    refund = await silent(desk)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    names = [
        await desk.portal.refunds.ask(ASHA, payment, typed(amount="10", available=None), key)
        for key in ("one", "two")
    ]
    for name in names:
        await approve(desk, name, SALMA, by_hand=True)
    await desk.portal.refund_desk.take(PETER, names[0])
    await desk.portal.refunds.sent_by_hand(PETER, names[0], "FT26030312345")
    await desk.portal.refunds.cannot_be_sent(GRACE, names[1], "The account is closed.")
    with pytest.raises(Refused) as refused:
        await propose(desk, names[1], code="FT26030312345")
    assert refused.value.problem == "taken"


async def test_a_provider_that_answers_meanwhile_ends_it_and_the_finding_falls(desk: Desk) -> None:
    refund = await sent(desk)
    finding = await propose(desk, refund, went=False)
    desk.provider.will_trace(BACK)
    await desk.pass_time(minutes=1)
    with pytest.raises(Unchanged):
        await desk.portal.refund_findings.confirm(PETER, refund, finding)
    found = await refund_of(desk, refund)
    assert (found.state, found.finding, found.code) == (S.SUCCEEDED, None, "RC35T8K2QX")
    assert Source.OFFICE not in {
        getattr(event, "source", None)
        for event, _ in (await desk.portal.refund_views.case(PETER, refund)).timeline
    }
