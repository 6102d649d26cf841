"""Saved ways to pay: by forms only, in both languages, and never anybody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from portal.domain.bill import PaymentType
from portal.domain.saved_method import MOST_SAVED
from portal.store import saved_methods
from portal.store.payment_methods import payment_methods
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from tests.makers import NEIGHBOUR, NOW, TENANT, a_bill, a_phone, a_reference
from tests.saved import CARD, a_saved_account, a_saved_card, a_saved_phone
from tests.web.client import Browser, Page, Portal
from tests.web.paying import RENT, put_bills, spoken

WORK = "0754 987 654"
PHONE, ACCOUNT = a_saved_phone(nickname="Work"), a_saved_account()


async def put(portal: Portal, *new: NewMethod) -> None:
    def work(tx: Tx) -> None:
        for one in new:
            saved_methods.add(tx, portal.vault, one, NOW)

    await portal.store.write(work)


async def named(asha: Browser, phone: str = WORK, **typed: str) -> Page:
    """What follows when a phone is named to be saved."""
    return await asha.submit(await asha.open("/methods/add"), phone=phone, **typed)


def code_on(page: Page) -> str:
    """In a demo the page prints it."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", page.words)
    assert found, page.words
    return found[0]


def cards(page: Page) -> list[str]:
    """The saved ways as they stand on the page, each in one line."""
    found = page.document.xpath("//div[starts-with(@id, 'method-')]")
    return [spoken(card) for card in found]


@pytest.mark.covers("page:17", "E1", "E5", "D57")
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_a_tenant_saves_a_phone_by_the_code_that_comes_to_it(portal: Portal, language: str) -> None:
    asha = await portal.signed_in(TENANT, language)
    page = await named(asha, nickname="Ofisini")
    assert re.fullmatch(r"/methods/[0-9A-Z]{12}/verify", page.path)
    assert "0754•••654" in page.words
    page = await asha.submit(page, code=code_on(page))
    assert page.path == "/methods?done=added"
    (card,) = cards(page)
    assert card.startswith(f"Ofisini {'Default' if language == 'en' else 'Ya kawaida'} M-Pesa, 0754•••654")
    pin = {
        "en": "You always approve each payment with your PIN.",
        "sw": "Utaidhinisha kila malipo kwa namba yako ya siri.",
    }
    assert pin[language] in page.words


async def test_with_nothing_saved_the_page_says_what_to_do(portal: Portal) -> None:
    page = await (await portal.signed_in(TENANT)).open("/methods")
    assert "Nothing is saved yet" in page.words
    assert page.document.xpath("//main//a[contains(@class, 'primary')]/@href") == ["/methods/add"]


async def test_the_account_menu_leads_a_tenant_there(portal: Portal) -> None:
    page = await (await portal.signed_in(TENANT)).open("/")
    assert "/methods" in page.document.xpath("//nav//a/@href")


@pytest.mark.covers("E5")
async def test_ones_own_number_is_saved_at_once(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha, "0754 123 456")
    assert page.path == "/methods?done=added"
    assert "Saved" in [heading.text_content() for heading in page.document.xpath("//h2")]


@pytest.mark.covers("E11")
async def test_the_page_says_what_is_agreed_to_and_that_is_kept(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT, "sw")
    page = await asha.open("/methods/add")
    await asha.submit(page, phone="0754 123 456")
    row = await portal.store.read(lambda tx: tx.execute(payment_methods.select()).one())
    assert row.consent_text in page.words
    assert row.consent_version == "phone-1"


