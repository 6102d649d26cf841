"""Receipts where printing is slow, breaks, or is overtaken: the file that stands is the one that was noted last."""

from __future__ import annotations

import asyncio

from portal.documents.receipt import ReceiptFacts
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.templating.language import Language
from tests.faults.soundness import ending
from tests.makers import FakeClock
from tests.portal import PlainPaper, running_portal
from tests.sandbox.merchant import Gate
from tests.sandbox.running import running_sandbox, until

CALLBACK = 0.02


class SlowFirst(PlainPaper):
    """The first version of a receipt takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        if facts.version == 1:
            self.begun.set()
            await self.let_go.wait()
        return await super().render(facts, language) + f" version {facts.version}".encode()


async def test_a_first_print_that_ends_after_the_second_does_not_take_its_place(
    database_url: str, clock: FakeClock
) -> None:
    gate, printer = Gate(CALLBACK), SlowFirst()
    async with (
        running_sandbox(clock=clock, sleep=gate.sleep, callback_delay=CALLBACK) as sandbox,
        running_portal(sandbox, database_url, clock, renderer=printer) as portal,
    ):
        portal.gate = gate
        reference = await portal.pay(NUMBER_OF["approves"])
        (prompt,) = sandbox.world.network.prompts.values()
        await until(lambda: prompt.result is not None)
        clock.advance(seconds=5)
        working = asyncio.create_task(portal.work())
        await printer.begun.wait()
        assert (await portal.payment(reference)).receipt_code is None
        portal.let_go()
        await portal.hear()
        assert (await portal.payment(reference)).receipt_version == 2
        printer.let_go.set()
        await working
        paid = await ending(portal, reference)
        assert (paid.state, paid.receipt_version) == (State.COMPLETED, 2)
