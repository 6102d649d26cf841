"""What a payment costs in data, weighed on the wire in a real browser (features.md §5.8)."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve, ask_for_prompt
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.wire import scales

KILOBYTE = 1_000
NOTHING_NEW = 204


@pytest.mark.covers("B16", "M5", "page:7b")
async def test_a_first_payment_costs_75_kilobytes_and_25_requests_at_most(
    town: Stage, arrive: Arriving
) -> None:
    asha = await arrive(language="sw")
    wire = await scales(asha.page)
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    async with asha.page.expect_response(lambda answer: answer.status == NOTHING_NEW):
        pass
    await approve(asha, town, PHONES[ASHA])
    await asha.reads("Paid")
    await asha.follow("See receipt")
    await asha.reads("Receipt")
    assert wire.total <= 75 * KILOBYTE
    assert len(wire.received) <= 25
    unchanged, *_, changed = wire.of("/card")
    assert unchanged <= 300
    assert changed <= 2 * KILOBYTE


@pytest.mark.covers("M5")
async def test_a_page_seen_again_costs_one_request_of_9_kilobytes_at_most(arrive: Arriving) -> None:
    asha = await arrive()
    await asha.sign_in(ASHA)
    await asha.open("/payments")
    wire = await scales(asha.page)
    await wire.still()
    for path in ("/", "/pay", "/payments"):
        wire.empty()
        await asha.open(path)
        await wire.still()
        assert len(wire.received) == 1
        assert wire.total <= 9 * KILOBYTE
