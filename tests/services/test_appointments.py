"""By appointment: one request a month for rent that is owed, within every limit, and never one that nobody wanted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.appointment import Appointment
from portal.domain.bill import PaymentType
from portal.domain.errors import NotFound, Refused
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.zone import EAST_AFRICA
from portal.services.saving import Agreed
from portal.store import appointments as rows
from portal.store import jobs, messages, saved_methods
from portal.store.appointments import payment_appointments
from portal.store.tables import jobs as job_rows
from portal.store.tables import payments
from portal.templating.consents import Matter, current_version
from tests.makers import BILL, NEIGHBOUR, NOW, a_person, a_reference
from tests.saved import WORK_PHONE, a_saved_account, a_saved_phone
from tests.services.desk import NO_RESPONSE, PAID, RENT, TOTAL, WRONG_PIN, Desk

ASHA = a_person()
PHONE, ACCOUNT = a_saved_phone(), a_saved_account()
AGREED = Agreed(current_version(Matter.APPOINTMENT), "sw")
AT = datetime(2026, 4, 1, 9, tzinfo=EAST_AFRICA)


async def keep(desk: Desk, *, pushes: bool = True, person: Person = ASHA, **changes: Any) -> None:
    """On the first at nine, from Asha's work phone, which is saved by then."""
    vault = desk.portal.tools.vault
    await desk.store.write(lambda tx: [saved_methods.add(tx, vault, new, NOW) for new in (PHONE, ACCOUNT)])
    wanted: dict[str, Any] = {"method_id": PHONE.id, "day": "1", "hour": "9", "agreed": AGREED}
    await desk.portal.saved.appointments.keep(person, **wanted | changes, pushes=pushes)


async def owes(desk: Desk, **changes: Any) -> None:
    await desk.add_bill(**{"due_on": date(2026, 4, 5), "period": date(2026, 4, 1)} | changes)


async def until(desk: Desk, at: datetime) -> None:
    """Time goes by, and whatever is due on the way is done."""
    await desk.pass_time(seconds=(at - desk.clock.now).total_seconds())


async def told(desk: Desk) -> list[str]:
    vault = desk.portal.tools.vault
    found = await desk.read(lambda tx: messages.of_person(tx, vault, ASHA.id))
    return [message.body for message in found]


