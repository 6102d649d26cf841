"""The payer gives the operator's receipt code: we ask whoever may know it, and believe only what is proved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from portal.domain.claim import LOOKED_FOR
from portal.domain.errors import NotFound, Refused, TooMany
from portal.domain.events import ClaimMade, LateSuccessReceived, PaymentCompleted, VerificationResult
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.receipt_code import CodeFound
from portal.providers.provider import NOT_BY_CODE, Capabilities
from portal.services.claims import Claims
from portal.store import provider_calls
from portal.store.tables import jobs as job_rows
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import FakeClock, a_person, a_phone, a_reference
from tests.services.desk import CLOSED, NO_RESPONSE, PAID, RENT, TOTAL, Desk, a_desk

ASHA = a_person()
TYPED = "NLJ7RT61SV"
OTHER = "NLK81TQ20B"
LOST = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
KNOWS_CODES = Capabilities(known_by_receipt_code=True)
ASKS_NOBODY = Capabilities(answers_questions=False)


@pytest.fixture
async def asking(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    """At a provider that can be asked by a receipt code."""
    async with a_desk(sqlite_store, clock, provider=FakeProvider(capabilities=KNOWS_CODES)) as desk:
        yield desk


@pytest.fixture
async def each_asking(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakeProvider(capabilities=KNOWS_CODES)) as desk:
        yield desk


class Statement:
    """Lines of a statement that nobody has been given yet, by their codes."""

    def __init__(self) -> None:
        self.lines: dict[str, Paid] = {}

    def serves(self, payment: Payment) -> bool:
        return True

    async def find(self, payment: Payment, code: str) -> Paid | None:
        return self.lines.get(code)


async def unsure(desk: Desk, **order: object) -> str:
    """The answer to the push was lost: nobody knows."""
    desk.provider.will_answer(LOST)
    reference = await desk.start(**order)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    return reference


async def claim(desk: Desk, reference: str, typed: str = TYPED) -> Payment:
    await desk.portal.claims.claim(ASHA, reference, typed)
    return await desk.payment(reference)


async def refused(desk: Desk, reference: str, typed: str = TYPED) -> str:
    with pytest.raises(Refused) as refusal:
        await desk.portal.claims.claim(ASHA, reference, typed)
    assert refusal.value.field == "claim"
    return refusal.value.problem


def proof(reference: str, **facts: object) -> Paid:
    return replace(Paid(TOTAL, TYPED, reference=reference), **facts)  # type: ignore[arg-type]


@pytest.mark.covers("B9")
async def test_a_code_that_the_provider_knows_for_this_payment_settles_it_at_once(each_asking: Desk) -> None:
    desk = each_asking
    reference = await unsure(desk)
    desk.provider.will_know(TYPED, proof(reference))
    paid = await claim(desk, reference, " nlj7 rt61 sv.")
    assert (paid.state, paid.receipt_code, paid.received) == (State.COMPLETED, TYPED, TOTAL)
    (success,) = [event for event in await desk.history(reference) if isinstance(event, PaymentCompleted)]
    assert success.source is Source.CLAIM
    assert (await desk.bill()).rest == shillings(0)
    await desk.pass_time(seconds=2)
    assert desk.sink.letters
    assert "claim" not in await desk.job_kinds()


@pytest.mark.covers("B9")
async def test_a_code_that_nobody_knows_changes_nothing_and_is_kept(each_asking: Desk) -> None:
    desk = each_asking
    reference = await unsure(desk)
    claimed = await claim(desk, reference)
    assert (claimed.state, claimed.claimed_code, claimed.claim_found) == (State.UNCERTAIN, TYPED, None)
    assert await desk.names(reference) == [
        "PaymentInitiated",
        "PushRequested",
        "OutcomeUncertain",
        "ClaimMade",
    ]
    assert desk.provider.codes == [TYPED]


@pytest.mark.covers("B9")
@pytest.mark.parametrize("ended", [CLOSED, NO_RESPONSE])
async def test_a_code_for_what_was_called_off_is_money_that_came_late(asking: Desk, ended: NotPaid) -> None:
    reference = await asking.start_and_settle(ended)
    asking.provider.will_know(TYPED, proof(reference))
    paid = await claim(asking, reference)
    assert (paid.state, paid.late, paid.receipt_code) == (State.COMPLETED, True, TYPED)
    assert LateSuccessReceived in [type(event) for event in await asking.history(reference)]
    await asking.work()
    assert asking.sink.letters


async def test_a_claim_is_a_reason_to_ask_the_usual_question_at_once(desk: Desk) -> None:
    reference = await desk.start_and_settle(CLOSED)
    desk.provider.will_say(PAID)
    paid = await claim(desk, reference)
    assert (paid.state, paid.late, paid.receipt_code) == (State.COMPLETED, True, PAID.receipt_code)


async def test_what_the_payer_typed_never_becomes_the_payment_s_own_code(desk: Desk) -> None:
    """The query proves the payment and tells no code; the typed one may be anybody's."""
    reference = await desk.start_and_settle(CLOSED)
    desk.provider.will_say(Paid())
    paid = await claim(desk, reference)
    assert (paid.state, paid.receipt_code) == (State.COMPLETED, None)
    assert (paid.claimed_code, paid.second_receipt_code) == (None, None)


