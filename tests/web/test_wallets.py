"""The three wallets on the pages: each by its right name, and never more offered than its provider can do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from portal.domain.bill import PartPolicy
from portal.domain.method import BESIDE, CHOICES, PaymentMethod
from portal.domain.outcome import Accepted, NotPaid, Paid, Pending, Reason
from portal.domain.payment_state import State
from portal.providers.provider import Capabilities, Instruction
from portal.store.tables import leases as lease_rows
from portal.store.writer import Store
from portal.templating.language import Language
from tests.fakes import FakeProvider
from tests.makers import LANDLORD, OFFICE, TENANT, FakeClock
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import BIG, a_bill_above_the_limit, put_bills, read, reference_of, told, walked_to_check
from tests.web.standings import a_standing, drawn, drawn_card, offers, words
from tests.web.test_pay import chosen, off

MPESA, MIXX, AIRTEL = PaymentMethod.MPESA, PaymentMethod.TIGO_PESA, PaymentMethod.AIRTEL_MONEY
WALLETS = {
    MPESA: ("M-Pesa", "M-Pesa", "0754 123 456", "mpesa"),
    MIXX: ("Mixx by Yas", "Mixx by Yas (Tigo Pesa)", "0655 123 456", "mixx"),
    AIRTEL: ("Airtel Money", "Airtel Money", "0684 123 456", "airtel"),
}
"""What each is called in a sentence and in full, a number of its network, and its word in addresses."""
EACH = pytest.mark.parametrize("method", WALLETS)
CANNOT_ASK = Capabilities(answers_questions=False)


@pytest.fixture
async def wallets(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """A portal with all three; nobody can ask Mixx."""
    mixx = FakeProvider("tigo", (MIXX,), CANNOT_ASK)
    mixx.will_say(Pending("no query"))
    opened = await open_portal(
        sqlite_store, clock, providers=[FakeProvider(), mixx, FakeProvider("airtel", (AIRTEL,))]
    )
    yield opened
    await opened.close()


@pytest.fixture
async def mixx_alone(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    provider = FakeProvider("tigo", (MIXX,), CANNOT_ASK)
    provider.will_say(Pending("no query"))
    opened = await open_portal(sqlite_store, clock, providers=[provider])
    yield opened
    await opened.close()


async def how_page(portal: Portal, path: str = "/pay", language: str = "en") -> tuple[Browser, Page]:
    asha = await portal.signed_in(TENANT, language)
    return asha, await asha.submit(await asha.open(path))


async def paid_by(portal: Portal, method: PaymentMethod) -> tuple[Browser, Page]:
    """Asha's browser on the page of a payment that she asked for from a number of that network."""
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, phone=WALLETS[method][2], method=method)
    page = page if page.h1 == "Check before you pay" else await asha.submit(page, agreed="yes")
    return asha, await asha.submit(page)


@pytest.mark.covers("A5", "A6", "A28", "page:4")
async def test_each_wallet_shows_its_fee_and_limit_before_it_is_chosen(wallets: Portal) -> None:
    _, page = await how_page(wallets)
    for _, name, _, _ in WALLETS.values():
        line = f"{name} Fee TSh 3,500 From TSh 1,000 to TSh 3,000,000 in one payment, fee included."
        assert line in read(page)
    assert not set(WALLETS) & set(off(page))


@pytest.mark.covers("A26")
async def test_the_payer_chooses_another_network_than_the_prefix_preselects(wallets: Portal) -> None:
    asha, page = await how_page(wallets)
    assert chosen(page, "method") == ["MPESA"]
    page = await asha.submit(page, method="AIRTEL_MONEY")
    assert "This number started on Vodacom. If it has moved to Airtel, continue." in page.words
    assert "by Airtel Money, plus a fee of TSh 3,500" in page.words
    page = await asha.submit(page)
    assert "This number started on Vodacom. If it has moved to Airtel, continue." in page.words
    assert (await asha.submit(page)).h1 == "Check your phone"


async def test_a_number_that_is_refused_is_no_longer_called_moved(wallets: Portal) -> None:
    asha, page = await how_page(wallets)
    page = await asha.submit(await asha.submit(page, method="AIRTEL_MONEY"), phone="0684 12")
    assert page.status == 422
    assert "This number started on" not in page.words


async def test_without_a_provider_a_wallet_is_off_and_nothing_is_preselected_for_it(
    mixx_alone: Portal,
) -> None:
    asha, page = await how_page(mixx_alone)
    assert off(page)["MPESA"] == "M-Pesa Not open yet"
    assert chosen(page, "method") == []
    assert (await asha.submit(page, method="MPESA")).h1 == "That way to pay does not work now"