@pytest.mark.covers("E11")
async def test_a_page_whose_text_never_was_is_refused(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha, consent="phone-0")
    assert page.status == 422
    assert page.error("consent").endswith("What you agree to has changed. Read it and press the button again")


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"phone": ""}, "phone", "Enter a mobile number"),
        ({"phone": "0754 98"}, "phone", "Enter a Tanzanian mobile number, like 0754 123 456"),
        (
            {"phone": "+254712345678"},
            "phone",
            "This number is not from Tanzania. Use a +255 number or pay by card",
        ),
        ({"phone": "0621 987 654"}, "network", "Choose the network that this number pays by"),
        ({"nickname": "x" * 31}, "nickname", "Use 30 characters or fewer"),
        ({"nickname": "4242 4242 4242 4242"}, "nickname", "Never type the number of a card here"),
    ],
    ids=str,
)
async def test_a_phone_that_will_not_do_is_refused_and_what_was_typed_stays(
    portal: Portal, typed: dict[str, str], field: str, sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha, **{"phone": WORK, "nickname": "Work"} | typed)
    assert (page.status, page.error(field)) == (422, f"Error: {sentence}")
    wanted = {"phone": WORK, "nickname": "Work"} | typed
    for name in ("phone", "nickname"):
        assert page.document.xpath(f"//input[@name='{name}']/@value") == [wanted[name]]


async def test_a_chosen_network_stays_chosen_when_something_else_will_not_do(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha, "12", network="AIRTEL_MONEY")
    assert page.document.xpath("//input[@name='network'][@checked]/@value") == ["AIRTEL_MONEY"]


async def test_a_number_that_is_saved_already_is_refused(portal: Portal) -> None:
    await put(portal, PHONE)
    page = await named(await portal.signed_in(TENANT))
    assert (page.status, page.error("phone")) == (422, "Error: You have saved this number already")


async def test_one_more_than_there_is_room_for_is_refused(portal: Portal) -> None:
    await put(portal, *(a_saved_phone(n, what=a_phone(f"25571200{n:04d}")) for n in range(MOST_SAVED)))
    page = await named(await portal.signed_in(TENANT))
    assert (page.status, page.error("phone")) == (422, "Error: You can save up to 12. Delete one first")


@pytest.mark.parametrize(
    "typed, sentence",
    [("", "Enter the code"), ("000000", "That code is not right or has expired. Ask for a new one")],
)
async def test_what_is_not_the_code_is_refused_and_not_shown_again(
    portal: Portal, typed: str, sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await named(asha), code=typed)
    assert (page.status, page.error("code")) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='code']/@value") == [""]
    assert "0754•••654" in page.words


@pytest.mark.covers("E5")
async def test_the_sixth_wrong_code_is_answered_429_and_says_when(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha)
    for _ in range(5):
        assert (await asha.submit(page, code="000000")).status == 422
    refused = await asha.submit(page, code=code_on(page))
    assert (refused.status, refused.h1) == (429, "Too many tries. Wait 15 minutes")
    assert refused.answer.headers["retry-after"] == "900"


async def test_a_fourth_code_is_answered_429(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha)
    for _ in range(2):
        page = await asha.press(page, "Send a new code")
        assert page.status == 200
    assert (await asha.press(page, "Send a new code")).status == 429


async def test_a_new_code_ends_the_old_one(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha)
    old = code_on(page)
    page = await asha.press(page, "Send a new code")
    new = code_on(page)
    assert old == new or (await asha.submit(page, code=old)).status == 422
    assert (await asha.submit(page, code=new)).path == "/methods?done=added"


