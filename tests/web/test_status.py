"""The one address of a payment, from Pay to its end: what it shows, what it asks, and calling it off."""

from __future__ import annotations

import pytest

from portal.domain.ids import shown
from portal.domain.outcome import NotPaid, NotSent, Outcome, Paid, Pending, Reason, Rejected, Unknown
from portal.domain.payment_state import State
from tests.makers import NEIGHBOUR, TENANT
from tests.web.client import Portal
from tests.web.paying import paying, read, reference_of, told

LATE = Paid(receipt_code="UC35T8K2QX")


@pytest.mark.covers("B4", "A21")
async def test_one_address_shows_whatever_stands(portal: Portal) -> None:
    asha, page = await paying(portal)
    seen = [page.h1]
    portal.clock.advance(minutes=5)
    for outcome in (Unknown(Reason.AMBIGUOUS, "read timeout"), LATE):
        await told(portal, reference_of(page), outcome)
        seen.append((await asha.open(page.path)).h1)
    assert seen == ["Check your phone", "We do not have the answer yet", "Paid"]


async def test_the_page_names_the_payment_and_its_reference(portal: Portal) -> None:
    _, page = await paying(portal)
    text, bare = read(page), reference_of(page)
    assert "Deposit · A3, Mikocheni TSh 453,500 to Juma Mollel From M-Pesa · 0754•••456" in text
    assert f"{bare[:4]}-{bare[4:8]}-{bare[8:]}" in text


async def test_a_push_that_is_refused_says_why_at_once(portal: Portal) -> None:
    portal.provider.will_answer(Rejected(Reason.NOT_REGISTERED, "10"))
    _, page = await paying(portal)
    assert page.h1 == "Not paid"
    assert "This number does not have M-Pesa. No money was taken for this payment." in page.words


async def test_a_provider_that_is_away_keeps_the_page_waiting(portal: Portal) -> None:
    portal.provider.will_answer(NotSent("refused"))
    _, page = await paying(portal)
    assert page.h1 == "Sending the request to your phone"
    assert page.document.xpath("//@hx-get")


@pytest.mark.covers("B2")
async def test_check_now_only_leaves_a_question_to_the_worker(portal: Portal) -> None:
    asha, page = await paying(portal)
    before = await portal.parts.payments.load(reference_of(page))
    portal.clock.advance(seconds=3)
    page = await asha.submit(page, "check-now")
    assert page.path.endswith("?asked=1")
    assert "We are asking M-Pesa again" in page.words
    assert not portal.provider.checks
    assert await portal.parts.payments.load(reference_of(page)) == before
    portal.clock.advance(seconds=2)
    portal.provider.will_say(LATE)
    await portal.parts.worker.run_due()
    assert len(portal.provider.checks) == 1
    page = await asha.open(page.path)
    assert page.h1 == "Paid"
    assert "We are asking" not in page.words


async def test_check_now_pressed_often_is_one_question(portal: Portal) -> None:
    asha, page = await paying(portal)
    for _ in range(3):
        await asha.submit(page, "check-now")
    portal.clock.advance(seconds=5)
    await portal.parts.worker.run_due()
    assert len(portal.provider.checks) == 1


@pytest.mark.covers("B2")
async def test_a_page_renews_itself_only_for_those_who_ask_and_while_it_waits(portal: Portal) -> None:
    asha, page = await paying(portal)
    refresh = "//meta[@http-equiv='refresh']/@content"
    assert not page.document.xpath(refresh)
    (wish,) = page.document.xpath("//noscript//a/@href")
    assert (await asha.open(wish)).document.xpath(refresh) == [f"10; url={page.path}?auto=1"]
    await told(portal, reference_of(page), LATE)
    assert not (await asha.open(wish)).document.xpath(refresh)


@pytest.mark.covers("B11")
@pytest.mark.parametrize(
    "end, minutes, heading",
    [
        (NotPaid(Reason.NO_RESPONSE, "1037"), 1, "Not paid"),
        (NotPaid(Reason.NO_RESPONSE, "1037"), 6, "This request has ended"),
    ],
)
async def test_money_that_comes_after_the_end_is_told_as_late(
    portal: Portal, end: Outcome, minutes: int, heading: str
) -> None:
    asha, page = await paying(portal)
    portal.clock.advance(minutes=minutes)
    await told(portal, reference_of(page), end)
    assert (await asha.open(page.path)).h1 == heading
    await told(portal, reference_of(page), LATE)
    late = await asha.open(page.path)
    assert late.h1 == "Paid. Your payment arrived late"
    assert "We had marked it as not paid. It is now recorded." in late.words
    assert "Receipt 26-000001." in late.words


async def test_a_part_leads_on_to_the_rest(portal: Portal) -> None:
    asha, page = await paying(portal, amount="150,000")
    await told(portal, reference_of(page), LATE)
    page = await asha.open(page.path)
    assert "You paid TSh 150,000. TSh 300,000 is still due by 10 March 2026." in read(page)
    (rest,) = page.document.xpath("//a[normalize-space()='Pay the rest']/@href")
    assert "TSh 300,000" in read(await asha.open(rest))


