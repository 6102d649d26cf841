"""The office decides what no provider answers for: one proposes, another confirms, and the door does the rest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.correction import Correction, Finding, Verdict
from portal.domain.errors import NotFound, Refused
from portal.domain.events import DuplicateSuccess, LateSuccessReceived, PaymentCompleted
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Reason, Source, Unknown
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.services.corrections import Corrections
from portal.services.office import Unchanged
from portal.store import corrections as correction_rows
from portal.store import ledger_check, people
from portal.store.corrections import corrections
from tests.makers import NOW, a_clerk, a_landlord, a_person, a_reference, an_approver
from tests.services.desk import CLOSED, CODE, PAID, RENT, Desk

SALMA = a_clerk()
PETER = an_approver()
GRACE = an_approver(id=a_reference(63), name="Grace Mushi", language="sw")
LOST = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
TYPED = {"code": CODE, "amount": "453,500"}
NOTE = "Mixx support says that nothing was taken (ticket 4711)"
AMOUNTS = [
    ("", "empty"),
    ("a lot", "not_a_number"),
    ("1.50", "decimals"),
    ("0", "range"),
    ("1,000,000,001", "range"),
    ("9" * 20, "range"),
]
CODES = [
    ("", "empty"),
    ("  ", "empty"),
    ("UC3", "format"),
    ("A" * 41, "format"),
    ("UC35 T8K2", "format"),
    ("ÜC35T", "format"),
]


def office(desk: Desk) -> Corrections:
    return desk.portal.corrections


async def hire(desk: Desk) -> None:
    def work(tx: Any) -> None:
        for number, person in enumerate((SALMA, PETER, GRACE)):
            people.add(tx, desk.portal.tools.vault, person, email=f"office{number}@example.com")

    await desk.store.write(work)


async def a_lost_push(desk: Desk, **changes: Any) -> str:
    """The answer to the push never came, and nobody can be asked."""
    await hire(desk)
    desk.provider.will_answer(LOST)
    reference = await desk.start(**changes)
    await desk.pass_time(minutes=20)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    return reference


async def waiting(desk: Desk, reference: str) -> Correction:
    found = (await office(desk).case(PETER, reference)).waiting
    assert found
    return found


async def proposed(desk: Desk, reference: str, by: Person = SALMA, **typed: str) -> str:
    """That the money came; the id of the proposal."""
    await office(desk).money_came(by, reference, **(TYPED | typed))
    return (await waiting(desk, reference)).id


async def test_money_that_came_is_settled_and_receipted_when_a_second_person_agrees(each_desk: Desk) -> None:
    desk = each_desk
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    await office(desk).confirm(PETER, reference, proposal)
    await desk.work()
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt_code, payment.received) == (State.COMPLETED, CODE, payment.total)
    assert payment.receipt_sha256
    (success,) = [event for event in await desk.history(reference) if isinstance(event, PaymentCompleted)]
    assert success.source is Source.OFFICE
    assert (await desk.bill()).rest == shillings(0)
    assert sum((await desk.balances()).values()) == 0


async def test_what_was_proposed_and_decided_is_kept_with_who_and_when(each_desk: Desk) -> None:
    desk = each_desk
    reference = await a_lost_push(desk)
    await office(desk).no_money(SALMA, reference, f"  {NOTE}\n")
    begun = desk.clock.now
    desk.clock.advance(minutes=5)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    case = await office(desk).case(SALMA, reference)
    (kept,) = case.corrections
    assert (kept.finding, kept.note, kept.proposed_by, kept.proposed_at) == (
        Finding.NO_MONEY,
        NOTE,
        SALMA.id,
        begun,
    )
    assert (kept.verdict, kept.decided_by, kept.decided_at) == (Verdict.CONFIRMED, PETER.id, desk.clock.now)
    assert (case.names[SALMA.id], case.names[PETER.id]) == ("Salma Othman", "Peter Lyimo")
    assert case.waiting is None


async def test_no_money_frees_the_bill_for_another_payment(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    await office(desk).no_money(SALMA, reference, NOTE)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, Reason.NOT_COMPLETED)
    assert await desk.start() != reference


async def test_that_no_money_came_answers_what_a_callback_claimed_and_stays_answered(desk: Desk) -> None:
    await hire(desk)
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.hear(reference, PAID)
    await desk.pass_time(minutes=20)
    assert (await desk.payment(reference)).reason is Reason.CONTRADICTION
    await office(desk).no_money(SALMA, reference, NOTE)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    desk.provider.will_say(LOST)
    await desk.pass_time(days=2)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.claimed_paid) == (
        State.FAILED,
        Reason.NOT_COMPLETED,
        False,
    )
    desk.provider.will_say(PAID)
    await desk.hear(reference, PAID)
    assert ((await desk.payment(reference)).state, (await desk.payment(reference)).late) == (
        State.COMPLETED,
        True,
    )


async def test_a_note_is_sealed_in_its_row(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    await office(desk).no_money(SALMA, reference, NOTE)
    (row,) = await desk.read(lambda tx: list(tx.execute(corrections.select())))
    assert NOTE not in str(row)


async def test_another_amount_waits_in_suspense(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    await office(desk).confirm(PETER, reference, await proposed(desk, reference, amount="1,000"))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert payment.received == shillings(1_000)
    assert (await office(desk).case(PETER, reference)).possible == (Finding.WENT_BACK,)


async def test_money_for_a_payment_that_was_called_off_is_late_and_what_is_beyond_the_bill_is_kept(
    desk: Desk,
) -> None:
    await hire(desk)
    reference = await desk.start_and_settle(CLOSED)
    await desk.start_and_settle(PAID)
    await office(desk).confirm(PETER, reference, await proposed(desk, reference, code="UC99ZZZZZZ"))
    kinds = [type(event) for event in await desk.history(reference)]
    assert LateSuccessReceived in kinds
    assert DuplicateSuccess in kinds


async def test_that_no_money_came_for_what_was_called_off_needs_no_decision(desk: Desk) -> None:
    await hire(desk)
    reference = await desk.start_and_settle(CLOSED)
    with pytest.raises(Unchanged):
        await office(desk).no_money(SALMA, reference, NOTE)


@pytest.mark.covers("B9")
async def test_that_no_money_came_under_a_code_that_the_payer_gave_ends_the_question(each_desk: Desk) -> None:
    desk = each_desk
    await hire(desk)
    reference = await desk.start_and_settle(CLOSED)
    await desk.portal.claims.claim(a_person(), reference, "NLJ7RT61SV")
    assert [one.payment.reference for one in await desk.portal.views.for_the_office()] == [reference]
    await office(desk).no_money(SALMA, reference, NOTE)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    payment = await desk.payment(reference)
    assert (payment.state, payment.claimed_code) == (State.FAILED, None)
    assert await desk.portal.views.for_the_office() == []
    # Money that is found later is late money all the same.
    await desk.portal.payments.record_outcome(reference, PAID, Source.CALLBACK)
    assert (await desk.payment(reference)).state is State.COMPLETED


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), f" {CODE} "])
async def test_a_code_of_another_payment_is_refused(desk: Desk, typed: str) -> None:
    await desk.start_and_settle(PAID)
    await desk.add_bill()
    reference = await a_lost_push(desk, bill=RENT)
    with pytest.raises(Refused) as refusal:
        await proposed(desk, reference, code=typed)
    assert (refusal.value.field, refusal.value.problem) == ("receipt_code", "taken")


async def test_a_code_that_another_payment_got_meanwhile_leaves_it_in_question(desk: Desk) -> None:
    await desk.add_bill()
    reference = await a_lost_push(desk, bill=RENT)
    proposal = await proposed(desk, reference)
    desk.provider.will_answer()
    await desk.start_and_settle(PAID)
    await office(desk).confirm(PETER, reference, proposal)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.DUPLICATE)


async def test_a_code_that_another_payment_got_meanwhile_reopens_nothing_that_was_called_off(
    desk: Desk,
) -> None:
    await desk.add_bill()
    await hire(desk)
    reference = await desk.start_and_settle(CLOSED, bill=RENT)
    proposal = await proposed(desk, reference)
    await desk.start_and_settle(PAID)
    await unchanged(desk, reference, "settled", office(desk).confirm(PETER, reference, proposal))


async def unchanged(desk: Desk, reference: str, problem: str, act: Any) -> None:
    """The act says why, and neither the payment nor the proposal is another than before."""
    before = await desk.history(reference), (await office(desk).case(PETER, reference)).corrections
    with pytest.raises(Unchanged) as told:
        await act
    assert (told.value.problem, told.value.status) == (problem, 409)
    assert (await desk.history(reference), (await office(desk).case(PETER, reference)).corrections) == before


async def test_what_was_settled_meanwhile_stays_as_it_is_and_the_proposal_can_be_dropped(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference)
    await desk.portal.payments.record_outcome(reference, PAID, Source.CALLBACK)
    await unchanged(desk, reference, "settled", office(desk).confirm(PETER, reference, proposal))
    await office(desk).turn_down(PETER, reference, proposal)
    (kept,) = (await office(desk).case(PETER, reference)).corrections
    assert kept.verdict is Verdict.TURNED_DOWN


async def test_nobody_confirms_their_own_proposal(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference, by=PETER)
    await unchanged(desk, reference, "own", office(desk).confirm(PETER, reference, proposal))
    await office(desk).confirm(GRACE, reference, proposal)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_two_proposals_never_wait_at_once(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    await proposed(desk, reference)
    await unchanged(desk, reference, "proposed", office(desk).no_money(GRACE, reference, NOTE))


async def test_only_the_proposal_that_was_shown_is_confirmed(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    first = await proposed(desk, reference, amount="1,000")
    await office(desk).turn_down(SALMA, reference, first)
    await unchanged(desk, reference, "gone", office(desk).confirm(PETER, reference, first))
    await proposed(desk, reference)
    await unchanged(desk, reference, "gone", office(desk).confirm(PETER, reference, first))
    await unchanged(desk, reference, "gone", office(desk).turn_down(PETER, reference, first))


async def test_two_who_confirm_at_once_settle_it_once(each_desk: Desk) -> None:
    desk = each_desk
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference)
    acts = [office(desk).confirm(person, reference, proposal) for person in (PETER, GRACE)]
    told = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["NoneType", "Unchanged"]
    assert (await desk.names(reference)).count("PaymentCompleted") == 1


@pytest.mark.parametrize("typed, problem", CODES)
async def test_a_code_that_no_operator_gives_is_refused(desk: Desk, typed: str, problem: str) -> None:
    reference = await a_lost_push(desk)
    with pytest.raises(Refused) as refusal:
        await proposed(desk, reference, code=typed)
    assert (refusal.value.field, refusal.value.problem) == ("receipt_code", problem)


@pytest.mark.parametrize("typed, problem", AMOUNTS)
async def test_an_amount_that_cannot_be_is_refused(desk: Desk, typed: str, problem: str) -> None:
    reference = await a_lost_push(desk)
    with pytest.raises(Refused) as refusal:
        await proposed(desk, reference, amount=typed)
    assert (refusal.value.field, refusal.value.problem) == ("amount", problem)


@pytest.mark.parametrize(
    "typed, problem", [("", "empty"), (" \n", "empty"), ("nothing", "length"), ("n" * 501, "length")]
)
async def test_a_note_says_enough_and_not_too_much(desk: Desk, typed: str, problem: str) -> None:
    reference = await a_lost_push(desk)
    with pytest.raises(Refused) as refusal:
        await office(desk).no_money(SALMA, reference, typed)
    assert (refusal.value.field, refusal.value.problem) == ("note", problem)


async def test_an_open_prompt_cannot_be_decided(desk: Desk) -> None:
    await hire(desk)
    reference = await desk.start()
    for act in (
        office(desk).money_came(SALMA, reference, **TYPED),
        office(desk).no_money(SALMA, reference, NOTE),
    ):
        with pytest.raises(Unchanged):
            await act


@pytest.mark.parametrize("person", [a_person(), a_landlord()])
async def test_for_anybody_else_there_is_nothing_here(desk: Desk, person: Person) -> None:
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference)
    acts = [
        office(desk).case(person, reference),
        office(desk).money_came(person, reference, **TYPED),
        office(desk).no_money(person, reference, NOTE),
        office(desk).confirm(person, reference, proposal),
        office(desk).turn_down(person, reference, proposal),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            await act


async def test_the_first_person_of_the_office_cannot_confirm(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    proposal = await proposed(desk, reference, by=PETER)
    with pytest.raises(NotFound):
        await office(desk).confirm(SALMA, reference, proposal)


async def test_a_payment_that_is_not_there_is_not_found(desk: Desk) -> None:
    await hire(desk)
    for act in (
        office(desk).case(SALMA, a_reference(999)),
        office(desk).no_money(SALMA, a_reference(999), NOTE),
    ):
        with pytest.raises(NotFound):
            await act


async def test_the_database_itself_holds_one_waiting_proposal_to_a_payment(each_desk: Desk) -> None:
    desk = each_desk
    reference = await a_lost_push(desk)
    await proposed(desk, reference)
    twin = replace(await waiting(desk, reference), id=a_reference(64), proposed_at=NOW)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await desk.store.write(lambda tx: correction_rows.propose(tx, desk.portal.tools.vault, twin))


async def of_another_amount(desk: Desk) -> str:
    """TSh 1,000 came instead of the total, and nobody can tell the provider to forget it."""
    reference = await a_lost_push(desk)
    await office(desk).confirm(PETER, reference, await proposed(desk, reference, amount="1,000"))
    return reference


async def given_back(desk: Desk) -> str:
    reference = await of_another_amount(desk)
    await office(desk).money_went_back(SALMA, reference, "UC99BACK11", "1,000")
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    return reference


@pytest.mark.covers("F11", "I8")
async def test_another_amount_that_went_back_leaves_suspense_and_frees_its_bill(each_desk: Desk) -> None:
    desk = each_desk
    reference = await given_back(desk)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.given_back) == (State.FAILED, Reason.REVERSED, True)
    assert {name: sum_ for name, sum_ in (await desk.balances()).items() if sum_} == {}
    assert (await office(desk).case(PETER, reference)).possible == ()
    assert (await desk.read(ledger_check.check)).differences == []
    assert [one.payment.reference for one in await desk.portal.views.for_the_office()] == []
    assert await desk.start() != reference


async def test_of_another_amount_all_goes_back_or_nothing(desk: Desk) -> None:
    reference = await of_another_amount(desk)
    for amount in ("999", "1,001"):
        with pytest.raises(Refused) as refused:
            await office(desk).money_went_back(SALMA, reference, "UC99BACK11", amount)
        assert (refused.value.field, refused.value.problem) == ("amount", "range")


@pytest.mark.covers("F11", "I8")
async def test_one_code_of_the_operator_tells_of_money_that_went_back_once(each_desk: Desk) -> None:
    desk = each_desk
    await given_back(desk)
    other = await desk.start_and_settle(replace(PAID, receipt_code="UC35OTHER1"))
    with pytest.raises(Refused) as refused:
        await office(desk).money_went_back(SALMA, other, "uc99back11", "1,000")
    assert (refused.value.field, refused.value.problem) == ("receipt_code", "booked")


async def test_a_code_that_two_proposals_name_at_once_is_confirmed_for_one_of_them(desk: Desk) -> None:
    one = await of_another_amount(desk)
    other = await desk.start_and_settle(
        replace(PAID, receipt_code="UC35OTHER1"), bill=(await desk.add_bill()).reference
    )
    await office(desk).money_went_back(SALMA, one, "UC99BACK11", "1,000")
    twin = replace(await waiting(desk, one), id=a_reference(77), payment=other)
    await desk.store.write(lambda tx: correction_rows.propose(tx, desk.portal.tools.vault, twin))
    with pytest.raises(Unchanged):
        await office(desk).confirm(PETER, other, twin.id)
    await office(desk).turn_down(SALMA, other, twin.id)
    await office(desk).confirm(PETER, one, (await waiting(desk, one)).id)
    assert (await desk.payment(one)).given_back


async def test_what_was_given_back_stays_so_whatever_is_told_of_it_later(desk: Desk) -> None:
    reference = await given_back(desk)
    before, balances = await desk.payment(reference), await desk.balances()
    desk.provider.will_say(PAID)
    await desk.hear(reference, PAID)
    for told in (Paid(shillings(1_000), CODE), LOST, CLOSED):
        await desk.portal.payments.record_outcome(reference, told, Source.WORKER)
    await desk.pass_time(days=2)
    after = await desk.payment(reference)
    assert (after.state, after.reason) == (before.state, before.reason)
    assert await desk.balances() == balances


async def test_the_payer_is_told_that_it_went_back_and_not_that_nothing_was_taken(desk: Desk) -> None:
    await given_back(desk)
    await desk.work()
    said = desk.sink.letters[-1].text
    assert "TSh 1,000" in said
    assert "imerudishwa" in said


async def test_a_code_of_another_payment_is_no_dead_end(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    in_doubt = Unknown(Reason.DUPLICATE, "receipt code of another payment")
    await desk.portal.payments.record_outcome(reference, in_doubt, Source.WORKER)
    assert (await desk.payment(reference)).reason is Reason.DUPLICATE
    await office(desk).no_money(SALMA, reference, NOTE)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    assert (await desk.payment(reference)).state is State.FAILED


async def test_money_behind_an_amount_that_nobody_could_read_is_settled_by_two_people(desk: Desk) -> None:
    reference = await a_lost_push(desk)
    unreadable = Unknown(Reason.WRONG_AMOUNT, "amount unreadable")
    await desk.portal.payments.record_outcome(reference, unreadable, Source.WORKER)
    await office(desk).confirm(PETER, reference, await proposed(desk, reference))
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_what_does_not_fit_a_paid_payment_leaves_the_list_when_two_people_found_it_right(
    each_desk: Desk,
) -> None:
    desk = each_desk
    await hire(desk)
    reference = await desk.start_and_settle()
    await desk.portal.payments.record_outcome(reference, Paid(shillings(1_000), CODE), Source.WORKER)
    assert [one.payment.reference for one in await desk.portal.views.for_the_office()] == [reference]
    with pytest.raises(Refused):
        await office(desk).stands(SALMA, reference, "yes")
    await office(desk).stands(SALMA, reference, NOTE)
    found = await waiting(desk, reference)
    assert (found.finding, found.note) == (Finding.STANDS, NOTE)
    await office(desk).confirm(PETER, reference, found.id)
    assert await desk.portal.views.for_the_office() == []
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.COMPLETED, None)
    with pytest.raises(Unchanged):
        await office(desk).stands(SALMA, reference, NOTE)


async def test_nobody_confirms_that_it_is_right_after_something_else_was_told_of_it(desk: Desk) -> None:
    await hire(desk)
    reference = await desk.start_and_settle()
    await desk.portal.payments.record_outcome(reference, Paid(shillings(1_000), CODE), Source.WORKER)
    await office(desk).stands(SALMA, reference, NOTE)
    found = await waiting(desk, reference)
    await desk.hear(reference, replace(PAID, receipt_code="UC35SECOND"))
    assert not (await office(desk).case(PETER, reference)).can_be_decided
    with pytest.raises(Unchanged):
        await office(desk).confirm(PETER, reference, found.id)
    assert (await desk.payment(reference)).in_doubt
    await office(desk).turn_down(PETER, reference, found.id)
    await office(desk).stands(SALMA, reference, NOTE)
    await office(desk).confirm(PETER, reference, (await waiting(desk, reference)).id)
    assert not (await desk.payment(reference)).in_doubt


async def test_whatever_waits_for_a_second_person_stands_in_the_office_s_list(each_desk: Desk) -> None:
    desk = each_desk
    await hire(desk)
    reference, views = await desk.start_and_settle(), desk.portal.views
    assert await views.for_the_office() == []
    await office(desk).money_went_back(SALMA, reference, "UC99BACK11", "1,000")
    (listed,) = await views.for_the_office()
    assert (listed.payment.reference, listed.can_be_decided) == (reference, True)
    assert listed.proposal == await waiting(desk, reference)
    await office(desk).turn_down(SALMA, reference, (await waiting(desk, reference)).id)
    assert await views.for_the_office() == []


async def test_what_was_proposed_stands_first_and_says_when_it_is_overtaken(desk: Desk) -> None:
    older = await a_lost_push(desk)
    desk.provider.will_answer(LOST)
    newer = await desk.start(bill=(await desk.add_bill()).reference)
    await desk.pass_time(minutes=20)
    await proposed(desk, newer)
    listed = await desk.portal.views.for_the_office()
    assert [(one.payment.reference, one.can_be_decided) for one in listed] == [(newer, True), (older, False)]
    await desk.portal.payments.record_outcome(newer, PAID, Source.WORKER)
    listed = await desk.portal.views.for_the_office()
    assert [(one.payment.reference, one.can_be_decided) for one in listed] == [(newer, False), (older, False)]
    assert listed[0].proposal
