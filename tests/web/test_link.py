"""Somebody else pays: the pages of a link, by forms alone, for people without an account."""

from __future__ import annotations

from html import unescape

import pytest

from portal.domain.outcome import NotPaid, NotSent, Outcome, Paid, Reason, Unknown
from portal.domain.payment_state import State
from tests.makers import BILL, NEIGHBOUR, OFFICE, TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.linking import (
    MASKED,
    NO_ANSWER,
    SECRETS,
    THEIRS,
    WRONG_PIN,
    a_link,
    at_the_check,
    at_the_phone,
    guest_pays,
    link_on,
    newest,
    nothing_is_told,
)
from tests.web.paying import (
    BIG,
    RENT,
    a_bill_above_the_limit,
    a_rent_bill,
    paying,
    put_bills,
    read,
    reference_of,
    told,
)

PAID = Paid(receipt_code="UC35T8K2QX")
SILENT = Unknown(Reason.AMBIGUOUS, "read timeout")


@pytest.mark.covers("page:20", "A18", "A12", "B13")
async def test_a_stranger_pays_by_forms_alone_and_learns_nothing_of_the_people(portal: Portal) -> None:
    link, guest = await a_link(portal), portal.browser()
    page = await guest.open(link)
    seen, pages = [page.h1], [page]
    for typed in ({"method": "MPESA"}, {"phone": THEIRS, "agreed": "yes"}, {}):
        page = await guest.submit(page, **typed)
        seen.append(page.h1)
        pages.append(page)
    assert seen == [
        "Pay for somebody else",
        "Which phone do you pay from?",
        "Check before you pay",
        "Check your phone",
    ]
    await told(portal, await newest(portal), PAID)
    pages.append(page := await guest.open(page.path))
    assert page.h1 == "Paid"
    assert "TSh 453,500 for deposit, by M-Pesa. The tenant has the receipt too." in read(page)
    assert all(map(nothing_is_told, pages))


async def test_the_first_page_says_what_is_paid_for_whom_and_until_when(portal: Portal) -> None:
    page = await portal.browser().open(await a_link(portal))
    text = read(page)
    assert "Deposit · Unit A3 TSh 450,000 for the tenant A. M." in text
    assert "This link works until 10 Mar 2026, 12:00 (EAT). It shows and pays this one bill" in text
    assert "M-Pesa Fee TSh 3,500 From TSh 1,000 to TSh 3,000,000 in one payment" in text
    assert page.answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.answer.headers["referrer-policy"] == "same-origin"


async def test_the_check_page_shows_the_total_and_the_phone_masked(portal: Portal) -> None:
    guest = portal.browser()
    page = await at_the_check(guest, await a_link(portal))
    text = read(page)
    assert "Total TSh 453,500" in text
    assert f"Pressing Pay sends a request to {MASKED}." in text
    assert THEIRS.replace(" ", "") not in page.answer.text
    assert [link for link in page.document.xpath("//main//a/@href") if not str(link).startswith("/p/")] == []


async def test_what_was_chosen_can_be_changed_and_is_kept(portal: Portal) -> None:
    guest = portal.browser()
    page = await at_the_check(guest, await a_link(portal))
    method, phone = page.document.xpath("//dd[@class='change']/a/@href")
    assert (await guest.open(phone)).document.xpath("//input[@name='phone']/@value") == [THEIRS]
    page = await guest.open(method)
    assert page.document.xpath("//input[@name='method'][@checked]/@value") == ["MPESA"]
    page = await guest.submit(page)
    assert page.document.xpath("//input[@name='phone']/@value") == [THEIRS]


# ---- when it is over ----


@pytest.mark.covers("B13")
async def test_a_link_works_for_a_week_and_then_says_that_it_has_ended(portal: Portal) -> None:
    link = await a_link(portal)
    portal.clock.advance(days=6, hours=23)
    assert (await portal.browser().open(link)).status == 200
    portal.clock.advance(hours=1)
    page = await portal.browser().open(link)
    assert (page.status, page.h1) == (410, "This link has ended")
    assert "Ask for a new one" in page.words
    assert not page.document.xpath("//main//a[starts-with(@href, '/p/')]")


