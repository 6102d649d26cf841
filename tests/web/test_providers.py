"""The office's pages of the providers, and what payers read when one has trouble or is switched off."""

from __future__ import annotations

import pytest

from portal.domain.outcome import Accepted, Reason, Unknown
from portal.domain.trouble import Trouble
from portal.templating.environment import portal_environment, render
from portal.templating.language import Language
from tests.makers import LANDLORD, OFFICE, TENANT
from tests.templating.rendering import EVERY_PAGE
from tests.web.client import Browser, Page, Portal
from tests.web.paying import read, walked_to_check
from tests.web.people import APPROVER

HTML = Unknown(Reason.AMBIGUOUS, "HTTP 200, not JSON", trouble=Trouble.UNREADABLE)
DONE = "Vodacom put the code into its list"
NOTES = {"note_en": "M-Pesa is down until noon", "note_sw": "M-Pesa haifanyi kazi hadi mchana"}
LIST, PAGE = "/ops/providers", "/ops/providers/mpesa"
BOTH = pytest.mark.parametrize("language", ["en", "sw"])


async def met(portal: Portal, trouble: Trouble = Trouble.UNKNOWN_CODE, times: int = 1) -> None:
    for _ in range(times):
        await portal.parts.payments.alerts.meet("mpesa", "check", trouble, "INS-7777")


async def switched_off(portal: Portal) -> Browser:
    rehema = await portal.signed_in(OFFICE)
    await rehema.submit(await rehema.open(PAGE), "off", **NOTES)
    return rehema


def words_of(trouble: Trouble, language: Language) -> tuple[str, str]:
    module = portal_environment().by_language[language].get_template("ops/_trouble.html").module
    return str(module.trouble_name(trouble)), str(module.what_to_do(trouble))  # type: ignore[attr-defined]


@pytest.mark.covers("page:25", "O7")
async def test_every_provider_stands_in_the_list_with_how_it_works(portal: Portal) -> None:
    rehema = await portal.signed_in(OFFICE)
    assert "M-Pesa mpesa Not called yet 0 None yet None" in read(await rehema.open(LIST))
    await portal.parts.payments.alerts.hear("mpesa", "start", Accepted("request-1"))
    assert "M-Pesa mpesa Works 0 3 Mar 2026, 12:00 (EAT) None" in read(await rehema.open(LIST))
    await met(portal)
    assert "Needs a person 1" in read(await rehema.open(LIST))
    await met(portal, Trouble.UNREADABLE, times=3)
    assert "Has trouble now 2" in read(await rehema.open(LIST))


def test_without_any_provider_the_page_says_what_that_means() -> None:
    page = render(portal_environment(), "ops/providers.html", Language.EN, {**EVERY_PAGE, "providers": []})
    assert "No provider has settings" in page


@pytest.mark.covers("O4")
async def test_the_office_s_first_page_says_how_many_alerts_are_open(portal: Portal) -> None:
    rehema = await portal.signed_in(OFFICE)
    assert "A provider needs a person" not in read(await rehema.open("/ops"))
    await met(portal)
    page = await rehema.open("/ops")
    assert "A provider needs a person 1 alert is open." in read(page)
    assert "No payment needs a person" in read(page)
    assert LIST in page.document.xpath("//main//a/@href")


@pytest.mark.covers("page:25", "O4")
async def test_an_alert_says_in_plain_words_what_it_is_and_what_to_do(portal: Portal) -> None:
    await met(portal, times=2)
    page = read(await (await portal.signed_in(OFFICE)).open(PAGE))
    for words in (
        "It uses a code that we do not know",
        "Ask the provider what the code means",
        "Met 2 times, first at 3 Mar 2026, 12:00 (EAT)",
        "when we asked how a payment stands · INS-7777",
    ):
        assert words in page


@pytest.mark.parametrize("language", list(Language))
def test_every_trouble_has_words_of_its_own_and_something_to_do(language: Language) -> None:
    said = [words_of(trouble, language) for trouble in Trouble]
    assert all(name and to_do for name, to_do in said)
    assert len({name for name, _ in said}) == len({to_do for _, to_do in said}) == len(Trouble)


async def test_an_alert_is_closed_with_a_word_and_what_was_done_stays_readable(portal: Portal) -> None:
    await met(portal)
    rehema = await portal.signed_in(OFFICE)
    page = await rehema.submit(await rehema.open(PAGE), "close", done=DONE)
    assert (page.status, page.path) == (200, PAGE)
    assert "None. Nothing has to be seen to." in read(page)
    assert f"It uses a code that we do not know: closed by Rehema Said. {DONE}" in read(page)


async def test_what_was_over_by_itself_says_so(portal: Portal) -> None:
    await portal.parts.payments.alerts.hear("mpesa", "start", HTML)
    await portal.parts.payments.alerts.hear("mpesa", "start", Accepted("request-1"))
    page = await (await portal.signed_in(OFFICE)).open(PAGE)
    assert "It answers what nobody can read: over by itself" in read(page)


async def test_of_several_alerts_one_is_chosen(portal: Portal) -> None:
    for trouble in (Trouble.UNKNOWN_CODE, Trouble.CALLBACK_UNPROVED):
        await met(portal, trouble)
    rehema = await portal.signed_in(OFFICE)
    page = await rehema.submit(await rehema.open(PAGE), "close", done=DONE)
    assert (page.status, page.error("alert")) == (422, "Error: Choose the alert that you have seen to")
    chosen = page.document.xpath("//select[@name='alert']/option/@value")[2]
    page = await rehema.submit(page, "close", alert=chosen)
    assert "closed by Rehema Said" in read(page)
    assert "It uses a code that we do not know Ask the provider" in read(page)


