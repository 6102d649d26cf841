"""Money in suspense: one of the office proposes whose it is, another confirms, and the door does the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.correction import Verdict
from portal.domain.errors import NotFound, Refused
from portal.domain.events import LateSuccessReceived, PaymentCompleted
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment_state import State
from portal.domain.receipt_code import CodeFound
from portal.services.office import Unchanged
from portal.services.suspense import Case, Suspense
from portal.store import assignments as assignment_rows
from portal.store.bank_tables import assignments
from portal.store.cursors import BadCursor
from portal.store.messages import of_person
from portal.store.suspense import WaitingSum
from portal.store.writer import Store
from tests.makers import NOW, FakeClock, a_landlord, a_person, a_reference
from tests.services.bank import (
    GRACE,
    PETER,
    SALMA,
    TOTAL,
    BankDesk,
    a_bank_desk,
    credit,
    taken_back,
    total_of,
)
from tests.services.desk import NEIGHBOUR_BILL, RENT

WHY = "The slip that Asha sent by WhatsApp has this amount and day"


@pytest.fixture
async def bank(store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_bank_desk(store, clock) as desk:
        await desk.hire()
        yield desk
        await desk.is_balanced()


@pytest.fixture
async def quick(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_bank_desk(sqlite_store, clock) as desk:
        await desk.hire()
        yield desk
        await desk.is_balanced()


def office(bank: BankDesk) -> Suspense:
    return bank.desk.portal.suspense


async def homeless(bank: BankDesk, amount: Any = TOTAL, text: str = "KODI YA MACHI", **changes: Any) -> str:
    """Money that names nothing; the id of its line."""
    before = {line.id for line in await bank.lines()}
    await bank.comes(credit(amount, text, **changes))
    (line,) = [line for line in await bank.lines() if line.id not in before]
    return line.id


async def case(bank: BankDesk, id_: str) -> Case:
    return await office(bank).case(SALMA, id_)


async def proposed(bank: BankDesk, id_: str, reference: str, by: Any = SALMA) -> str:
    await office(bank).assign(by, id_, reference, WHY)
    found = (await case(bank, id_)).waiting
    assert found
    return found.id


async def assigned(bank: BankDesk, id_: str, reference: str) -> None:
    """By two."""
    await office(bank).confirm(PETER, id_, await proposed(bank, id_, reference))
    await bank.desk.work()


async def refused(act: Awaitable[None]) -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        await act
    return refusal.value.field, refusal.value.problem


async def unchanged(act: Awaitable[None]) -> str:
    with pytest.raises(Unchanged) as found:
        await act
    return found.value.problem


@pytest.mark.covers("I5", "A10")
async def test_money_is_assigned_when_a_second_person_agrees_and_pays_through_the_door(
    bank: BankDesk,
) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    proposal = await proposed(bank, id_, f" {reference.lower()} ")
    assert (await bank.desk.payment(reference)).state is State.AWAITING_BANK
    await office(bank).confirm(PETER, id_, proposal)
    await bank.desk.work()
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.received) == (State.COMPLETED, TOTAL)
    assert payment.receipt_sha256
    (success,) = [one for one in await bank.desk.history(reference) if isinstance(one, PaymentCompleted)]
    assert success.source is Source.OFFICE
    assert await bank.waiting() == []


@pytest.mark.covers("I5")
async def test_who_proposed_and_decided_and_why_is_kept_and_sealed(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    await assigned(bank, id_, reference)
    found = await case(bank, id_)
    (kept,) = found.assignments
    assert (kept.payment, kept.note, kept.proposed_by, kept.verdict, kept.decided_by) == (
        reference,
        WHY,
        SALMA.id,
        Verdict.CONFIRMED,
        PETER.id,
    )
    assert (found.names[SALMA.id], found.names[PETER.id]) == ("Salma Othman", "Peter Lyimo")
    assert found.waiting is None
    assert not found.can_be_decided
    rows = await bank.desk.read(lambda tx: tx.execute(select(assignments)).all())
    assert "WhatsApp" not in str(rows)


async def test_a_part_that_is_assigned_waits_for_the_rest(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank, 300_000)
    await assigned(bank, id_, reference)
    assert await bank.waiting() == [(300_000, "TOO_LITTLE", reference)]
    assert (await case(bank, id_)).came == shillings(300_000)
    await bank.comes(credit(152_500, reference))
    assert (await bank.desk.payment(reference)).state is State.COMPLETED


async def test_what_is_too_much_stays_with_its_reason(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank, 500_000)
    await assigned(bank, id_, reference)
    assert await bank.waiting() == [(47_500, "TOO_MUCH", reference)]


async def test_the_rest_of_a_line_can_pay_another_payment(bank: BankDesk) -> None:
    await bank.desk.add_bill(amount=shillings(40_000))
    one, two = await bank.expect(), await bank.expect(bill=RENT, amount=shillings(40_000))
    rest = total_of(shillings(40_000))
    await bank.comes(credit(TOTAL + rest, one))
    (line,) = await bank.lines()
    await assigned(bank, line.id, two)
    assert (await bank.desk.payment(two)).state is State.COMPLETED
    assert await bank.waiting() == []


async def test_money_for_a_payment_that_ran_out_is_a_late_success(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.desk.pass_time(days=8)
    await assigned(bank, await homeless(bank), reference)
    assert any(isinstance(event, LateSuccessReceived) for event in await bank.desk.history(reference))


@pytest.mark.covers("I5")
async def test_money_that_is_to_be_sent_back_waits_until_it_is_and_pays_nothing(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(300_000, reference))
    (line,) = await bank.lines()
    await office(bank).send_back(SALMA, line.id, WHY)
    waiting = (await case(bank, line.id)).waiting
    assert waiting
    assert waiting.payment is None
    await office(bank).confirm(GRACE, line.id, waiting.id)
    assert await bank.waiting() == [(300_000, "SEND_BACK", reference)]
    await bank.comes(credit(152_500, reference))
    assert (await bank.desk.payment(reference)).state is State.AWAITING_BANK
    assert await unchanged(office(bank).send_back(SALMA, line.id, WHY)) == "settled"


async def test_what_was_to_be_sent_back_can_still_be_assigned(quick: BankDesk) -> None:
    reference, id_ = await quick.expect(), await homeless(quick)
    await office(quick).send_back(SALMA, id_, WHY)
    waiting = (await case(quick, id_)).waiting
    assert waiting
    await office(quick).confirm(PETER, id_, waiting.id)
    await assigned(quick, id_, reference)
    assert (await quick.desk.payment(reference)).state is State.COMPLETED


async def other_payment(bank: BankDesk, why: str) -> str:
    match why:
        case "other_way":
            return await bank.desk.start()
        case "paid":
            reference = await bank.expect()
            await bank.comes(credit(TOTAL, reference))
            return reference
        case "in_question":
            reference = await bank.expect()
            wrong = Paid(shillings(1), None, NOW)
            await bank.desk.portal.payments.record_outcome(reference, wrong, Source.STATEMENT)
            return reference
        case "unknown":
            return a_reference(99)
        case _:
            return {"empty": " ", "format": "7K29-QXM4"}[why]


@pytest.mark.parametrize("why", ["empty", "format", "unknown", "other_way", "paid", "in_question"])
async def test_a_payment_that_the_money_cannot_be_for_is_refused(bank: BankDesk, why: str) -> None:
    reference = await other_payment(bank, why)
    id_ = await homeless(bank, 7_000)
    assert await refused(office(bank).assign(SALMA, id_, reference, WHY)) == ("reference", why)
    assert (await case(bank, id_)).assignments == []


async def test_dollars_are_not_for_a_payment_in_shillings(quick: BankDesk) -> None:
    reference, id_ = await quick.expect(), await homeless(quick, Money(18_000, Currency.USD))
    assert await refused(office(quick).assign(SALMA, id_, reference, WHY)) == ("reference", "other_currency")


async def test_money_that_waits_for_the_rest_of_a_payment_is_its_already(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(5, reference))
    (line,) = await quick.lines()
    assert await refused(office(quick).assign(SALMA, line.id, reference, WHY)) == ("reference", "same")


@pytest.mark.parametrize(
    "why, problem", [("", "empty"), ("  \n", "empty"), ("short", "length"), ("x" * 501, "length")]
)
async def test_a_reason_is_written(quick: BankDesk, why: str, problem: str) -> None:
    reference, id_ = await quick.expect(), await homeless(quick)
    assert await refused(office(quick).assign(SALMA, id_, reference, why)) == ("why", problem)
    assert await refused(office(quick).send_back(SALMA, id_, why)) == ("why", problem)


async def test_one_proposal_waits_at_a_time(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    await proposed(bank, id_, reference)
    assert await unchanged(office(bank).assign(PETER, id_, reference, WHY)) == "proposed"
    assert await unchanged(office(bank).send_back(PETER, id_, WHY)) == "proposed"


async def test_nobody_confirms_what_they_proposed_and_only_approvers_confirm(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    proposal = await proposed(bank, id_, reference, by=PETER)
    assert await unchanged(office(bank).confirm(PETER, id_, proposal)) == "own"
    with pytest.raises(NotFound):
        await office(bank).confirm(SALMA, id_, proposal)
    assert (await bank.desk.payment(reference)).state is State.AWAITING_BANK


async def test_only_the_proposal_that_was_shown_is_confirmed(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    first = await proposed(bank, id_, reference)
    await office(bank).turn_down(SALMA, id_, first)
    assert (await case(bank, id_)).assignments[0].verdict is Verdict.TURNED_DOWN
    assert await unchanged(office(bank).confirm(PETER, id_, first)) == "gone"
    await proposed(bank, id_, reference)
    assert await unchanged(office(bank).confirm(PETER, id_, first)) == "gone"
    assert await unchanged(office(bank).turn_down(PETER, id_, first)) == "gone"


async def test_money_that_is_assigned_is_not_assigned_again(bank: BankDesk) -> None:
    await bank.desk.add_bill()
    one, two, id_ = await bank.expect(), await bank.expect(bill=RENT), await homeless(bank)
    await assigned(bank, id_, one)
    assert await unchanged(office(bank).assign(SALMA, id_, two, WHY)) == "settled"


async def test_two_who_confirm_at_once_pay_once(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    proposal = await proposed(bank, id_, reference)
    acts = [office(bank).confirm(person, id_, proposal) for person in (PETER, GRACE)]
    ended = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Unchanged"]
    assert (await bank.desk.payment(reference)).state is State.COMPLETED


async def test_a_payment_that_was_paid_meanwhile_takes_no_more(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    proposal = await proposed(bank, id_, reference)
    await bank.comes(credit(TOTAL, reference))
    assert await unchanged(office(bank).confirm(PETER, id_, proposal)) == "settled"
    assert await bank.waiting() == [(TOTAL.minor, "NO_REFERENCE", None)]


async def test_a_payment_that_came_into_question_meanwhile_takes_none(bank: BankDesk) -> None:
    reference, id_ = await bank.expect(), await homeless(bank)
    proposal = await proposed(bank, id_, reference)
    wrong = Paid(shillings(1), None, NOW)
    await bank.desk.portal.payments.record_outcome(reference, wrong, Source.STATEMENT)
    assert await unchanged(office(bank).confirm(PETER, id_, proposal)) == "settled"


async def test_money_that_was_taken_back_meanwhile_pays_nothing(bank: BankDesk) -> None:
    reference, line = await bank.expect(), credit(TOTAL, "KODI")
    await bank.comes(line)
    (booked,) = await bank.lines()
    proposal = await proposed(bank, booked.id, reference)
    await bank.comes(taken_back(line))
    assert await unchanged(office(bank).confirm(PETER, booked.id, proposal)) == "settled"
    assert (await bank.desk.payment(reference)).state is State.AWAITING_BANK


async def test_nobody_can_give_away_what_a_bank_took_back(bank: BankDesk) -> None:
    reference = await bank.expect()
    id_ = await homeless(bank, is_credit=False, is_reversal=True)
    assert not (await case(bank, id_)).can_be_decided
    assert await unchanged(office(bank).assign(SALMA, id_, reference, WHY)) == "settled"
    assert await unchanged(office(bank).send_back(SALMA, id_, WHY)) == "settled"


@pytest.mark.parametrize("person", [a_person(), a_landlord()], ids=["tenant", "landlord"])
async def test_for_others_than_the_office_there_is_no_suspense(quick: BankDesk, person: Any) -> None:
    id_ = await homeless(quick)
    suspense = office(quick)
    acts: list[Awaitable[Any]] = [
        suspense.queue(person, None),
        suspense.case(person, id_),
        suspense.assign(person, id_, a_reference(1), WHY),
        suspense.send_back(person, id_, WHY),
        suspense.confirm(person, id_, "x"),
        suspense.turn_down(person, id_, "x"),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            await act


async def test_a_line_that_is_not_there_is_not_found(quick: BankDesk) -> None:
    suspense, id_ = office(quick), a_reference(1)
    acts: list[Awaitable[Any]] = [
        suspense.case(SALMA, id_),
        suspense.assign(SALMA, id_, a_reference(2), WHY),
        suspense.turn_down(SALMA, id_, "x"),
        suspense.confirm(PETER, id_, "x"),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            await act


@pytest.mark.covers("I3")
async def test_the_queue_shows_the_oldest_first_with_its_sums_and_pages(bank: BankDesk) -> None:
    for number in range(23):
        bank.desk.clock.advance(seconds=1)
        await homeless(bank, 1_000 + number, f"KODI {number}")
    await bank.comes(credit(Money(5_000, Currency.USD)))
    first = await office(bank).queue(SALMA, None)
    second = await office(bank).queue(SALMA, first.newer)
    assert [row.line.amount.minor for row in first.rows + second.rows[:-1]] == list(range(1_000, 1_023))
    assert first.rows[0].written.text == "KODI 0"
    assert second.newer is None
    tzs, usd = first.sums
    assert await bank.desk.portal.suspense.sums(SALMA) == first.sums
    assert (tzs, usd) == (
        WaitingSum(23, shillings(sum(range(1_000, 1_023)))),
        WaitingSum(1, Money(5_000, Currency.USD)),
    )
    with pytest.raises(BadCursor):
        await office(bank).queue(PETER, first.newer)


async def test_the_queue_marks_what_waits_for_a_second_person(quick: BankDesk) -> None:
    reference, id_ = await quick.expect(), await homeless(quick)
    await homeless(quick, 5)
    await proposed(quick, id_, reference)
    rows = (await office(quick).queue(SALMA, None)).rows
    assert {row.line.id: row.proposed for row in rows} == {id_: True} | {
        row.line.id: False for row in rows if row.line.id != id_
    }


async def test_an_empty_queue_has_no_sums(quick: BankDesk) -> None:
    queue = await office(quick).queue(SALMA, None)
    assert (queue.rows, queue.sums, queue.newer) == ([], [], None)


@pytest.mark.covers("I3")
@pytest.mark.parametrize(
    "text, payer, suggestions",
    [
        ("TIPS CREDIT FROM ASHA MUSHI", None, 1),
        ("KODI", "Mushi, Asha 0150999", 1),
        ("ASHA KODI", None, 0),
        ("MUSHI HARDWARE", "ALI", 0),
        ("ASHANTI MUSHIKWA", None, 0),
    ],
)
async def test_the_exact_total_with_the_payer_s_name_suggests_their_payment(
    bank: BankDesk, text: str, payer: str | None, suggestions: int
) -> None:
    reference = await bank.expect()
    id_ = await homeless(bank, TOTAL, text, payer=payer)
    (row,) = (await office(bank).queue(SALMA, None)).rows
    assert [one.payment.reference for one in [row.suggested] if one] == [reference] * suggestions
    assert (await case(bank, id_)).suggested == row.suggested
    assert (await bank.desk.payment(reference)).state is State.AWAITING_BANK


@pytest.mark.covers("B9")
async def test_the_bank_s_id_that_a_payer_typed_suggests_their_payment_and_pays_nothing(
    bank: BankDesk,
) -> None:
    """The payer forgot the reference, and knows the id of the transfer from the bank's slip."""
    reference = await bank.expect()
    claims = bank.desk.portal.claims
    await claims.claim(a_person(), reference, "ft26062abcde")
    assert (await bank.desk.payment(reference)).claim_found is None
    await homeless(bank, TOTAL, "MOBILE TRANSFER", bank_reference="FT26062ABCDE")
    await bank.desk.pass_time(minutes=10)
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.claim_found) == (State.AWAITING_BANK, CodeFound.KNOWN)
    (row,) = (await office(bank).queue(SALMA, None)).rows
    assert row.suggested
    assert row.suggested.payment.reference == reference
    await assigned(bank, row.line.id, reference)
    assert (await bank.desk.payment(reference)).state is State.COMPLETED