async def test_a_paid_page_says_how_heavy_the_pdf_is_once_it_stands(portal: Portal) -> None:
    asha, page = await paying(portal)
    await told(portal, reference_of(page), LATE)
    assert "Download PDF" in read(await asha.open(page.path))
    await portal.parts.worker.run_due()
    assert "Download PDF (1 kB)" in read(await asha.open(page.path))


@pytest.mark.covers("page:11", "D41")
async def test_a_payment_is_cancelled_once_the_provider_says_it_is_unpaid(portal: Portal) -> None:
    asha, page = await paying(portal)
    confirm = await asha.open(f"{page.path}/cancel")
    assert confirm.h1 == "Cancel this payment?"
    portal.provider.will_say(NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1032"))
    page = await asha.submit(confirm)
    assert page.h1 == "Payment cancelled"
    assert "No money was taken." in page.words


@pytest.mark.covers("D41")
async def test_a_prompt_that_is_still_open_is_not_called_cancelled(portal: Portal) -> None:
    asha, page = await paying(portal)
    portal.provider.will_say(Pending())
    page = await asha.submit(await asha.open(f"{page.path}/cancel"))
    assert page.h1 == "The request is still open on your phone"
    assert "Press Cancel there, or wait until it ends at 12:05." in page.words
    assert not page.document.xpath("//a[contains(@href, '/cancel')]")


@pytest.mark.covers("D41")
async def test_what_was_paid_meanwhile_is_not_cancelled(portal: Portal) -> None:
    asha, page = await paying(portal)
    confirm = await asha.open(f"{page.path}/cancel")
    portal.provider.will_say(LATE)
    assert (await asha.submit(confirm)).h1 == "Paid"


@pytest.mark.parametrize(
    "outcome", [Unknown(Reason.AMBIGUOUS, "timeout"), LATE, NotPaid(Reason.WRONG_PIN, "2001")]
)
async def test_what_cannot_be_cancelled_leads_to_its_status(portal: Portal, outcome: Outcome) -> None:
    asha, page = await paying(portal)
    portal.clock.advance(minutes=5)
    state = (await told(portal, reference_of(page), outcome)).state
    for answer in (await asha.get(f"{page.path}/cancel"), await asha.post(f"{page.path}/cancel")):
        assert (answer.status_code, answer.headers["location"]) == (303, page.path)
    assert (await portal.parts.payments.load(reference_of(page))).state is state
    assert not portal.provider.checks


@pytest.mark.parametrize("path", ["", "?check=1", "/cancel", "/card"])
async def test_somebody_else_s_payment_is_not_there(portal: Portal, path: str) -> None:
    _, page = await paying(portal)
    neighbour = await portal.signed_in(NEIGHBOUR)
    assert (await neighbour.get(page.path + path)).status_code == 404
    assert (await neighbour.post(f"{page.path}/cancel")).status_code == 404
    assert (await neighbour.post(f"{page.path}/again")).status_code == 404
    payment = await portal.parts.payments.load(reference_of(page))
    assert (payment.state, payment.cancel_wanted) == (State.AWAITING_PAYER, False)


@pytest.mark.parametrize("query", ["", "?auto=1"])
async def test_a_reference_as_people_write_it_leads_to_the_one_address(portal: Portal, query: str) -> None:
    asha, page = await paying(portal)
    bare = reference_of(page)
    for written in (shown(bare), bare.lower(), f"%20{shown(bare)}"):
        answer = await asha.get(f"/pay/{written}{query}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{bare}{query}")
        assert (await asha.get(f"/pay/{written}/card")).status_code == 200
        assert (await asha.get(f"/pay/{written}/cancel")).status_code == 200
        assert (await asha.post(f"/pay/{written}/again")).headers["location"] == f"/pay/{bare}"
    assert (await asha.post(f"/pay/{shown(bare)}/cancel")).headers["location"] == f"/pay/{bare}"
    assert (await portal.parts.payments.load(bare)).cancel_wanted


@pytest.mark.parametrize("path", ["//pay/{}", "/%2fpay/{}", "///pay/{}"])
async def test_a_payment_s_address_never_leads_to_another_site(portal: Portal, path: str) -> None:
    asha, page = await paying(portal)
    bare = reference_of(page)
    answer = await asha.get(f"{portal.site.public_url}{path.format(shown(bare))}")
    assert answer.headers["location"] == f"/pay/{bare}"


@pytest.mark.parametrize("reference", ["0", "7K29QXM4AB1C", "%3Cscript%3E", "%00", "A" * 500])
async def test_an_address_of_no_payment_is_not_there(portal: Portal, reference: str) -> None:
    asha = await portal.signed_in(TENANT)
    for path in ("", "/card", "/cancel"):
        assert (await asha.get(f"/pay/{reference}{path}")).status_code == 404