@pytest.mark.parametrize("change", ["/p/made-up", "{}x", "{}.x", "/p/a.b.c.d"])
async def test_a_link_that_we_did_not_make_is_not_there(portal: Portal, change: str) -> None:
    page = await portal.browser().open(change.format(await a_link(portal)))
    assert (page.status, page.h1) == (404, "Page not found")


@pytest.mark.covers("A18")
async def test_used_once_the_link_says_paid_and_takes_no_more(portal: Portal) -> None:
    link = await a_link(portal)
    _, page = await guest_pays(portal, link)
    await told(portal, await newest(portal), PAID)
    later = portal.browser()
    page = await later.open(link)
    assert page.h1 == "Paid"
    assert not page.document.xpath("//form[@method='post']")
    (proof,) = page.document.xpath("//a[normalize-space()='Check the receipt']/@href")
    proved = await later.open(str(proof))
    assert "Genuine and paid" in proved.words
    again = await later.post(link, {"method": "MPESA"})
    assert (again.status_code, again.headers["location"]) == (303, link)


async def test_what_the_tenant_paid_meanwhile_shows_no_code_of_theirs(portal: Portal) -> None:
    link = await a_link(portal)
    _, page = await paying(portal)
    await told(portal, reference_of(page), PAID)
    page = await portal.browser().open(link)
    assert page.h1 == "Paid"
    assert "The tenant has the receipt." in page.words
    assert not page.document.xpath("//a[starts-with(@href, '/v/')]")


# ---- one attempt at a time ----


@pytest.mark.covers("D35", "L1")
async def test_while_the_tenant_pays_the_link_shows_that_and_takes_nothing(portal: Portal) -> None:
    link, guest = await a_link(portal), portal.browser()
    check = await at_the_check(guest, link)
    _, hers = await paying(portal)
    pushes = len(portal.provider.pushes)
    page = await guest.submit(check)
    assert page.h1 == "A payment is under way"
    assert "Do not pay at the same time" in page.words
    assert "0754" not in page.answer.text
    assert len(portal.provider.pushes) == pushes
    portal.clock.advance(minutes=5)
    await told(portal, reference_of(hers), SILENT)
    page = await guest.open(link)
    assert page.h1 == "We do not have the answer yet"
    assert not page.document.xpath("//form[@method='post']")
    await told(portal, reference_of(hers), NO_ANSWER)
    assert (await guest.open(link)).h1 == "Pay for somebody else"


async def test_the_tenant_cannot_pay_while_a_guest_does(portal: Portal) -> None:
    await guest_pays(portal, await a_link(portal))
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/")
    assert f"/pay/{await newest(portal)}" in page.answer.text
    assert (await asha.post("/pay", {"bill": BILL})).status_code == 409


async def test_pay_pressed_twice_is_one_prompt(portal: Portal) -> None:
    guest = portal.browser()
    check = await at_the_check(guest, await a_link(portal))
    pushes = len(portal.provider.pushes)
    first, second = await guest.submit(check), await guest.submit(check)
    assert first.path == second.path
    assert len(portal.provider.pushes) == pushes + 1
    assert (await guest.open(check.path)).path == first.path


# ---- bad forms ----


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"phone": ""}, "phone", "Enter a mobile number"),
        (
            {"phone": "0754 12", "agreed": "yes"},
            "phone",
            "Enter a Tanzanian mobile number, like 0754 123 456",
        ),
        ({"phone": THEIRS}, "agreed", f"Tick to confirm that the owner of {MASKED} agreed to be asked"),
    ],
)
async def test_a_phone_that_will_not_do_is_refused_and_kept(
    portal: Portal, typed: dict[str, str], field: str, sentence: str
) -> None:
    guest = portal.browser()
    page = await guest.submit(await at_the_phone(guest, await a_link(portal)), **typed)
    assert (page.status, page.error(field)) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='phone']/@value") == [typed["phone"]]


