"""Where an amount comes from: its ledger entries, their events, what told us of it, and the rule of its fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.account_kind import CASH, AccountKind, kind_of
from portal.domain.allocation import Allocation
from portal.domain.credit_events import CreditApplied
from portal.domain.deposit_events import DepositDeducted
from portal.domain.errors import NotFound
from portal.domain.fees import FeeRule, rule_of_version
from portal.domain.figures import Figure, Posted, counted, figures_of, sum_of_entries
from portal.domain.ledger import owed_to
from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.reader import Reader
from portal.services.office import STAFF
from portal.services.tools import Tools
from portal.store import ledger_pages, queries, sources
from portal.store import payments as payment_rows
from portal.store.sources import Callback, LinePaid
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One figure of a payment, or all of it, as its reader may see it.

    `posted` are all entries that they may read, `chosen` those of the figure. Where no money has moved there are none.
    `bills` are those of which they may read, and `whole` says that it has no other.
    """

    payment: Payment
    place: str
    bills: Sequence[Allocation | CreditApplied]
    whole: bool
    figure: Figure | None
    posted: Sequence[Posted]
    chosen: Sequence[Posted]
    callbacks: Sequence[Callback]
    lines: Sequence[LinePaid]

    @property
    def rule(self) -> FeeRule | None:
        """None of a rule that our table has no more."""
        return rule_of_version(self.payment.fee_rule)

    @property
    def counted(self) -> list[tuple[Posted, Money]]:
        """The entries of the figure, each with what it adds to it."""
        figure = self.figure
        return [(one, counted(figure, one)) for one in self.chosen] if figure else []

    @property
    def sum(self) -> Money | None:
        """What those come to."""
        return sum_of_entries(self.figure, self.chosen) if self.figure and self.chosen else None

    @property
    def adds_up(self) -> bool:
        """Entries that come to another sum than the page shows are a fault of ours, and are said to be one."""
        return self.figure is None or self.sum in (None, self.figure.amount)

    @property
    def shares(self) -> list[tuple[AccountKind, str, Money]]:
        """Where the money of the payment is now: what is whose, by account; those with nothing left are left out."""
        accounts = dict.fromkeys(one.entry.account for one in self._own)
        kinds = [(kind_of(account), account) for account in accounts]
        whose = [(kind, account, -self._on(account)) for kind, account in kinds if kind not in CASH]
        return [(kind, account, amount) for kind, account, amount in whose if amount]

    @property
    def left(self) -> Money | None:
        """What is here of the payment, in all: as much as its shares."""
        shares = self.shares
        return sum_of([amount for _, _, amount in shares]) if shares else None

    def _on(self, account: str) -> Money:
        return sum_of([one.entry.amount for one in self._own if one.entry.account == account])

    @property
    def _own(self) -> list[Posted]:
        """In the payment's own currency: what a dispute costs is in the provider's, and none of its money."""
        currency = self.payment.amount.currency
        return [one for one in self.posted if one.entry.amount.currency is currency]


class Explain:
    """Reads only: whoever may not see a payment, or a figure of it, does not find it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def payment(self, person: Person, reference: str, name: str | None = None) -> Explanation:
        """A figure by its name, or everything. Raises NotFound."""
        return await self._tools.store.read(lambda tx: _explained(tx, person, reference, name))

    async def lets(self, payment: Payment) -> str:
        """Who lets the home of its lease now."""
        return await self._tools.store.read(lambda tx: queries.due_of(tx, payment).lease.landlord)


def _explained(tx: Tx, person: Person, reference: str, name: str | None) -> Explanation:
    payment = payment_rows.load(tx, reference)
    if payment is None:
        raise NotFound
    lease, every = queries.due_of(tx, payment).lease, posted_of(tx, reference)
    reader = Reader(person, payment, lease.landlord)
    posted = [one for one in every if reader.may_read_of(one.entry.account)]
    if not _may_see(reader, every, posted):
        raise NotFound
    figure = figures_of(payment, every).get(name) if name else None
    if name and (figure is None or not reader.may_read(figure)):
        raise NotFound
    bills = _bills_of(reader, posted)
    return Explanation(
        payment=payment,
        place=lease.place,
        bills=bills,
        whole=all(each in bills for each in payment.allocations),
        figure=figure,
        posted=posted,
        chosen=figure.choose(every) if figure else (),
        callbacks=sources.callbacks_of(tx, reference) if person.role in STAFF else (),
        lines=sources.lines_of(tx, reference) if not reader.is_landlord else (),
    )


def posted_of(tx: Tx, reference: str) -> list[Posted]:
    """All entries of a payment as they stand in the ledger, each with its event."""
    history = payment_rows.history(tx, reference)
    entries = ledger_pages.entries_of_stream(tx, reference)
    return [Posted(entry, history[entry.seq - 1][0]) for entry in entries]


def _bills_of(reader: Reader, posted: Sequence[Posted]) -> list[Allocation | CreditApplied]:
    """What a landlord is owed: of its own bills, of a deposit that became theirs, and of what paid later bills."""
    payment, events = reader.payment, {one.entry.seq: one.event for one in posted}.values()
    if not reader.is_landlord:
        return [*payment.allocations]
    deducted = {part.bill for event in events if isinstance(event, DepositDeducted) for part in event.parts}
    own = [
        each
        for each in payment.allocations
        if kind_of(owed_to(payment, each)) in reader.kinds or each.bill in deducted
    ]
    # What was taken out of a bill and has paid it again, or has paid it in parts, is of one bill.
    used = {event.bill: event for event in events if isinstance(event, CreditApplied)}
    return [*own, *used.values()]


def _may_see(reader: Reader, every: Sequence[Posted], theirs: Sequence[Posted]) -> bool:
    """A landlord sees what they have an entry in, or would have once money came."""
    payment, person = reader.payment, reader.person
    if not reader.is_landlord:
        return payment.payer == person.id or person.role in STAFF
    return bool(theirs) or (not every and bool(_bills_of(reader, ())))
