"""The office sees which providers work, closes alerts with a word, and switches a provider off for all payers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Accepted, Pending, Reason, Unknown
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.trouble import Trouble
from portal.services.provider_desk import ProviderDesk, Watched
from portal.store import alerts, people
from portal.store.transients import provider_alerts
from tests.makers import a_clerk, a_landlord, a_person, an_approver
from tests.services.desk import PAID, RENT, Desk

SALMA = a_clerk()
PETER = an_approver(language="sw")
HTML = Unknown(Reason.AMBIGUOUS, "HTTP 200, not JSON", trouble=Trouble.UNREADABLE)
DONE = "Vodacom put the code into its list"
NOTES = {"en": "M-Pesa is down until noon", "sw": "M-Pesa haifanyi kazi hadi mchana"}
STATES = [
    ("", "empty"),
    (" \n ", "empty"),
    ("too short", "length"),
    ("n" * 201, "length"),
]


def office(desk: Desk) -> ProviderDesk:
    return desk.portal.providers


async def hire(desk: Desk) -> None:
    def work(tx: Any) -> None:
        for number, person in enumerate((SALMA, PETER)):
            people.add(tx, desk.portal.tools.vault, person, email=f"office{number}@example.com")

    await desk.store.write(work)


async def mpesa(desk: Desk) -> Watched:
    (watched,) = await office(desk).providers(SALMA)
    return watched


async def met(desk: Desk, trouble: Trouble = Trouble.UNKNOWN_CODE) -> str:
    """The id of an alert that is open."""
    await desk.portal.payments.alerts.meet("mpesa", "check", trouble, "INS-7777")
    return str((await mpesa(desk)).alerts[-1].id)


async def off(desk: Desk, **notes: str) -> None:
    said = NOTES | notes
    await office(desk).switch_off(SALMA, "mpesa", said["en"], said["sw"])


async def test_a_note_to_payers_keeps_nothing_that_would_turn_its_line_round(desk: Desk) -> None:
    await hire(desk)
    await off(desk, en="Mixx works again\u202e\n at six")
    watched = await mpesa(desk)
    assert watched.off
    assert watched.off.notes["en"] == "Mixx works again at six"


async def test_a_provider_that_was_never_called_stands_there_with_its_methods(desk: Desk) -> None:
    watched = await mpesa(desk)
    assert (watched.name, watched.methods) == ("mpesa", (PaymentMethod.MPESA,))
    assert (watched.calls.worked_at, watched.calls.failed_at) == (None, None)
    assert (watched.alerts, watched.off, watched.felt) == ([], None, False)


async def test_when_it_last_worked_and_last_failed_stands_there(each_desk: Desk) -> None:
    desk = each_desk
    await desk.start()
    began = desk.clock.now
    desk.clock.advance(minutes=1)
    await desk.portal.payments.alerts.hear("mpesa", "check", HTML)
    watched = await mpesa(desk)
    assert (watched.calls.worked_at, watched.calls.failed_at) == (began, began + timedelta(minutes=1))
    assert [alert.trouble for alert in watched.alerts] == [Trouble.UNREADABLE]
    assert await office(desk).open_alerts() == 1


async def test_one_that_is_gone_stands_there_as_long_as_something_is_open(desk: Desk) -> None:
    await desk.portal.payments.alerts.meet("tigo_pesa", "check", Trouble.SETTINGS_MISSING, "off")
    assert [(one.name, one.methods) for one in await office(desk).providers(SALMA)] == [
        ("mpesa", (PaymentMethod.MPESA,)),
        ("tigo_pesa", ()),
    ]


async def test_a_person_closes_an_alert_and_says_what_they_did(each_desk: Desk) -> None:
    desk = each_desk
    await hire(desk)
    alert = await met(desk)
    desk.clock.advance(minutes=5)
    await office(desk).close(SALMA, "mpesa", alert, f"  {DONE}\n")
    assert await office(desk).open_alerts() == 0
    record = await office(desk).record(PETER, "mpesa")
    (closed,) = record.closed
    assert (closed.closed_by, closed.note, closed.closed_at) == (SALMA.id, DONE, desk.clock.now)
    assert record.names == {SALMA.id: "Salma Othman"}
    # Met again, it is another one.
    await met(desk)
    assert await office(desk).open_alerts() == 1


async def test_what_a_person_wrote_is_sealed_in_its_row(desk: Desk) -> None:
    await hire(desk)
    await office(desk).close(SALMA, "mpesa", await met(desk), DONE)
    (row,) = await desk.read(lambda tx: list(tx.execute(provider_alerts.select())))
    assert DONE not in str(row)


@pytest.mark.parametrize("chosen, problem", [("", "empty"), ("999", "gone"), ("x' OR 1=1", "gone")])
async def test_only_an_alert_that_is_open_is_closed(desk: Desk, chosen: str, problem: str) -> None:
    await hire(desk)
    await met(desk)
    await refused(office(desk).close(SALMA, "mpesa", chosen, DONE), "alert", problem)
    assert await office(desk).open_alerts() == 1


async def test_an_alert_of_another_provider_is_not_there(desk: Desk) -> None:
    await desk.portal.payments.alerts.meet("tigo_pesa", "check", Trouble.UNKNOWN_CODE, "x")
    (_, tigo) = await office(desk).providers(SALMA)
    await refused(office(desk).close(SALMA, "mpesa", str(tigo.alerts[0].id), DONE), "alert", "gone")


@pytest.mark.parametrize("typed, problem", STATES)
async def test_what_was_done_says_enough_and_not_too_much(desk: Desk, typed: str, problem: str) -> None:
    await refused(office(desk).close(SALMA, "mpesa", await met(desk), typed), "done", problem)


async def refused(act: Any, field: str, problem: str) -> None:
    with pytest.raises(Refused) as refusal:
        await act
    assert (refusal.value.field, refusal.value.problem) == (field, problem)


@pytest.mark.covers("H8")
async def test_a_provider_that_is_switched_off_begins_nothing_and_ends_what_is_under_way(
    each_desk: Desk,
) -> None:
    desk = each_desk
    await hire(desk)
    await desk.add_bill()
    reference = await desk.start()
    await off(desk)
    with pytest.raises(Refused) as refusal:
        await desk.start(bill=RENT)
    assert (refusal.value.field, refusal.value.problem) == ("method", "switched_off")
    assert len(desk.provider.pushes) == 1
    desk.provider.will_say(PAID)
    assert (await desk.ask(reference)).state is State.COMPLETED
    await office(desk).switch_on(PETER, "mpesa")
    assert await desk.start(bill=RENT)


@pytest.mark.covers("H8")
async def test_no_step_of_the_pay_path_leads_to_what_is_switched_off(desk: Desk) -> None:
    await hire(desk)
    checkout, asha = desk.portal.checkout, a_person()
    draft = await checkout.begin(asha, [(await desk.bill()).reference], None)
    await checkout.choose_method(asha, draft, "MPESA")
    await checkout.choose_phone(asha, draft, "0754 123 456", agreed=False)
    total = (await checkout.quote(asha, draft)).total
    await off(desk)
    step = await checkout.step(asha, draft)
    (line,) = [choice for choice in step.choices if choice.method is PaymentMethod.MPESA]
    assert (line.problem, line.preselected) == ("switched_off", False)
    assert line.weather.off
    assert line.weather.off.notes == NOTES
    assert not step.some_way_is_open
    for act in (
        checkout.choose_method(asha, draft, "MPESA"),
        checkout.quote(asha, draft),
        checkout.order(asha, draft, str(total.minor), "en"),
    ):
        await refused(act, "method", "switched_off")


@pytest.mark.covers("H8", "H6")
async def test_who_turned_the_switch_is_kept(each_desk: Desk) -> None:
    desk = each_desk
    await hire(desk)
    await off(desk)
    desk.clock.advance(minutes=5)
    await off(desk, en="M-Pesa is down until the evening")
    desk.clock.advance(minutes=5)
    await office(desk).switch_on(PETER, "mpesa")
    await office(desk).switch_on(PETER, "mpesa")
    record = await office(desk).record(SALMA, "mpesa")
    assert [(turn.person, turn.is_off) for turn in record.turns] == [
        (PETER.id, False),
        (SALMA.id, True),
        (SALMA.id, True),
    ]
    assert record.turns[1].notes["en"] == "M-Pesa is down until the evening"
    assert record.names == {SALMA.id: "Salma Othman", PETER.id: "Peter Lyimo"}
    assert record.watched.off is None


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("typed, problem", STATES)
async def test_payers_are_told_in_both_languages_or_it_is_not_switched_off(
    desk: Desk, language: str, typed: str, problem: str
) -> None:
    await refused(off(desk, **{language: typed}), f"note_{language}", problem)
    assert (await mpesa(desk)).off is None


@pytest.mark.parametrize("person", [a_person(), a_landlord()])
async def test_nobody_else_finds_any_of_it(desk: Desk, person: Person) -> None:
    alert = await met(desk)
    for act in (
        office(desk).providers(person),
        office(desk).record(person, "mpesa"),
        office(desk).close(person, "mpesa", alert, DONE),
        office(desk).switch_off(person, "mpesa", NOTES["en"], NOTES["sw"]),
        office(desk).switch_on(person, "mpesa"),
    ):
        with pytest.raises(NotFound):
            await act


async def test_a_provider_that_never_was_is_not_there(desk: Desk) -> None:
    for act in (office(desk).record(SALMA, "visa"), office(desk).switch_on(SALMA, "visa")):
        with pytest.raises(NotFound):
            await act


async def told(desk: Desk) -> list[tuple[tuple[PaymentMethod, ...], bool, bool]]:
    """What Asha reads on her first page: of which ways, that they are off, that they have trouble."""
    home = await desk.portal.views.home(a_person())
    return [(one.methods, one.weather.off is not None, one.weather.troubled) for one in home.notices]


async def test_payers_are_told_of_trouble_that_lasts_and_no_longer(desk: Desk) -> None:
    for number in range(3):
        assert await told(desk) == []
        await desk.portal.payments.alerts.hear("mpesa", "start", HTML)
        desk.clock.advance(minutes=number)
    assert await told(desk) == [((PaymentMethod.MPESA,), False, True)]
    assert (await mpesa(desk)).felt
    await desk.portal.payments.alerts.hear("mpesa", "start", Accepted("request-1"))
    assert await told(desk) == []


async def test_trouble_bars_nobody_from_paying(desk: Desk) -> None:
    for _ in range(5):
        await desk.portal.payments.alerts.hear("mpesa", "start", HTML)
    assert await told(desk) == [((PaymentMethod.MPESA,), False, True)]
    assert await desk.start()


async def test_what_payers_do_not_meet_they_are_not_told(desk: Desk) -> None:
    for _ in range(9):
        await met(desk, Trouble.CALLBACK_UNPROVED)
    assert await told(desk) == []


async def test_old_trouble_that_nobody_has_met_since_is_left_to_the_office(desk: Desk) -> None:
    for _ in range(5):
        await desk.portal.payments.alerts.hear("mpesa", "start", HTML)
    desk.clock.advance(minutes=15)
    assert await told(desk) == []
    assert await desk.read(alerts.open_count) == 1


@pytest.mark.covers("H8")
async def test_what_is_switched_off_is_told_with_its_note(desk: Desk) -> None:
    await hire(desk)
    await off(desk)
    assert await told(desk) == [((PaymentMethod.MPESA,), True, False)]
    await desk.portal.payments.alerts.hear("mpesa", "check", Pending())
    assert await told(desk) == [((PaymentMethod.MPESA,), True, False)]
