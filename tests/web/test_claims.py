"""The page on which a payer gives the operator's receipt code, and what is then said on the payment's own page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.claim import Claimed
from portal.domain.method import CARDS, PaymentMethod
from portal.domain.outcome import NotPaid, Paid, Reason, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Capabilities
from portal.store import payments as payment_rows
from portal.templating.language import Language
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, PAYMENT, TENANT, a_reference
from tests.web.client import Browser, Page, Portal
from tests.web.paying import read
from tests.web.records import pay, put
from tests.web.standings import a_standing, drawn, offers, words

CLAIM = f"/pay/{PAYMENT}/claim"
STATUS = f"/pay/{PAYMENT}"
TYPED = "NLJ7RT61SV"
LOOKING = {
    "en": "We cannot see that payment yet. We will keep looking for 24 hours.",
    "sw": "Bado hatuoni malipo hayo. Tutaendelea kutafuta kwa saa 24.",
}
PROBLEMS = [
    ("", "Enter the receipt code", "Weka namba ya muamala"),
    ("NLJ", "Enter the code exactly as in the SMS", "Weka namba kama ilivyo kwenye SMS"),
    (
        "1234",
        "Four digits are no receipt code. Never type your PIN here",
        "Tarakimu nne si namba ya muamala. Usiweke namba yako ya siri hapa",
    ),
    (
        "0754 123 456",
        "This is a phone number. Enter the receipt code",
        "Hii ni namba ya simu. Weka namba ya muamala",
    ),
    (
        "UC35T8K2QX",
        "That code already belongs to another payment",
        "Namba hiyo tayari imetumika kwa malipo mengine",
    ),
]


async def unsure(portal: Portal, state: State = State.UNCERTAIN) -> None:
    portal.provider.will_say(Unknown(Reason.AMBIGUOUS, "ReadTimeout"))
    await put(portal, state)


async def claimed(asha: Browser, typed: str = TYPED) -> Page:
    return await asha.submit(await asha.open(CLAIM), claim=typed)


@pytest.mark.covers("page:10", "B9")
@pytest.mark.parametrize(
    "state", [State.UNCERTAIN, State.FAILED, State.CANCELLED, State.EXPIRED, State.AWAITING_BANK]
)
async def test_the_page_of_a_payment_leads_to_the_form(portal: Portal, state: State) -> None:
    await unsure(portal, state)
    asha = await portal.signed_in(TENANT)
    status = await asha.open(STATUS)
    assert CLAIM in status.document.xpath("//*[@id='status']//a/@href")
    form = await asha.open(CLAIM)
    assert (form.status, form.h1) == (200, "Enter the receipt code")
    for fact in ("TSh 453,500", "Juma Mollel", "Never type your PIN here."):
        assert fact in form.words


@pytest.mark.covers("page:10", "B9")
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_what_nobody_knows_yet_is_looked_for_and_the_payer_is_told_so(
    portal: Portal, language: str
) -> None:
    await unsure(portal)
    asha = await portal.signed_in(TENANT, language)
    page = await claimed(asha)
    assert page.path == STATUS
    assert LOOKING[language] in read(page)
    assert TYPED in read(page)
    portal.clock.advance(hours=24)
    assert LOOKING[language] not in read(await asha.open(STATUS))
    later = {"en": "We have looked for 24 hours", "sw": "Tumetafuta kwa saa 24"}
    assert later[language] in read(await asha.open(STATUS))


@pytest.mark.covers("B9")
async def test_a_code_that_is_proved_turns_the_page_to_paid(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities(known_by_receipt_code=True)
    await unsure(portal, State.EXPIRED)
    payment = await portal.parts.payments.load(PAYMENT)
    portal.provider.will_know(TYPED, Paid(payment.total, TYPED, reference=PAYMENT))
    page = await claimed(await portal.signed_in(TENANT), "nlj7 rt61 sv")
    assert page.h1 == "Paid. Your payment arrived late"
    assert "You gave us a receipt code" not in read(page)


async def test_a_code_that_proves_nothing_says_not_to_pay_again(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities(known_by_receipt_code=True)
    await unsure(portal)
    portal.provider.will_know(TYPED, Paid(receipt_code=TYPED))
    page = await claimed(await portal.signed_in(TENANT))
    assert "M-Pesa knows this code. Our office checks that it paid this. Do not pay again" in read(page)
    assert "M-Pesa knows the receipt code NLJ7RT61SV, but not what it was for." in read(page)


@pytest.mark.covers("B9")
@pytest.mark.parametrize("typed, english, swahili", PROBLEMS)
async def test_what_will_not_do_is_said_in_both_languages_and_nothing_is_changed(
    portal: Portal, typed: str, english: str, swahili: str
) -> None:
    await pay(portal)
    await unsure(portal, State.EXPIRED)
    before = await portal.store.read(lambda tx: payment_rows.load(tx, PAYMENT))
    for language, sentence in ((Language.EN, english), (Language.SW, swahili)):
        page = await claimed(await portal.signed_in(TENANT, language), typed)
        assert (page.status, page.path) == (422, CLAIM)
        assert sentence in page.error("claim")
        kept = page.document.xpath("//input[@name='claim']/@value")
        assert kept == ["" if typed == "1234" else typed]
    after = await portal.store.read(lambda tx: payment_rows.load(tx, PAYMENT))
    assert before
    assert after
    assert replace(before, version=after.version, updated_at=after.updated_at) == after


@pytest.mark.covers("B9")
async def test_a_sixth_try_in_an_hour_is_told_when_the_next_may_come(portal: Portal) -> None:
    await unsure(portal)
    asha = await portal.signed_in(TENANT)
    for number in range(5):
        assert (await claimed(asha, f"NLJ7RT61S{number}")).status == 200
    page = await claimed(asha)
    assert page.status == 429
    assert page.answer.headers["retry-after"] == "3600"
    assert (page.h1, "You can try again at 13:00" in page.words) == ("Too many tries. Wait 60 minutes", True)


async def test_changing_the_language_keeps_what_was_typed_and_tries_nothing(portal: Portal) -> None:
    await unsure(portal)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(CLAIM), button=("language", "sw"), claim=TYPED)
    assert (page.status, page.language, page.h1) == (200, "sw", "Weka namba ya muamala")
    assert page.document.xpath("//input[@name='claim']/@value") == [TYPED]
    assert (await portal.parts.payments.load(PAYMENT)).claimed_code is None


@pytest.mark.parametrize("state", [State.AWAITING_PAYER, State.PROCESSING, State.COMPLETED])
async def test_where_nothing_can_be_claimed_both_verbs_lead_back(portal: Portal, state: State) -> None:
    await put(portal, state)
    asha = await portal.signed_in(TENANT)
    for answer in (await asha.get(CLAIM), await asha.post(CLAIM, {"claim": TYPED})):
        assert (answer.status_code, answer.headers["location"]) == (303, STATUS)
    assert (await portal.parts.payments.load(PAYMENT)).claimed_code is None


@pytest.mark.parametrize("person", [NEIGHBOUR, LANDLORD, OFFICE])
async def test_nobody_else_claims_a_tenant_s_payment(portal: Portal, person: str) -> None:
    await unsure(portal)
    somebody = await portal.signed_in(person)
    assert (await somebody.get(CLAIM)).status_code == 404
    assert (await somebody.post(CLAIM, {"claim": TYPED})).status_code == 404
    assert (await somebody.get(f"/pay/{a_reference(77)}/claim")).status_code == 404


@pytest.mark.covers("B9", "H2")
async def test_the_office_sees_the_code_and_that_nobody_answered_for_it(portal: Portal) -> None:
    await unsure(portal, State.EXPIRED)
    await claimed(await portal.signed_in(TENANT))
    rehema = await portal.signed_in(OFFICE)
    assert "The tenant gave a receipt code" in read(await rehema.open("/ops"))
    case = read(await rehema.open(f"/ops/payments/{PAYMENT}"))
    assert f"Receipt code from the tenant {TYPED}" in case
    assert f"The tenant gave the receipt code {TYPED}" in case
    assert "Propose: no money came" in case


async def test_a_known_code_stands_in_the_office_as_such(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities(known_by_receipt_code=True)
    await unsure(portal)
    portal.provider.will_know(TYPED, Paid(receipt_code=TYPED))
    await claimed(await portal.signed_in(TENANT))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "M-Pesa knows the receipt code that the tenant gave" in read(page)


async def test_a_transfer_that_is_claimed_to_be_on_its_way_needs_no_person_yet(portal: Portal) -> None:
    await unsure(portal, State.AWAITING_BANK)
    await claimed(await portal.signed_in(TENANT))
    assert "Nothing needs a person" in read(await (await portal.signed_in(OFFICE)).open("/ops"))


async def test_the_provider_s_no_to_the_usual_question_ends_the_payment_and_not_the_search(
    portal: Portal,
) -> None:
    await unsure(portal)
    portal.provider.will_say(NotPaid(Reason.WRONG_PIN, "2001"))
    page = await claimed(await portal.signed_in(TENANT))
    assert page.h1 == "Not paid"
    assert LOOKING["en"] in read(page)


@pytest.mark.parametrize("method", PaymentMethod)
def test_a_code_is_asked_for_where_somebody_sends_one(method: PaymentMethod) -> None:
    offered = offers(drawn(a_standing(State.FAILED, reason=Reason.WRONG_PIN, method=method)))
    assert ("I have a receipt code" in offered) is (method not in CARDS)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("method", [PaymentMethod.TIGO_PESA, PaymentMethod.BANK_TRANSFER])
def test_who_sends_a_transfer_says_so_and_who_has_a_receipt_gives_its_code(
    method: PaymentMethod, language: Language
) -> None:
    state = State.AWAITING_BANK if method is PaymentMethod.BANK_TRANSFER else State.EXPIRED
    offered = offers(drawn(a_standing(state, method=method), language))
    label = {
        PaymentMethod.TIGO_PESA: {Language.EN: "I have a receipt code", Language.SW: "Nina namba ya muamala"},
        PaymentMethod.BANK_TRANSFER: {Language.EN: "I have sent it", Language.SW: "Nimetuma"},
    }
    assert label[method][language] in offered


def test_a_paid_page_says_nothing_of_an_earlier_claim() -> None:
    standing = a_standing(State.COMPLETED)
    assert standing.claim is None
    assert "You gave us a receipt code" not in words(drawn(standing))


def test_a_claim_is_looked_for_from_when_it_was_made() -> None:
    assert a_standing(State.EXPIRED, claimed_code=TYPED).claim is Claimed.LOOKED_FOR
    assert a_standing(State.EXPIRED, age=90_000, claimed_code=TYPED).claim is Claimed.NOT_FOUND