@pytest.mark.covers("A19", "A28", "page:4")
async def test_too_much_for_every_wallet_can_be_paid_in_parts(wallets: Portal) -> None:
    await put_bills(wallets, a_bill_above_the_limit())
    asha, page = await how_page(wallets, f"/pay?bill={BIG}")
    assert len(off(page)) == len(CHOICES) - len(BESIDE)
    assert "Your landlord accepts parts: pay it in several payments, each inside the limit." in page.words
    assert not page.document.xpath("//main//form//button[@type='submit']")
    (parts,) = page.document.xpath("//a[contains(@class, 'primary')]")
    assert words(parts) == "Pay in parts"
    page = await asha.submit(await asha.open(parts.get("href")), amount="2,000,000")
    assert chosen(page, "method") == ["MPESA"]


@pytest.mark.covers("A19")
async def test_too_much_where_no_part_is_taken_says_whom_to_ask(wallets: Portal) -> None:
    await put_bills(wallets, a_bill_above_the_limit())
    no_parts = update(lease_rows).values(part_policy=PartPolicy.FULL_ONLY)
    await wallets.store.write(lambda tx: tx.execute(no_parts))
    _, page = await how_page(wallets, f"/pay?bill={BIG}")
    assert "Your landlord accepts only the full amount. Ask your landlord to accept parts" in page.words
    assert "Pay in parts" not in page.words


async def test_with_every_way_off_nothing_can_be_pressed(sqlite_store: Store, clock: FakeClock) -> None:
    portal = await open_portal(sqlite_store, clock, providers=[FakeProvider(methods=())])
    _, page = await how_page(portal)
    assert "No way to pay is open for this amount" in page.words
    assert not page.document.xpath("//main//form//button[@type='submit']")
    await portal.close()


@pytest.mark.covers("A5", "A6", "B6", "page:6", "page:7")
@EACH
async def test_each_wallet_is_called_by_its_name_from_the_check_to_the_receipt(
    wallets: Portal, method: PaymentMethod
) -> None:
    name, full, _, word = WALLETS[method]
    asha, page = await paid_by(wallets, method)
    assert f"Enter your {name} PIN on your phone to pay TSh 453,500 to Juma Mollel." in page.words
    assert f"From {full} · 0" in read(page)
    assert words(page.document.xpath("//*[@class='phone-prompt']//b")[0]) == name
    assert page.document.xpath(f"//details[@id='no-message']//a[@href='/help/no-prompt/{word}']")
    reference = reference_of(page)
    payment = await told(wallets, reference, Paid(receipt_code="UC35T8K2QX"))
    assert payment.fee_rule.startswith(method.lower().replace("_", "-"))
    assert f"{name} reference UC35T8K2QX." in (await asha.open(page.path)).words
    for path in (f"/payments/{reference}", f"/r/{payment.receipt.address if payment.receipt else ''}"):
        shown = await asha.open(path)
        assert f"Paid with {full} · 0" in read(shown).replace("\u00a0", " ")
        assert f"{name} fee" in read(shown)
    assert full in read(await asha.open("/payments"))
    assert full in read(await (await wallets.signed_in(LANDLORD)).open("/landlord"))


@pytest.mark.covers("page:6")
@EACH
async def test_the_check_page_names_the_way_in_full_and_its_fee(
    wallets: Portal, method: PaymentMethod
) -> None:
    name, full, _, _ = WALLETS[method]
    asha = await wallets.signed_in(TENANT)
    page = await walked_to_check(asha, method=method)
    assert f"Way to pay {full} Change" in read(page)
    assert f"{name} fee TSh 1,000" in read(page)


@pytest.mark.covers("page:25")
async def test_the_office_sees_by_which_way_a_silent_payment_went(wallets: Portal) -> None:
    _, page = await paid_by(wallets, MIXX)
    wallets.clock.advance(minutes=20)
    await told(wallets, reference_of(page), Pending("no query"))
    office = await (await wallets.signed_in(OFFICE)).open("/ops")
    assert "Mixx by Yas (Tigo Pesa) · A3, Mikocheni" in read(office)


@pytest.mark.covers("B10", "A5")
async def test_where_nobody_can_be_asked_nothing_is_offered_that_asks(wallets: Portal) -> None:
    asha, page = await paid_by(wallets, MIXX)
    assert offers(page.document) == ["Look again", "I see no message"]
    assert "We cannot ask Mixx by Yas. Its answer comes by itself once you have paid or refused" in page.words
    assert "cancel this request" not in page.words
    assert (await asha.open(f"{page.path}/cancel")).path == page.path
    asked = await asha.open(f"{page.path}?asked=1")
    assert "We are asking Mixx by Yas again" not in asked.words
    wallets.clock.advance(minutes=6)
    await told(wallets, reference_of(page), Pending("no query"))
    page = await asha.open(page.path)
    assert page.h1 == "We do not have the answer yet"
    assert offers(page.document) == ["I have a receipt code", "Look again", "Get help"]
    assert "We wait for its answer, and our office looks into it." in page.words
    assert "We do not have the answer yet. We wait for Mixx by Yas." in page.words
    assert "We keep asking" not in (await asha.open(f"/payments/{reference_of(page)}")).words


