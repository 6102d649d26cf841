"""Money that goes back by itself at a desk: who may be believed, what is told to whom, and what the office adds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.domain import refund_events as r
from portal.domain.correction import Finding
from portal.domain.dispute import DisputeVerdict
from portal.domain.errors import NotFound, Refused
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import NotSent, Paid, Pending, Reason, Source, Unknown
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    Refunded,
    RefundOutcome,
    RefundRefusal,
)
from portal.domain.refund_part import Pot
from portal.providers.provider import Capabilities, Heard
from portal.providers.refund import Claim, HeardOfRefund
from portal.services.office import Unchanged
from portal.services.refund_wish import InDispute
from portal.services.reversals import Reversals
from portal.services.settlement import locked
from portal.store import jobs, messages
from portal.store.tables import bills
from portal.store.writer import Store
from portal.templating.gsm7 import septets
from tests.fakes import FakeProvider
from tests.makers import NOW, FakeClock, a_reference
from tests.notices import told_to_lease
from tests.services.desk import CODE, PAID, TOTAL, Desk, a_desk
from tests.services.refunding import (
    ASHA,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    approve,
    asked,
    hire,
    paid,
    sent,
    typed,
)

GONE = Refunded("re_9", TOTAL)
OTHER_FEES = shillings(1_250)
"""What was paid on when the money came, and is lost whenever all of it goes back."""
KEPT = NotRefunded(RefundRefusal.CALLED_OFF, "won")


class Finder(FakeProvider):
    """It can be asked about a refund that it made by itself."""

    def __init__(self) -> None:
        super().__init__(capabilities=Capabilities(sends_back=(REVERSAL,)))
        self.will_find: RefundOutcome = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
        self.found: list[tuple[str, str]] = []

    async def find_refund(self, request_id: str, receipt_code: str) -> RefundOutcome:
        self.found.append((request_id, receipt_code))
        return self.will_find


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=Finder()) as desk:
        await hire(desk)
        yield desk


def finder(desk: Desk) -> Finder:
    assert isinstance(desk.provider, Finder)
    return desk.provider


def by_itself(outcome: RefundOutcome = GONE, **changes: Any) -> HeardOfRefund:
    told = HeardOfRefund(cause=Cause.ELSEWHERE, outcome=outcome, request_id="re_9", at=NOW, proved=True)
    return replace(told, **changes)


def disputed(
    desk: Desk, outcome: RefundOutcome, verdict: DisputeVerdict | None = None, **changes: Any
) -> HeardOfRefund:
    claim = Claim(amount=TOTAL, due_by=desk.clock.now + timedelta(days=7), verdict=verdict)
    told = by_itself(outcome, cause=Cause.DISPUTE, request_id="dp_1", at=desk.clock.now, claim=claim)
    return replace(told, **changes)


async def hears(desk: Desk, payment: str, heard: HeardOfRefund) -> None:
    word = Heard(None, Pending(), "refund.created", refund=heard, for_people=True)
    await desk.receive(payment, desk.provider.callback(word))
    await desk.work()


async def kinds(desk: Desk, person: str) -> list[str]:
    vault = desk.portal.tools.vault
    return [m.kind for m in reversed(await desk.read(lambda tx: messages.of_person(tx, vault, person)))]


async def parked(desk: Desk) -> list[str]:
    return [one.verdict for one in await desk.portal.views.parked()]


@pytest.mark.covers("F11", "D78")
async def test_what_is_proved_is_booked_where_nobody_answers_the_question(desk: Desk) -> None:
    payment = await paid(desk)
    await hears(desk, payment, by_itself())
    after = await desk.payment(payment)
    assert finder(desk).found == [("re_9", CODE)]
    assert (after.status, after.reason) == (PaymentStatus.REFUNDED, Reason.REVERSED)
    assert (await desk.bill()).rest == shillings(450_000)
    assert (await kinds(desk, ASHA.id))[-1] == "reversed"
    assert (await kinds(desk, JUMA.id))[-1] == "unreceived"
    to_payer, to_landlord = sorted(desk.sink.letters, key=lambda letter: letter.phone is None)
    assert "453,500" in to_payer.text
    assert "inadaiwa tena" in to_payer.text
    assert "450,000" in to_landlord.text
    assert all(septets(letter.text) <= 160 for letter in desk.sink.letters)


@pytest.mark.covers("F11")
async def test_of_a_part_nobody_is_told_that_all_is_unpaid(desk: Desk) -> None:
    payment = await paid(desk)
    await hears(desk, payment, by_itself(Refunded("re_9", shillings(60_000))))
    (text,) = (letter.text for letter in desk.sink.letters if letter.phone)
    assert text.startswith("NEST: M-Pesa imerudisha TSh 60,000 ")
    assert "inadaiwa tena" not in text
    assert (await desk.bill()).rest == shillings(60_000)


@pytest.mark.covers("F11")
async def test_the_providers_own_answer_goes_before_what_was_told(desk: Desk) -> None:
    payment = await paid(desk)
    finder(desk).will_find = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "failed")
    await hears(desk, payment, by_itself())
    assert not (await desk.payment(payment)).refunds.every
    finder(desk).will_find = Refunded("re_9", shillings(60_000))
    await hears(desk, payment, by_itself(proved=False))
    (refund,) = (await desk.payment(payment)).refunds
    assert refund.amount == shillings(60_000)
    assert await parked(desk) == []


@pytest.mark.covers("F11")
@pytest.mark.parametrize(
    "heard",
    [
        by_itself(proved=False),
        by_itself(request_id=None),
        by_itself(Refunded("re_9", None)),
        by_itself(Refunded("re_9", shillings(0))),
        by_itself(Refunded("re_9", Money(45_350, Currency.USD))),
        by_itself(Refunded("re_9", shillings(10**15))),
    ],
)
async def test_what_nothing_proves_or_nobody_can_book_is_for_people(desk: Desk, heard: HeardOfRefund) -> None:
    payment = await paid(desk)
    await hears(desk, payment, heard)
    assert not (await desk.payment(payment)).refunds.every
    assert await parked(desk) == ["refund.created"]


async def test_one_that_is_on_its_way_is_waited_for(desk: Desk) -> None:
    payment = await paid(desk)
    await hears(desk, payment, by_itself(Pending("pending")))
    assert not (await desk.payment(payment)).refunds.every
    assert await parked(desk) == []


@pytest.mark.covers("F11")
async def test_one_name_of_the_providers_is_money_of_one_payment(desk: Desk) -> None:
    first = await paid(desk)
    await hears(desk, first, by_itself())
    bill = await desk.add_bill()
    other = await desk.start_and_settle(replace(PAID, receipt_code="UC35OTHER1"), bill=bill.reference)
    await hears(desk, other, by_itself())
    assert not (await desk.payment(other)).refunds.every
    assert await parked(desk) == ["refund.created"]


@pytest.mark.covers("F11")
async def test_news_that_overtakes_the_payment_is_taken_up_when_that_is_paid(desk: Desk) -> None:
    payment = await desk.start()
    await hears(desk, payment, by_itself())
    assert await parked(desk) == ["before it was paid"]
    desk.provider.will_say(PAID)
    await desk.ask(payment)
    await desk.work()
    assert await parked(desk) == []
    assert (await desk.payment(payment)).status is PaymentStatus.REFUNDED
    notices = [notice for notice, _, _ in await desk.read(told_to_lease)]
    assert notices in ([], ["DEPOSIT_PAID", "DEPOSIT_UNPAID"])


async def test_news_of_no_payment_of_ours_is_tried_again_for_thirty_days(desk: Desk) -> None:
    payment = await paid(desk)
    word = Heard(None, Pending(), "refund.created", of_receipt="nobody's", refund=by_itself())
    desk.provider.callback_key = "a-key-that-only-the-tests-know-of"
    await desk.portal.callbacks.receive("mpesa", desk.provider.callback_key, desk.provider.callback(word))
    await desk.work()
    assert await parked(desk) == ["before it was paid"]
    assert "callback" in await desk.job_kinds()
    await desk.pass_time(days=31)
    assert "callback" not in await desk.job_kinds()
    assert not (await desk.payment(payment)).refunds.every


@pytest.mark.covers("F12", "D40")
async def test_a_dispute_without_money_is_told_and_bars_what_would_be_sent(desk: Desk) -> None:
    refund = await asked(desk)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    await hears(desk, payment, disputed(desk, Pending("warning_needs_response")))
    assert (await desk.payment(payment)).reason is Reason.DISPUTED
    assert [await kinds(desk, who.id) for who in (ASHA, JUMA)] == [
        ["paid", "refund_asked", "dispute_opened"],
        ["received", "refund_wanted", "dispute_opened"],
    ]
    with pytest.raises(InDispute):
        await desk.portal.refunds.ask(ASHA, payment, typed(available=None), "another")
    with pytest.raises(InDispute):
        await desk.portal.refund_views.offer(ASHA, payment)
    with pytest.raises(Unchanged, match="unchanged") as unchanged:
        await approve(desk, refund)
    assert unchanged.value.problem == "disputed"
    reads = desk.portal.reads.taken_back
    (one,) = await reads.disputes(SALMA)
    assert (one.dispute.id, one.paid.payer_name, await reads.refunds(SALMA)) == ("dp_1", ASHA.name, [])
    assert await reads.lately() == (1, 0)
    desk.clock.advance(hours=1)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert (await desk.payment(payment)).reason is None
    assert (await kinds(desk, JUMA.id))[-1] == "dispute_over"
    assert (await reads.disputes(SALMA), await reads.refunds(SALMA)) == ([], [])
    await approve(desk, refund)
    assert all(septets(letter.text) <= 160 for letter in desk.sink.letters)


@pytest.mark.covers("F12")
async def test_what_was_agreed_to_before_a_dispute_is_not_sent_any_more(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment
    heard = disputed(desk, Pending("warning_needs_response"))
    portal = desk.portal
    await Reversals(portal.tools, portal.registry, portal.payments.settlement).hear(payment.reference, heard)
    await desk.work()
    after = (await desk.portal.refund_views.case(ASHA, refund)).refund
    assert (after.state, after.refusal) == (RefundState.FAILED, RefundRefusal.DISPUTED)
    assert desk.provider.refunds == []


@pytest.mark.covers("F12")
async def test_what_a_bank_takes_overtakes_what_was_agreed_to_and_both_are_told(desk: Desk) -> None:
    refund = await asked(desk, whole=True)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    await approve(desk, refund, by_hand=True, person=PETER)
    await hears(desk, payment, disputed(desk, Refunded("dp_1", TOTAL)))
    assert (await desk.portal.refund_views.case(ASHA, refund)).refund.state is RefundState.REJECTED
    assert "refund_overtaken" in await kinds(desk, ASHA.id)
    with pytest.raises(Unchanged):
        await desk.portal.refunds.sent_by_hand(SALMA, refund, "FT26062ABCD")
    (row,) = await desk.portal.reads.taken_back.refunds(SALMA)
    assert row.refund.cause is Cause.DISPUTE
    assert await desk.portal.reads.taken_back.lately() == (1, 1)
    desk.clock.advance(hours=1)
    await hears(desk, payment, disputed(desk, Refunded("dp_1", TOTAL), DisputeVerdict.LOST))
    assert (await kinds(desk, ASHA.id))[-1] == "dispute_lost"
    assert (await desk.payment(payment)).reason is Reason.REVERSED
    assert all(septets(letter.text) <= 160 for letter in desk.sink.letters)


@pytest.mark.covers("F11")
async def test_a_request_that_never_left_is_not_sent_again_when_all_went_back_meanwhile(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)
    payment = (await desk.portal.refund_views.case(PETER, refund)).payment
    portal, sending = desk.portal, desk.portal.refund_sending
    begun = r.RefundDispatched(refund=refund)
    await desk.store.write(
        lambda tx: portal.payments.settlement.append(tx, locked(tx, payment.reference), [begun])
    )
    reversals = Reversals(portal.tools, portal.registry, portal.payments.settlement)
    assert await reversals.hear(payment.reference, by_itself())
    assert [one.lost for one in (await desk.payment(payment.reference)).refunds.lost] == [shillings(101_250)]
    never_left = NotSent("ConnectError")
    await desk.store.write(lambda tx: sending.record(tx, refund, never_left, Source.ANSWER))
    await desk.pass_time(hours=3)
    after = await desk.payment(payment.reference)
    assert after.refunds.named(refund).state is RefundState.REJECTED
    assert [one.lost for one in after.refunds.lost] == [OTHER_FEES]
    assert desk.provider.refunds == []
    assert "refund" not in await desk.job_kinds()
    assert "refund_overtaken" in await kinds(desk, ASHA.id)
    assert (await desk.balances())["loss:taken_back"] == OTHER_FEES.minor


@pytest.mark.covers("F11")
async def test_what_is_laid_back_is_not_sent_by_hand_when_all_went_back_meanwhile(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund, SALMA, by_hand=True)
    await desk.portal.refund_desk.take(PETER, refund)
    payment = (await desk.portal.refund_views.case(PETER, refund)).payment.reference
    await hears(desk, payment, by_itself())
    await desk.portal.refund_desk.lay_back(SALMA, refund, PETER.id)
    await desk.work()
    after = await desk.payment(payment)
    assert after.refunds.named(refund).state is RefundState.REJECTED
    assert [one.lost for one in after.refunds.lost] == [OTHER_FEES]
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.take(PETER, refund)
    assert "refund_overtaken" in await kinds(desk, ASHA.id)


@pytest.mark.covers("F12")
async def test_a_dispute_that_was_won_pays_the_bill_again_and_both_hear(desk: Desk) -> None:
    payment = await paid(desk)
    await hears(desk, payment, disputed(desk, Refunded("dp_1", TOTAL)))
    desk.clock.advance(days=3)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert (await desk.payment(payment)).status is PaymentStatus.COMPLETED
    assert (await desk.bill()).rest == shillings(0)
    assert (await kinds(desk, ASHA.id))[-2:] == ["reversed", "returned"]
    assert (await kinds(desk, JUMA.id))[-2:] == ["unreceived", "received_again"]
    notices = [notice for notice, _, _ in await desk.read(told_to_lease)]
    assert notices == ["DEPOSIT_PAID", "DEPOSIT_UNPAID", "DEPOSIT_PAID"]


@pytest.mark.covers("F12", "D19")
async def test_money_that_comes_back_to_a_bill_that_was_paid_meanwhile_waits_for_the_payer(
    desk: Desk,
) -> None:
    payment = await paid(desk)
    await hears(desk, payment, disputed(desk, Refunded("dp_1", TOTAL)))
    await desk.start_and_settle(replace(PAID, receipt_code="UC35OTHER1"))
    desk.clock.advance(days=3)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    after = await desk.payment(payment)
    assert after.excess_waiting == shillings(450_000)
    assert (await desk.bill()).paid == shillings(450_000)
    assert (await kinds(desk, JUMA.id))[-1] == "received"
    assert "bado ni zako" in desk.sink.letters[-1].text


@pytest.mark.covers("F4", "F12")
@pytest.mark.parametrize("stands", [True, False])
async def test_a_refund_of_ours_that_comes_back_is_free_again_where_its_sender_says_so_too(
    desk: Desk, *, stands: bool
) -> None:
    refund = await sent(desk)
    desk.provider.will_trace(Refunded("RC35T8K2QX", shillings(100_000)))
    await desk.pass_time(seconds=10)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    returned = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "declined")
    desk.provider.will_trace(Refunded("RC35T8K2QX", shillings(100_000)) if stands else returned)
    heard = HeardOfRefund(cause=Cause.OURS, outcome=returned, request_id="refund-1", proved=True)
    await hears(desk, payment, heard)
    state = (await desk.portal.refund_views.case(ASHA, refund)).refund.state
    assert state is (RefundState.SUCCEEDED if stands else RefundState.FAILED)
    assert (await desk.bill()).rest == shillings(100_000 if stands else 0)
    if not stands:
        assert (await kinds(desk, ASHA.id))[-1] == "refund_returned"
        await hears(desk, payment, replace(heard, at=desk.clock.now))
        assert (await desk.payment(payment)).status is PaymentStatus.COMPLETED


async def test_a_failure_of_a_refund_that_nobody_knows_changes_nothing(desk: Desk) -> None:
    payment = await paid(desk)
    heard = HeardOfRefund(cause=Cause.OURS, outcome=KEPT, request_id="refund-404", proved=True)
    await hears(desk, payment, heard)
    assert await parked(desk) == ["refund.created"]


async def test_a_text_that_has_passed_is_not_written(desk: Desk) -> None:
    payment = await paid(desk)

    def leave(tx: Any) -> None:
        for number, facts in enumerate(
            [
                {"payment": a_reference(404), "dispute": "dp_1", "verdict": None},
                {"payment": payment, "dispute": "dp_404", "verdict": None},
            ]
        ):
            jobs.enqueue(tx, "tell_dispute", f"{number}", desk.clock.now, **facts)

    await desk.store.write(leave)
    await desk.work()
    assert desk.sink.letters == []


@pytest.mark.covers("F11", "D78")
async def test_two_people_of_the_office_book_what_no_provider_tells(desk: Desk) -> None:
    payment = await paid(desk)
    corrections = desk.portal.corrections
    await corrections.money_went_back(SALMA, payment, "UC36REVERS", "453,500")
    assert not (await desk.payment(payment)).refunds.every
    waiting = (await corrections.case(PETER, payment)).waiting
    assert waiting
    assert waiting.finding is Finding.WENT_BACK
    await corrections.confirm(PETER, payment, waiting.id)
    await desk.work()
    (refund,) = (await desk.payment(payment)).refunds
    assert (refund.code, refund.ended_by, refund.amount) == ("UC36REVERS", PETER.id, TOTAL)
    assert (await desk.bill()).rest == shillings(450_000)
    assert (await kinds(desk, ASHA.id))[-1] == "reversed"
    assert (await corrections.case(PETER, payment)).possible == ()
    case = await desk.portal.refund_views.case(PETER, refund.reference)
    assert case.names[PETER.id] == PETER.name


@pytest.mark.covers("F11")
@pytest.mark.parametrize(
    "code, amount, field, problem",
    [
        ("", "1", "receipt_code", "empty"),
        (CODE.lower(), "1", "receipt_code", "booked"),
        ("UC36FIRST", "1", "receipt_code", "booked"),
        ("UC36REVERS", "353,501", "amount", "range"),
        ("UC36REVERS", "0", "amount", "range"),
    ],
)
async def test_what_cannot_have_gone_back_is_refused(
    desk: Desk, code: str, amount: str, field: str, problem: str
) -> None:
    payment = await paid(desk)
    first = by_itself(Refunded("UC36FIRST", shillings(100_000)), request_id="UC36FIRST")
    await hears(desk, payment, first)
    with pytest.raises(Refused) as refused:
        await desk.portal.corrections.money_went_back(SALMA, payment, code, amount)
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_what_the_provider_told_meanwhile_is_not_booked_again(desk: Desk) -> None:
    payment = await paid(desk)
    corrections = desk.portal.corrections
    await corrections.money_went_back(SALMA, payment, "UC36REVERS", "100,000")
    told = by_itself(Refunded("UC36REVERS", shillings(100_000)), request_id="UC36REVERS")
    await hears(desk, payment, told)
    waiting = (await corrections.case(PETER, payment)).waiting
    assert waiting
    with pytest.raises(Unchanged):
        await corrections.confirm(PETER, payment, waiting.id)
    assert len((await desk.payment(payment)).refunds.every) == 1


async def test_only_the_office_sees_what_was_taken_back(desk: Desk) -> None:
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await desk.portal.reads.taken_back.disputes(person)
        with pytest.raises(NotFound):
            await desk.portal.reads.taken_back.refunds(person)


REVERSED_THERE = Unknown(Reason.CONTRADICTION, "reversed")


@pytest.fixture
async def asking(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    """At a provider that tells of a payer's reversal only whoever asks."""
    provider = FakeProvider(capabilities=Capabilities(sends_back=(REVERSAL,), tells_reversals=True))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        await hire(desk)
        yield desk


