"""Signing in by a one-time code: five tries, three sends, strangers get the same answer, each session is new."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest

from portal.domain.errors import NotFound, Refused, TooMany
from portal.services.one_time_codes import SENDS_PER_CLIENT, TRIES_PER_CLIENT
from portal.services.sign_in import SignIn, read_address
from portal.store import sign_in as sign_in_rows
from portal.store.tables import messages
from portal.store.transients import sessions, sign_in_codes
from portal.store.writer import Store
from tests.corpus import BAD_PHONES
from tests.makers import LANDLORD, NOW, TENANT, FakeClock, a_person, a_reference
from tests.services.desk import ENVIRONMENT, Desk, a_desk

PHONE = "0754 123 456"
CLIENT = "203.0.113.7"


class Clients:
    """A new address each time, so that only the account's own limit counts."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"198.51.100.{next(self._numbers)}"


@pytest.fixture
def door(desk: Desk) -> SignIn:
    return desk.portal.sign_in


async def code_for(desk: Desk, typed: str = PHONE, client: str = CLIENT) -> str:
    """What stands in the text message that comes."""
    await desk.portal.sign_in.send_code(typed, client)
    await desk.work()
    found = re.search(r"\d{6}", desk.sink.letters[-1].text)
    assert found
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.covers("page:2", "N1")
async def test_the_right_code_signs_its_person_in(desk: Desk, door: SignIn) -> None:
    signed_in = await door.enter(PHONE, await code_for(desk), CLIENT, None)
    assert signed_in.person == a_person()
    assert await door.person_of(signed_in.token) == a_person()


@pytest.mark.covers("A25")
@pytest.mark.parametrize(
    "typed", ["0754123456", "+255 754 123 456", "255754123456", "754123456", " 0754-123-456 "]
)
async def test_an_address_is_the_same_however_it_is_written(desk: Desk, door: SignIn, typed: str) -> None:
    code = await code_for(desk, typed)
    assert (await door.enter(PHONE, code, CLIENT, None)).person.id == TENANT


async def test_an_e_mail_address_signs_in_too_in_any_case(desk: Desk, door: SignIn) -> None:
    code = await code_for(desk, " Asha@Example.COM ")
    assert (await door.enter("asha@example.com", code, CLIENT, None)).person.id == TENANT


@pytest.mark.covers("M2")
async def test_a_code_goes_to_the_address_that_was_typed_in_its_owner_s_language(desk: Desk) -> None:
    for typed, phone, email in (
        (PHONE, "255754123456", None),
        ("asha@example.com", None, "asha@example.com"),
    ):
        code = await code_for(desk, typed)
        letter = desk.sink.letters[-1]
        assert (letter.phone, letter.email) == (phone, email)
        assert letter.text == f"NEST: Namba yako ni {code}. Hatuombi namba yako ya siri kamwe."


@pytest.mark.parametrize(
    "written",
    ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}"],
)
async def test_a_code_is_read_with_blanks_and_dashes(desk: Desk, door: SignIn, written: str) -> None:
    code = await code_for(desk)
    assert (await door.enter(PHONE, written.format(code), CLIENT, None)).token


@pytest.mark.parametrize("typed", ["", " ", "abc", "1", "12345", "0" * 4_000, "١٢٣٤٥٦", "\u0000"])
async def test_what_is_no_code_is_wrong(desk: Desk, door: SignIn, typed: str) -> None:
    await code_for(desk)
    with pytest.raises(Refused) as caught:
        await door.enter(PHONE, typed, CLIENT, None)
    assert (caught.value.field, caught.value.problem) == ("code", "wrong")


async def test_a_code_works_once(desk: Desk, door: SignIn) -> None:
    code = await code_for(desk)
    await door.enter(PHONE, code, CLIENT, None)
    with pytest.raises(Refused):
        await door.enter(PHONE, code, CLIENT, None)


