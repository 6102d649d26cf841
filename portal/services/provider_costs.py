"""What providers really charge: told by their settlement reports, booked by payment, and held against the estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial

from portal.domain import events as e
from portal.domain.cost_report import ReportRow, ReportUnreadable, read_report
from portal.domain.errors import Refused
from portal.domain.money import AmountUnreadable, Money, parse_amount
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.zone import EAST_AFRICA
from portal.providers.registry import Registry
from portal.services.office import of_the_office
from portal.services.settlement import Settlement
from portal.services.tools import Tools
from portal.store import payments as payment_rows
from portal.store import provider_costs, queries
from portal.store.provider_costs import DisputeCost, MonthlyCost
from portal.store.types import Tx

BATCH = 200
"""Rows in one transaction: whoever pays meanwhile waits no longer than for those."""
LARGEST = 2 * 1024 * 1024


class Read(StrEnum):
    """What came of a row."""

    BOOKED = "BOOKED"
    KNOWN = "KNOWN"
    """The same fee was booked before."""
    UNKNOWN_CODE = "UNKNOWN_CODE"
    """No payment through this provider has this code."""
    OTHER_GROSS = "OTHER_GROSS"
    """The payment brought another amount than the report says."""
    OTHER_FEE = "OTHER_FEE"
    """Another fee was booked for the payment before."""
    UNREADABLE = "UNREADABLE"


@dataclass(slots=True)
class Outcome:
    """How many rows came to what, and those that a person must look at: (line, code, what)."""

    counts: Counter[Read] = field(default_factory=Counter)
    odd: list[tuple[int, str, Read]] = field(default_factory=list)


class ProviderCosts:
    """For the office; nobody else finds any of it."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(sorted(provider.name for provider in self._registry))

    async def month(
        self, person: Person, month: date | None
    ) -> tuple[date, list[MonthlyCost], list[DisputeCost]]:
        """This month's, unless another one is wanted, of payments and of disputes. Raises NotFound."""
        of_the_office(person)
        first = (month or self._tools.clock().astimezone(EAST_AFRICA).date()).replace(day=1)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        times = _start(first), _start(after)
        return await self._tools.store.read(
            lambda tx: (first, provider_costs.between(tx, *times), provider_costs.of_disputes(tx, *times))
        )

    async def bring(self, person: Person, provider: str, data: bytes) -> Outcome:
        """Book what a report tells; the same report twice does no harm. Raises NotFound, Refused (provider, file)."""
        of_the_office(person)
        if provider not in self.providers:
            raise Refused("provider", "unknown")
        if not data:
            raise Refused("file", "empty")
        if len(data) > LARGEST:
            raise Refused("file", "report_too_large")
        try:
            rows = read_report(data)
        except ReportUnreadable as error:
            raise Refused("file", f"report_{error.problem}") from None
        outcome = Outcome()
        for first in range(0, len(rows), BATCH):
            batch = rows[first : first + BATCH]
            told = await self._tools.store.write(partial(self._book, provider=provider, rows=batch))
            for row, read in zip(batch, told, strict=True):
                outcome.counts[read] += 1
                if read not in (Read.BOOKED, Read.KNOWN):
                    outcome.odd.append((row.line, row.code, read))
        return outcome

    def _book(self, tx: Tx, *, provider: str, rows: Sequence[ReportRow]) -> list[Read]:
        owners = queries.owners_of_codes(tx, provider, {row.code for row in rows})
        found = payment_rows.several(tx, owners.values())
        told: list[Read] = []
        for row in rows:
            payment = found.get(owners.get(row.code, ""))
            read = _read(payment, row)
            if isinstance(read, Money) and payment is not None:
                event = e.ProviderCharged(amount=read, source=Source.OFFICE)
                # Kept, for the same code may stand twice in a report.
                found[payment.reference] = self._settlement.append(tx, payment, [event])
            told.append(Read.BOOKED if isinstance(read, Money) else read)
        return told


def _read(payment: Payment | None, row: ReportRow) -> Money | Read:
    """The fee that is to be booked, or why none is."""
    if payment is None or payment.state is not State.COMPLETED or payment.received is None:
        return Read.UNKNOWN_CODE
    gross, fee = _amount(row.gross, payment), _amount(row.fee, payment)
    if gross is None or fee is None or gross < fee:
        return Read.UNREADABLE
    if gross != payment.received:
        return Read.OTHER_GROSS
    if payment.provider_cost is not None:
        return Read.KNOWN if payment.provider_cost == fee else Read.OTHER_FEE
    return fee


def _amount(text: str, payment: Payment) -> Money | None:
    try:
        return parse_amount(text, payment.amount.currency)
    except AmountUnreadable:
        return None


def _start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=EAST_AFRICA).astimezone(UTC)
