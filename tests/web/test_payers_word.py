"""Money beyond the bills whose payer has told the office what shall become of it: the office's form, in plain pages."""

from __future__ import annotations

import pytest

from portal.domain.payment import Payment
from portal.providers.provider import Capabilities
from tests.makers import OFFICE, PAYMENT, TENANT
from tests.web.client import Page, Portal
from tests.web.people import APPROVER
from tests.web.records import put
from tests.web.test_excess import DETAIL, STATUS, beyond, stored, twice
from tests.web.test_refunds import worked

__all__ = ["twice"]

CASE = f"/ops/payments/{PAYMENT}"
WORD = "She called on Monday and knew her receipt."


def has_form(page: Page) -> bool:
    return bool(page.document.xpath("//form[@id='word']"))


@pytest.mark.covers("B19")
async def test_the_office_sends_it_back_as_the_payer_said_and_every_page_says_so(
    portal: Portal, twice: Payment
) -> None:
    salma = await portal.signed_in(OFFICE)
    page = await salma.open(CASE)
    assert "The payer told us what to do with TSh 450,000" in page.words
    wrong = await salma.submit(page, "word", chosen="REFUND", word="", notes="CRDB 0150")
    assert wrong.status == 422
    assert "CRDB 0150" in wrong.document.xpath("string(//textarea[@name='notes'])")
    done = await salma.submit(wrong, "word", chosen="REFUND", word=WORD)
    assert f"wrote down what the payer told: send back TSh 450,000. {WORD}" in done.words
    assert "It was done" in done.words
    assert not has_form(done)
    (asked,) = (await stored(portal)).refunds.every
    shown = await salma.open(f"/ops/queue/refunds/{asked.reference}")
    assert "How the payer told our office" in shown.words
    assert WORD in shown.words
    asha = await portal.signed_in(TENANT)
    own = await asha.open(f"/refunds/{asked.reference}")
    assert "How you told our office" in own.words
    assert WORD in own.words
    await worked(portal)
    assert "Rehema S." in (await asha.open("/")).words


@pytest.mark.covers("B19")
async def test_the_office_keeps_it_and_has_it_back_in_swahili_too(portal: Portal, twice: Payment) -> None:
    approver = await portal.signed_in(APPROVER)
    approver.say_language("sw")
    page = await approver.open(CASE)
    assert "Mlipaji ametuambia tufanye nini na TSh 450,000" in page.words
    kept = await approver.submit(page, "word", chosen="KEEP", word=WORD, notes="")
    assert "zimewekwa kwa bili zijazo, kama mlipaji alivyoiambia ofisi" in kept.words
    assert has_form(kept)
    asha = await portal.signed_in(TENANT)
    assert (
        "Our office keeps TSh 450,000 for your next bills, as you told it" in (await asha.open(DETAIL)).words
    )
    back = await approver.submit(kept, "word", chosen="BACK", word=WORD, notes="")
    assert "zilizowekwa, kama mlipaji alivyoiambia" in back.words
    stale = await approver.submit(kept, "word", chosen="BACK", word=WORD, notes="")
    assert stale.status == 409


async def test_whoever_changes_the_language_keeps_what_was_typed_and_does_nothing(
    portal: Portal, twice: Payment
) -> None:
    salma = await portal.signed_in(OFFICE)
    page = await salma.submit(
        await salma.open(CASE), "word", button=("language", "sw"), chosen="KEEP", word=WORD
    )
    assert (page.status, page.language) == (200, "sw")
    assert has_form(page)
    assert WORD in page.document.xpath("string(//textarea[@name='word'])")


@pytest.mark.covers("F2")
async def test_whoever_is_sent_it_by_hand_is_asked_for_the_account(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities()
    await beyond(portal, await put(portal), 450_000)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(STATUS)
    assert "Where shall it go? It goes by bank transfer, so write here which bank" in page.words
    asha.say_language("sw")
    assert "Ziende wapi?" in (await asha.open(STATUS)).words
    form = page.document.xpath("//form[@id='extra']")[0]
    sent = {name: form.xpath(f".//input[@name='{name}']/@value")[0] for name in ("key", "shown")}
    answer = await asha.post(
        f"{DETAIL}/extra", sent | {"chosen": "REFUND", "notes": "NMB, Asha Mrisho, 2010"}
    )
    refund = answer.headers["location"]
    assert "NMB, Asha Mrisho, 2010" in (await asha.open(refund)).words
    salma = await portal.signed_in(OFFICE)
    assert "NMB, Asha Mrisho, 2010" in (await salma.open(f"/ops/queue{refund}")).words
