"""The pages on which the office ends a refund that goes no way by itself, and what its tenant reads meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import Pending, Reason, Unknown
from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAccepted,
    Refunded,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.provider import Capabilities
from portal.providers.refund import HeardOfRefund, SendsBack
from portal.web.refund_desk import QUEUE
from tests.makers import LANDLORD, NOW, OFFICE, TENANT
from tests.web.client import Page, Portal
from tests.web.people import APPROVER
from tests.web.records import put
from tests.web.test_refunds import asked, decided, stored, worked

HOW = "M-Pesa answered by phone that it was sent on Monday."
LOST = Unknown(Reason.AMBIGUOUS, "timeout")
FULL = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    """By a provider that nobody can ask, but for a callback, and that pays out, too."""
    ways = (
        SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_by_callback=True),
        SendsBack(route=RefundRoute.PAYOUT, part=True, again=True, answers_by_callback=True),
    )
    portal.provider.capabilities = Capabilities(sends_back=ways)
    return await put(portal)


async def answered(portal: Portal, answer: object) -> str:
    """A refund to whose request the provider has answered so."""
    refund = await asked(portal)
    portal.provider.will_refund(answer)  # type: ignore[arg-type]
    await decided(portal, refund)
    await worked(portal)
    portal.clock.advance(minutes=1)
    await worked(portal)
    return refund


async def state(portal: Portal, refund: str) -> RefundState:
    return (await stored(portal)).refunds.named(refund).state


async def tenant_reads(portal: Portal, refund: str) -> str:
    return (await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")).words


async def confirmed(portal: Portal, refund: str) -> Page:
    approver = await portal.signed_in(APPROVER)
    return await approver.submit(await approver.open(f"{QUEUE}/{refund}"), "confirm")


async def office_sees(portal: Portal, refund: str, person: str = OFFICE) -> Page:
    return await (await portal.signed_in(person)).open(f"{QUEUE}/{refund}")


@pytest.mark.covers("F4", "D55")
async def test_the_office_says_what_it_found_and_a_second_person_ends_it(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, LOST)
    words = await tenant_reads(portal, refund)
    assert "Our office finds out" in words
    assert "We keep asking" not in words
    office = await portal.signed_in(OFFICE)
    page = await office.open(f"{QUEUE}/{refund}")
    assert "Nobody asks it any more by itself" in page.words
    wrong = await office.submit(page, "went", refund_code="!", note_went=HOW)
    assert (wrong.status, "4 to 40" in wrong.error("refund_code")) == (422, True)
    assert HOW in wrong.words
    short = await office.submit(wrong, "went", refund_code="RC99FOUND1", note_went="no")
    assert "10 to 500" in short.error("note_went")
    proposed = await office.submit(short, "went", refund_code="RC99FOUND1", note_went=HOW)
    for word in ("The money went", "RC99FOUND1", HOW, "This waits for a second person"):
        assert word in proposed.words
    assert await state(portal, refund) is RefundState.UNKNOWN
    assert "Waits for a second person" in (await office.open(QUEUE)).words
    done = await confirmed(portal, refund)
    for word in ("Done", "Daudi Lyimo", "found that it went", "a second person confirmed it"):
        assert word in done.words
    assert await state(portal, refund) is RefundState.SUCCEEDED
    assert "We heard of it on" in await tenant_reads(portal, refund)
    assert "Daudi" not in await tenant_reads(portal, refund)


async def test_what_was_found_wrongly_is_turned_down_and_changes_nothing(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, LOST)
    office = await portal.signed_in(OFFICE)
    page = await office.open(f"{QUEUE}/{refund}")
    proposed = await office.submit(page, "not-gone", note_not=HOW)
    assert "The money did not go" in proposed.words
    again = await office.submit(page, "not-gone", note_not=HOW)
    assert (again.status, "Another finding already waits" in again.words) == (409, True)
    approver = await portal.signed_in(APPROVER)
    dropped = await approver.submit(await approver.open(f"{QUEUE}/{refund}"), "drop")
    assert "turned the finding down" in dropped.words
    other = await approver.submit(await approver.open(f"{QUEUE}/{refund}"), "not-gone", note_not=HOW)
    assert other.status == 200
    stale = await office.submit(proposed, "drop")
    assert (stale.status, "does not wait any more" in stale.words) == (409, True)
    assert await state(portal, refund) is RefundState.UNKNOWN


async def test_it_did_not_go_and_then_waits_to_be_sent_again(portal: Portal, paid: Payment) -> None:
    refund = await answered(portal, LOST)
    office = await portal.signed_in(OFFICE)
    await office.submit(await office.open(f"{QUEUE}/{refund}"), "not-gone", note_not=HOW)
    page = await confirmed(portal, refund)
    assert "was not sent, and a second person confirmed it" in page.words
    assert "Waits for our office" in (await office.open(QUEUE)).words
    assert "What you do about it" in page.words


@pytest.mark.covers("F4", "F9")
async def test_one_that_failed_is_sent_again_by_another_way_and_both_pages_say_so(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, FULL)
    office = await portal.signed_in(OFFICE)
    front = await office.open("/ops")
    assert "1 refund waits." in front.words
    assert "Our office has it on its list" in await tenant_reads(portal, refund)
    page = await office.open(f"{QUEUE}/{refund}")
    assert page.form("decision").fields["route"] == "PAYOUT"
    again = await office.submit(page, "decision", route="BY_HAND")
    assert again.status == 200
    assert "Another one goes instead of it" in again.words
    words = await tenant_reads(portal, refund)
    assert "It is being sent again" in words
    assert "Ask again" not in words
    (_, other) = (await stored(portal)).refunds.every
    assert "is to be sent again" in await tenant_reads(portal, other.reference)
    assert other.by_hand
    stale = await office.submit(page, "decision", route="PAYOUT")
    assert (stale.status, "Nothing was changed" in stale.words) == (409, True)


@pytest.mark.covers("F4", "F9")
async def test_one_that_failed_is_closed_with_a_reason_that_the_tenant_reads(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, FULL)
    office = await portal.signed_in(OFFICE)
    page = await office.submit(await office.open(f"{QUEUE}/{refund}"), "close", note_close="")
    assert "Write why" in page.error("note_close")
    done = await office.submit(page, "close", note_close="You asked us to keep it for the rent.")
    assert done.status == 200
    assert "Nothing waits" in (await office.open(QUEUE)).words
    words = await tenant_reads(portal, refund)
    for word in ("You asked us to keep it for the rent.", "Ask again", "has looked into it and closed it"):
        assert word in words
    juma = await portal.signed_in(LANDLORD)
    assert "You asked us to keep it" in (await juma.open(f"/landlord/refunds/{refund}")).words


@pytest.mark.covers("F4", "I8")
async def test_what_came_back_says_so_to_the_tenant_and_in_the_movements(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, Refunded("RC35T8K2QX", shillings(100_000), NOW - timedelta(days=1)))
    assert "TSh 100,000 was sent on 2 March 2026" in (await tenant_reads(portal, refund)).replace(
        "Mar ", "March "
    )
    heard = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund)
    await portal.parts.refund_news.hear("mpesa", heard)
    page = await office_sees(portal, refund)
    for word in ("says otherwise now", "says that it did not go (full)", "Ask now"):
        assert word in page.words
    assert "checking whether it arrived" in await tenant_reads(portal, refund)
    assert "Two different answers" in (await (await portal.signed_in(OFFICE)).open(QUEUE)).words
    await portal.parts.refund_news.hear(
        "mpesa", HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund, proved=True)
    )
    assert await state(portal, refund) is RefundState.FAILED
    words = await tenant_reads(portal, refund)
    for word in ("Refund not completed", "the money is here again", "Our office makes sure of that first"):
        assert word in words
    asha = await portal.signed_in(TENANT)
    detail = (await asha.open(f"/payments/{paid.reference}")).words
    assert "Here again, after it had gone back" in detail
    assert "had gone back is here again" in detail


async def test_a_word_that_the_books_cannot_follow_says_what_to_stop(portal: Portal, paid: Payment) -> None:
    refund = await answered(portal, FULL)
    await asked(portal, how_much="whole")
    heard = HeardOfRefund(
        cause=Cause.OURS, outcome=Refunded("RC9", shillings(100_000)), reference=refund, proved=True
    )
    await portal.parts.refund_news.hear("mpesa", heard)
    page = await office_sees(portal, refund)
    for word in ("says that it went after all (RC9)", "more would have gone back than came"):
        assert word in page.words
    assert "gave two different answers" in await tenant_reads(portal, refund)
    office = await portal.signed_in(OFFICE)
    unsure = await office.post(f"{QUEUE}/{refund}/again", {"route": "PAYOUT"})
    assert (unsure.status_code, "may have gone all the same" in unsure.text) == (409, True)


@pytest.mark.covers("F4", "F12")
async def test_what_only_a_message_told_to_have_failed_is_looked_for_before_it_is_sent_again(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, RefundAccepted("re_1"))
    heard = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund)
    await portal.parts.refund_news.hear("mpesa", heard)
    office = await portal.signed_in(OFFICE)
    page = await office.open(f"{QUEUE}/{refund}")
    assert "The money may have gone all the same" in page.words
    assert "Send TSh 100,000 again" not in page.words
    tenant = await tenant_reads(portal, refund)
    assert ("Our office makes sure of that first" in tenant, "still here" in tenant) == (True, False)
    empty = await office.submit(page, "not-gone", note_not=" ")
    assert (empty.status, bool(empty.error("note_not"))) == (422, True)
    looked = await office.submit(page, "not-gone", note_not="In their portal, statement of 3 March.")
    assert "In their portal, statement of 3 March." in looked.words
    done = await confirmed(portal, refund)
    assert "was not sent, and a second person confirmed it" in done.words
    again = await office.submit(await office.open(f"{QUEUE}/{refund}"), "decision", route="REVERSAL")
    assert "Another one goes instead of it" in again.words


async def test_what_was_asked_for_anew_leads_to_the_one_that_may_have_gone_before_anybody_sends_it(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, RefundAccepted("re_1"))
    failed = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund)
    await portal.parts.refund_news.hear("mpesa", failed)
    other = await asked(portal, amount="50,000")
    await decided(portal, other)
    page = await (await portal.signed_in(OFFICE)).open(f"{QUEUE}/{other}")
    assert "Another refund of this payment may have gone" in page.words
    text = page.answer.text
    assert (f"{QUEUE}/{refund}" in text, f"{QUEUE}/{other}/take" in text) == (True, False)


async def test_a_finding_that_a_later_message_speaks_against_waits_no_more_and_the_page_says_why(
    portal: Portal, paid: Payment
) -> None:
    refund = await answered(portal, RefundAccepted("re_1"))
    failed = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund)
    await portal.parts.refund_news.hear("mpesa", failed)
    office = await portal.signed_in(OFFICE)
    page = await office.open(f"{QUEUE}/{refund}")
    await office.submit(page, "not-gone", note_not="In their portal, statement of 3 March.")
    approver = await portal.signed_in(APPROVER)
    shown = await approver.open(f"{QUEUE}/{refund}")
    went = HeardOfRefund(cause=Cause.OURS, outcome=Refunded("RC9"), reference=refund)
    await portal.parts.refund_news.hear("mpesa", went)
    late = await approver.submit(shown, "confirm")
    assert (late.status, "does not count any more" in late.words) == (409, True)


async def test_what_is_by_hand_is_laid_back_by_a_page_that_names_who_had_it(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    await decided(portal, refund, OFFICE, QUEUE, by_hand="yes")
    await decided(portal, refund, APPROVER, QUEUE)
    office = await portal.signed_in(OFFICE)
    page = await office.open(f"{QUEUE}/{refund}")
    assert "Ask Daudi Lyimo first" in page.words
    free = await office.submit(page, "lay-back")
    assert "laid it back" in free.words
    stale = await office.submit(page, "lay-back")
    assert stale.status == 409
    own = await office.post(f"{QUEUE}/{refund}/take", {})
    assert own.status_code == 409


async def test_while_the_provider_is_asked_the_tenant_reads_that_it_is(portal: Portal) -> None:
    way = SendsBack(
        route=RefundRoute.REVERSAL, part=True, answers_questions=True, known_by_our_reference=True
    )
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    await put(portal)
    portal.provider.will_trace(Pending())
    refund = await answered(portal, LOST)
    assert "We keep asking" in await tenant_reads(portal, refund)
    assert "It is asked by itself" in (await office_sees(portal, refund)).words


async def test_a_provider_that_only_calls_is_waited_for_and_the_tenant_reads_that(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities(
        sends_back=(SendsBack(route=RefundRoute.REVERSAL, part=True),)
    )
    await put(portal)
    refund = await answered(portal, RefundAccepted("re_1"))
    assert "tells us when it was sent" in await tenant_reads(portal, refund)