@pytest.mark.parametrize("chosen", ["", "CREDIT_CARD", "BANK_TRANSFER", "made up"])
async def test_no_way_chosen_is_refused_and_the_next_try_goes_on(portal: Portal, chosen: str) -> None:
    guest = portal.browser()
    page = await guest.submit(await guest.open(await a_link(portal)), method=chosen)
    assert (page.status, page.error("method")) == (422, "Error: Choose how you want to pay")
    assert (await guest.submit(page, method="MPESA")).h1 == "Which phone do you pay from?"


async def test_a_way_that_is_off_is_said_where_it_can_be_changed(portal: Portal) -> None:
    guest = portal.browser()
    page = await guest.submit(await guest.open(await a_link(portal)), method="AIRTEL_MONEY")
    assert page.status == 422
    assert "That way to pay does not work now, and no request was sent." in page.error("method")


async def test_a_provider_that_does_not_answer_for_the_first_prompt_is_waited_for(portal: Portal) -> None:
    guest = portal.browser()
    check = await at_the_check(guest, await a_link(portal))
    portal.provider.will_say(SILENT)
    page = await guest.submit(check)
    assert page.status == 422
    assert "try again in a few minutes" in page.error("method")


async def test_another_total_than_the_one_shown_is_refused_with_the_new_one(portal: Portal) -> None:
    guest = portal.browser()
    page = await guest.submit(await at_the_check(guest, await a_link(portal)), total="1")
    assert page.status == 422
    assert "The total has changed to TSh 453,500." in page.words