async def test_a_claim_of_a_wallet_is_not_looked_for_on_statements(quick: BankDesk) -> None:
    await homeless(quick, 453_500, bank_reference="FT26062ABCDE")
    reference = await quick.desk.start()
    await quick.desk.portal.claims.claim(a_person(), reference, "FT26062ABCDE")
    assert (await quick.desk.payment(reference)).claim_found is None


async def test_another_total_or_an_old_payment_suggests_nothing(quick: BankDesk) -> None:
    await quick.expect()
    for amount in (TOTAL + shillings(1), shillings(1)):
        await homeless(quick, amount, "ASHA MUSHI")
    await quick.desk.pass_time(days=61)
    await homeless(quick, TOTAL, "ASHA MUSHI")
    assert not [row for row in (await office(quick).queue(SALMA, None)).rows if row.suggested]


async def test_two_payments_that_would_do_suggest_neither(quick: BankDesk) -> None:
    first = await quick.expect()
    await quick.desk.portal.payments.cancel(a_person(), first)
    await quick.expect()
    await homeless(quick, TOTAL, "ASHA MUSHI")
    (row,) = (await office(quick).queue(SALMA, None)).rows
    assert row.suggested is None


async def test_the_payment_that_it_waits_for_is_shown_and_not_suggested(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(TOTAL, reference))
    await quick.desk.add_neighbour()
    other = await quick.expect(bill=NEIGHBOUR_BILL, payer=a_person(id=a_reference(4)))
    await quick.comes(credit(TOTAL, f"{reference} BARAKA NYERERE"))
    (row,) = (await office(quick).queue(SALMA, None)).rows
    assert row.suggested
    assert row.suggested.payment.reference == other
    found = await case(quick, row.line.id)
    assert found.payment
    assert found.payment.reference == reference


async def test_a_payer_hears_of_money_that_was_given_to_their_payment(quick: BankDesk) -> None:
    reference = await quick.expect()
    await assigned(quick, await homeless(quick, 300_000), reference)
    vault = quick.desk.portal.tools.vault
    told = await quick.desk.read(lambda tx: of_person(tx, vault, a_person().id, most=5))
    assert "300,000" in told[0].body


async def test_no_line_means_no_proposal(quick: BankDesk) -> None:
    assert await quick.desk.read(lambda tx: assignment_rows.proposed(tx, [])) == set()