@pytest.mark.covers("F12", "D78")
async def test_a_payer_s_own_reversal_is_found_by_asking_again(asking: Desk) -> None:
    payment = await paid(asking)
    await asking.pass_time(minutes=61)
    assert (await asking.payment(payment)).status is PaymentStatus.COMPLETED
    asking.provider.will_say(REVERSED_THERE)
    await asking.pass_time(hours=6)
    after = await asking.payment(payment)
    (refund,) = after.refunds
    assert (after.status, after.reason) == (PaymentStatus.REFUNDED, Reason.REVERSED)
    assert (refund.request_id, refund.amount) == (f"reversed:{CODE}", TOTAL)
    assert (await asking.bill()).rest == shillings(450_000)
    assert (await kinds(asking, ASHA.id))[-1] == "reversed"
    assert "look_back" not in await asking.job_kinds()


@pytest.mark.covers("D78")
async def test_a_payment_that_stands_is_asked_about_four_times_and_then_let_be(asking: Desk) -> None:
    payment = await paid(asking)
    before = len(asking.provider.checks)
    await asking.pass_time(days=5)
    assert len(asking.provider.checks) - before == 4
    assert "look_back" not in await asking.job_kinds()
    assert (await asking.payment(payment)).status is PaymentStatus.COMPLETED


