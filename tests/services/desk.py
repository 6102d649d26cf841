"""The portal's use cases as they are wired, on a real store, between a provider, a sink and a printer that obey."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Table, func, select

from portal.app import Portal, build_portal
from portal.domain.bill import Bill, PaymentType
from portal.domain.events import Event
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings, sum_of
from portal.domain.outcome import NotPaid, Outcome, Paid, Reason
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.phone import Phone
from portal.providers.provider import Heard, Provider
from portal.services.orders import Order
from portal.services.tokens import callback_token
from portal.settings import read_settings
from portal.store import jobs, leases, payments, people, replay
from portal.store.leases import Lease
from portal.store.tables import jobs as job_rows
from portal.store.tables import ledger_entries
from portal.store.types import Tx
from portal.store.writer import Store
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.leaks import leaks_in_tables
from tests.makers import (
    BILL,
    NEIGHBOUR,
    NOW,
    FakeClock,
    a_bill,
    a_lease,
    a_person,
    a_phone,
    a_reference,
    put_in_store,
    seeded,
    some_fees,
)
from tests.saved import WORK_PHONE

Answer = TypeVar("Answer")

TOTAL = shillings(453_500)
"""The deposit of `makers.a_bill` with its fees."""
CODE = "UC35T8K2QX"
PAID = Paid(TOTAL, CODE, NOW)
WRONG_PIN = NotPaid(Reason.WRONG_PIN, "2001")
NO_RESPONSE = NotPaid(Reason.NO_RESPONSE, "1037")
CLOSED = NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1032")
RENT = a_reference(20)
NEIGHBOUR_BILL = a_reference(21)
STRANGE_PHONE = Phone("255713999888")
PHONES = tuple(phone.digits[3:] for phone in (a_phone(), STRANGE_PHONE, WORK_PHONE))
"""As no table may hold them."""


@dataclass
class Desk:
    """`portal` is the real thing; `provider`, `sink` and `renderer` take orders. Time stands until it is moved."""

    portal: Portal
    provider: FakeProvider
    sink: FakeSink
    renderer: FakeRenderer
    clock: FakeClock
    _keys: Any = field(default_factory=count)

    @property
    def store(self) -> Store:
        return self.portal.store

    def order(self, **changes: Any) -> Order:
        """Asha pays her whole deposit from her own phone, with a fresh key; the total is the right one.

        Another `bill` or `amount`, or the `amounts` of several by their references.
        """
        one = {changes.pop("bill", BILL): changes.pop("amount", shillings(450_000))}
        amounts = changes.pop("amounts", one)
        order = Order(
            payer=a_person(),
            key=f"key {next(self._keys)}",
            amounts=amounts,
            method=PaymentMethod.MPESA,
            phone=a_phone(),
            agreed=False,
            total=_total(sum_of([*amounts.values()])),
            language="sw",
        )
        return replace(order, **changes)

    async def start(self, **changes: Any) -> str:
        return await self.portal.payments.start(self.order(**changes))

    async def start_and_settle(self, outcome: Outcome = PAID, **changes: Any) -> str:
        """A payment that the provider's own answer ends at once."""
        reference = await self.start(**changes)
        self.provider.will_say(outcome)
        await self.ask(reference)
        return reference

    async def ask(self, reference: str) -> Payment:
        """The worker's question, whatever the time."""
        self.clock.advance(seconds=5)
        await self.work()
        return await self.payment(reference)

    async def payment(self, reference: str) -> Payment:
        return await self.portal.payments.load(reference)

    async def hear(
        self, reference: str, outcome: Outcome = PAID, request_id: str = "request-1", code: str = "0"
    ) -> None:
        """A callback comes, and the worker works on it."""
        await self.receive(reference, self.provider.callback(Heard(request_id, outcome, code)))
        await self.work()

    async def receive(self, reference: str, body: str) -> None:
        await self.portal.callbacks.receive("mpesa", self.token(reference), body)

    def token(self, reference: str) -> str:
        return callback_token(self.portal.tools.signing_keys, "mpesa", reference)

    async def work(self) -> None:
        """All that is due now, and all that follows from it at once."""
        while await self.portal.worker.run_due():
            pass

    async def pass_time(self, **by: float) -> None:
        """Moves the clock from one due job to the next, so that none runs later than it would."""
        end = self.clock.now + timedelta(**by)
        while (due := await self.read(jobs.next_due)) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            await self.work()
        self.clock.now = end

    async def history(self, reference: str) -> list[Event]:
        return [event for event, _ in await self.read(lambda tx: payments.history(tx, reference))]

    async def names(self, reference: str) -> list[str]:
        return [type(event).__name__ for event in await self.history(reference)]

    async def bill(self, reference: str = BILL) -> Bill:
        bill = await self.read(lambda tx: leases.bill(tx, reference))
        assert bill
        return bill

    async def job_kinds(self) -> list[str]:
        return list(await self.read(lambda tx: tx.execute(select(job_rows.c.kind)).scalars().all()))

    async def count(self, *tables: Table) -> list[int]:
        def question(tx: Tx) -> list[int]:
            return [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]

        return await self.read(question)

    async def balances(self) -> dict[str, int]:
        """The accounts of the ledger that are not zero."""
        return await self.read(balances)

    async def read(self, question: Callable[[Tx], Answer]) -> Answer:
        return await self.store.read(question)

    async def add_bill(self, **changes: Any) -> Bill:
        """One more bill of Asha's lease: the rent of March."""
        rent = {"reference": RENT, "type": PaymentType.RENT, "period": date(2026, 3, 1)}
        bill = a_bill(**(rent | changes))
        await self.store.write(lambda tx: leases.add_bill(tx, bill))
        return bill

    async def add_neighbour(self) -> Person:
        """Baraka, who rents B1 next door and owes as much."""
        neighbour = a_person(id=NEIGHBOUR, name="Baraka Nyerere", language="en")
        lease = a_lease(reference=a_reference(22), unit="B1", tenant=NEIGHBOUR)

        def work(tx: Tx) -> None:
            vault = self.portal.tools.vault
            people.add(tx, vault, neighbour, phone=a_phone("255655123456"), email="baraka@example.com")
            leases.add_lease(tx, lease)
            leases.add_bill(tx, a_bill(reference=NEIGHBOUR_BILL, lease=lease.reference))

        await self.store.write(work)
        return neighbour

    async def is_sound(self) -> None:
        report = await self.read(replay.check)
        assert report.sound, report
        assert not await self.read(lambda tx: leaks_in_tables(tx, PHONES))


