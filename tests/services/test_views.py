"""What pages show: a tenant sees their own, a landlord what came, the office its list; anything else is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import NotFound
from portal.domain.money import shillings
from portal.domain.outcome import Accepted, Paid, Reason, Source, StartOutcome, Unknown
from portal.domain.payment_state import PaymentStatus
from portal.providers.provider import Capabilities, Instruction
from portal.services.views import Views
from portal.store.cursors import BadCursor
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import BILL, NOW, FakeClock, a_landlord, a_person, a_phone, a_reference
from tests.services.desk import CODE, NEIGHBOUR_BILL, NO_RESPONSE, PAID, RENT, WRONG_PIN, Desk, a_desk

ASHA, JUMA = a_person(), a_landlord()
SILENT = Unknown(Reason.AMBIGUOUS, "ReadTimeout")


@pytest.fixture
def views(desk: Desk) -> Views:
    return desk.portal.views


async def pay_parts(desk: Desk, count: int) -> list[str]:
    """So many payments of a thousand shillings each, two hours apart."""
    references = []
    for number in range(count):
        desk.clock.advance(hours=2)
        paid = Paid(receipt_code=f"PART{number:06d}")
        references.append(await desk.start_and_settle(paid, amount=shillings(1_000)))
    return references


@pytest.mark.covers("page:1", "A21")
async def test_home_shows_what_is_due_what_runs_what_was_paid_and_what_was_told(
    desk: Desk, views: Views
) -> None:
    await desk.add_bill()
    paid = await desk.start_and_settle(PAID)
    running = await desk.start(bill=RENT)
    home = await views.home(ASHA)
    assert [due.bill.reference for due in home.dues] == [RENT]
    assert [payment.reference for payment in home.under_way] == [running]
    assert (home.busy, home.payable) == ({RENT}, [])
    assert home.last_paid
    assert home.last_paid.reference == paid
    assert [message.kind for message in home.messages] == ["paid"]


async def test_home_of_somebody_new_is_empty(desk: Desk, views: Views) -> None:
    neighbour = await desk.add_neighbour()
    home = await views.home(neighbour)
    assert ([due.bill.reference for due in home.dues], home.under_way, home.last_paid) == (
        [NEIGHBOUR_BILL],
        [],
        None,
    )


async def test_a_sign_in_code_is_not_among_the_messages(desk: Desk, views: Views) -> None:
    await desk.portal.sign_in.send_code("0754123456", "203.0.113.7")
    assert (await views.home(ASHA)).messages == []


@pytest.mark.covers("page:7", "page:16", "D6", "B15", "S39")
async def test_a_payment_shows_its_bill_its_masked_phone_its_timeline_and_its_money(
    desk: Desk, views: Views
) -> None:
    reference = await desk.start_and_settle(PAID)
    detail = await views.detail(ASHA, reference)
    assert detail.view == await views.payment(ASHA, reference)
    assert ([bill.reference for bill in detail.view.due.bills], detail.view.phone) == ([BILL], "0754•••456")
    assert [type(event).__name__ for event, _ in detail.view.timeline] == await desk.names(reference)
    assert [at for _, at in detail.view.timeline] == sorted(at for _, at in detail.view.timeline)
    assert [row.kind for row in detail.transactions] == ["gross", "platform", "processing", "provider"]
    assert a_phone().digits not in repr(detail)


@pytest.mark.covers("N1", "D33", "D34")
async def test_a_payment_of_somebody_else_is_not_there(desk: Desk, views: Views) -> None:
    neighbour = await desk.add_neighbour()
    reference = await desk.start()
    for ask in (views.payment, views.newest, views.detail):
        for person, named in ((neighbour, reference), (JUMA, reference), (ASHA, a_reference(96))):
            with pytest.raises(NotFound):
                await ask(person, named)


@pytest.mark.covers("B16")
async def test_the_version_moves_with_every_event_and_only_then(desk: Desk, views: Views) -> None:
    reference = await desk.start()
    first = await views.newest(ASHA, reference)
    await desk.ask(reference)
    assert await views.newest(ASHA, reference) == first
    await desk.hear(reference, PAID)
    version, rest = await views.newest(ASHA, reference)
    assert (version > first[0], rest) == (True, first[1])


async def test_the_newest_tells_the_rest_of_the_bill_that_another_payment_pays(
    desk: Desk, views: Views
) -> None:
    reference = await desk.start_and_settle(NO_RESPONSE)
    before = await views.newest(ASHA, reference)
    await desk.start_and_settle(PAID)
    assert (before[1], (await views.newest(ASHA, reference))[1]) == (shillings(450_000), shillings(0))


@pytest.mark.covers("D1", "D2", "page:15")
async def test_the_history_is_narrowed_by_status_and_by_month_of_east_africa(
    desk: Desk, views: Views, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 3, 31, 20, 59, tzinfo=UTC)
    march = await desk.start_and_settle(WRONG_PIN)
    clock.now = datetime(2026, 3, 31, 21, 0, tzinfo=UTC)
    april = await desk.start_and_settle(PAID)

    async def listed(status: PaymentStatus | None = None, month: tuple[int, int] | None = None) -> list[str]:
        return [row.payment.reference for row in (await views.history(ASHA, status, month, None)).rows]

    assert await listed() == [april, march]
    assert await listed(PaymentStatus.FAILED) == [march]
    assert await listed(month=(2026, 3)) == [march]
    assert await listed(PaymentStatus.COMPLETED, (2026, 4)) == [april]
    assert await listed(PaymentStatus.COMPLETED, (2026, 3)) == []


@pytest.mark.covers("D3", "D32")
async def test_a_long_history_comes_in_pages_each_payment_once(desk: Desk, views: Views) -> None:
    references = await pay_parts(desk, 21)
    first = await views.history(ASHA, None, None, None)
    assert first.older
    second = await views.history(ASHA, None, None, first.older)
    shown = [row.payment.reference for row in (*first.rows, *second.rows)]
    assert shown == list(reversed(references))
    assert (len(first.rows), second.older) == (20, None)


@pytest.mark.covers("D3", "D32")
async def test_a_cursor_opens_only_the_list_it_came_from(desk: Desk, views: Views) -> None:
    neighbour = await desk.add_neighbour()
    await pay_parts(desk, 21)
    cursor = (await views.history(ASHA, None, None, None)).older
    assert cursor
    for ask in (
        views.history(neighbour, None, None, cursor),
        views.history(ASHA, PaymentStatus.COMPLETED, None, cursor),
        views.history(ASHA, None, (2026, 3), cursor),
        views.history(ASHA, None, None, cursor[:-1]),
        views.history(ASHA, None, None, "x"),
        views.received(JUMA, cursor),
        views.received(ASHA, cursor),
    ):
        with pytest.raises(BadCursor):
            await ask


@pytest.mark.covers("N1")
async def test_a_landlord_sees_what_came_and_nothing_else(desk: Desk, views: Views) -> None:
    neighbour = await desk.add_neighbour()
    failed = await desk.start_and_settle(WRONG_PIN)
    paid = await desk.start_and_settle(PAID)
    await desk.start(payer=neighbour, bill=NEIGHBOUR_BILL, phone=a_phone("255655123456"))
    rows = (await views.received(JUMA, None)).rows
    assert [(row.payment.reference, row.place, row.payer_name) for row in rows] == [
        (paid, "A3, Mikocheni", "Asha Mushi")
    ]
    assert failed not in [row.payment.reference for row in rows]
    assert (await views.received(ASHA, None)).rows == []


async def test_what_came_for_a_landlord_has_pages_too(desk: Desk, views: Views) -> None:
    references = await pay_parts(desk, 21)
    first = await views.received(JUMA, None)
    second = await views.received(JUMA, first.older)
    assert [row.payment.reference for row in (*first.rows, *second.rows)] == list(reversed(references))


@pytest.mark.covers("B12")
async def test_after_fifteen_minutes_an_uncertain_payment_stands_before_the_office_oldest_first(
    desk: Desk, views: Views, clock: FakeClock
) -> None:
    await desk.add_bill()
    first = await desk.start()
    await desk.portal.payments.record_outcome(first, SILENT, Source.WORKER)
    clock.now = NOW + timedelta(minutes=14, seconds=59)
    assert await views.for_the_office() == []
    clock.now = NOW + timedelta(minutes=15)
    assert [row.payment.reference for row in await views.for_the_office()] == [first]
    second = await desk.start(bill=RENT)
    await desk.portal.payments.record_outcome(second, SILENT, Source.WORKER)
    clock.advance(minutes=15)
    assert [row.payment.reference for row in await views.for_the_office()] == [first, second]


async def test_what_was_decided_leaves_the_office_s_list(desk: Desk, views: Views, clock: FakeClock) -> None:
    reference = await desk.start()
    await desk.portal.payments.record_outcome(reference, SILENT, Source.WORKER)
    clock.advance(minutes=20)
    await desk.portal.payments.record_outcome(reference, Paid(receipt_code=CODE), Source.WORKER)
    assert await views.for_the_office() == []


async def test_the_office_hears_how_much_work_waits_for_a_person(desk: Desk, views: Views) -> None:
    assert await views.stopped_work() == 0
    desk.renderer.breaks = RuntimeError("no paper")
    await desk.start_and_settle(PAID)
    await desk.pass_time(days=1)
    assert await views.stopped_work() == 1


@pytest.mark.parametrize(
    "capabilities, answer, asked",
    [
        (Capabilities(), Accepted("request-1"), True),
        (Capabilities(), SILENT, False),
        (Capabilities(known_by_our_reference=True), SILENT, True),
        (Capabilities(answers_questions=False), Accepted("request-1"), False),
    ],
)
async def test_a_payment_can_be_asked_about_where_its_provider_knows_it_and_answers(
    store: Store, clock: FakeClock, capabilities: Capabilities, answer: StartOutcome, *, asked: bool
) -> None:
    async with a_desk(store, clock, provider=FakeProvider(capabilities=capabilities)) as desk:
        desk.provider.will_answer(answer)
        view = await desk.portal.views.payment(ASHA, await desk.start())
        assert view.can_be_asked is asked


async def test_a_payment_that_is_being_sent_cannot_be_asked_about_yet(desk: Desk, views: Views) -> None:
    seen = []

    async def look(instruction: Instruction) -> None:
        seen.append((await views.payment(ASHA, instruction.reference)).can_be_asked)

    desk.provider.on_push = look
    await desk.start()
    assert seen == [False]