@pytest.mark.covers("D78")
async def test_what_we_sent_back_ourselves_is_not_taken_for_the_payers_doing(asking: Desk) -> None:
    payment = await paid(asking)
    refund = await asking.portal.refunds.ask(ASHA, payment, typed(), "key")
    await approve(asking, refund)
    asking.provider.will_trace(Refunded("RC35T8K2QX", shillings(100_000)))
    await asking.pass_time(minutes=10)
    asking.provider.will_say(REVERSED_THERE)
    await asking.pass_time(hours=7)
    assert len((await asking.payment(payment)).refunds.every) == 1


@pytest.mark.covers("D78")
async def test_what_went_back_while_we_asked_is_booked_once(asking: Desk) -> None:
    payment = await paid(asking)
    job = jobs.Job(1, "look_back", f"look_back:{payment}", {"payment": payment, "look": 0}, NOW, 1)
    reversals = Reversals(asking.portal.tools, asking.portal.registry, asking.portal.payments.settlement)
    asking.provider.will_say(REVERSED_THERE)
    await asyncio.gather(reversals.look_back(job), reversals.look_back(job))
    assert len((await asking.payment(payment)).refunds.every) == 1


@pytest.mark.covers("F12")
async def test_two_disputes_of_one_payment_are_told_apart(desk: Desk) -> None:
    payment = await paid(desk)
    await hears(desk, payment, disputed(desk, Pending("warning_needs_response")))
    second = disputed(desk, Pending("needs_response"), request_id="dp_2")
    await hears(desk, payment, second)
    assert (await kinds(desk, JUMA.id)).count("dispute_opened") == 2
    desk.clock.advance(hours=1)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert [one.id for one in (await desk.payment(payment)).disputes.open] == ["dp_2"]
    assert (await kinds(desk, JUMA.id)).count("dispute_over") == 1


