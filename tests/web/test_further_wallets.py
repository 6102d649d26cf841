"""The wallets beside the customer's: where somebody serves them every page speaks of them, elsewhere none does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotPaid, Reason
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import TENANT, FakeClock
from tests.web.client import Portal
from tests.web.opening import open_portal
from tests.web.paying import read, reference_of, told, walked_to_check

HALOPESA, AZAMPESA = PaymentMethod.HALOPESA, PaymentMethod.AZAMPESA


@pytest.fixture
async def served(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    further = FakeProvider("azampay", (HALOPESA, AZAMPESA))
    opened = await open_portal(sqlite_store, clock, providers=[FakeProvider(), further])
    yield opened
    await opened.close()


async def read_everywhere(portal: Portal) -> list[str]:
    """Where a way to pay is chosen, what it costs, help, and where a phone is saved."""
    asha = await portal.signed_in(TENANT)
    chosen_among = await asha.submit(await asha.open("/pay"))
    others = [await asha.open(path) for path in ("/fees", "/help", "/methods/add?kind=phone")]
    return [read(page) for page in (chosen_among, *others)]


@pytest.mark.covers("A7", "A28")
async def test_where_somebody_serves_them_every_page_speaks_of_them(served: Portal) -> None:
    choice, fees, guide, saving = await read_everywhere(served)
    for name in ("HaloPesa", "AzamPesa"):
        assert f"{name} Fee TSh 3,500 From TSh 1,000 to TSh 3,000,000 in one payment, fee included." in choice
        assert f"Fees of a payment by {name}" in fees
        assert f"No {name} message on your phone" in guide
        assert name in saving


@pytest.mark.covers("A7")
async def test_where_nobody_serves_them_no_page_says_a_word_of_them(portal: Portal) -> None:
    for text in await read_everywhere(portal):
        assert "HaloPesa" not in text
        assert "AzamPesa" not in text
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    assert (await asha.submit(page, method="HALOPESA")).h1 == "That way to pay does not work now"


@pytest.mark.covers("A7", "A26")
@pytest.mark.parametrize(
    "method, hint", [(HALOPESA, "The phone that will get the request"), (AZAMPESA, "on any network")]
)
async def test_only_of_a_wallet_with_a_network_is_a_number_said_to_have_moved(
    served: Portal, method: PaymentMethod, hint: str
) -> None:
    asha = await served.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    page = await asha.submit(page, method=method.value)
    assert hint in page.words
    moved = "This number started on Vodacom. If it has moved to Halotel, continue." in page.words
    assert moved is (method is HALOPESA)


@pytest.mark.covers("A7", "page:6", "page:7")
@pytest.mark.parametrize(
    "method, name, number", [(HALOPESA, "HaloPesa", "0621 987 654"), (AZAMPESA, "AzamPesa", "0754 123 456")]
)
async def test_each_is_called_by_its_name_from_the_check_to_the_code_of_its_message(
    served: Portal, method: PaymentMethod, name: str, number: str
) -> None:
    asha = await served.signed_in(TENANT)
    page = await walked_to_check(asha, phone=number, method=method)
    page = page if page.h1 == "Check before you pay" else await asha.submit(page, agreed="yes")
    assert name in page.words
    page = await asha.submit(page)
    assert page.h1 == "Check your phone"
    assert f"Enter your {name} PIN" in page.words
    await told(served, reference_of(page), NotPaid(Reason.NOT_COMPLETED, "failure"))
    claim = await asha.open(f"{page.path}/claim")
    assert f"Receipt code from {name}" in claim.words
    assert f"It stands in the SMS that {name} sent you when you paid." in claim.words


@pytest.mark.covers("A7", "page:26")
@pytest.mark.parametrize(
    "word, step",
    [
        ("halopesa", "Dial *150*88#. If the HaloPesa menu does not open"),
        ("azampesa", "Open the AzamPesa app. If it does not open"),
    ],
)
async def test_help_says_how_each_is_looked_into(served: Portal, word: str, step: str) -> None:
    assert step in (await served.browser().open(f"/help/no-prompt/{word}")).words
    assert "haujafika kwenye simu" in (await served.browser("sw").open(f"/help/no-prompt/{word}")).h1