async def test_a_phone_with_an_open_prompt_is_refused_with_what_to_do(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    deposit, rent = await a_link(portal), await a_link(portal, RENT)
    await guest_pays(portal, deposit)
    guest = portal.browser()
    page = await guest.submit(await at_the_check(guest, rent))
    assert page.status == 422
    assert f"{MASKED} already has a request that waits for an answer." in page.words


async def test_too_many_requests_lead_back_to_the_link(portal: Portal) -> None:
    link = await a_link(portal)
    for number in range(3):
        guest = portal.browser()
        await guest.submit(await at_the_check(guest, link, f"0713 999 88{number}"))
        await told(portal, await newest(portal), WRONG_PIN)
        portal.clock.advance(seconds=1)
    guest = portal.browser()
    page = await guest.submit(await at_the_check(guest, link, "0713 999 887"))
    assert (page.status, page.h1) == (429, "Wait a little")
    assert "Many requests were sent by this link." in page.words
    assert page.document.xpath("//main//a/@href") == [link]


@pytest.mark.covers("A28")
async def test_more_than_one_payment_carries_is_known_before_the_prompt(portal: Portal) -> None:
    await put_bills(portal, a_bill_above_the_limit())
    asha, page = await paying(portal, BIG, amount="100,000")
    await told(portal, reference_of(page), NO_ANSWER)
    page = await portal.browser().open(link_on(await asha.open(page.path)))
    assert "It cannot be paid here now" in page.words
    assert not page.document.xpath("//form[@id='main-form']")


@pytest.mark.covers("A27", "H8")
async def test_a_way_that_the_office_switched_off_says_why_wherever_a_guest_stands(portal: Portal) -> None:
    link, guest = await a_link(portal), portal.browser()
    check = await at_the_check(guest, link)
    rehema = await portal.signed_in(OFFICE)
    notes = {"note_en": "M-Pesa is down until noon", "note_sw": "M-Pesa haifanyi kazi hadi mchana"}
    await rehema.submit(await rehema.open("/ops/providers/mpesa"), "off", **notes)
    pushes = len(portal.provider.pushes)
    for page in (await guest.open(link), await guest.submit(check), await guest.open(check.path)):
        assert "It cannot be paid here now" in page.words
        assert "M-Pesa: M-Pesa is down until noon" in page.words
    assert len(portal.provider.pushes) == pushes


async def test_a_draft_of_another_browser_leads_back_to_the_link(portal: Portal) -> None:
    link = await a_link(portal)
    check = await at_the_check(portal.browser(), link)
    stranger = portal.browser()
    await stranger.open(link)
    for path in (check.path, check.path.replace("/check", "/phone"), check.path.replace("/check", "")):
        page = await stranger.open(path)
        assert page.h1 == "Pay for somebody else"
        assert MASKED not in page.answer.text
        assert THEIRS not in page.answer.text


@pytest.mark.parametrize("draft", ["", "x", "\u00e9", "../../pay", "7K29QXM4AB1C"])
async def test_any_word_for_a_draft_leads_to_the_link_and_nowhere_else(portal: Portal, draft: str) -> None:
    link, stranger = await a_link(portal), portal.browser()
    for step in ("", "/phone", "/check"):
        answer = await stranger.client.get(f"{link}{step}", params={"draft": draft})
        assert answer.headers.get("location", link).startswith(link)
    for step in ("", "/phone", "/check"):
        answer = await stranger.post(f"{link}{step}", {"draft": draft, "method": "MPESA"})
        assert answer.headers.get("location", link).startswith(link)


async def test_a_form_without_our_token_is_refused(portal: Portal) -> None:
    answer = await portal.browser().post(await a_link(portal), {"method": "MPESA"}, csrf=None)
    assert answer.status_code == 403
    assert "Back to what is to be paid" in answer.text


async def test_the_other_language_keeps_what_was_typed(portal: Portal) -> None:
    guest = portal.browser("en")
    page = await at_the_phone(guest, await a_link(portal))
    phone = page.form("main-form")
    phone.fields["phone"] = "0713"
    page = await guest.press(page, "Kiswahili")
    assert page.language == "sw"
    page = await guest.open(page.path.partition("/phone")[0])
    assert page.h1 == "Mlipie mtu mwingine"
    page = await guest.press(page, "English")
    assert page.h1 == "Pay for somebody else"
    page = await guest.press(await at_the_check(guest, page.path.partition("?")[0]), "Kiswahili")
    assert page.h1 == "Hakiki kabla ya kulipa"


# ---- waiting ----


def poll_of(page: Page) -> str:
    (address,) = page.document.xpath("//*[@id='status']/@hx-get")
    return unescape(str(address))


async def asked(browser: Browser, address: str) -> tuple[int, str]:
    answer = await browser.get(address, **{"HX-Request": "true"})
    return answer.status_code, answer.text


@pytest.mark.covers("B1", "B16")
async def test_a_guest_s_page_asks_by_the_same_contract_as_the_tenant_s(portal: Portal) -> None:
    guest, page = await guest_pays(portal, await a_link(portal))
    portal.clock.advance(seconds=29)
    assert await asked(guest, poll_of(page)) == (204, "")
    portal.clock.advance(seconds=2)
    status, slower = await asked(guest, poll_of(page))
    assert status == 200
    assert "hx-get" in slower
    assert "hx-swap-oob" not in slower
    await told(portal, await newest(portal), PAID)
    status, final = await asked(guest, poll_of(page))
    assert status == 200
    assert "<title>Paid · nest pay</title>" in final
    assert "hx-get" not in final
    assert "hx-trigger" not in final
    assert '<p hx-swap-oob="innerHTML:#live">Paid. The receipt&#39;s code' in final


async def test_whoever_waits_for_somebody_else_s_attempt_is_told_its_end(portal: Portal) -> None:
    link = await a_link(portal)
    _, hers = await paying(portal)
    guest = portal.browser()
    page = await guest.open(link)
    assert await asked(guest, poll_of(page)) == (204, "")
    await told(portal, reference_of(hers), NO_ANSWER)
    _, card = await asked(guest, poll_of(page))
    assert "Not paid yet" in card
    assert f'href="{link}">Pay now' in card
    assert "hx-get" not in card


async def test_after_five_minutes_the_page_rests_and_says_so(portal: Portal) -> None:
    portal.provider.will_say(SILENT)
    guest, page = await guest_pays(portal, await a_link(portal))
    portal.clock.advance(minutes=5)
    _, card = await asked(guest, poll_of(page))
    assert "hx-get" not in card
    assert "This page no longer looks by itself. Press Look again." in card
    assert "Check now" in card


@pytest.mark.covers("B2")
async def test_check_now_only_leaves_a_question_to_the_worker(portal: Portal) -> None:
    guest, page = await guest_pays(portal, await a_link(portal))
    checks = len(portal.provider.checks)
    page = await guest.submit(page, "check-now")
    assert "We are asking M-Pesa again" in page.words
    assert len(portal.provider.checks) == checks
    portal.clock.advance(seconds=5)
    await portal.parts.worker.run_due()
    assert "request-2" in portal.provider.checks[checks:]


async def test_check_now_of_what_nobody_pays_leads_to_the_same_page(portal: Portal) -> None:
    link = await a_link(portal)
    _, page = await paying(portal)
    await told(portal, reference_of(page), PAID)
    page = await portal.browser().open(f"{link}?check=1")
    assert page.h1 == "Paid"


@pytest.mark.parametrize(
    "outcome, minutes, heading, sentence",
    [
        (WRONG_PIN, 1, "Not paid", "The PIN was not correct. No money was taken for this payment."),
        (NO_ANSWER, 6, "Not paid", "We did not receive the payment in time."),
        (SILENT, 6, "We do not have the answer yet", "Do not pay again."),
    ],
)
async def test_a_guest_is_told_how_their_own_attempt_ended_and_what_to_do(
    portal: Portal, outcome: Outcome, minutes: int, heading: str, sentence: str
) -> None:
    link = await a_link(portal)
    guest, page = await guest_pays(portal, link)
    portal.clock.advance(minutes=minutes)
    await told(portal, await newest(portal), outcome)
    page = await guest.open(page.path)
    assert page.h1 == heading
    assert sentence in page.words
    again = page.document.xpath("//a[normalize-space()='Try again']/@href")
    assert again == ([] if heading.startswith("We do not") else [link])
    if again:
        assert (await guest.open(link)).h1 == "Pay for somebody else"


async def test_why_a_guest_s_phone_said_no_is_told_to_nobody_else(portal: Portal) -> None:
    link = await a_link(portal)
    await guest_pays(portal, link)
    reference = await newest(portal)
    await told(portal, reference, WRONG_PIN)
    asha = await portal.signed_in(TENANT)
    for page in [
        await portal.browser().open(link),
        await asha.open(f"/pay/{reference}"),
        await asha.open(f"/payments/{reference}"),
    ]:
        assert "PIN was not correct" not in page.words
        assert "PM-2001" not in page.words


async def test_a_push_that_never_left_is_told_as_it_is(portal: Portal) -> None:
    portal.provider.will_answer()
    link = await a_link(portal)
    portal.provider.will_answer(NotSent("refused"))
    _, page = await guest_pays(portal, link)
    assert page.h1 == "Sending the request to your phone"


# ---- the tenant's side ----


@pytest.mark.covers("A12", "B13")
async def test_the_status_page_has_the_link_wherever_something_is_left_to_pay(portal: Portal) -> None:
    asha, page = await paying(portal)
    shown = [link_on(page)]
    portal.clock.advance(minutes=1)
    await told(portal, reference_of(page), WRONG_PIN)
    shown.append(link_on(await asha.open(page.path)))
    assert (await portal.browser().open(shown[0])).h1 == (await portal.browser().open(shown[1])).h1
    (sms,) = page.document.xpath("//a[normalize-space()='Send it by SMS']/@href")
    assert str(sms).startswith("sms:?&body=Please%20pay%20this%20for%20me%3A%20http%3A//127.0.0.1%3A8000/p/")
    _, again = await paying(portal)
    await told(portal, reference_of(again), PAID)
    assert not (await asha.open(again.path)).document.xpath("//*[@id='link']")


async def test_the_page_of_a_guest_s_payment_tells_the_tenant_who_is_asked(portal: Portal) -> None:
    await guest_pays(portal, await a_link(portal))
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/pay/{await newest(portal)}")
    assert page.h1 == "Somebody is paying by your link"
    assert f"The M-Pesa request to pay TSh 453,500 is on {MASKED}." in read(page)
    assert "Somebody with your link asked to pay TSh 453,500 by M-Pesa" in read(page)
    page = await asha.submit(await asha.open(f"{page.path}/cancel"))
    assert page.h1 == "Payment cancelled"


async def test_cancelling_a_guest_s_request_that_is_still_open_says_when_it_ends(portal: Portal) -> None:
    await guest_pays(portal, await a_link(portal))
    portal.provider.will_say(SILENT)
    asha = await portal.signed_in(TENANT)
    reference = await newest(portal)
    await asha.post(f"/pay/{reference}/cancel")
    payment = await portal.parts.payments.load(reference)
    assert payment.state in (State.AWAITING_PAYER, State.UNCERTAIN)


async def test_a_guest_s_failure_offers_the_tenant_to_pay_it_themselves(portal: Portal) -> None:
    await guest_pays(portal, await a_link(portal))
    reference = await newest(portal)
    await told(portal, reference, WRONG_PIN)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/pay/{reference}")
    assert "The payment by your link came to nothing. No money was taken." in page.words
    assert link_on(page)
    page = await asha.press(page, "Pay another way")
    assert page.h1 == "How do you want to pay?"


@pytest.mark.covers("A12")
async def test_the_tenant_s_page_goes_to_the_guest_s_payment_by_itself(portal: Portal) -> None:
    asha, page = await paying(portal)
    await told(portal, reference_of(page), NO_ANSWER)
    portal.provider.will_say(NO_ANSWER)
    page = await asha.open(page.path)
    (details,) = page.document.xpath("//*[@id='link']")
    assert details.get("hx-trigger") == "toggle once"
    _, watch = await asked(asha, str(details.get("hx-get")))
    assert 'hx-trigger="every' in watch
    poll = watch.partition('hx-get="')[2].partition('"')[0]
    portal.clock.advance(seconds=1)
    assert await asked(asha, poll) == (204, "")
    await guest_pays(portal, link_on(page))
    answer = await asha.get(poll, **{"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == f"/pay/{await newest(portal)}"
    portal.clock.advance(minutes=6)
    elsewhere = await asha.client.get(poll)
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, f"/pay/{await newest(portal)}")


async def test_a_page_that_has_looked_long_enough_for_guests_rests(portal: Portal) -> None:
    asha, page = await paying(portal)
    await told(portal, reference_of(page), NO_ANSWER)
    path = f"{page.path}/link?since={int(portal.clock.now.timestamp())}"
    portal.clock.advance(minutes=5)
    _, watch = await asked(asha, path)
    assert "hx-get" not in watch
    assert f'<a href="{page.path}">Look whether it has been paid</a>' in watch


@pytest.mark.covers("N1")
async def test_nobody_else_looks_for_the_guests_of_a_payment(portal: Portal) -> None:
    _, page = await paying(portal)
    neighbour = await portal.signed_in(NEIGHBOUR)
    assert (await asked(neighbour, f"{page.path}/link"))[0] == 404


async def test_somebody_who_is_signed_in_pays_by_a_link_as_a_stranger_does(portal: Portal) -> None:
    link = await a_link(portal)
    neighbour = await portal.signed_in(NEIGHBOUR)
    page = await neighbour.submit(await at_the_check(neighbour, link))
    assert page.h1 == "Check your phone"
    assert nothing_of_hers(page)
    payment = await portal.parts.payments.load(await newest(portal))
    assert (payment.payer, payment.by_link) == (TENANT, True)


def nothing_of_hers(page: Page) -> bool:
    """Their own name stands in the frame of their own session."""
    main = page.document.xpath("//main")[0].text_content()
    return not [secret for secret in SECRETS if secret in main]


async def test_not_paid_of_the_provider_s_own_kind_is_told_with_its_reason(portal: Portal) -> None:
    guest, page = await guest_pays(portal, await a_link(portal))
    await told(portal, await newest(portal), NotPaid(Reason.NOT_REGISTERED, "10"))
    assert "This number does not have M-Pesa." in (await guest.open(page.path)).words