async def test_an_alert_that_a_colleague_has_closed_is_said_to_be_closed(portal: Portal) -> None:
    await met(portal)
    rehema, daudi = await portal.signed_in(OFFICE), await portal.signed_in(APPROVER)
    shown = await rehema.open(PAGE)
    await daudi.submit(await daudi.open(PAGE), "close", done=DONE)
    page = await rehema.submit(shown, "close", done=DONE)
    assert (page.status, page.error("alert")) == (422, "Error: That alert is closed already")
    assert DONE in page.document.xpath("//textarea[@name='done']/text()")


@pytest.mark.parametrize(
    "form, field, typed, sentence",
    [
        ("close", "done", "", "Write what you did"),
        ("close", "done", "short", "Write 10 to 200 characters"),
        ("off", "note_en", "", "Write in English why it is switched off"),
        ("off", "note_sw", "", "Write in Swahili why it is switched off"),
        ("off", "note_sw", "n" * 201, "Write 10 to 200 characters"),
    ],
)
async def test_what_will_not_do_is_said_and_nothing_is_lost(
    portal: Portal, form: str, field: str, typed: str, sentence: str
) -> None:
    await met(portal)
    rehema = await portal.signed_in(OFFICE)
    filled = ({"done": DONE} if form == "close" else NOTES) | {field: typed}
    page = await rehema.submit(await rehema.open(PAGE), form, **filled)
    assert (page.status, page.error(field)) == (422, f"Error: {sentence}")
    for name, value in filled.items():
        assert page.document.xpath(f"string(//textarea[@name='{name}'])").strip() == value


@pytest.mark.parametrize("form, typed", [("close", {"done": DONE}), ("off", NOTES)])
async def test_changing_the_language_keeps_what_was_typed_and_does_nothing(
    portal: Portal, form: str, typed: dict[str, str]
) -> None:
    await met(portal)
    rehema = await portal.signed_in(OFFICE)
    page = await rehema.submit(await rehema.open(PAGE), form, button=("language", "sw"), **typed)
    assert (page.status, page.language) == (200, "sw")
    for name, value in typed.items():
        assert page.document.xpath(f"string(//textarea[@name='{name}'])").strip() == value
    assert await portal.site.providers.open_alerts() == 1


@pytest.mark.covers("H8", "H5")
@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_for_tenants_and_landlords_there_is_no_such_page(portal: Portal, person: str) -> None:
    somebody = await portal.signed_in(person)
    for path in (LIST, PAGE):
        assert (await somebody.get(path)).status_code == 404
    for act in ("close", "off", "on"):
        assert (await somebody.post(f"{PAGE}/{act}", NOTES)).status_code == 404


async def test_a_provider_that_never_was_has_no_page(portal: Portal) -> None:
    rehema = await portal.signed_in(OFFICE)
    assert (await rehema.open("/ops/providers/visa")).status == 404
    assert (await rehema.post("/ops/providers/visa/on")).status_code == 404


@pytest.mark.covers("H8", "O9", "A27")
@BOTH
async def test_what_is_switched_off_says_why_on_every_page_that_leads_to_it(
    portal: Portal, language: str
) -> None:
    rehema = await switched_off(portal)
    page = read(await rehema.open(PAGE))
    assert "Rehema Said switched it off at 3 Mar 2026, 12:00 (EAT)." in page
    note = NOTES[f"note_{language}"]
    asha = await portal.signed_in(TENANT, language)
    assert note in read(await asha.open("/"))
    methods = await asha.submit(await asha.open("/pay"))
    (line,) = methods.document.xpath("//input[@value='MPESA']")
    assert line.get("disabled") is not None
    assert read(methods).count(note) == 2


@pytest.mark.covers("H8")
async def test_whoever_stood_at_the_check_page_is_led_back_with_the_reason(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    check = await walked_to_check(asha)
    await switched_off(portal)
    page = await asha.submit(check)
    assert (page.status, page.h1) == (422, "How do you want to pay?")
    assert "That way to pay is switched off now. Choose another way" in page.error("method")
    assert portal.provider.pushes == []
    again = await asha.open(check.path)
    assert again.h1 == "How do you want to pay?"


@pytest.mark.covers("H8")
async def test_switched_on_it_takes_payments_again(portal: Portal) -> None:
    rehema = await switched_off(portal)
    page = await rehema.submit(await rehema.open(PAGE), "on")
    assert "Rehema Said switched it on" in read(page)
    asha = await portal.signed_in(TENANT)
    assert NOTES["note_en"] not in read(await asha.open("/"))
    assert (await asha.submit(await walked_to_check(asha))).h1 == "Check your phone"


@pytest.mark.covers("O9", "A27", "page:1")
@pytest.mark.parametrize(
    "language, heading, label",
    [
        ("en", "M-Pesa has trouble now", "Has trouble now."),
        ("sw", "M-Pesa ina tatizo kwa sasa", "Ina tatizo sasa."),
    ],
)
async def test_trouble_that_payers_meet_is_told_and_bars_nobody(
    portal: Portal, language: str, heading: str, label: str
) -> None:
    await met(portal, Trouble.UNREADABLE, times=3)
    asha = await portal.signed_in(TENANT, language)
    assert heading in read(await asha.open("/"))
    methods: Page = await asha.submit(await asha.open("/pay"))
    assert heading in read(methods)
    assert label in read(methods)
    (line,) = methods.document.xpath("//input[@value='MPESA']")
    assert line.get("disabled") is None


async def test_what_payers_do_not_meet_stays_with_the_office(portal: Portal) -> None:
    await met(portal, Trouble.CALLBACK_UNPROVED, times=9)
    assert "trouble" not in read(await (await portal.signed_in(TENANT)).open("/"))
