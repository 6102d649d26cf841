"""Telling people: once per event and person, in their language, in one text message, and never at a payment's cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.domain.bill import PaymentType
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, NotSent, Outcome, Paid, Reason, Source, Unknown
from portal.domain.payment_state import State
from portal.sinks.sink import NotDelivered
from portal.store import jobs, messages
from portal.store.tables import jobs as job_rows
from portal.store.tables import messages as message_rows
from portal.store.tables import people
from portal.store.types import Tx
from portal.store.writer import Store
from portal.templating.gsm7 import in_alphabet, septets
from tests.makers import LANDLORD, NOW, TENANT, FakeClock, a_lease, a_person, a_reference, put_payment
from tests.services.desk import CLOSED, CODE, NO_RESPONSE, PAID, RENT, STRANGE_PHONE, WRONG_PIN, Desk, a_desk

VERIFY = "pay.nest.co.tz/v"
SILENT = Unknown(Reason.AMBIGUOUS, "ReadTimeout")


async def texts(desk: Desk) -> list[tuple[str | None, str]]:
    """(phone or address, text) of all that was handed over, in order."""
    return [(letter.phone or letter.email, letter.text) for letter in desk.sink.letters]


async def kinds(desk: Desk, person: str) -> list[str]:
    vault = desk.portal.tools.vault
    return [m.kind for m in reversed(await desk.read(lambda tx: messages.of_person(tx, vault, person)))]


@pytest.mark.covers("M2")
async def test_payer_and_landlord_hear_of_money_once_each(desk: Desk) -> None:
    payment = await desk.payment(await desk.start_and_settle(PAID))
    assert payment.receipt_check
    shown = "-".join(payment.receipt_check[at : at + 4] for at in (0, 4, 8))
    assert sorted(await texts(desk)) == [
        (
            "255754123456",
            f"NEST: Umelipa TSh 453,500 amana, nyumba A3. Risiti 26-000001, msimbo {shown}. Hakiki: {VERIFY}",
        ),
        (
            "juma@example.com",
            f"NEST: Umepokea TSh 450,000 ya A3, amana. Risiti 26-000001, msimbo {shown}. Hakiki: {VERIFY}",
        ),
    ]


@pytest.mark.covers("M2")
async def test_the_payer_is_written_to_in_the_language_of_the_page(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN, language="en")
    assert await texts(desk) == [
        (
            "255754123456",
            "NEST: TSh 453,500 was not paid: wrong PIN. No money was taken. Try again in the portal.",
        )
    ]


@pytest.mark.covers("B14")
@pytest.mark.parametrize(
    "reason, words",
    [
        (Reason.INSUFFICIENT_FUNDS, "salio halitoshi"),
        (Reason.WRONG_PIN, "namba ya siri si sahihi"),
        (Reason.PIN_LOCKED, "namba ya siri imefungwa"),
        (Reason.LIMIT_DAILY, "kiasi kimezidi kikomo chako"),
    ],
)
async def test_a_text_says_why_nothing_was_paid(desk: Desk, reason: Reason, words: str) -> None:
    await desk.start_and_settle(NotPaid(reason, "?"))
    ((_, text),) = await texts(desk)
    assert words in text
    assert "Hakuna pesa iliyokatwa" in text


@pytest.mark.covers("B18")
async def test_while_it_is_uncertain_the_payer_is_told_not_to_pay_again(desk: Desk) -> None:
    await desk.start()
    desk.provider.will_say(SILENT)
    await desk.pass_time(minutes=5)
    assert await texts(desk) == [
        ("255754123456", "NEST: Tunahakiki malipo yako ya TSh 453,500. Usilipe tena. Tutakutumia SMS.")
    ]


async def test_an_expired_payment_tells_that_nobody_answered(desk: Desk) -> None:
    await desk.start()
    await desk.pass_time(seconds=299)
    desk.provider.will_say(NO_RESPONSE)
    await desk.pass_time(seconds=1)
    ((_, text),) = await texts(desk)
    assert "hakuna jibu" in text


async def test_a_cancelled_payment_needs_no_message(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.portal.payments.cancel(a_person(), reference)
    await desk.work()
    assert await texts(desk) == []


@pytest.mark.covers("B18")
@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "NEST: Your payment of TSh 453,500 is cancelled. No money was taken."),
        ("sw", "NEST: Malipo yako ya TSh 453,500 yameghairiwa. Hakuna pesa iliyokatwa."),
    ],
)
async def test_who_was_told_that_we_are_checking_is_told_that_it_was_cancelled(
    desk: Desk, language: str, words: str
) -> None:
    reference = await desk.start(language=language)
    await desk.portal.payments.cancel(a_person(), reference)
    desk.provider.will_say(SILENT)
    await desk.pass_time(minutes=5)
    desk.provider.will_say(CLOSED)
    await desk.pass_time(minutes=10)
    assert (await desk.payment(reference)).state is State.CANCELLED
    assert await kinds(desk, TENANT) == ["uncertain", "cancelled"]
    assert (await texts(desk))[-1] == ("255754123456", words)


@pytest.mark.covers("B18")
@pytest.mark.parametrize("ending", [WRONG_PIN, NO_RESPONSE])
async def test_who_was_told_that_we_are_checking_is_told_that_it_is_not_paid(
    desk: Desk, ending: NotPaid
) -> None:
    await desk.start()
    desk.provider.will_say(SILENT)
    await desk.pass_time(minutes=5)
    desk.provider.will_say(ending)
    await desk.pass_time(minutes=10)
    assert await kinds(desk, TENANT) == ["uncertain", "not_paid"]


@pytest.mark.covers("B11")
async def test_money_that_came_late_is_told_too(desk: Desk) -> None:
    reference = await desk.start_and_settle(NO_RESPONSE)
    await desk.portal.payments.record_outcome(reference, PAID, Source.WORKER)
    await desk.work()
    assert await kinds(desk, TENANT) == ["not_paid", "paid"]
    assert await kinds(desk, LANDLORD) == ["received"]


async def paid_after_all(desk: Desk, *, first: int, second: int) -> None:
    """A prompt that was not answered, another one that was, and then the first one too."""
    late = await desk.start_and_settle(NO_RESPONSE, amount=shillings(first))
    settled = await desk.start(amount=shillings(second))
    await desk.portal.payments.record_outcome(settled, Paid(receipt_code=CODE), Source.CALLBACK)
    await desk.work()
    desk.sink.letters.clear()
    await desk.portal.payments.record_outcome(late, Paid(receipt_code="LATE123456"), Source.WORKER)
    await desk.work()


@pytest.mark.covers("B11", "D78")
async def test_who_paid_twice_is_told_so_and_the_landlord_is_not_told_of_money_that_is_not_theirs(
    desk: Desk,
) -> None:
    await paid_after_all(desk, first=450_000, second=450_000)
    ((to, text),) = await texts(desk)
    assert to == "255754123456"
    assert text.startswith(
        "NEST: Umelipa mara mbili amana, nyumba A3: TSh 453,500 imekuja tena. Risiti 26-000002"
    )


@pytest.mark.covers("B11", "D78")
async def test_of_a_payment_that_was_too_much_the_landlord_hears_what_reached_them(desk: Desk) -> None:
    await paid_after_all(desk, first=300_000, second=400_000)
    heard = dict(await texts(desk))
    assert "Umelipa TSh 302,750 amana, nyumba A3: TSh 250,000 imezidi." in heard["255754123456"]
    assert "Umepokea TSh 50,000 ya A3" in heard["juma@example.com"]


@pytest.mark.covers("M2")
@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("first, second", [(2_900_000, 2_900_000), (2_900_000, 1_111_000)])
async def test_what_is_said_of_money_that_is_too_much_fits_into_one_message(
    sqlite_store: Store, clock: FakeClock, language: str, first: int, second: int
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(unit=LONGEST_UNIT)) as desk:
        await desk.add_bill(
            amount=shillings(2_900_000), type=PaymentType.SECURITY_DEPOSIT, period=NOW.date().replace(month=9)
        )
        rest = {"bill": RENT, "language": language}
        late = await desk.start_and_settle(NO_RESPONSE, amount=shillings(first), **rest)
        settled = await desk.start(amount=shillings(second), **rest)
        await desk.portal.payments.record_outcome(settled, Paid(receipt_code=CODE), Source.CALLBACK)
        await desk.portal.payments.record_outcome(late, Paid(receipt_code="LATE123456"), Source.WORKER)
        await desk.work()
        sent = [text for _, text in await texts(desk)]
    assert any("26-000002" in text for text in sent)
    for text in sent:
        assert septets(text) <= 160, text
        assert in_alphabet(text) == text


async def test_what_has_passed_already_is_not_told(desk: Desk) -> None:
    """Uncertain for a moment, then paid, before the worker came to telling."""
    reference = await desk.start()
    desk.clock.advance(minutes=5)
    await desk.portal.payments.record_outcome(reference, SILENT, Source.WORKER)
    await desk.portal.payments.record_outcome(reference, PAID, Source.WORKER)
    await desk.work()
    assert await kinds(desk, TENANT) == ["paid"]


@pytest.mark.covers("D75", "D06")
async def test_a_sink_that_refuses_never_changes_the_payment(desk: Desk) -> None:
    desk.sink.refuses = NotDelivered("the gateway is away")
    reference = await desk.start_and_settle(PAID)
    await desk.pass_time(minutes=1)
    assert (await desk.payment(reference)).state is State.COMPLETED
    desk.sink.refuses = None
    await desk.pass_time(minutes=10)
    assert len(await texts(desk)) == 2
    vault = desk.portal.tools.vault
    sent = [m.sent_at for m in await desk.read(lambda tx: messages.of_person(tx, vault, TENANT))]
    assert all(at is not None and at > NOW + timedelta(minutes=1) for at in sent)


async def test_telling_twice_writes_once(desk: Desk) -> None:
    """A worker that dies after writing leaves its job to another, which finds the message written."""
    reference = await desk.start_and_settle(PAID)
    payment = await desk.payment(reference)
    version = (await desk.names(reference)).index("ReceiptAllocated") + 1

    def tell_again(tx: Tx) -> None:
        facts: dict[str, Any] = {"payment": reference, "state": payment.state}
        jobs.enqueue(tx, "tell", f"{reference}:{version}", desk.clock.now, **facts)

    await desk.store.write(tell_again)
    await desk.work()
    assert len(await texts(desk)) == 2
    assert await desk.count(message_rows, job_rows) == [2, 0]


async def test_a_payment_whose_people_are_gone_tells_nobody(desk: Desk) -> None:
    await put_payment(desk.store, State.FAILED, payer=a_reference(98))
    reference = a_reference(8)

    def tell(tx: Tx) -> None:
        jobs.enqueue(tx, "tell", "a test", desk.clock.now, payment=reference, state="FAILED")
        jobs.enqueue(tx, "tell", "another", desk.clock.now, payment=a_reference(97), state="FAILED")
        jobs.enqueue(tx, "lease", "a test", desk.clock.now, payment=a_reference(97), notice="DEPOSIT_PAID")

    await desk.store.write(tell)
    await desk.work()
    assert await texts(desk) == []
    assert await desk.job_kinds() == []


LONGEST_UNIT = "Ghorofa ya kumi na tatu, mlango wa 42-BC"
STRANGEST_UNIT = "Nyûmba [名前] {№ 3} – ‘A’ €"  # noqa: RUF001  (what somebody may write into a unit's name)
ENDINGS: list[Outcome] = [Paid(receipt_code=CODE), SILENT, *(NotPaid(reason, "?") for reason in Reason)]


@pytest.mark.covers("M2")
@pytest.mark.parametrize("unit", [LONGEST_UNIT, STRANGEST_UNIT, "A3"])
@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("kind", [PaymentType.SECURITY_DEPOSIT, PaymentType.SERVICE_FEE])
async def test_no_text_is_longer_than_one_message_of_the_gsm_alphabet(
    sqlite_store: Store, clock: FakeClock, unit: str, language: str, kind: PaymentType
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(unit=unit)) as desk:
        await desk.store.write(lambda tx: tx.execute(update(people).values(language=language)))
        period = NOW.date().replace(month=9, day=1)
        await desk.add_bill(amount=shillings(2_900_000), type=kind, period=period)
        for number, outcome in enumerate(ENDINGS):
            key = {"phone": STRANGE_PHONE, "agreed": True, "language": language, "bill": RENT}
            reference = await desk.start(amount=shillings(2_900_000 // len(ENDINGS)), **key)
            clock.advance(minutes=5)
            await desk.portal.payments.record_outcome(reference, outcome, Source.WORKER)
            await desk.work()
            if outcome is SILENT:
                await desk.portal.payments.record_outcome(reference, WRONG_PIN, Source.WORKER)
            clock.advance(hours=2, minutes=number)
        sent = [text for _, text in await texts(desk)]
    assert len(sent) >= len(ENDINGS)
    for text in sent:
        assert septets(text) <= 160, text
        assert in_alphabet(text) == text


async def test_a_text_that_fits_keeps_its_whole_unit(sqlite_store: Store, clock: FakeClock) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(unit="Ghorofa ya 3")) as desk:
        await desk.start_and_settle(PAID)
        assert all("Ghorofa ya 3" in text for _, text in await texts(desk))


async def test_a_push_that_was_refused_is_told_as_not_paid(desk: Desk) -> None:
    desk.provider.will_answer(*[NotSent("ConnectError")] * 4)
    await desk.start()
    await desk.pass_time(minutes=1)
    assert await kinds(desk, TENANT) == ["not_paid"]