@pytest.mark.covers("B9", "D12")
async def test_money_under_the_code_that_names_no_payment_proves_nothing_and_is_told_to_the_office(
    each_asking: Desk,
) -> None:
    desk = each_asking
    reference = await unsure(desk)
    desk.provider.will_know(TYPED, Paid(TOTAL, TYPED))
    claimed = await claim(desk, reference)
    assert (claimed.state, claimed.claim_found) == (State.UNCERTAIN, CodeFound.KNOWN)
    await desk.pass_time(hours=2)
    noted = [event for event in await desk.history(reference) if isinstance(event, VerificationResult)]
    assert noted == [VerificationResult(code=TYPED, source=Source.CLAIM, found=CodeFound.KNOWN)]
    listed = await desk.portal.views.for_the_office()
    assert [one.payment.reference for one in listed] == [reference]
    assert await desk.balances() == {}


@pytest.mark.covers("B9", "D12")
async def test_another_amount_under_this_payment_s_name_waits_in_suspense(asking: Desk) -> None:
    reference = await unsure(asking)
    asking.provider.will_know(TYPED, proof(reference, amount=shillings(1_000)))
    claimed = await claim(asking, reference)
    assert (claimed.state, claimed.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert claimed.received == shillings(1_000)
    assert (await asking.bill()).rest == shillings(450_000)


@pytest.mark.covers("B9")
async def test_a_code_that_another_payment_was_settled_with_is_refused_and_flagged(each_asking: Desk) -> None:
    desk = each_asking
    await desk.start_and_settle(Paid(TOTAL, TYPED))
    await desk.add_bill()
    reference = await unsure(desk, bill=RENT)
    desk.provider.will_know(TYPED, proof(reference))
    with capture_logs() as logs:
        assert await refused(desk, reference, TYPED.lower()) == "taken"
    assert "claim_of_another_payments_code" in [line["event"] for line in logs]
    payment = await desk.payment(reference)
    assert (payment.state, payment.claimed_code) == (State.UNCERTAIN, None)
    assert (await desk.history(reference))[-1] == ClaimMade(code=TYPED, foreign=True)
    assert desk.provider.codes == []


@pytest.mark.covers("B9")
async def test_a_code_that_the_provider_gives_to_another_payment_is_refused(asking: Desk) -> None:
    reference = await unsure(asking)
    asking.provider.will_know(TYPED, proof(a_reference(99)))
    assert await refused(asking, reference) == "taken"
    payment = await asking.payment(reference)
    assert (payment.state, payment.claimed_code) == (State.UNCERTAIN, None)
    await asking.pass_time(minutes=1)
    assert "claim" not in await asking.job_kinds()


@pytest.mark.parametrize("said", [CLOSED, Pending("INS-23"), LOST, Unknown(Reason.CONTRADICTION, "reversed")])
async def test_nothing_but_money_is_heard_of_a_code(asking: Desk, said: Outcome) -> None:
    """A no is about that code: it ends no payment."""
    reference = await unsure(asking)
    asking.provider.will_know(TYPED, said)
    claimed = await claim(asking, reference)
    assert (claimed.state, claimed.claim_found) == (State.UNCERTAIN, None)


@pytest.mark.parametrize("said, heard", [(NOT_BY_CODE, False), (Pending("INS-23"), True)])
async def test_whoever_was_not_asked_about_a_code_has_not_answered(
    sqlite_store: Store, clock: FakeClock, said: Outcome, *, heard: bool
) -> None:
    knows_codes_alone = replace(KNOWS_CODES, answers_questions=False)
    provider = FakeProvider(capabilities=knows_codes_alone)
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        reference = await unsure(desk)
        provider.will_know(TYPED, said)
        await claim(desk, reference)
        calls = await desk.store.read(provider_calls.of_all)
        assert (provider.name in calls) is heard


async def test_an_unmapped_answer_about_a_code_is_told_to_the_office(asking: Desk) -> None:
    reference = await unsure(asking)
    asking.provider.will_know(TYPED, Unknown(Reason.UNKNOWN_ERROR, "INS-7777", mapped=False))
    with capture_logs() as logs:
        await claim(asking, reference)
    assert ("outcome_unmapped", "INS-7777") in [(line["event"], line.get("code")) for line in logs]


@pytest.mark.covers("B9")
async def test_the_worker_goes_on_asking_by_the_code_for_a_day(asking: Desk) -> None:
    reference = await asking.start_and_settle(CLOSED)
    await claim(asking, reference)
    await asking.pass_time(hours=23)
    asking.provider.will_know(TYPED, proof(reference))
    await asking.pass_time(hours=1)
    assert (await asking.payment(reference)).state is State.COMPLETED
    await asking.pass_time(hours=1)
    assert "claim" not in await asking.job_kinds()


async def test_after_a_day_the_worker_leaves_the_code_to_the_office(asking: Desk) -> None:
    reference = await asking.start_and_settle(CLOSED)
    await claim(asking, reference)
    await asking.pass_time(hours=25)
    asked = len(asking.provider.codes)
    assert "claim" not in await asking.job_kinds()
    await asking.pass_time(days=2)
    assert len(asking.provider.codes) == asked
    assert [one.payment.reference for one in await asking.portal.views.for_the_office()] == [reference]


async def over(desk: Desk) -> list[str]:
    """What people were told about codes that nobody knew."""
    return [letter.text for letter in desk.sink.letters if TYPED in letter.text or OTHER in letter.text]


@pytest.mark.covers("B9")
async def test_who_gave_a_code_that_nobody_knows_hears_after_a_day_that_the_office_has_it(
    asking: Desk,
) -> None:
    reference = await asking.start_and_settle(CLOSED, language="en")
    await claim(asking, reference)
    await asking.pass_time(hours=23)
    assert await over(asking) == []
    await asking.pass_time(hours=2)
    (text,) = await over(asking)
    assert text == (
        f"NEST: We looked for 24 hours and found no payment with code {TYPED}. "
        "Our office checks it. Was the code wrong? Give it again."
    )


async def test_the_end_of_a_code_is_told_of_the_newest_one_alone(asking: Desk) -> None:
    reference = await asking.start_and_settle(CLOSED)
    await claim(asking, reference)
    await asking.pass_time(hours=10)
    await claim(asking, reference, OTHER)
    await asking.pass_time(hours=15)
    assert await over(asking) == []
    await asking.pass_time(hours=10)
    (text,) = await over(asking)
    assert OTHER in text


async def test_a_code_that_is_known_without_proof_is_not_called_unknown(asking: Desk) -> None:
    reference = await asking.start_and_settle(CLOSED)
    asking.provider.will_know(TYPED, Paid(TOTAL, TYPED))
    await claim(asking, reference)
    await asking.pass_time(hours=25)
    assert "claim" not in await asking.job_kinds()
    assert await over(asking) == []


async def test_each_code_that_was_given_is_looked_for(asking: Desk) -> None:
    """A payer who mistypes once has not taken back what they typed right."""
    reference = await unsure(asking)
    await claim(asking, reference)
    await claim(asking, reference, "UC35OTHER1")
    asking.provider.will_know(TYPED, proof(reference))
    await asking.pass_time(seconds=10)
    assert (await asking.payment(reference)).receipt_code == TYPED
    await asking.pass_time(seconds=30)
    assert "claim" not in await asking.job_kinds()


async def test_the_same_code_again_asks_again_and_is_noted_once(asking: Desk) -> None:
    reference = await unsure(asking)
    await claim(asking, reference)
    await claim(asking, reference)
    assert (await asking.names(reference)).count("ClaimMade") == 1
    assert asking.provider.codes == [TYPED, TYPED]


@pytest.mark.covers("B9")
async def test_where_nobody_can_be_asked_the_claim_waits_for_news_and_the_office(
    sqlite_store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=ASKS_NOBODY)
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        reference = await unsure(desk)
        claimed = await claim(desk, reference)
        assert (claimed.state, claimed.claimed_code) == (State.UNCERTAIN, TYPED)
        assert (provider.checks, provider.codes) == ([], [])
        assert "claim" not in await desk.job_kinds()
        assert [one.payment.reference for one in await desk.portal.views.for_the_office()] == [reference]


@pytest.mark.covers("B9")
async def test_money_of_a_statement_that_is_nobody_s_yet_is_found_by_its_code(each_desk: Desk) -> None:
    desk, statement = each_desk, Statement()
    reference = await unsure(desk)
    claims = Claims(desk.portal.tools, desk.portal.registry, desk.portal.payments, [statement])
    await claims.claim(ASHA, reference, TYPED)
    assert (await desk.payment(reference)).claimed_code == TYPED
    statement.lines[TYPED] = Paid(TOTAL, reference=reference)
    (job,) = await desk.read(
        lambda tx: list(tx.execute(job_rows.select().where(job_rows.c.kind == "claim")).mappings())
    )
    assert job["key"] == f"claim:{reference}:{TYPED}"
    await claims.claim(ASHA, reference, TYPED)
    paid = await desk.payment(reference)
    assert (paid.state, paid.receipt_code) == (State.COMPLETED, TYPED)


async def test_what_a_statement_proves_goes_before_what_a_provider_only_knows(asking: Desk) -> None:
    statement = Statement()
    reference = await unsure(asking)
    asking.provider.will_know(TYPED, Paid(receipt_code=TYPED))
    statement.lines[TYPED] = proof(reference)
    claims = Claims(asking.portal.tools, asking.portal.registry, asking.portal.payments, [statement])
    await claims.claim(ASHA, reference, TYPED)
    assert (await asking.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("B9")
async def test_five_codes_may_be_tried_in_an_hour_and_the_sixth_may_not(each_asking: Desk) -> None:
    desk = each_asking
    reference = await unsure(desk)
    begun = desk.clock.now
    for number in range(5):
        await claim(desk, reference, f"NLJ7RT61S{number}")
        desk.clock.advance(minutes=1)
    before = await desk.history(reference)
    with pytest.raises(TooMany) as told:
        await claim(desk, reference)
    assert told.value.until == begun + timedelta(hours=1)
    assert await desk.history(reference) == before
    desk.clock.now = told.value.until
    assert (await claim(desk, reference)).claimed_code == TYPED


async def test_tries_at_once_are_counted_one_by_one(each_asking: Desk) -> None:
    desk = each_asking
    reference = await unsure(desk)
    tries = [claim(desk, reference, f"NLJ7RT61S{number}") for number in range(8)]
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in told].count(TooMany) == 3


async def test_a_code_of_another_payment_is_a_try_and_a_misprint_is_none(desk: Desk) -> None:
    await desk.start_and_settle(Paid(TOTAL, TYPED))
    await desk.add_bill()
    reference = await unsure(desk, bill=RENT)
    for _ in range(7):
        assert await refused(desk, reference, "NLJ") == "format"
    for _ in range(5):
        assert await refused(desk, reference) == "taken"
    with pytest.raises(TooMany):
        await claim(desk, reference)


@pytest.mark.parametrize(
    "typed, problem",
    [("", "empty"), ("NLJ", "format"), ("1234", "pin"), (a_phone().national, "phone")],
)
async def test_what_is_no_code_is_refused_and_never_kept(desk: Desk, typed: str, problem: str) -> None:
    reference = await unsure(desk)
    before = await desk.history(reference)
    assert await refused(desk, reference, typed) == problem
    assert await desk.history(reference) == before


async def test_somebody_else_s_payment_is_not_there(desk: Desk) -> None:
    reference = await unsure(desk)
    neighbour = await desk.add_neighbour()
    with pytest.raises(NotFound):
        await desk.portal.claims.claim(neighbour, reference, TYPED)


@pytest.mark.parametrize("settled", [PAID, None])
async def test_nothing_is_kept_where_nothing_can_be_claimed(desk: Desk, settled: Outcome | None) -> None:
    reference = await (desk.start_and_settle(settled) if settled else desk.start())
    before = await desk.history(reference)
    await claim(desk, reference)
    assert await desk.history(reference) == before


async def test_a_claim_that_somebody_else_s_news_has_answered_meanwhile_is_over(asking: Desk) -> None:
    reference = await unsure(asking)
    await claim(asking, reference)
    await asking.portal.payments.record_outcome(reference, PAID, Source.CALLBACK)
    asking.provider.will_know(TYPED, Paid(receipt_code=TYPED))
    before = await asking.history(reference)
    await asking.pass_time(minutes=5)
    assert (await asking.history(reference))[: len(before)] == before
    assert "claim" not in await asking.job_kinds()
    assert (await asking.payment(reference)).claim_found is None


def test_a_day_is_what_the_page_promises() -> None:
    assert timedelta(hours=24) == LOOKED_FOR
