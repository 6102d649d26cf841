"""Payouts to landlords: prepared by the portal or the office, approved by another person, sent by file, and done.

Nothing here touches a payment: whatever becomes of a payout, what was paid stays paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.errors import NotFound, Refused
from portal.domain.money import Currency
from portal.domain.owed import prepared, shrunk
from portal.domain.payout import (
    IllegalPayout,
    LineReturned,
    Payout,
    PayoutApproved,
    PayoutDropped,
    PayoutEvent,
    PayoutPaid,
    PayoutSent,
    PayoutState,
    Returned,
)
from portal.domain.payout_day import next_run
from portal.domain.person import Person
from portal.providers.provider import Account
from portal.services.matching import Matching
from portal.services.office import Unchanged, approves, of_the_office, read_bank_reference
from portal.services.payout_due import shared_now
from portal.services.tools import Tools
from portal.store import disputes, jobs
from portal.store import payouts as payout_rows
from portal.store.owed import owed
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("payouts")
_EventOf = Callable[[Payout], PayoutEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The payout that stands now; it is not `new` where one waited already."""

    reference: str
    new: bool


class Payouts:
    """Prepare, approve, drop, and write down what the bank says. Whoever is not of the office finds nothing here."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Ours, from which money is sent; none where bank transfer is off."""
        return self._matching.accounts

    async def prepare(self, person: Person, account: str, currency: str) -> Made:
        """Of all that is owed now. Raises NotFound, Refused (account, currency), Unchanged (nothing)."""
        of_the_office(person)
        chosen = self._account(account)
        if currency not in list(Currency):
            raise Refused("currency", "unknown")
        made = await self._tools.store.write(
            lambda tx: self._prepare(tx, chosen, Currency(currency), person.id)
        )
        if made is None:
            raise Unchanged("nothing")
        return made

    async def approve(self, person: Person, reference: str, shown: str) -> None:
        """Somebody else than whoever prepared it, while all of it is owed still. Raises NotFound, Unchanged."""
        approves(person)

        def event_of(payout: Payout) -> PayoutEvent:
            if payout.prepared_by == person.id:
                raise Unchanged("own")
            return PayoutApproved(approved_by=person.id)

        await self._change(reference, shown, event_of, check=_still_owed)

    async def drop(self, person: Person, reference: str, shown: str) -> None:
        """Before it was sent. Raises NotFound, Unchanged."""
        of_the_office(person)
        await self._change(reference, shown, lambda _: PayoutDropped(dropped_by=person.id))

    async def sent(self, person: Person, reference: str, shown: str) -> None:
        """Its file goes to the bank, while all of it is owed still. Raises NotFound, Unchanged."""
        of_the_office(person)
        await self._change(reference, shown, lambda _: PayoutSent(sent_by=person.id), check=_still_owed)

    async def paid(self, person: Person, reference: str, shown: str, bank_reference: str) -> None:
        """The bank has done it. Raises NotFound, Refused (bank_reference), Unchanged."""
        of_the_office(person)
        code = read_bank_reference(bank_reference)

        def work(tx: Tx) -> None:
            if payout_rows.paid_with(tx, code):
                raise Refused("bank_reference", "paid_out")
            event = PayoutPaid(bank_reference=code, told_by=person.id)
            self._append(tx, self._shown(tx, reference, shown), event)

        await self._tools.store.write(work)

    async def returned(self, person: Person, reference: str, shown: str, line: str, why: str) -> None:
        """The bank gave one line back. Raises NotFound, Refused (returned), Unchanged."""
        of_the_office(person)
        if why not in list(Returned):
            raise Refused("returned", "empty")
        event = LineReturned(line=_number(line), why=Returned(why), told_by=person.id)
        await self._change(reference, shown, lambda _: event)

    async def plan(self) -> None:
        """However many workers start, one job waits for the next banking morning."""
        at = next_run(self._tools.clock())
        await self._tools.store.write(lambda tx: jobs.enqueue(tx, "payouts", "daily", at))

    async def prepare_daily(self, job: jobs.Job) -> None:
        """One payout for each currency in which something is owed, from the first of our accounts; then tomorrow."""

        def work(tx: Tx) -> None:
            for currency in Currency:
                for account in self.accounts[:1]:
                    self._prepare(tx, account, currency, None)
            jobs.again(tx, job, next_run(self._tools.clock()), failures=0)

        await self._tools.store.write(work)

    def _prepare(self, tx: Tx, account: Account, currency: Currency, by: str | None) -> Made | None:
        payout_rows.alone(tx)
        standing = payout_rows.waiting(tx, account.id, currency)
        if standing is not None:
            return Made(reference=standing, new=False)
        event = prepared(shared_now(tx, owed(tx), currency), account=account.id, prepared_by=by)
        if event is None:
            return None
        reference = self._tools.reference()
        payout_rows.append(tx, None, event, self._tools.clock(), reference=reference)
        log.info("payout", payout=reference, now=PayoutState.PREPARED, lines=len(event.lines))
        return Made(reference=reference, new=True)

    async def _change(
        self,
        reference: str,
        shown: str,
        event_of: _EventOf,
        check: Callable[[Tx, Payout], None] | None = None,
    ) -> None:
        def work(tx: Tx) -> None:
            payout = self._shown(tx, reference, shown)
            event = event_of(payout)
            if check is not None:
                check(tx, payout)
            self._append(tx, payout, event)

        await self._tools.store.write(work)

    def _shown(self, tx: Tx, reference: str, shown: str) -> Payout:
        """The payout, if it stands as it was shown."""
        payout_rows.alone(tx)
        payout = payout_rows.load(tx, reference, lock=True)
        if payout is None:
            raise NotFound
        if str(payout.version) != shown:
            raise Unchanged("gone")
        return payout

    def _append(self, tx: Tx, payout: Payout, event: PayoutEvent) -> None:
        try:
            after = payout_rows.append(tx, payout, event, self._tools.clock(), reference=payout.reference)
        except (IllegalPayout, LookupError):
            raise Unchanged("gone") from None
        log.info("payout", payout=payout.reference, was=payout.state, now=after.state)

    def _account(self, account: str) -> Account:
        if not self.accounts:
            raise Refused("account", "off")
        found = next((one for one in self.accounts if one.id == account), None)
        if found is None:
            raise Refused("account", "unknown")
        return found


def _still_owed(tx: Tx, payout: Payout) -> None:
    """Nobody is sent what has gone back, or may be taken back, since it was prepared. Raises Unchanged."""
    items = [item for line in payout.live for item in line.items]
    streams = {item.stream for item in items}
    if shrunk(items, owed(tx), disputes.open_of(tx, streams)):
        raise Unchanged("shrunk")


def _number(typed: str) -> int:
    """Raises NotFound."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 8):  # noqa: PLR2004
        raise NotFound
    return int(typed)