@pytest.mark.covers("F12", "I9")
async def test_what_a_provider_keeps_for_a_dispute_is_a_cost_of_ours_until_it_gives_that_back(
    desk: Desk,
) -> None:
    payment = await paid(desk)
    before = await desk.balances()
    opened = disputed(desk, Pending())
    assert opened.claim
    dollars = Money(1_500, Currency.USD)
    await hears(desk, payment, replace(opened, claim=replace(opened.claim, fee=dollars)))
    costs = desk.portal.books.costs
    (_, _, (cost,)) = await costs.month(SALMA, None)
    assert (cost.provider, cost.disputes, cost.cost) == ("mpesa", 1, dollars)
    after = await desk.balances()
    assert after.pop("cost:mpesa") == 1_500
    assert after == before | {"cash:mpesa": before["cash:mpesa"] - 1_500}
    assert (await desk.portal.reads.explain.payment(ASHA, payment)).left == shillings(453_500)
    desk.clock.advance(days=1)
    won = disputed(desk, KEPT, DisputeVerdict.WON)
    assert won.claim
    nothing = Money(0, Currency.USD)
    await hears(desk, payment, replace(won, claim=replace(won.claim, fee=nothing)))
    (_, _, (cost,)) = await costs.month(SALMA, None)
    assert cost.cost == nothing
    assert (await desk.balances())["cash:mpesa"] == before["cash:mpesa"]