ENVIRONMENT = {
    "PORTAL_ENV": "demo",
    "PORTAL_DATABASE_URL": "sqlite:///given",
    "PORTAL_PUBLIC_URL": "https://pay.nest.co.tz",
    "PORTAL_SECRET_KEY": "a secret key that only the tests know",
    "PORTAL_ENCRYPTION_KEYS": "tests:" + b64encode(bytes(range(32))).decode(),
    "PORTAL_SIGNING_KEYS": "a signing key that only the tests know",
}


@asynccontextmanager
async def a_desk(
    store: Store,
    clock: FakeClock,
    *,
    lease: Lease | None = None,
    provider: FakeProvider | None = None,
    others: Sequence[Provider] = (),
    environment: Mapping[str, str] = {},
) -> AsyncIterator[Desk]:
    """With Asha, Juma and the deposit in a store that stands; at the end all that was written must replay."""
    provider, sink, renderer = provider or FakeProvider(), FakeSink(), FakeRenderer()
    portal = build_portal(
        read_settings({**ENVIRONMENT, **environment}),
        clock=clock,
        random=seeded(),
        store=store,
        providers=[provider, *others],
        sink=sink,
        renderer=renderer,
    )
    await put_in_store(store, portal.tools.vault, lease=lease)
    desk = Desk(portal, provider, sink, renderer, clock)
    yield desk
    await desk.is_sound()


def _total(amount: Money) -> Money:
    """What the check page shows for an amount; of dollars it shows nothing, for no wallet takes them."""
    return amount + some_fees(amount).total if amount.currency is Currency.TZS else amount


def balances(tx: Tx) -> dict[str, int]:
    columns = ledger_entries.c
    sums = select(columns.account, func.sum(columns.amount)).group_by(columns.account)
    return {account: int(total) for account, total in tx.execute(sums) if total}
