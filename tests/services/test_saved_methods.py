"""The list of a tenant's saved ways to pay, and what can be done to each."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from portal.domain.bill import PaymentType
from portal.domain.errors import NotFound, Refused
from portal.domain.saved_method import MOST_SAVED, Kind, SavedMethod
from portal.services.saved_methods import SavedMethods
from portal.services.saving import Agreed
from portal.store import saved_methods as rows
from portal.store.payment_methods import payment_methods
from portal.store.saved_methods import NewMethod
from portal.templating.consents import Matter, current_version
from tests.makers import NOW, a_person, a_phone, a_reference
from tests.saved import ACCOUNT, a_saved_card, a_saved_phone
from tests.services.desk import Desk

ASHA = a_person()
AGREED = Agreed(current_version(Matter.ACCOUNT), "en")


@pytest.fixture
def methods(desk: Desk) -> SavedMethods:
    return desk.portal.saved.methods


async def put(desk: Desk, *new: NewMethod) -> None:
    vault = desk.portal.tools.vault

    def work(tx: object) -> None:
        for one in new:
            rows.add(tx, vault, one, NOW)  # type: ignore[arg-type]

    await desk.store.write(work)


async def listed(desk: Desk) -> list[SavedMethod]:
    return (await desk.portal.saved.methods.overview(ASHA)).methods


async def add_account(methods: SavedMethods, **changes: str) -> None:
    typed = {"bank": "NMB", "holder": "Asha Mushi", "number": "2251 0012 345", "nickname": ""} | changes
    await methods.add_account(ASHA, **typed, agreed=AGREED)


@pytest.mark.covers("E1", "E7", "E11", "D58")
async def test_a_bank_account_is_saved_masked_with_what_was_agreed_to(
    desk: Desk, methods: SavedMethods
) -> None:
    await add_account(methods, nickname="Savings")
    (saved,) = await listed(desk)
    assert (saved.kind, saved.masked, saved.nickname) == (Kind.BANK_ACCOUNT, "NMB ••••\u00a02345", "Savings")
    assert (saved.verified_at, saved.is_default) == (None, True)
    assert await desk.read(lambda tx: rows.held(tx, desk.portal.tools.vault, saved.id)) == ACCOUNT
    row = await desk.read(lambda tx: tx.execute(payment_methods.select()).one())
    assert (row.consent_version, row.consented_at) == (AGREED.version, NOW)
    assert "We cannot take money from it" in row.consent_text


@pytest.mark.parametrize(
    "changed, problem",
    [
        ({"bank": ""}, "empty"),
        ({"holder": "A"}, "length"),
        ({"number": "12"}, "format"),
        ({"number": "4242 4242 4242 4242"}, "card"),
        ({"nickname": "x" * 31}, "too_long"),
    ],
    ids=str,
)
async def test_an_account_that_will_not_do_names_its_field(
    methods: SavedMethods, changed: dict[str, str], problem: str
) -> None:
    with pytest.raises(Refused) as caught:
        await add_account(methods, **changed)
    assert (caught.value.field, caught.value.problem) == (*changed, problem)


async def test_an_account_that_is_saved_already_is_refused(methods: SavedMethods) -> None:
    await add_account(methods)
    with pytest.raises(Refused) as caught:
        await add_account(methods, bank="nmb", holder="Mushi A.")
    assert (caught.value.field, caught.value.problem) == ("number", "saved")


async def test_an_account_under_the_text_for_a_phone_is_refused(methods: SavedMethods) -> None:
    with pytest.raises(Refused) as caught:
        await methods.add_account(ASHA, "NMB", "Asha Mushi", "22510012345", "", Agreed("phone-1", "en"))
    assert caught.value.field == "consent"


async def test_only_so_many_can_be_saved(desk: Desk, methods: SavedMethods) -> None:
    await put(desk, *(a_saved_phone(n, what=a_phone(f"25571200{n:04d}")) for n in range(MOST_SAVED)))
    with pytest.raises(Refused) as caught:
        await add_account(methods)
    assert (caught.value.problem, caught.value.facts) == ("too_many", {"most": MOST_SAVED})
    assert len(await listed(desk)) == MOST_SAVED


@pytest.mark.covers("E2", "E4", "D57")
async def test_one_can_be_made_the_default_renamed_and_deleted(desk: Desk, methods: SavedMethods) -> None:
    phone, card = a_saved_phone(), a_saved_card()
    await put(desk, phone, card)
    await methods.make_default(ASHA, card.id)
    await methods.rename(ASHA, card.id, "  Company  card ")
    first, _ = await listed(desk)
    assert (first.id, first.nickname, first.is_default) == (card.id, "Company card", True)
    assert await methods.method(ASHA, card.id) == first
    await methods.delete(ASHA, card.id)
    assert [(saved.id, saved.is_default) for saved in await listed(desk)] == [(phone.id, True)]


@pytest.mark.covers("E4")
async def test_a_nickname_that_is_too_long_changes_nothing(desk: Desk, methods: SavedMethods) -> None:
    await put(desk, a_saved_phone(nickname="Work"))
    with pytest.raises(Refused) as caught:
        await methods.rename(ASHA, a_saved_phone().id, "x" * 31)
    assert (caught.value.field, caught.value.problem) == ("nickname", "too_long")
    assert [saved.nickname for saved in await listed(desk)] == ["Work"]


@pytest.mark.covers("N1", "D57")
async def test_to_delete_twice_is_no_fault(desk: Desk, methods: SavedMethods) -> None:
    await put(desk, a_saved_phone(), a_saved_card())
    for _ in range(2):
        await methods.delete(ASHA, a_saved_card().id)
    assert len(await listed(desk)) == 1


async def test_what_is_somebody_else_s_or_gone_is_not_there(desk: Desk, methods: SavedMethods) -> None:
    neighbour = await desk.add_neighbour()
    await put(desk, a_saved_phone(), a_saved_card())
    await methods.delete(ASHA, a_saved_card().id)
    for person, method_id in (
        (neighbour, a_saved_phone().id),
        (ASHA, a_saved_card().id),
        (ASHA, a_reference(404)),
    ):
        for attempt in (
            methods.method(person, method_id),
            methods.make_default(person, method_id),
            methods.rename(person, method_id, "Mine"),
        ):
            with pytest.raises(NotFound):
                await attempt
    for person, method_id in (
        (neighbour, a_saved_phone().id),
        (neighbour, a_saved_card().id),
        (ASHA, a_reference(404)),
    ):
        with pytest.raises(NotFound):
            await methods.delete(person, method_id)
    assert [saved.nickname for saved in await listed(desk)] == [None]


@pytest.mark.covers("E2", "D57")
async def test_whatever_is_asked_at_once_leaves_one_default(each_desk: Desk) -> None:
    phones = [a_saved_phone(n, what=a_phone(f"25571200000{n}")) for n in range(6)]
    await put(each_desk, *phones)
    methods = each_desk.portal.saved.methods
    asked = [methods.make_default(ASHA, phone.id) for phone in phones]
    asked += [methods.delete(ASHA, phone.id) for phone in phones[:3]]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} <= {type(None), NotFound}
    left = await listed(each_desk)
    assert [saved.is_default for saved in left] == [True, False, False]


@pytest.mark.covers("E9")
async def test_the_overview_knows_when_rent_is_due_next(desk: Desk, methods: SavedMethods) -> None:
    overview = await methods.overview(ASHA)
    assert (overview.rent_day, overview.today) == (None, date(2026, 3, 3))
    await desk.add_bill(due_on=date(2026, 2, 5), reference=a_reference(31))
    assert (await methods.overview(ASHA)).rent_day == date(2026, 3, 5)
    await desk.add_bill(due_on=date(2026, 3, 4), type=PaymentType.SERVICE_FEE, reference=a_reference(32))
    await desk.add_bill(due_on=date(2026, 4, 1))
    assert (await methods.overview(ASHA)).rent_day == date(2026, 4, 1)


async def test_a_way_is_found_whether_it_is_saved_or_waits_for_its_proof(
    desk: Desk, methods: SavedMethods
) -> None:
    await add_account(methods)
    (saved,) = await listed(desk)
    agreed = Agreed(current_version(Matter.PHONE), "en")
    named = await desk.portal.saved.phones.add(ASHA, "0765 000 111", "MPESA", "", agreed, "a client")
    assert await methods.either(ASHA, saved.id) == saved
    assert (await methods.either(ASHA, named.id)).id == named.id
    with pytest.raises(NotFound):
        await methods.either(ASHA, a_reference(99))