@pytest.mark.covers("B14", "A5")
async def test_a_failure_without_a_reason_is_a_failure_all_the_same(wallets: Portal) -> None:
    asha, page = await paid_by(wallets, MIXX)
    await told(wallets, reference_of(page), NotPaid(Reason.NOT_COMPLETED, "false"))
    page = await asha.open(page.path)
    assert page.h1 == "Not paid"
    assert "Mixx by Yas says the payment was not completed. No money was taken" in page.words
    assert offers(page.document) == ["Try again", "Pay another way", "I have a receipt code"]
    detail = await asha.open(f"/payments/{reference_of(page)}")
    assert "Not paid. Mixx by Yas says the payment was not completed." in detail.words


@pytest.mark.covers("B6", "B7", "D48")
async def test_who_is_asked_by_a_provider_that_answers_late_is_told_to_look_at_the_phone(
    wallets: Portal,
) -> None:
    """The answer to the push comes only when the payer has entered the PIN; the page does not wait for it."""
    pages: list[Page] = []
    asha = await wallets.signed_in(TENANT)

    async def payer_looks(instruction: Instruction) -> None:
        pages.append(await asha.open(f"/pay/{instruction.reference}"))
        wallets.clock.advance(seconds=5)
        pages.append(await asha.open(f"/pay/{instruction.reference}"))

    wallets.provider.on_push = payer_looks
    wallets.provider.will_answer(Accepted("request-1", ended=Paid(receipt_code="UC35T8K2QX")))
    page = await asha.submit(await walked_to_check(asha))
    assert [seen.h1 for seen in pages] == ["Sending the request to your phone", "Check your phone"]
    assert "Enter your M-Pesa PIN on your phone to pay TSh 453,500 to Juma Mollel." in pages[1].words
    assert "Not before you enter your PIN." in pages[1].words
    assert offers(pages[1].document) == ["Look again", "I see no message"]
    assert page.h1 == "Paid"


def test_a_request_that_is_on_its_way_for_long_says_so_in_the_reader_s_voice_once() -> None:
    page = drawn_card(a_standing(State.SUBMITTING, age=5, seen=2))
    assert not page.xpath("//*[@*[name()='hx-swap-oob'] = 'innerHTML:#live']")
    page = drawn_card(a_standing(State.SUBMITTING, age=4, seen=2))
    assert "Check your phone. Approve on the phone." in words(page)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("age, says", [(5, True), (130, True), (400, False)])
def test_a_long_wait_for_the_push_promises_no_end(language: Language, age: int, *, says: bool) -> None:
    page = drawn(a_standing(State.SUBMITTING, age=age, can_be_asked=False), language)
    card = words(page.xpath("//*[@id='status']")[0])
    assert "12:05" not in card
    assert bool(page.xpath("//@hx-trigger")) is says


@pytest.mark.covers("B14", "A5", "A6")
@pytest.mark.parametrize(
    "reason, english, swahili",
    [
        (
            Reason.INSUFFICIENT_FUNDS,
            "Your {} balance is not enough",
            "Salio lako la {} halitoshi",
        ),
        (
            Reason.PIN_LOCKED,
            "Your PIN is blocked or expired. Contact {}",
            "Namba yako ya siri imefungwa au imeisha muda. Wasiliana na {}",
        ),
        (Reason.NOT_REGISTERED, "This number does not have {}", "Namba hii haina {}"),
        (Reason.PAYEE_PROBLEM, "We cannot receive by {} now", "Hatuwezi kupokea kwa {} kwa sasa"),
        (
            Reason.PROVIDER_BUSY,
            "{} is busy. Try in a minute",
            "{} ina shughuli nyingi. Jaribu baada ya dakika moja",
        ),
        (
            Reason.PROMPT_NOT_SENT,
            "{} could not send the message to the phone",
            "{} haikuweza kutuma ujumbe kwenye simu",
        ),
    ],
)
@EACH
def test_each_reason_names_the_network_that_said_it(
    method: PaymentMethod, reason: Reason, english: str, swahili: str
) -> None:
    standing, name = a_standing(State.FAILED, reason=reason, method=method), WALLETS[method][0]
    assert f"{english.format(name)}. No money was taken" in words(drawn(standing))
    assert f"{swahili.format(name)}. Hakuna pesa" in words(drawn(standing, Language.SW))


@pytest.mark.parametrize("method", [method for method in PaymentMethod if method not in {*WALLETS, *BESIDE}])
def test_a_way_without_a_prompt_has_no_page_of_help_for_it(method: PaymentMethod) -> None:
    assert a_standing(State.AWAITING_PAYER, method=method).no_prompt_page is None
    page = drawn(a_standing(State.AWAITING_PAYER, method=method))
    assert not page.xpath("//details[@id='no-message']//a")


@pytest.mark.parametrize(
    "code, said",
    [
        ("false", None),
        ("1037", "PM-1037"),
        ("DP00800001005", "PM-DP00800001005"),
        ("DebitMandate-10-1000-E", "PM-DebitMandate-10-1000-E"),
        ("read timeout 5", None),
    ],
)
def test_a_code_is_said_for_help_only_where_it_is_one(code: str, said: str | None) -> None:
    assert a_standing(State.FAILED, reason=Reason.NOT_COMPLETED, code=code).support == said
