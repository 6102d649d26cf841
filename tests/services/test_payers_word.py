"""Money beyond the bills whose payer gives no word on the page: they are reminded, or the office acts on what they told
it, by the same ways and with as many people.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.correction import Finding, Verdict
from portal.domain.credit_events import CreditChosen, CreditWithdrawn
from portal.domain.dispute import DisputeOpened
from portal.domain.errors import NotFound, Refused
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.person import Person
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, RefundRefusal, RefundRoute
from portal.services.excess import Choice
from portal.services.office import Unchanged
from portal.services.payers_word import Said
from portal.store import payments
from portal.store.refund_notes import About
from portal.store.writer import Store
from portal.templating.gsm7 import LONGEST, septets
from tests.makers import FakeClock
from tests.services.desk import Desk
from tests.services.paying_twice import WHOLE, choose, paid_twice, the_books_agree
from tests.services.refunding import (
    ASHA,
    GRACE,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
)
from tests.services.test_excess import BACK, MUCH, much
from tests.services.test_refunds import kind_of

WORD = "She called on Monday and knew her receipt."


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk


async def take(desk: Desk, payment: str, choice: Choice | str, person: Person = SALMA, **changes: Any) -> str:
    """The office writes down what Asha told it about what the page showed."""
    said = {"chosen": choice, "shown": str(WHOLE.minor), "word": WORD} | changes
    return await desk.portal.corrections.word.take(person, payment, Said(**said))


async def case_of(desk: Desk, refund: str) -> Any:
    return await desk.portal.refund_views.case(PETER, refund)


async def told(desk: Desk) -> list[tuple[str, str]]:
    """The texts since the last look, by kind."""
    await desk.work()
    letters = [(kind_of(letter), letter.text) for letter in desk.sink.letters]
    assert all(septets(text) <= LONGEST for _, text in letters)
    desk.sink.letters.clear()
    return letters


async def reminders_in(desk: Desk, days: int) -> int:
    await desk.pass_time(days=days)
    return [kind for kind, _ in await told(desk)].count("extra_reminder")


async def dispute(desk: Desk, payment: str) -> None:
    opened = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
    await happened(desk, payment, opened)


async def happened(desk: Desk, payment: str, event: Any) -> None:
    found, now = await desk.payment(payment), desk.clock()
    await desk.store.write(lambda tx: payments.append(tx, found, [event], now, reference=payment))


@pytest.mark.covers("B19")
async def test_a_payer_who_says_nothing_is_reminded_three_times_in_their_language(desk: Desk) -> None:
    await paid_twice(desk)
    assert await reminders_in(desk, 2) == 0
    await desk.pass_time(days=2)
    ((kind, text),) = await told(desk)
    assert kind == "extra_reminder"
    assert text.startswith("NEST: TSh 450,000 zilizozidi bili")
    assert [await reminders_in(desk, days) for days in (7, 20, 100)] == [1, 1, 0]
    assert "remind_extra" not in await desk.job_kinds()


@pytest.mark.covers("B19")
async def test_whoever_has_chosen_is_reminded_of_nothing_any_more(desk: Desk) -> None:
    late = await paid_twice(desk)
    assert await reminders_in(desk, 4) == 1
    await choose(desk, late, Choice.KEEP)
    assert await reminders_in(desk, 100) == 0


async def test_money_that_waits_again_begins_its_reminders_anew(desk: Desk) -> None:
    late = await paid_twice(desk)
    refund = await choose(desk, late, Choice.REFUND)
    await desk.pass_time(days=2)
    door, failed = desk.portal.refund_sending.record, NotRefunded(RefundRefusal.NOT_FOUND, "X")
    await desk.store.write(lambda tx: door(tx, refund, failed, Source.WORKER))
    assert [await reminders_in(desk, days) for days in (2, 2)] == [0, 1]


async def test_a_reminder_that_is_late_waits_until_the_morning(desk: Desk) -> None:
    await paid_twice(desk)
    desk.clock.advance(days=5)
    desk.clock.now = desk.clock.now.replace(hour=22)
    assert await told(desk) == []
    await desk.pass_time(hours=10)
    assert [kind for kind, _ in await told(desk)] == ["extra_reminder"]


async def test_nobody_is_reminded_while_their_bank_asks_the_same_money_back(desk: Desk) -> None:
    late = await paid_twice(desk)
    await dispute(desk, late)
    assert await reminders_in(desk, 4) == 0
    with pytest.raises(Unchanged):
        await take(desk, late, Choice.KEEP)


@pytest.mark.covers("B19", "I11")
async def test_the_office_keeps_it_on_the_payer_s_word_and_tells_them_who_did_so(desk: Desk) -> None:
    late = await paid_twice(desk)
    assert await take(desk, late, Choice.KEEP) == ""
    assert (await desk.payment(late)).credit_left == WHOLE
    chosen = [event for event in await desk.history(late) if isinstance(event, CreditChosen)]
    assert [event.chosen_by for event in chosen] == [SALMA.id]
    ((kind, text),) = await told(desk)
    assert (kind, "TSh 450,000 zimewekwa" in text, SALMA.short_name in text) == ("word_taken", True, True)
    (word,) = (await desk.portal.corrections.case(PETER, late)).corrections
    assert (word.finding, word.note, word.verdict) == (Finding.KEEP, WORD, Verdict.CONFIRMED)
    await the_books_agree(desk)


@pytest.mark.covers("B19", "F2")
async def test_the_office_sends_it_back_on_the_payer_s_word_to_the_account_that_they_named(
    desk: Desk,
) -> None:
    late = await paid_twice(desk)
    refund = await take(desk, late, Choice.REFUND, account="CRDB, Asha Mrisho, 0150")
    case = await case_of(desk, refund)
    assert (case.refund.state, case.refund.amount) == (RefundState.APPROVED, BACK)
    assert (case.refund.requested_by, case.refund.approved_by) == (ASHA.id, (SALMA.id,))
    assert case.notes == {About.ASKED: "CRDB, Asha Mrisho, 0150", About.WORD: WORD}
    texts = await told(desk)
    assert sorted(kind for kind, _ in texts) == ["refund_approved", "word_taken"]
    assert any("TSh 450,000 zirudi kwako" in text for _, text in texts)
    (sent,) = desk.provider.refunds
    assert sent.amount == BACK
    await the_books_agree(desk)


@pytest.mark.covers("F5")
async def test_much_is_sent_back_on_a_word_only_when_a_second_person_agrees(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    refund = await take(desk, late, Choice.REFUND, shown=str(MUCH.minor))
    case = await case_of(desk, refund)
    assert (case.refund.state, case.refund.approved_by) == (RefundState.REQUESTED, (SALMA.id,))
    with pytest.raises(Unchanged):
        await desk.portal.refunds.approve(SALMA, refund, shown=case.shown)
    await desk.portal.refunds.approve(PETER, refund, shown=case.shown)
    assert (await case_of(desk, refund)).refund.state is RefundState.APPROVED


@pytest.mark.covers("F5", "B19")
async def test_much_is_kept_on_a_word_only_when_a_second_person_confirms_it(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    await take(desk, late, Choice.KEEP, PETER, shown=str(MUCH.minor))
    assert (await desk.payment(late)).excess_waiting == MUCH
    assert sorted(kind for kind, _ in await told(desk)) == ["word_second", "word_taken"]
    assert await reminders_in(desk, 4) == 0
    with pytest.raises(Unchanged) as again:
        await take(desk, late, Choice.REFUND, shown=str(MUCH.minor))
    assert again.value.problem == "proposed"
    case = await desk.portal.corrections.case(GRACE, late)
    assert case.waiting
    assert case.can_be_decided
    for person in (PETER, SALMA):
        with pytest.raises((Unchanged, NotFound)):
            await desk.portal.corrections.confirm(person, late, case.waiting.id)
    await desk.portal.corrections.confirm(GRACE, late, case.waiting.id)
    assert (await desk.payment(late)).credit_left == MUCH
    assert [kind for kind, _ in await told(desk)] == ["word_taken"]
    assert not (await desk.portal.corrections.case(GRACE, late)).can_be_decided
    await the_books_agree(desk)


@pytest.mark.covers("B19")
async def test_a_word_that_is_turned_down_leaves_the_choice_to_the_payer_and_says_so(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    await take(desk, late, Choice.KEEP, shown=str(MUCH.minor))
    waiting = (await desk.portal.corrections.case(PETER, late)).waiting
    assert waiting
    # Before the worker has told of the proposal: of what is over only the end is told.
    await desk.portal.corrections.turn_down(PETER, late, waiting.id)
    ((kind, text),) = await told(desk)
    assert (kind, "haikukubali kuweka TSh 1,200,000" in text) == ("word_taken", True)
    assert await choose(desk, late, Choice.KEEP, amount=MUCH) == ""


async def test_what_the_payer_chose_meanwhile_is_not_kept_once_more(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    await take(desk, late, Choice.KEEP, shown=str(MUCH.minor))
    refund = await choose(desk, late, Choice.REFUND, amount=MUCH)
    case = await desk.portal.corrections.case(PETER, late)
    assert case.waiting
    assert not case.can_be_decided
    with pytest.raises(Unchanged):
        await desk.portal.corrections.confirm(PETER, late, case.waiting.id)
    assert (await case_of(desk, refund)).refund.is_open
    await the_books_agree(desk)


@pytest.mark.covers("I11")
async def test_a_credit_of_somebody_who_moved_out_goes_back_on_their_word(desk: Desk) -> None:
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    refund = await take(desk, late, Choice.BACK)
    assert (await case_of(desk, refund)).refund.without_fee == WHOLE
    withdrawn = [event for event in await desk.history(late) if isinstance(event, CreditWithdrawn)]
    assert [event.chosen_by for event in withdrawn] == [SALMA.id]
    assert (await desk.payment(late)).credit_left == shillings(0)
    await the_books_agree(desk)


@pytest.mark.covers("B19", "F2")
async def test_pressed_twice_or_on_another_sum_the_word_changes_nothing(desk: Desk) -> None:
    late = await paid_twice(desk)
    await take(desk, late, Choice.REFUND)
    before = await desk.payment(late)
    for choice in Choice:
        with pytest.raises(Unchanged):
            await take(desk, late, choice)
        with pytest.raises(Unchanged):
            await take(desk, late, choice, shown="1")
    assert await desk.payment(late) == before
    await the_books_agree(desk)


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"chosen": "BURN"}, "chosen"),
        ({"word": ""}, "word"),
        ({"word": "short"}, "word"),
        ({"account": "x" * 501}, "notes"),
    ],
)
async def test_without_saying_how_the_payer_said_so_nothing_is_done(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    late = await paid_twice(desk)
    before = await desk.payment(late)
    with pytest.raises(Refused) as refused:
        await take(desk, late, Choice.REFUND, **changes)
    assert refused.value.field == field
    assert await desk.payment(late) == before


async def test_whoever_is_not_of_the_office_takes_no_word(desk: Desk) -> None:
    late = await paid_twice(desk)
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await take(desk, late, Choice.KEEP, person)


async def test_where_it_is_in_question_what_came_nothing_is_kept_on_a_word(desk: Desk) -> None:
    late = await paid_twice(desk)
    await happened(desk, late, e.VerificationResult(code="1032", source=Source.WORKER))
    assert not (await desk.portal.corrections.case(PETER, late)).can_be_kept
    with pytest.raises(Unchanged):
        await take(desk, late, Choice.KEEP)
    assert (await desk.portal.corrections.case(PETER, late)).corrections == []


@pytest.mark.covers("F2")
async def test_a_payer_whose_money_goes_by_hand_says_where_to_and_whoever_sends_it_reads_that(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock) as desk:
        late = await paid_twice(desk)
        extra = await desk.portal.excess.offer(ASHA, late)
        assert extra
        assert extra.way.route is RefundRoute.BY_HAND
        choosing = desk.portal.excess.choose
        account = "NMB, Asha Mrisho, 2010"
        with pytest.raises(Refused):
            await choosing(ASHA, late, "REFUND", shown="450000", key="k", notes="x" * 501)
        refund = await choosing(ASHA, late, "REFUND", shown="450000", key="k", notes=account)
        assert (await case_of(desk, refund)).notes == {About.ASKED: account}