async def test_one_code_tried_at_once_from_two_browsers_opens_one_session(each_desk: Desk) -> None:
    code = await code_for(each_desk)
    enter = each_desk.portal.sign_in.enter
    answers = await asyncio.gather(
        *(enter(PHONE, code, CLIENT, None) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "SignedIn"]


async def test_a_code_ends_after_ten_minutes(desk: Desk, door: SignIn, clock: FakeClock) -> None:
    code = await code_for(desk)
    clock.advance(minutes=10)
    with pytest.raises(Refused):
        await door.enter(PHONE, code, CLIENT, None)


async def test_a_new_code_ends_the_old_one(desk: Desk, door: SignIn) -> None:
    old = await code_for(desk)
    new = await code_for(desk)
    with pytest.raises(Refused):
        await door.enter(PHONE, old, CLIENT, None)
    assert (await door.enter(PHONE, new, CLIENT, None)).token


async def test_a_code_fits_only_its_own_address(desk: Desk, door: SignIn) -> None:
    code = await code_for(desk)
    with pytest.raises(Refused):
        await door.enter("juma@example.com", code, CLIENT, None)


async def test_the_sixth_try_is_refused_even_with_the_right_code(desk: Desk, door: SignIn) -> None:
    code = await code_for(desk)
    clients = Clients()
    for _ in range(5):
        with pytest.raises(Refused):
            await door.enter(PHONE, wrong(code), clients(), None)
    with pytest.raises(TooMany) as caught:
        await door.enter(PHONE, code, clients(), None)
    assert caught.value.until == NOW + timedelta(minutes=15)


async def test_tries_at_once_are_all_counted(each_desk: Desk) -> None:
    code = await code_for(each_desk)
    clients = Clients()
    enter = each_desk.portal.sign_in.enter
    tries = (enter(PHONE, wrong(code), clients(), None) for _ in range(20))
    answers = [type(answer).__name__ for answer in await asyncio.gather(*tries, return_exceptions=True)]
    assert (answers.count("Refused"), answers.count("TooMany")) == (5, 15)


async def test_tries_are_free_again_after_fifteen_minutes(desk: Desk, door: SignIn, clock: FakeClock) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            await door.enter(PHONE, "000000", CLIENT, None)
    clock.advance(minutes=15)
    assert (await door.enter(PHONE, await code_for(desk), CLIENT, None)).token


async def test_a_hundred_people_behind_one_address_of_a_carrier_get_their_codes(door: SignIn) -> None:
    for number in range(100):
        typed = f"tenant{number}@example.com"
        await door.send_code(typed, CLIENT)
        with pytest.raises(Refused):
            await door.enter(typed, "000000", CLIENT, None)


async def test_one_client_cannot_try_many_accounts(door: SignIn) -> None:
    for number in range(TRIES_PER_CLIENT.most):
        with pytest.raises(Refused):
            await door.enter(f"stranger{number}@example.com", "000000", CLIENT, None)
    with pytest.raises(TooMany):
        await door.enter("another@example.com", "000000", CLIENT, None)


@pytest.mark.covers("A25")
async def test_an_account_has_no_more_tries_for_having_two_addresses(
    desk: Desk, door: SignIn, clock: FakeClock
) -> None:
    await code_for(desk, PHONE)
    code = await code_for(desk, "asha@example.com")
    for typed in (PHONE, PHONE, PHONE, "asha@example.com", "asha@example.com"):
        with pytest.raises(Refused):
            await door.enter(typed, "000000", CLIENT, None)
    for typed in (PHONE, "asha@example.com"):
        with pytest.raises(TooMany):
            await door.enter(typed, code, "198.51.100.9", None)
    clock.advance(minutes=15)
    code = await code_for(desk, "asha@example.com")
    assert (await door.enter("asha@example.com", code, CLIENT, None)).person.id == TENANT


@pytest.mark.covers("A25")
async def test_an_account_gets_no_more_codes_for_having_two_addresses(desk: Desk, door: SignIn) -> None:
    for typed in (PHONE, "asha@example.com", PHONE):
        await door.send_code(typed, CLIENT)
    with pytest.raises(TooMany):
        await door.send_code("asha@example.com", "198.51.100.9")
    await door.send_code("juma@example.com", CLIENT)


async def test_the_fourth_code_in_fifteen_minutes_is_not_sent(
    desk: Desk, door: SignIn, clock: FakeClock
) -> None:
    clients = Clients()
    for _ in range(3):
        await door.send_code(PHONE, clients())
    with pytest.raises(TooMany) as caught:
        await door.send_code(PHONE, clients())
    assert caught.value.until == NOW + timedelta(minutes=15)
    clock.advance(minutes=15)
    await door.send_code(PHONE, clients())
    await desk.work()
    assert len(desk.sink.letters) == 4


async def test_one_client_cannot_have_codes_sent_to_many(door: SignIn) -> None:
    for number in range(SENDS_PER_CLIENT.most):
        await door.send_code(f"stranger{number}@example.com", CLIENT)
    with pytest.raises(TooMany):
        await door.send_code("another@example.com", CLIENT)


@pytest.fixture
async def production_desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    """A portal that is no demo."""
    told = {
        "PORTAL_ENV": "production",
        "PORTAL_SMS_URL": "https://sms.example.com/send",
        "PORTAL_TRUSTED_PROXIES": "none",
        "PORTAL_ENCRYPTION_KEYS": ENVIRONMENT["PORTAL_ENCRYPTION_KEYS"],
    }
    async with a_desk(sqlite_store, clock, environment=told) as desk:
        yield desk


async def test_an_address_that_nobody_has_gets_the_same_answer(production_desk: Desk) -> None:
    door = production_desk.portal.sign_in
    answers = [await door.send_code(typed, CLIENT) for typed in (PHONE, "0655 999 888", "nobody@example.com")]
    assert answers == [None, None, None]
    await production_desk.work()
    assert len(production_desk.sink.letters) == 1
    assert await production_desk.count(sign_in_codes, messages) == [3, 1]


async def test_a_stranger_s_code_is_wrong_like_any_other(door: SignIn) -> None:
    await door.send_code("nobody@example.com", CLIENT)
    with pytest.raises(Refused) as caught:
        await door.enter("nobody@example.com", "123456", CLIENT, None)
    assert caught.value.problem == "wrong"


async def test_the_limits_of_a_stranger_are_those_of_anybody(door: SignIn) -> None:
    clients = Clients()
    for _ in range(3):
        await door.send_code("nobody@example.com", clients())
    with pytest.raises(TooMany):
        await door.send_code("nobody@example.com", clients())


async def test_the_demo_gives_the_code_back_to_those_it_knows(desk: Desk, door: SignIn) -> None:
    code = await door.send_code(PHONE, CLIENT)
    assert code is not None
    assert re.fullmatch(r"\d{6}", code)
    assert (await door.enter(PHONE, code, CLIENT, None)).token
    assert await door.send_code("nobody@example.com", CLIENT) is None


@pytest.mark.covers("P4")
async def test_the_demo_lets_its_characters_in_by_one_click(door: SignIn) -> None:
    assert [person.id for person in await door.characters()] == [TENANT, LANDLORD]
    signed_in = await door.as_character(LANDLORD, None)
    assert await door.person_of(signed_in.token) == signed_in.person
    with pytest.raises(NotFound):
        await door.as_character(a_reference(93), None)


async def test_in_production_nobody_is_let_in_by_one_click(production_desk: Desk) -> None:
    door = production_desk.portal.sign_in
    assert await door.characters() == []
    with pytest.raises(NotFound):
        await door.as_character(TENANT, None)


async def test_a_session_begins_under_a_new_token_and_the_old_one_ends(desk: Desk, door: SignIn) -> None:
    first = await door.enter(PHONE, await code_for(desk), CLIENT, None)
    second = await door.enter(PHONE, await code_for(desk), CLIENT, first.token)
    assert second.token != first.token
    assert await door.person_of(first.token) is None
    assert await door.person_of(second.token) == a_person()


async def test_a_token_that_somebody_planted_is_never_taken_over(desk: Desk, door: SignIn) -> None:
    signed_in = await door.enter(PHONE, await code_for(desk), CLIENT, "planted")
    assert signed_in.token != "planted"
    assert await door.person_of("planted") is None


async def test_a_session_ends_by_leaving_and_after_twelve_hours(
    desk: Desk, door: SignIn, clock: FakeClock
) -> None:
    left = await door.as_character(TENANT, None)
    await door.leave(left.token)
    assert await door.person_of(left.token) is None
    stayed = await door.as_character(TENANT, None)
    clock.advance(hours=12)
    assert await door.person_of(stayed.token) is None


async def test_the_tables_hold_no_code_and_no_token(desk: Desk, door: SignIn) -> None:
    code = await door.send_code(PHONE, CLIENT)
    token = (await door.as_character(TENANT, None)).token
    rows = await desk.read(
        lambda tx: [
            str(tuple(row))
            for table in (sign_in_codes, sessions, messages)
            for row in tx.execute(table.select())
        ]
    )
    assert code
    assert not any(code in row or token in row for row in rows)
    assert any(sign_in_rows.hashed(token) in row for row in rows)


@pytest.mark.covers("A25")
@pytest.mark.parametrize("problem", BAD_PHONES)
def test_what_is_no_phone_is_refused_with_its_problem(problem: str) -> None:
    for typed in BAD_PHONES[problem]:
        with pytest.raises(Refused) as caught:
            read_address(typed)
        assert (caught.value.field, caught.value.problem) == ("address", problem)


@pytest.mark.parametrize(
    "typed",
    ["@", "a@", "@example.com", "a@b", "a b@example.com", "a@b@example.com", "a@exa\nmple.com", "a@.com.",
     "a\u0000@example.com", "x" * 250 + "@example.com", "a@\u202eexample.com"],
)  # fmt: skip
def test_what_is_no_e_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        read_address(typed)
    assert (caught.value.field, caught.value.problem) == ("address", "format")


def test_an_address_is_shown_so_that_only_its_owner_knows_it() -> None:
    assert read_address(PHONE).shown == "0754•••456"
    assert read_address("asha@example.com").shown == "a•••@example.com"