@pytest.mark.covers("E10")
async def test_at_the_hour_the_request_comes_to_the_phone_and_the_payer_approves_it(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    await until(desk, AT - timedelta(minutes=1))
    assert desk.provider.pushes == []
    desk.provider.will_say(PAID)
    await until(desk, AT + timedelta(minutes=1))
    (push,) = desk.provider.pushes
    assert (push.phone, push.amount, push.language) == (WORK_PHONE, TOTAL, "sw")
    payment = await desk.payment(push.reference)
    assert (payment.bills, payment.state, payment.payer) == ((RENT,), State.COMPLETED, ASHA.id)
    assert not [text for text in await told(desk) if "inatakiwa" in text]
    (saved, _) = (await desk.portal.saved.methods.overview(ASHA)).methods
    assert saved.last_used_at == AT


@pytest.mark.covers("E10")
async def test_who_wants_a_message_gets_the_way_to_pay_and_no_request(desk: Desk) -> None:
    await keep(desk, pushes=False)
    await owes(desk)
    await until(desk, AT + timedelta(minutes=1))
    assert desk.provider.pushes == []
    (letter,) = desk.sink.letters
    assert letter.phone == "255754123456", "the account's own number, as every message"
    assert letter.text == (
        f"NEST: TSh 450,000 ya kodi Aprili 2026, nyumba A3, inatakiwa. Lipa: https://pay.nest.co.tz/pay?bill={RENT}"
    )
    assert len(letter.text) <= 160
    assert await told(desk) == [letter.text]


@pytest.mark.covers("E10")
async def test_it_comes_each_month_once(desk: Desk) -> None:
    await keep(desk, pushes=False)
    await owes(desk)
    await until(desk, AT + timedelta(days=62))
    assert len(desk.sink.letters) == 3, "on the first of April, May and June"


@pytest.mark.covers("E10")
async def test_where_nothing_is_owed_nothing_comes(desk: Desk) -> None:
    await keep(desk)
    await owes(desk, due_on=date(2026, 4, 12))
    await owes(desk, reference=a_reference(31), type=PaymentType.SERVICE_FEE)
    await until(desk, AT + timedelta(minutes=1))
    assert (desk.provider.pushes, desk.sink.letters) == ([], [])


async def test_of_several_rents_the_one_that_is_due_first_is_asked_for(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    earlier = {"reference": a_reference(31), "due_on": date(2026, 3, 5), "amount": shillings(300_000)}
    await owes(desk, **earlier)
    await until(desk, AT + timedelta(seconds=1))
    (push,) = desk.provider.pushes
    assert (await desk.payment(push.reference)).bills == (a_reference(31),)


@pytest.mark.parametrize("bills", [[RENT], [BILL, RENT]])
async def test_rent_that_is_being_paid_is_not_asked_for_again(desk: Desk, bills: list[str]) -> None:
    """Alone, or together with something else."""
    await keep(desk)
    await owes(desk)
    await until(desk, AT - timedelta(minutes=1))
    await desk.start(amounts=dict.fromkeys(bills, shillings(450_000)))
    await until(desk, AT + timedelta(seconds=1))
    assert len(desk.provider.pushes) == 1
    assert await told(desk) == []


@pytest.mark.covers("E10")
async def test_a_request_that_nobody_answers_is_not_sent_twice(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    desk.provider.will_say(NO_RESPONSE)
    await until(desk, AT + timedelta(days=2))
    assert len(desk.provider.pushes) == 1
    assert [text for text in await told(desk) if "haijalipwa" in text], "its end is told as any other's"
    assert not [text for text in await told(desk) if "inatakiwa" in text]


@pytest.mark.covers("E10")
async def test_the_job_run_twice_asks_once(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    desk.provider.will_say(WRONG_PIN)
    await until(desk, AT + timedelta(minutes=1))
    again = {"person": ASHA.id, "at": AT.isoformat()}
    await desk.store.write(lambda tx: jobs.enqueue(tx, "meet", "once more", desk.clock.now, **again))
    await desk.work()
    assert len(desk.provider.pushes) == 1
    assert not [text for text in await told(desk) if "inatakiwa" in text]


@pytest.mark.covers("E10")
async def test_a_worker_that_comes_hours_late_only_tells(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    desk.clock.now = AT + timedelta(hours=1, seconds=1)
    await desk.work()
    assert desk.provider.pushes == []
    assert len(desk.sink.letters) == 1


@pytest.mark.covers("E10", "L6")
async def test_a_phone_that_was_asked_too_often_is_told_instead(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    await until(desk, AT - timedelta(minutes=2))
    for _ in range(3):
        await desk.start_and_settle(WRONG_PIN, phone=WORK_PHONE)
    await until(desk, AT + timedelta(seconds=30))
    assert len(desk.provider.pushes) == 3
    assert len([text for text in await told(desk) if "inatakiwa" in text]) == 1


@pytest.mark.covers("E10")
@pytest.mark.parametrize("amount", [4_000_000, 200], ids=["above the limit", "below the limit"])
async def test_what_one_request_cannot_carry_is_told_instead(desk: Desk, amount: int) -> None:
    await keep(desk)
    await owes(desk, amount=shillings(amount))
    await until(desk, AT + timedelta(minutes=1))
    assert desk.provider.pushes == []
    assert len(await told(desk)) == 1


async def test_a_network_that_is_off_is_told_instead(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    moved = PaymentMethod.AIRTEL_MONEY
    await desk.store.write(lambda tx: saved_methods.change_network(tx, ASHA.id, PHONE.id, moved))
    await until(desk, AT + timedelta(minutes=1))
    assert desk.provider.pushes == []
    assert len(await told(desk)) == 1


@pytest.mark.covers("E3", "E10")
async def test_a_deleted_phone_is_not_asked_and_has_no_appointment(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    await desk.portal.saved.methods.delete(ASHA, PHONE.id)
    assert (await desk.portal.saved.methods.overview(ASHA)).appointment is None
    await until(desk, AT + timedelta(minutes=1))
    assert (desk.provider.pushes, await told(desk)) == ([], [])
    assert "appointment" not in await desk.job_kinds()


async def test_a_phone_that_is_deleted_while_its_job_waits_is_not_asked(desk: Desk) -> None:
    await keep(desk)
    await owes(desk)
    vault, mine = desk.portal.tools.vault, PHONE.id
    await desk.store.write(lambda tx: saved_methods.delete(tx, ASHA.id, mine, NOW))
    assert await desk.read(lambda tx: saved_methods.held(tx, vault, mine)) is None
    await until(desk, AT + timedelta(minutes=1))
    assert desk.provider.pushes == []
    assert len(await told(desk)) == 1


async def test_an_appointment_that_is_switched_off_while_its_job_waits_is_not_met(desk: Desk) -> None:
    await keep(desk, pushes=False)
    await owes(desk)
    again = {"person": ASHA.id, "at": AT.isoformat()}
    desk.clock.now = AT
    await desk.store.write(lambda tx: jobs.enqueue(tx, "meet", "waiting", AT + timedelta(minutes=1), **again))
    await desk.portal.saved.appointments.remove(ASHA, PHONE.id)
    await until(desk, AT + timedelta(minutes=5))
    assert (desk.provider.pushes, await told(desk)) == ([], [])


@pytest.mark.covers("E10")
async def test_it_can_be_changed_and_switched_off(desk: Desk) -> None:
    await keep(desk)
    await keep(desk, pushes=False, day="15", hour="18")
    appointment = (await desk.portal.saved.methods.overview(ASHA)).appointment
    assert appointment == Appointment(person=ASHA.id, method=PHONE.id, day=15, hour=18, pushes=False)
    question = select(job_rows.c.run_after).where(job_rows.c.kind == "appointment")
    assert await desk.read(lambda tx: tx.execute(question).scalars().all()) == [
        datetime(2026, 3, 15, 18, tzinfo=EAST_AFRICA)
    ]
    await desk.portal.saved.appointments.remove(ASHA, PHONE.id)
    with pytest.raises(NotFound):
        await desk.portal.saved.appointments.remove(ASHA, PHONE.id)
    assert (await desk.portal.saved.methods.overview(ASHA)).appointment is None


@pytest.mark.covers("E11")
async def test_what_was_agreed_to_is_kept_word_for_word(desk: Desk) -> None:
    await keep(desk)
    row = await desk.read(lambda tx: tx.execute(select(payment_appointments)).one())
    assert (row.consent_version, row.consented_at) == ("appointment-1", NOW)
    assert "namba yako ya siri" in row.consent_text


@pytest.mark.parametrize(
    "changed, field",
    [({"day": "29"}, "day"), ({"hour": "3"}, "hour"), ({"agreed": Agreed("phone-1", "en")}, "consent")],
    ids=str,
)
async def test_what_will_not_do_names_its_field(desk: Desk, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        await keep(desk, **changed)
    assert caught.value.field == field


@pytest.mark.covers("N1", "E5")
async def test_only_ones_own_saved_phone_can_be_asked_by_appointment(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    for person, method_id in ((neighbour, PHONE.id), (ASHA, ACCOUNT.id), (ASHA, a_reference(404))):
        with pytest.raises(NotFound):
            await keep(desk, person=person, method_id=method_id)
    assert await desk.read(lambda tx: rows.of_person(tx, NEIGHBOUR)) is None
    with pytest.raises(NotFound):
        await desk.portal.saved.appointments.remove(neighbour, PHONE.id)


async def test_the_whole_road_holds_on_both_databases(each_desk: Desk) -> None:
    await keep(each_desk)
    await owes(each_desk)
    await until(each_desk, AT + timedelta(seconds=1))
    assert len(each_desk.provider.pushes) == 1
    assert await each_desk.count(payments, payment_appointments) == [1, 1]
