"""Money back at a desk: a paid deposit, a tenant who asks, and the people who decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from portal.domain.person import Person
from portal.domain.refund import Refund
from portal.domain.refund_outcome import RefundRoute
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.services.refund_wish import Typed
from portal.store import people
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import FakeClock, a_clerk, a_landlord, a_person, a_reference, an_approver
from tests.services.desk import Desk, a_desk

ASHA, JUMA = a_person(), a_landlord()
SALMA = a_clerk()
PETER = an_approver()
GRACE = an_approver(id=a_reference(63), name="Grace Mushi", language="sw")
REVERSAL = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)


def provider_that(*ways: SendsBack) -> FakeProvider:
    return FakeProvider(capabilities=Capabilities(sends_back=ways))


@asynccontextmanager
async def a_sending_desk(store: Store, clock: FakeClock, *ways: SendsBack) -> AsyncIterator[Desk]:
    """A desk with its office, whose provider sends money back by these ways."""
    async with a_desk(store, clock, provider=provider_that(*ways)) as desk:
        await hire(desk)
        yield desk


def typed(**changes: Any) -> Typed:
    """A part of TSh 100,000, because the tenant says so."""
    usual = Typed(
        reason="OTHER", whole=False, amount="100,000", notes="I paid in cash too.", available="450000"
    )
    return replace(usual, **changes)


async def hire(desk: Desk) -> None:
    def work(tx: Any) -> None:
        for number, person in enumerate((SALMA, PETER, GRACE)):
            people.add(tx, desk.portal.tools.vault, person, email=f"office{number}@example.com")

    await desk.store.write(work)


async def paid(desk: Desk) -> str:
    """Asha has paid her deposit, and everybody has heard of it."""
    reference = await desk.start_and_settle()
    await desk.work()
    desk.sink.letters.clear()
    return reference


async def asked(desk: Desk, key: str = "key", **changes: Any) -> str:
    """The refund that Asha asked for, of a payment that she has just made."""
    return await desk.portal.refunds.ask(ASHA, await paid(desk), typed(**changes), key)


async def refund_of(desk: Desk, refund: str) -> Refund:
    return (await desk.portal.refund_views.case(PETER, refund)).refund


async def approve(desk: Desk, refund: str, person: Person = JUMA, **changes: Any) -> None:
    """Whoever it is has seen how it stands now."""
    shown = (await desk.portal.refund_views.case(PETER, refund)).shown
    await desk.portal.refunds.approve(person, refund, **{"shown": shown} | changes)


async def sent(desk: Desk, **changes: Any) -> str:
    """A refund that the landlord has agreed to, and the worker has sent."""
    refund = await asked(desk, **changes)
    await approve(desk, refund)
    await desk.work()
    return refund


async def queue_of(desk: Desk) -> list[str]:
    """The refunds that the office has to look at, the oldest first."""
    queue = await desk.portal.reads.refund_lists.queue(SALMA, None)
    return [row.refund.reference for row in queue.rows]