async def test_what_waits_for_its_code_stands_in_the_list_and_can_be_deleted(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    await named(asha, nickname="Mama")
    page = await asha.open("/methods")
    (card,) = cards(page)
    assert card.startswith("Mama M-Pesa, 0754•••654 Not saved yet")
    verify, delete = page.document.xpath("//div[starts-with(@id, 'method-')]//a/@href")
    assert (await asha.open(verify)).h1 == "Enter the code"
    page = await asha.press(await asha.open(delete), "Delete")
    assert cards(page) == []
    assert (await asha.open(verify)).status == 404


async def test_the_page_for_the_code_of_a_number_that_is_saved_leads_to_the_list_and_claims_nothing(
    portal: Portal,
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha)
    await asha.submit(page, code=code_on(page))
    assert (await asha.open(page.path)).path == "/methods"
    assert (await asha.press(page, "Send a new code")).path == "/methods"
    assert (await asha.submit(page, code="123456")).path == "/methods?done=added"


async def test_outside_of_a_demo_no_page_shows_the_code(secure_portal: Portal) -> None:
    asha = await secure_portal.signed_in(TENANT)
    page = await named(asha)
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", page.words.replace("0754•••654", ""))
    await secure_portal.parts.worker.run_due()
    found = re.search(r"\d{6}", secure_portal.sink.letters[-1].text)
    assert found
    assert (await asha.submit(page, code=found[0])).path == "/methods?done=added"


async def test_the_code_of_one_number_is_not_shown_on_the_page_of_another(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    first = await named(asha)
    await named(asha, "0754 987 655")
    again = await asha.open(first.path)
    assert "Your code in this demonstration" not in again.words


@pytest.mark.covers("E1", "E7", "D58")
async def test_a_bank_account_is_saved_and_only_its_end_is_shown(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/methods/add?kind=account")
    page = await asha.submit(
        page, bank="NMB", holder="Asha Mushi", number="2251 0012 345", nickname="Savings"
    )
    assert page.path == "/methods?done=added"
    assert cards(page)[0].startswith("Savings Default Bank transfer, NMB •••• 2345")
    assert "22510012345" not in page.answer.text.replace(" ", "")


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({"bank": ""}, "Enter the name of your bank"),
        ({"bank": "N"}, "Enter the name of your bank, like CRDB or NMB"),
        ({"holder": " "}, "Enter the name of the account"),
        ({"holder": "A"}, "Enter the name as it stands on the account, in 3 to 60 letters"),
        ({"number": ""}, "Enter the account number"),
        ({"number": "123"}, "Enter the 8 to 20 digits of the account number"),
        ({"number": "4242424242424242"}, "This is the number of a card. Enter the number of the account"),
    ],
    ids=str,
)
async def test_an_account_that_will_not_do_is_refused_and_what_was_typed_stays(
    portal: Portal, typed: dict[str, str], sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    wanted = {"bank": "NMB", "holder": "Asha Mushi", "number": "22510012345"} | typed
    page = await asha.submit(await asha.open("/methods/add?kind=account"), **wanted)
    (field,) = typed
    assert (page.status, page.error(field)) == (422, f"Error: {sentence}")
    for name, value in wanted.items():
        assert page.document.xpath(f"//input[@name='{name}']/@value") == [value]


async def test_a_kind_that_nobody_knows_leads_to_the_one_for_phones(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    assert (await asha.open("/methods/add?kind=gold")).path == "/methods/add"
    answer = await asha.post("/methods/add?kind=gold", {"phone": WORK})
    assert (answer.status_code, answer.headers["location"]) == (303, "/methods/add")


@pytest.mark.covers("E2", "D57")
async def test_another_default_is_made_with_one_press(portal: Portal) -> None:
    await put(portal, PHONE, ACCOUNT)
    asha = await portal.signed_in(TENANT)
    page = await asha.press(await asha.open("/methods"), "Make default NMB •••• 2345")
    assert page.path == "/methods?done=default"
    assert "The default is changed" in page.words
    assert [("Default" in card.split()) for card in cards(page)] == [True, False]
    assert cards(page)[0].startswith("NMB •••• 2345")


@pytest.mark.covers("E4")
async def test_a_name_is_given_and_taken_away(portal: Portal) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/methods/{PHONE.id}/rename")
    assert page.document.xpath("//input[@name='nickname']/@value") == ["Work"]
    page = await asha.submit(page, nickname="Ofisini")
    assert (page.path, cards(page)[0].split()[0]) == ("/methods?done=renamed", "Ofisini")
    page = await asha.submit(await asha.open(f"/methods/{PHONE.id}/rename"), nickname=" ")
    assert cards(page)[0].startswith("0754•••654 Default M-Pesa Not used yet.")


@pytest.mark.covers("E4")
async def test_a_name_that_is_too_long_is_refused_and_stays_in_its_box(portal: Portal) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/methods/{PHONE.id}/rename"), nickname="x" * 31)
    assert (page.status, page.error("nickname")) == (422, "Error: Use 30 characters or fewer")
    assert page.document.xpath("//input[@name='nickname']/@value") == ["x" * 31]


@pytest.mark.covers("E3", "D57")
async def test_deleting_is_confirmed_first_and_hands_the_default_on(portal: Portal) -> None:
    await put(portal, PHONE, ACCOUNT)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/methods/{PHONE.id}/delete")
    assert page.h1 == "Delete this way to pay?"
    assert "Work, 0754•••654 (M-Pesa)" in page.words
    before = page
    page = await asha.press(before, "Delete")
    assert page.path == "/methods?done=deleted"
    assert (await asha.press(before, "Delete")).path == "/methods?done=deleted"
    assert [card.startswith("NMB •••• 2345 Default") for card in cards(page)] == [True]


async def test_an_address_cannot_put_words_on_the_page(portal: Portal) -> None:
    page = await (await portal.signed_in(TENANT)).open("/methods?done=<b>paid</b>")
    assert "paid" not in page.document.xpath("//main")[0].text_content()


@pytest.mark.covers("N1", "page:17")
@pytest.mark.parametrize("verb", ["verify", "default", "rename", "delete"])
async def test_what_is_somebody_else_s_is_not_found(portal: Portal, verb: str) -> None:
    await put(portal, PHONE)
    baraka = await portal.signed_in(NEIGHBOUR)
    for method_id in (PHONE.id, a_reference(404), "not-a-reference"):
        address = f"/methods/{method_id}/{verb}"
        answer = await baraka.post(address, {"nickname": "Mine", "code": "123456"})
        assert answer.status_code == 404
        if verb != "default":
            assert (await baraka.open(address)).status == 404
    assert cards(await baraka.open("/methods")) == []
    assert cards(await (await portal.signed_in(TENANT)).open("/methods"))[0].startswith("Work Default")


@pytest.mark.parametrize(
    "address, typed",
    [
        ("/methods/add?kind=phone", {"phone": "0754 9", "nickname": "Work"}),
        ("/methods/add?kind=account", {"bank": "NM", "number": "22"}),
        (f"/methods/{PHONE.id}/rename", {"nickname": "Ofisini"}),
    ],
)
async def test_another_language_keeps_what_was_typed(
    portal: Portal, address: str, typed: dict[str, str]
) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(address), button=("language", "sw"), **typed)
    assert (page.status, page.language, page.path) == (200, "sw", address)
    for name, value in typed.items():
        assert page.document.xpath(f"//input[@name='{name}']/@value") == [value]


async def test_another_language_on_the_page_for_the_code_uses_no_try_up(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await named(asha)
    code = code_on(page)
    for _ in range(6):
        page = await asha.submit(page, button=("language", "sw"), code="000000")
        assert (page.status, page.language) == (200, "sw")
    assert (await asha.submit(page, code=code)).path == "/methods?done=added"


@pytest.mark.covers("E9")
@pytest.mark.parametrize(
    "month, year, said",
    [
        (2, 2026, "This card has ended Add the new one that your bank has sent you."),
        (
            3,
            2026,
            (
                "This card ends before your rent is due "
                "It can be used until 31 March 2026, and rent is due on 5 April 2026."
            ),
        ),
        (4, 2026, ""),
    ],
)
async def test_a_card_that_ends_before_rent_is_due_says_so_in_time(
    portal: Portal, month: int, year: int, said: str
) -> None:
    rent = a_bill(reference=RENT, type=PaymentType.RENT, due_on=date(2026, 4, 5))
    await put_bills(portal, rent)
    await put(portal, a_saved_card(what=replace(CARD, face=replace(CARD.face, month=month, year=year))))
    (card,) = cards(await (await portal.signed_in(TENANT)).open("/methods"))
    assert card.startswith("Visa •••• 4242 Default Card")
    notice = card.partition("Not used yet.")[2].partition("Rename")[0].strip()
    assert notice == said
