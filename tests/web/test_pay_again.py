"""Another try: a fresh draft like the payment that came to nothing, and never beside one that may still be paid."""

from __future__ import annotations

import pytest

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from tests.makers import BILL, TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.paying import paying, read, reference_of, told, walked_to_check

WRONG_PIN, NO_ANSWER = NotPaid(Reason.WRONG_PIN, "2001"), NotPaid(Reason.NO_RESPONSE, "1037")


async def failed(portal: Portal, outcome: Outcome = WRONG_PIN, **chosen: str) -> tuple[Browser, Page]:
    """Asha's browser on the page of a payment that came to nothing."""
    asha, page = await paying(portal, **chosen)
    await told(portal, reference_of(page), outcome)
    return asha, await asha.open(page.path)


@pytest.mark.covers("A24")
async def test_another_try_keeps_bill_phone_and_way_and_is_checked_first(portal: Portal) -> None:
    asha, page = await failed(portal, amount="150,000")
    check = await asha.press(page, "Try again")
    assert check.h1 == "Check before you pay"
    for fact in ("For Deposit · A3, Mikocheni", "From 0754•••456", "M-Pesa", "Amount TSh 150,000"):
        assert fact in read(check)
    assert len(portal.provider.pushes) == 1
    second = await asha.submit(check)
    assert (second.h1, second.path != page.path) == ("Check your phone", True)
    assert len(portal.provider.pushes) == 2


@pytest.mark.covers("A24")
@pytest.mark.parametrize(
    "outcome, button, heading",
    [
        (WRONG_PIN, "Pay another way", "How do you want to pay?"),
        (NotPaid(Reason.NOT_REGISTERED, "10"), "Use another number", "Which phone do you pay from?"),
        (NO_ANSWER, "Send the request again", "Check before you pay"),
    ],
)
async def test_a_failure_leads_to_what_has_to_change(
    portal: Portal, outcome: Outcome, button: str, heading: str
) -> None:
    asha, page = await failed(portal, outcome)
    assert (await asha.press(page, button)).h1 == heading


def draft_of(check: Page) -> str:
    (draft,) = check.document.xpath("//input[@name='draft']/@value")
    return str(draft)


@pytest.mark.covers("A24", "B4")
@pytest.mark.parametrize("step", ["?", "/method?", "/details?", "/check?"])
async def test_the_way_back_into_a_used_draft_leads_to_its_payment(portal: Portal, step: str) -> None:
    asha = await portal.signed_in(TENANT)
    check = await walked_to_check(asha)
    page = await asha.submit(check)
    await told(portal, reference_of(page), WRONG_PIN)
    answer = await asha.get(f"/pay{step}draft={draft_of(check)}")
    assert (answer.status_code, answer.headers["location"]) == (303, page.path)


@pytest.mark.covers("A24", "D10")
@pytest.mark.parametrize("step", ["/method", "/details", "/check"])
async def test_a_used_draft_with_another_choice_leads_to_its_payment_and_pays_nothing(
    portal: Portal, step: str
) -> None:
    asha = await portal.signed_in(TENANT)
    check = await walked_to_check(asha)
    page = await asha.submit(check)
    await told(portal, reference_of(page), WRONG_PIN)
    draft = draft_of(check)
    choices = {"draft": draft, "total": "453500", "method": "MPESA", "phone": "0713 999 888", "agreed": "yes"}
    answer = await asha.post(f"/pay{step}?draft={draft}", choices)
    assert (answer.status_code, answer.headers["location"]) == (303, page.path)
    assert len(portal.provider.pushes) == 1
    assert {"Use another number", "Try again"} & {
        " ".join(button.text_content().split())
        for button in (await asha.open(page.path)).document.iter("button")
    }


@pytest.mark.covers("B8")
async def test_a_second_prompt_goes_out_only_after_the_provider_was_asked_once_more(portal: Portal) -> None:
    asha, page = await failed(portal, NO_ANSWER)
    check = await asha.press(page, "Send the request again")
    portal.provider.will_say(NO_ANSWER)
    assert (await asha.submit(check)).h1 == "Check your phone"
    assert len(portal.provider.checks) == 1


@pytest.mark.covers("B8")
async def test_no_second_prompt_goes_out_when_the_first_was_paid_after_all(portal: Portal) -> None:
    asha, page = await failed(portal, NO_ANSWER)
    check = await asha.press(page, "Send the request again")
    portal.provider.will_say(Paid(receipt_code="UC35T8K2QX"))
    answer = await asha.submit(check)
    assert answer.status == 409
    assert len(portal.provider.pushes) == 1
    assert (await asha.open(page.path)).h1 == "Paid. Your payment arrived late"


@pytest.mark.covers("B18")
@pytest.mark.parametrize(
    "outcome", [None, Unknown(Reason.AMBIGUOUS, "read timeout"), Paid(receipt_code="UC35T8K2QX")]
)
async def test_a_payment_that_may_still_be_paid_or_is_gets_no_other_try(
    portal: Portal, outcome: Outcome | None
) -> None:
    asha, page = await paying(portal)
    if outcome:
        await told(portal, reference_of(page), outcome)
    answer = await asha.post(f"{page.path}/again", {"change": "nothing"})
    assert (answer.status_code, answer.headers["location"]) == (303, page.path)


@pytest.mark.covers("B18")
async def test_an_uncertain_payment_refuses_a_second_for_its_bill(portal: Portal) -> None:
    asha, page = await paying(portal)
    await told(portal, reference_of(page), Unknown(Reason.AMBIGUOUS, "read timeout"))
    answer = await asha.post("/pay", {"bill": BILL})
    assert answer.status_code == 409
    assert f'href="{page.path}"' in answer.text


async def test_an_old_failure_leads_to_the_try_that_is_under_way(portal: Portal) -> None:
    asha, page = await failed(portal)
    under_way = await asha.submit(await walked_to_check(asha))
    answer = await asha.press(page, "Try again")
    assert answer.status == 409
    assert under_way.path in answer.document.xpath("//main//a/@href")


async def test_another_try_asks_for_no_more_than_is_left(portal: Portal) -> None:
    asha, page = await failed(portal)
    part = await asha.submit(await walked_to_check(asha, amount="100,000"))
    await told(portal, reference_of(part), Paid(receipt_code="UC35T8K2QY"))
    assert "Amount TSh 350,000" in read(await asha.press(page, "Try again"))


@pytest.mark.parametrize("change", ["", "everything", "/evil"])
async def test_a_change_that_nobody_offered_is_none(portal: Portal, change: str) -> None:
    asha, page = await failed(portal)
    answer = await asha.post(f"{page.path}/again", {"change": change})
    assert answer.headers["location"].startswith("/pay/check?draft=")


async def test_an_owner_who_agreed_is_not_asked_to_agree_again(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    check = await asha.submit(await walked_to_check(asha, phone="0768 123 456"), agreed="yes")
    page = await asha.submit(check)
    await told(portal, reference_of(page), WRONG_PIN)
    check = await asha.press(await asha.open(page.path), "Try again")
    assert "From 0768•••456" in read(check)
    assert (await asha.submit(check)).h1 == "Check your phone"
