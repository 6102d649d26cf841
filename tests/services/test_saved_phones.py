"""Saving a phone: nobody saves one that is not proved, and no code does what it was not sent for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.errors import NotFound, Refused, TooMany
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Source
from portal.domain.person import Person
from portal.domain.saved_method import MOST_SAVED, SavedMethod
from portal.services.saved_phones import Named, SavedPhones
from portal.services.saving import Agreed
from portal.store import messages, saved_methods, unverified_phones
from portal.store.payment_methods import payment_methods
from portal.store.writer import Store
from portal.templating.consents import Matter, current_version
from tests.corpus import BAD_PHONES
from tests.makers import NOW, FakeClock, a_person, a_phone, a_reference
from tests.saved import a_saved_phone
from tests.services.desk import (
    ENVIRONMENT,
    NEIGHBOUR_BILL,
    PAID,
    RENT,
    STRANGE_PHONE,
    WRONG_PIN,
    Desk,
    a_desk,
)

ASHA = a_person()
CLIENT = "203.0.113.7"
WORK = "0754 987 654"
AGREED = Agreed(current_version(Matter.PHONE), "en")


@pytest.fixture
def phones(desk: Desk) -> SavedPhones:
    return desk.portal.saved.phones


async def named(desk: Desk, typed: str = WORK, person: Person = ASHA, **changes: Any) -> Named:
    wanted: dict[str, Any] = {"network": "", "nickname": "", "agreed": AGREED, "client": CLIENT}
    return await desk.portal.saved.phones.add(person, typed, **wanted | changes)


async def code_to(desk: Desk) -> str:
    """What stands in the newest text message."""
    await desk.work()
    found = re.search(r"\d{6}", desk.sink.letters[-1].text)
    assert found
    return found[0]


async def listed(desk: Desk, person: Person = ASHA) -> list[SavedMethod]:
    return (await desk.portal.saved.methods.overview(person)).methods


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.covers("E1", "E5", "D57")
async def test_a_phone_is_saved_by_the_code_that_came_to_it(desk: Desk, phones: SavedPhones) -> None:
    wanted = await named(desk, nickname=" My  work phone ")
    assert not wanted.proved
    assert await listed(desk) == []
    await phones.verify(ASHA, wanted.id, await code_to(desk), CLIENT)
    (saved,) = await listed(desk)
    assert (saved.id, saved.masked, saved.nickname) == (wanted.id, "0754•••654", "My work phone")
    assert (saved.method, saved.verified_at, saved.is_default) == (PaymentMethod.MPESA, NOW, True)
    assert (await desk.portal.saved.methods.overview(ASHA)).unverified == []


@pytest.mark.covers("K7", "E5")
async def test_the_code_goes_to_that_number_alone_and_says_what_it_does_and_for_whom(desk: Desk) -> None:
    await named(desk)
    code = await code_to(desk)
    (letter,) = desk.sink.letters
    assert (letter.phone, letter.email) == ("255754987654", None)
    assert letter.text == (
        f"NEST: Namba {code} inamruhusu Asha M. kuhifadhi simu hii kulipia kodi. "
        "Si wewe? Usifanye chochote. Hatuombi namba yako ya siri kamwe."
    )
    assert len(letter.text) <= 160


async def test_a_code_to_save_is_nobody_s_reading_in_the_portal(desk: Desk) -> None:
    await named(desk)
    vault = desk.portal.tools.vault
    assert await desk.read(lambda tx: messages.of_person(tx, vault, ASHA.id)) == []


@pytest.mark.covers("E11")
async def test_what_was_agreed_to_is_kept_word_for_word_with_its_version(
    desk: Desk, phones: SavedPhones
) -> None:
    wanted = await named(desk, agreed=Agreed("phone-1", "sw"))
    code = await code_to(desk)
    desk.clock.advance(minutes=5)
    await phones.verify(ASHA, wanted.id, code, CLIENT)
    row = await desk.read(lambda tx: tx.execute(payment_methods.select()).one())
    assert (row.consent_version, row.consented_at) == ("phone-1", NOW)
    assert "Utaidhinisha kila malipo kwa namba yako ya siri" in row.consent_text
    assert (row.created_at, row.verified_at) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=5))


@pytest.mark.covers("E11")
@pytest.mark.parametrize("version", ["", "phone-0", "account-1", "phone"])
async def test_nothing_is_saved_by_a_text_that_never_was(desk: Desk, version: str) -> None:
    with pytest.raises(Refused) as caught:
        await named(desk, agreed=Agreed(version, "en"))
    assert (caught.value.field, caught.value.problem) == ("consent", "unknown")


@pytest.mark.covers("E5")
async def test_the_account_s_own_number_needs_no_code(desk: Desk) -> None:
    wanted = await named(desk, "0754 123 456")
    assert (wanted.proved, wanted.code) == (True, None)
    assert [saved.masked for saved in await listed(desk)] == ["0754•••456"]
    await desk.work()
    assert desk.sink.letters == []


@pytest.mark.covers("E5")
async def test_a_number_that_has_paid_for_this_account_needs_no_code(desk: Desk) -> None:
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    assert (await named(desk, STRANGE_PHONE.national)).proved


async def test_a_number_that_has_paid_for_another_account_needs_its_code(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.start_and_settle(PAID, payer=neighbour, bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE, agreed=True)
    assert not (await named(desk, STRANGE_PHONE.national)).proved


@pytest.mark.covers("E5")
async def test_a_completed_payment_proves_a_number_that_waits_for_its_code(desk: Desk) -> None:
    wanted = await named(desk, STRANGE_PHONE.national, nickname="Mama", network="AIRTEL_MONEY")
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    (saved,) = await listed(desk)
    assert (saved.id, saved.nickname) == (wanted.id, "Mama")
    assert saved.method is PaymentMethod.MPESA, "the network that it paid by"
    assert saved.last_used_at == NOW
    phones = desk.portal.saved.phones
    assert await phones.waiting(ASHA, wanted.id) is None
    assert (await phones.send_again(ASHA, wanted.id, CLIENT)).proved
    await phones.verify(ASHA, wanted.id, "any", CLIENT)


async def test_a_number_that_is_not_wanted_any_more_when_its_payment_is_completed_is_not_saved(
    desk: Desk,
) -> None:
    wanted = await named(desk, STRANGE_PHONE.national)
    reference = await desk.start(phone=STRANGE_PHONE, agreed=True)
    await desk.portal.payments.record_outcome(reference, PAID, Source.CALLBACK)
    await desk.portal.saved.methods.delete(ASHA, wanted.id)
    await desk.work()
    assert await listed(desk) == []


async def test_the_last_free_place_is_kept_for_the_number_that_waits(desk: Desk) -> None:
    await fill(desk, MOST_SAVED - 1)
    await named(desk, STRANGE_PHONE.national)
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    assert STRANGE_PHONE.masked in [saved.masked for saved in await listed(desk)]


@pytest.mark.covers("E5")
async def test_a_payment_that_failed_proves_nothing(desk: Desk) -> None:
    await named(desk, STRANGE_PHONE.national)
    await desk.start_and_settle(WRONG_PIN, phone=STRANGE_PHONE, agreed=True, save_consent="phone-1")
    assert await listed(desk) == []


@pytest.mark.covers("page:5", "E1", "E11")
async def test_a_number_that_was_ticked_is_saved_when_it_has_paid_and_not_before(desk: Desk) -> None:
    reference = await desk.start(phone=STRANGE_PHONE, agreed=True, save_consent="phone-1")
    await desk.work()
    assert await listed(desk) == []
    desk.clock.advance(minutes=1)
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    (saved,) = await listed(desk)
    assert (saved.masked, saved.last_used_at) == (STRANGE_PHONE.masked, NOW)
    row = await desk.read(lambda tx: tx.execute(payment_methods.select()).one())
    assert (row.consent_version, row.consented_at) == ("phone-1", NOW)
    assert "namba yako ya siri" in row.consent_text, "in the language in which it was paid"


async def test_a_number_that_was_not_ticked_is_not_saved(desk: Desk) -> None:
    await desk.start_and_settle(PAID)
    assert await listed(desk) == []
    assert "save_phone" not in await desk.job_kinds()


async def test_a_saved_number_that_pays_by_another_network_has_moved_there(desk: Desk) -> None:
    await named(desk, "0754 123 456", network="AIRTEL_MONEY")
    await desk.start_and_settle(PAID, save_consent="phone-1")
    assert [saved.method for saved in await listed(desk)] == [PaymentMethod.MPESA]


async def test_where_there_is_no_room_a_payment_saves_nothing_and_stands(desk: Desk) -> None:
    await fill(desk)
    reference = await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True, save_consent="phone-1")
    assert (await desk.payment(reference)).completed_at
    assert len(await listed(desk)) == MOST_SAVED


async def fill(desk: Desk, most: int = MOST_SAVED) -> None:
    vault = desk.portal.tools.vault
    for number in range(most):
        new = a_saved_phone(number, what=a_phone(f"25571200{number:04d}"))
        await desk.store.write(lambda tx, new=new: saved_methods.add(tx, vault, new, NOW))  # type: ignore[misc]


@pytest.mark.parametrize("typed", [WORK, "0754 123 456"], ids=["by a code", "proved"])
async def test_only_so_many_can_be_saved(desk: Desk, typed: str) -> None:
    await fill(desk)
    with pytest.raises(Refused) as caught:
        await named(desk, typed)
    assert (caught.value.field, caught.value.problem) == ("phone", "too_many")
    assert await desk.read(lambda tx: unverified_phones.of_person(tx, desk.portal.tools.vault, ASHA.id)) == []


async def test_a_number_that_waits_takes_room_too(desk: Desk) -> None:
    await fill(desk, MOST_SAVED - 1)
    await named(desk)
    with pytest.raises(Refused):
        await named(desk, "0754 123 456")


@pytest.mark.parametrize(
    "typed, network, method",
    [
        ("0754 987 654", "", PaymentMethod.MPESA),
        ("0655 987 654", "", PaymentMethod.TIGO_PESA),
        ("0684 987 654", "", PaymentMethod.AIRTEL_MONEY),
        ("0754 987 654", "AIRTEL_MONEY", PaymentMethod.AIRTEL_MONEY),
        ("0621 987 654", "MPESA", PaymentMethod.MPESA),
    ],
)
async def test_the_prefix_guesses_the_network_and_a_choice_decides(
    desk: Desk, phones: SavedPhones, typed: str, network: str, method: PaymentMethod
) -> None:
    wanted = await named(desk, typed, network=network)
    waiting = await phones.waiting(ASHA, wanted.id)
    assert waiting
    assert waiting.method is method


@pytest.mark.parametrize(
    "typed, network",
    [
        ("0621 987 654", ""),
        (WORK, "CREDIT_CARD"),
        (WORK, "BANK_TRANSFER"),
        (WORK, "HALOPESA"),
        (WORK, "T_PESA"),
    ],
)
async def test_a_network_that_is_no_wallet_is_refused(desk: Desk, typed: str, network: str) -> None:
    with pytest.raises(Refused) as caught:
        await named(desk, typed, network=network)
    assert (caught.value.field, caught.value.problem) == ("network", "empty")


@pytest.mark.covers("A25")
@pytest.mark.parametrize("problem", BAD_PHONES)
async def test_what_is_no_tanzanian_number_is_refused_with_its_problem(desk: Desk, problem: str) -> None:
    for typed in BAD_PHONES[problem]:
        with pytest.raises(Refused) as caught:
            await named(desk, typed)
        assert (caught.value.field, caught.value.problem) == ("phone", problem)


@pytest.mark.covers("E4")
@pytest.mark.parametrize("nickname, problem", [("x" * 31, "too_long"), ("4242 4242 4242 4242", "card")])
async def test_a_nickname_that_will_not_do_is_refused(desk: Desk, nickname: str, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        await named(desk, nickname=nickname)
    assert (caught.value.field, caught.value.problem) == ("nickname", problem)


async def test_a_number_that_is_saved_already_is_refused_and_gets_no_code(desk: Desk) -> None:
    await named(desk, "0754 123 456")
    with pytest.raises(Refused) as caught:
        await named(desk, "+255 754 123 456")
    assert (caught.value.field, caught.value.problem) == ("phone", "saved")
    await desk.work()
    assert desk.sink.letters == []


async def test_the_same_number_named_again_waits_once_and_the_newest_code_counts(
    desk: Desk, phones: SavedPhones
) -> None:
    first = await named(desk)
    old = await code_to(desk)
    again = await named(desk)
    assert again.id == first.id
    new = await code_to(desk)
    with pytest.raises(Refused):
        await phones.verify(ASHA, again.id, old, CLIENT)
    await phones.verify(ASHA, again.id, new, CLIENT)
    assert len(await listed(desk)) == 1


@pytest.mark.parametrize(
    "typed, problem", [("", "empty"), (" ", "empty"), ("12345", "wrong"), ("abc", "wrong")]
)
async def test_what_is_not_the_code_saves_nothing(
    desk: Desk, phones: SavedPhones, typed: str, problem: str
) -> None:
    wanted = await named(desk)
    with pytest.raises(Refused) as caught:
        await phones.verify(ASHA, wanted.id, typed, CLIENT)
    assert (caught.value.field, caught.value.problem) == ("code", problem)
    assert await listed(desk) == []


async def test_a_code_ends_after_ten_minutes(desk: Desk, phones: SavedPhones, clock: FakeClock) -> None:
    wanted = await named(desk)
    code = await code_to(desk)
    clock.advance(minutes=10)
    with pytest.raises(Refused):
        await phones.verify(ASHA, wanted.id, code, CLIENT)


@pytest.mark.covers("E5")
async def test_the_sixth_try_is_refused_even_with_the_right_code(desk: Desk, phones: SavedPhones) -> None:
    wanted = await named(desk)
    code = await code_to(desk)
    for _ in range(5):
        with pytest.raises(Refused):
            await phones.verify(ASHA, wanted.id, wrong(code), CLIENT)
    with pytest.raises(TooMany):
        await phones.verify(ASHA, wanted.id, code, CLIENT)


async def test_wrong_codes_for_saving_a_number_do_not_bar_its_owner_from_signing_in(desk: Desk) -> None:
    owner, number = await desk.add_neighbour(), "0655 123 456"
    wanted, door = await named(desk, number), desk.portal.sign_in
    code = await code_to(desk)
    for _ in range(6):
        with pytest.raises((Refused, TooMany)):
            await desk.portal.saved.phones.verify(ASHA, wanted.id, wrong(code), CLIENT)
    await door.send_code(number, CLIENT)
    assert (await door.enter(number, await code_to(desk), CLIENT, None)).person.id == owner.id


async def test_tries_at_once_are_all_counted(each_desk: Desk) -> None:
    wanted = await named(each_desk)
    code, verify = await code_to(each_desk), each_desk.portal.saved.phones.verify
    tries = (verify(ASHA, wanted.id, wrong(code), CLIENT) for _ in range(12))
    answers = [type(answer).__name__ for answer in await asyncio.gather(*tries, return_exceptions=True)]
    assert (answers.count("Refused"), answers.count("TooMany")) == (5, 7)


async def test_one_code_tried_at_once_from_two_browsers_saves_one_phone(each_desk: Desk) -> None:
    wanted = await named(each_desk)
    code, verify = await code_to(each_desk), each_desk.portal.saved.phones.verify
    await asyncio.gather(*(verify(ASHA, wanted.id, code, CLIENT) for _ in range(2)))
    assert len(await listed(each_desk)) == 1


@pytest.mark.covers("E5")
async def test_codes_to_save_and_to_sign_in_share_their_limits(desk: Desk, phones: SavedPhones) -> None:
    """Nobody is sent more texts because there are two pages that send them."""
    wanted = await named(desk, STRANGE_PHONE.national)
    await phones.send_again(ASHA, wanted.id, CLIENT)
    await desk.portal.sign_in.send_code(STRANGE_PHONE.national, "198.51.100.1")
    with pytest.raises(TooMany):
        await desk.portal.sign_in.send_code(STRANGE_PHONE.national, "198.51.100.2")
    neighbour = await desk.add_neighbour()
    with pytest.raises(TooMany):
        await named(desk, STRANGE_PHONE.national, neighbour)


async def test_one_account_cannot_have_codes_sent_to_many_numbers(desk: Desk) -> None:
    for number in range(3):
        await named(desk, f"0754 987 00{number}")
    with pytest.raises(TooMany):
        await named(desk, "0754 987 003")


async def test_a_code_that_was_not_sent_for_lack_of_tries_leaves_nothing_that_waits(desk: Desk) -> None:
    for number in range(3):
        await named(desk, f"0754 987 00{number}")
    with pytest.raises(TooMany):
        await named(desk, "0754 987 003")
    assert len((await desk.portal.saved.methods.overview(ASHA)).unverified) == 3


@pytest.mark.covers("E5", "N1")
async def test_a_code_to_save_a_number_does_not_sign_in_and_the_other_way_round(
    desk: Desk, phones: SavedPhones
) -> None:
    neighbour = await desk.add_neighbour()
    own = "0655 123 456"
    wanted = await named(desk, own)
    to_save = await code_to(desk)
    with pytest.raises(Refused):
        await desk.portal.sign_in.enter(own, to_save, CLIENT, None)
    await desk.portal.sign_in.send_code(own, CLIENT)
    to_enter = await code_to(desk)
    if to_enter != to_save:
        with pytest.raises(Refused):
            await phones.verify(ASHA, wanted.id, to_enter, CLIENT)
    await phones.verify(ASHA, wanted.id, to_save, CLIENT)
    assert (await desk.portal.sign_in.enter(own, to_enter, CLIENT, None)).person == neighbour


@pytest.mark.covers("N1")
async def test_one_person_s_code_saves_nothing_for_another(desk: Desk, phones: SavedPhones) -> None:
    neighbour = await desk.add_neighbour()
    mine = await named(desk)
    code = await code_to(desk)
    theirs = await named(desk, WORK, neighbour)
    with pytest.raises(Refused):
        await phones.verify(neighbour, theirs.id, code, CLIENT)
    await phones.verify(ASHA, mine.id, code, CLIENT)


@pytest.mark.covers("N1")
async def test_what_waits_for_its_code_is_there_for_nobody_else(desk: Desk, phones: SavedPhones) -> None:
    neighbour = await desk.add_neighbour()
    wanted = await named(desk)
    code = await code_to(desk)
    for attempt in (
        phones.waiting(neighbour, wanted.id),
        phones.send_again(neighbour, wanted.id, CLIENT),
        phones.verify(neighbour, wanted.id, code, CLIENT),
        desk.portal.saved.methods.delete(neighbour, wanted.id),
        phones.verify(ASHA, a_reference(404), code, CLIENT),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_number_that_is_not_wanted_any_more_gets_no_code(desk: Desk) -> None:
    wanted = await named(desk)
    await desk.portal.saved.methods.delete(ASHA, wanted.id)
    await desk.work()
    assert desk.sink.letters == []
    assert "send" not in await desk.job_kinds()


@pytest.mark.covers("P4")
async def test_a_demo_gives_the_code_back(desk: Desk, phones: SavedPhones) -> None:
    wanted = await named(desk)
    assert wanted.code == await code_to(desk)
    again = await phones.send_again(ASHA, wanted.id, CLIENT)
    assert again.code == await code_to(desk)
    assert again.code not in repr(again)


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


async def test_in_production_the_code_comes_by_text_message_only(production_desk: Desk) -> None:
    wanted = await named(production_desk)
    assert wanted.code is None
    await production_desk.portal.saved.phones.verify(ASHA, wanted.id, await code_to(production_desk), CLIENT)


@pytest.mark.covers("E5", "L6")
async def test_a_saved_phone_is_asked_without_a_tick_and_one_that_waits_is_not(
    desk: Desk, phones: SavedPhones
) -> None:
    wanted = await named(desk, STRANGE_PHONE.national)
    with pytest.raises(Refused) as caught:
        await desk.start(phone=STRANGE_PHONE)
    assert caught.value.field == "agreed"
    await phones.verify(ASHA, wanted.id, await code_to(desk), CLIENT)
    await desk.start(phone=STRANGE_PHONE)
    assert [push.phone for push in desk.provider.pushes] == [STRANGE_PHONE]


@pytest.mark.covers("E5", "L6")
async def test_strangers_leave_the_owner_of_a_saved_phone_a_prompt(desk: Desk, phones: SavedPhones) -> None:
    neighbour = await desk.add_neighbour()
    wanted = await named(desk, STRANGE_PHONE.national)
    await phones.verify(ASHA, wanted.id, await code_to(desk), CLIENT)
    by_neighbour = {"payer": neighbour, "bill": NEIGHBOUR_BILL, "phone": STRANGE_PHONE, "agreed": True}
    for _ in range(2):
        await desk.start_and_settle(WRONG_PIN, **by_neighbour)
    with pytest.raises(TooMany):
        await desk.start(**by_neighbour)
    await desk.start(phone=STRANGE_PHONE)


@pytest.mark.covers("E8")
async def test_a_saved_phone_is_used_when_a_payment_by_it_starts(desk: Desk) -> None:
    await named(desk, "0754 123 456")
    await desk.add_bill()
    assert [saved.last_used_at for saved in await listed(desk)] == [None]
    desk.clock.advance(minutes=3)
    await desk.start(bill=RENT)
    assert [saved.last_used_at for saved in await listed(desk)] == [NOW + timedelta(minutes=3)]
