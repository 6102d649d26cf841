"""The office is told of a provider that needs a person, once for however often it is met, and that it works again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from portal.domain.alert import Alert
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Paid,
    Pending,
    Reason,
    Rejected,
    Source,
    StartOutcome,
    Unknown,
)
from portal.domain.payment_state import State
from portal.domain.trouble import Trouble
from portal.providers.provider import Capabilities, Heard
from portal.providers.registry import Registry
from portal.services.alerts import AS_BEFORE, Alerts
from portal.services.payments import Payments
from portal.services.tools import Tools
from portal.store import alerts, provider_calls
from portal.store.alerts import LONGEST_CODE
from portal.store.provider_calls import Calls
from portal.store.writer import Store
from tests.fakes import FakeProvider, TroubledStore
from tests.makers import NOW, FakeClock, a_person
from tests.services.desk import CLOSED, PAID, Desk, a_desk

HTML = Unknown(Reason.AMBIGUOUS, "HTTP 200, not JSON", trouble=Trouble.UNREADABLE)
AWAY = NotSent("ConnectError", Trouble.UNREACHABLE)
NO_KEY = Rejected(Reason.PAYEE_PROBLEM, "INS-989", Trouble.CREDENTIALS_REFUSED)
FULL = NotPaid(Reason.PAYEE_PROBLEM, "8")


class CallsOff(FakeProvider):
    """Takes a request back, or says why it cannot."""

    async def call_off(self, inquiry: object) -> Unknown:
        return HTML


@pytest.fixture
async def believing(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    provider = FakeProvider(capabilities=Capabilities(answers_questions=False))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        yield desk


async def opened(desk: Desk) -> list[Alert]:
    return await desk.read(alerts.open_alerts)


async def kinds(desk: Desk) -> list[Trouble]:
    return [alert.trouble for alert in await opened(desk)]


async def calls(desk: Desk) -> Calls:
    return (await desk.read(provider_calls.of_all))["mpesa"]


def office(desk: Desk) -> Alerts:
    return desk.portal.payments.alerts


async def test_a_push_that_is_answered_in_html_is_told_once_and_counted(each_desk: Desk) -> None:
    desk = each_desk
    await desk.add_bill()
    for number in range(3):
        await office(desk).hear("mpesa", "start", HTML)
        desk.clock.advance(minutes=number)
    (alert,) = await opened(desk)
    assert (alert.provider, alert.trouble, alert.operation) == ("mpesa", Trouble.UNREADABLE, "start")
    assert (alert.code, alert.count) == ("HTTP 200, not JSON", 3)
    assert (alert.first_seen_at, alert.last_seen_at) == (NOW, NOW + timedelta(minutes=1))
    assert (await calls(desk)).failed_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "answer, trouble, state",
    [
        (HTML, Trouble.UNREADABLE, State.UNCERTAIN),
        (AWAY, Trouble.UNREACHABLE, State.SUBMITTING),
        (NO_KEY, Trouble.CREDENTIALS_REFUSED, State.FAILED),
        (
            Unknown(Reason.UNKNOWN_ERROR, "INS-7777", mapped=False),
            Trouble.UNKNOWN_CODE,
            State.UNCERTAIN,
        ),
        (Accepted("request-1", ended=FULL), Trouble.ACCOUNT_REFUSED, State.FAILED),
    ],
)
async def test_whatever_a_push_tells_of_the_provider_is_told_to_the_office(
    desk: Desk, answer: StartOutcome, trouble: Trouble, state: State
) -> None:
    desk.provider.will_answer(answer)
    reference = await desk.start()
    assert (await desk.payment(reference)).state is state
    (alert,) = await opened(desk)
    assert (alert.trouble, alert.operation) == (trouble, "start")
    assert alert.code == getattr(answer, "code", "8")


async def test_whatever_a_question_tells_of_it_too(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(HTML)
    await desk.ask(reference)
    (alert,) = await opened(desk)
    assert (alert.trouble, alert.operation) == (Trouble.UNREADABLE, "check")


async def test_and_whatever_a_request_that_is_taken_back_tells(sqlite_store: Store, clock: FakeClock) -> None:
    async with a_desk(sqlite_store, clock, provider=CallsOff()) as desk:
        reference = await desk.start()
        await desk.portal.payments.cancel(a_person(), reference)
        assert await kinds(desk) == [Trouble.UNREADABLE]


async def test_and_whatever_a_question_about_a_receipt_code_tells(
    sqlite_store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(capabilities=Capabilities(known_by_receipt_code=True))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        reference = await desk.start_and_settle(CLOSED)
        provider.will_know("NLJ7RT61SV", HTML)
        await desk.portal.claims.claim(a_person(), reference, "NLJ7RT61SV")
        (alert,) = await opened(desk)
        assert (alert.trouble, alert.operation) == (Trouble.UNREADABLE, "claim")


async def test_a_provider_whose_settings_are_gone_while_a_payment_is_in_flight_is_told(desk: Desk) -> None:
    reference = await desk.start()
    payments = Payments(desk.portal.tools, Registry([]))
    await payments.ask(reference, Source.WORKER)
    assert await kinds(desk) == [Trouble.SETTINGS_MISSING]


async def test_a_callback_that_nobody_can_read_is_told(desk: Desk) -> None:
    reference = await desk.start()
    await desk.receive(reference, "{}")
    await desk.work()
    (alert,) = await opened(desk)
    assert (alert.trouble, alert.operation) == (Trouble.CALLBACK_UNREADABLE, "callback")
    assert alert.code == "not a callback of the fake"


async def test_a_callback_tells_trouble_and_mends_none(desk: Desk) -> None:
    reference = await desk.start()
    await office(desk).meet("mpesa", "callback", Trouble.UNREADABLE, "x")
    unproved = Unknown(Reason.AMBIGUOUS, "wrong hash", trouble=Trouble.CALLBACK_UNPROVED)
    await desk.receive(reference, desk.provider.callback(Heard("request-1", unproved, "TS")))
    await desk.hear(reference, PAID)
    told = await opened(desk)
    assert [alert.trouble for alert in told] == [Trouble.UNREADABLE, Trouble.CALLBACK_UNPROVED]
    assert told[1].code == "TS"


async def test_a_callback_that_is_all_there_is_tells_of_a_code_that_nobody_knows(believing: Desk) -> None:
    reference = await believing.start()
    unknown = Unknown(Reason.UNKNOWN_ERROR, "no MFSTransactionID", mapped=False)
    await believing.hear(reference, unknown, code="true")
    assert await kinds(believing) == [Trouble.UNKNOWN_CODE]


async def test_a_readable_answer_to_the_same_operation_closes_what_is_over(each_desk: Desk) -> None:
    desk = each_desk
    reference = await desk.start()
    desk.provider.will_say(HTML)
    await desk.ask(reference)
    await office(desk).hear("mpesa", "start", HTML)
    await office(desk).hear("mpesa", "start", AWAY)
    desk.clock.advance(minutes=1)
    # The last that was met in a question was met in a request since.
    desk.provider.will_say(Pending("4999"))
    await desk.ask(reference)
    assert await kinds(desk) == [Trouble.UNREADABLE, Trouble.UNREACHABLE]
    await office(desk).hear("mpesa", "start", Accepted("request-9"))
    assert await opened(desk) == []
    closed = await desk.read(lambda tx: alerts.closed_of(tx, desk.portal.tools.vault, "mpesa"))
    assert [(one.closed_at, one.closed_by, one.note) for one in closed] == [(desk.clock.now, None, None)] * 2


async def test_what_only_a_person_can_end_stays_open(desk: Desk) -> None:
    await office(desk).meet("mpesa", "check", Trouble.UNKNOWN_CODE, "INS-7777")
    await desk.start_and_settle(PAID)
    assert await kinds(desk) == [Trouble.UNKNOWN_CODE]


async def test_that_we_cannot_be_paid_ends_with_money_and_not_with_a_payer_s_no(desk: Desk) -> None:
    await desk.start_and_settle(FULL)
    assert await kinds(desk) == [Trouble.ACCOUNT_REFUSED]
    desk.clock.advance(minutes=1)
    await desk.start_and_settle(CLOSED)
    assert await kinds(desk) == [Trouble.ACCOUNT_REFUSED]
    desk.clock.advance(minutes=1)
    await desk.start_and_settle(PAID)
    assert await kinds(desk) == []


async def test_a_trouble_that_comes_again_after_it_was_over_is_a_new_alert(desk: Desk) -> None:
    for outcome in (HTML, Accepted("request-1"), HTML):
        await office(desk).hear("mpesa", "start", outcome)
        desk.clock.advance(seconds=1)
    (alert,) = await opened(desk)
    assert (alert.count, alert.first_seen_at) == (1, NOW + timedelta(seconds=2))
    assert len(await desk.read(lambda tx: alerts.closed_of(tx, desk.portal.tools.vault, "mpesa"))) == 1


async def test_that_it_works_is_written_every_half_a_minute_and_not_for_every_payer(desk: Desk) -> None:
    await office(desk).hear("mpesa", "check", Pending())
    begun = desk.clock.now
    desk.clock.advance(seconds=AS_BEFORE.total_seconds() - 1)
    await office(desk).hear("mpesa", "check", CLOSED)
    assert (await calls(desk)).worked_at == begun
    await office(desk).hear("mpesa", "start", Accepted("request-1"))
    assert (await calls(desk)).worked_at == desk.clock.now
    desk.clock.advance(seconds=2)
    await office(desk).hear("mpesa", "check", Paid())
    assert (await calls(desk)).worked_at == desk.clock.now


async def test_many_who_meet_the_same_at_once_open_one_alert(each_desk: Desk) -> None:
    desk = each_desk
    await asyncio.gather(*(office(desk).hear("mpesa", "start", AWAY) for _ in range(10)))
    (alert,) = await opened(desk)
    assert alert.count == 10


async def test_each_provider_has_its_own(desk: Desk) -> None:
    await office(desk).hear("mpesa", "start", HTML)
    await office(desk).hear("airtel_money", "start", HTML)
    await office(desk).hear("airtel_money", "start", Accepted("1"))
    assert [alert.provider for alert in await opened(desk)] == ["mpesa"]


async def test_a_code_is_cut_to_what_a_person_reads(desk: Desk) -> None:
    await office(desk).meet("mpesa", "check", Trouble.UNKNOWN_CODE, "x" * 1_000)
    assert [len(alert.code) for alert in await opened(desk)] == [LONGEST_CODE]


async def test_what_cannot_be_written_down_stops_no_payment(sqlite_store: Store, clock: FakeClock) -> None:
    async with a_desk(sqlite_store, clock) as desk:
        troubled = TroubledStore(sqlite_store)
        troubled.away = 1
        with capture_logs() as logs:
            await Alerts(_with(desk, troubled)).hear("mpesa", "start", HTML)
        assert [line["event"] for line in logs] == ["provider_trouble", "alert_not_written"]
        assert await opened(desk) == []


def _with(desk: Desk, store: Store) -> Tools:
    return replace(desk.portal.tools, store=store)