@pytest.mark.covers("F11")
async def test_what_no_bill_needed_goes_back_without_a_word_to_the_landlord(desk: Desk) -> None:
    await desk.start_and_settle()
    desk.sink.letters.clear()
    bill = await desk.add_bill(amount=shillings(100_000))
    twice = [await desk.start(bill=bill.reference, amount=shillings(100_000)) for _ in range(1)]
    desk.provider.will_say(replace(PAID, amount=None, receipt_code="UC35OTHER1"))
    await desk.store.write(
        lambda tx: tx.execute(update(bills).where(bills.c.reference == bill.reference).values(paid=100_000))
    )
    await desk.ask(twice[0])
    payment = await desk.payment(twice[0])
    assert payment.excess == shillings(100_000)
    await hears(desk, payment.reference, by_itself(Refunded("re_9", shillings(100_000))))
    assert "unreceived" not in await kinds(desk, JUMA.id)
    assert (await kinds(desk, ASHA.id))[-1] == "reversed"
    assert "Hakuna bili inayodaiwa tena" in desk.sink.letters[-1].text
    (refund,) = (await desk.payment(payment.reference)).refunds
    assert [part.pot for part in refund.parts] == [Pot.EXCESS]
    await desk.store.write(
        lambda tx: tx.execute(update(bills).where(bills.c.reference == bill.reference).values(paid=0))
    )


@pytest.mark.covers("F11", "I8")
async def test_a_message_about_another_amount_that_was_given_back_needs_nobody_any_more(desk: Desk) -> None:
    payment = await desk.start()
    await desk.portal.payments.record_outcome(payment, Paid(shillings(1_000), CODE), Source.WORKER)
    await hears(desk, payment, by_itself(Refunded("UC99BACK11", shillings(1_000))))
    assert len(await parked(desk)) == 1
    corrections = desk.portal.corrections
    await corrections.money_went_back(SALMA, payment, "UC99BACK11", "1,000")
    found = (await corrections.case(PETER, payment)).waiting
    assert found
    await corrections.confirm(PETER, payment, found.id)
    await desk.work()
    assert (await desk.payment(payment)).given_back
    assert await parked(desk) == []
    await hears(desk, payment, disputed(desk, Refunded("dp_1", TOTAL)))
    assert len(await parked(desk)) == 1
