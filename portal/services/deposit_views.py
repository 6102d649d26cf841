"""What pages show of deposits: what is held for a lease, how its return stands line by line, and the office's queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.domain.deposit_events import ReturnEvent
from portal.domain.deposit_pots import asked_back_otherwise, returned_by
from portal.domain.deposit_return import TO_ITEMISE, DepositReturn, ReturnState
from portal.domain.deposit_standing import Standing, standing_of
from portal.domain.errors import NotFound
from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.person import Person, Role
from portal.domain.refund import Refund
from portal.services.deposit_money import shares_in
from portal.services.deposit_wish import Claims, TypedClaims, read_claims
from portal.services.deposits import may_itemise
from portal.services.office import STAFF, Unchanged, of_the_office
from portal.services.tools import Tools
from portal.store import deposit_notes, deposit_returns, leases, people
from portal.store import payments as payment_rows
from portal.store.deposit_notes import Notes
from portal.store.leases import Lease
from portal.store.types import Tx

FOR_THE_OFFICE = (ReturnState.UNANSWERED, ReturnState.WITH_OFFICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseDeposit:
    """`free` is what is held and no return has; `standing` is that of the newest return, if there is one.

    `mixed`: what is held is in two currencies, which nobody can return as one. While it is `disputed` by a payer's bank
    nobody has to answer, and nothing of it moves.
    """

    lease: Lease
    tenant: str
    one: DepositReturn | None
    free: Money | None
    standing: Standing | None
    mixed: bool
    disputed: bool

    @property
    def waits_for_office(self) -> bool:
        """It has to answer or to decide."""
        return self.one is not None and self.one.state in FOR_THE_OFFICE

    @property
    def needs_office(self) -> bool:
        """It has to answer, to decide or to send again."""
        return self.waits_for_office or (self.standing is not None and bool(self.standing.unsent))

    @property
    def came_again(self) -> bool:
        """Its return had ended because nothing was held, and money of it is here since."""
        return (
            self.one is not None
            and self.one.is_gone
            and not (self.standing is None or self.standing.is_empty)
        )

    @property
    def to_itemise(self) -> Money | None:
        """What is held of the deposit that the landlord may still answer for."""
        if self.one is None or self.standing is None or not self.one.is_open:
            return self.free
        held, more = self.standing.held, self.free
        if more and more.currency is held.currency:
            held += more
        return held if held and self.one.state in TO_ITEMISE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositCase:
    """One lease's deposit with all that its pages show."""

    of: LeaseDeposit
    notes: Notes
    names: dict[str, str]
    timeline: list[tuple[ReturnEvent, datetime]]
    refunds: list[Refund]
    refund_open: bool

    @property
    def disputed(self) -> bool:
        return self.of.disputed

    @property
    def can_end(self) -> bool:
        """Nothing of it is held any more, and some of it is not decided."""
        one, standing = self.of.one, self.of.standing
        empty = one is not None and one.is_open and standing is not None and standing.is_empty
        return empty and not self.disputed

    @property
    def office_may_itemise(self) -> bool:
        """The landlord let their time pass."""
        return self.of.one is not None and self.of.one.state is ReturnState.UNANSWERED


class DepositViews:
    """Reads only; whoever may not see a thing does not find it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def case(self, person: Person, lease: str) -> DepositCase:
        """To the tenant of the lease, its landlord and the office. Raises NotFound."""
        return await self._tools.store.read(lambda tx: self._case(tx, person, lease))

    async def check(self, person: Person, lease: str, typed: TypedClaims) -> Claims:
        """What the landlord typed, with its sums; nothing is done yet. Raises NotFound, Refused, Unchanged."""

        def question(tx: Tx) -> Claims:
            case = self._case(tx, person, lease)
            one, deposit = case.of.one, case.of.to_itemise
            may_itemise(person, case.of.lease, one if one is not None and one.is_open else None)
            if deposit is None:
                raise Unchanged("settled")
            if case.disputed:
                raise Unchanged("disputed")
            return read_claims(typed, deposit)

        return await self._tools.store.read(question)

    async def of_landlord(self, person: Person) -> list[LeaseDeposit]:
        """Every lease of theirs that has a deposit, by place."""

        def question(tx: Tx) -> list[LeaseDeposit]:
            return _deposits(tx, deposit_returns.leases_of_landlord(tx, person.id))

        return await self._tools.store.read(question)

    async def of_tenant(self, person: Person) -> list[LeaseDeposit]:
        """Every lease of theirs that has a deposit, by place."""

        def question(tx: Tx) -> list[LeaseDeposit]:
            return _deposits(tx, [lease.reference for lease in leases.of_tenant(tx, person.id)])

        return await self._tools.store.read(question)

    async def queue(self, person: Person) -> list[LeaseDeposit]:
        """What waits for the office, the longest first, and what is the tenant's and not sent. Raises NotFound."""
        of_the_office(person)

        def question(tx: Tx) -> list[LeaseDeposit]:
            waiting = _deposits(tx, [one.lease for one in deposit_returns.waiting(tx, FOR_THE_OFFICE)])
            known = {each.lease.reference for each in waiting}
            return [*waiting, *(each for each in _unsent(tx) if each.lease.reference not in known)]

        return await self._tools.store.read(question)

    async def queued(self, person: Person) -> int:
        """How many wait there. Raises NotFound."""
        of_the_office(person)

        def question(tx: Tx) -> int:
            unsent = (each for each in _unsent(tx) if not each.waits_for_office)
            return deposit_returns.count(tx, FOR_THE_OFFICE) + sum(1 for _ in unsent)

        return await self._tools.store.read(question)

    def _case(self, tx: Tx, person: Person, reference: str) -> DepositCase:
        lease = leases.load(tx, reference)
        if lease is None or not _may_see(lease, person):
            raise NotFound
        found = _deposits(tx, [reference])
        if not found:
            raise NotFound
        (of,) = found
        payments = payment_rows.several(tx, deposit_returns.holding(tx, [reference])).values()
        one = of.one
        return DepositCase(
            of=of,
            notes=deposit_notes.of_return(tx, self._tools.vault, one.reference) if one else {},
            names=_names(tx, one),
            timeline=deposit_returns.history(tx, one.reference) if one else [],
            refunds=[refund for payment in payments for refund in returned_by(payment)],
            refund_open=of.to_itemise is not None and any(asked_back_otherwise(each) for each in payments),
        )


def _unsent(tx: Tx) -> Iterator[LeaseDeposit]:
    """Those of which some is the tenant's and not sent: of the many that hold money still, few."""
    leases_left = deposit_returns.with_money_left(tx)
    while leases_left:
        yield from (each for each in _deposits(tx, leases_left) if each.needs_office)
        leases_left = deposit_returns.with_money_left(tx, leases_left[-1])


def _deposits(tx: Tx, references: Collection[str]) -> list[LeaseDeposit]:
    """In the order of the leases; one that has no deposit, and had none to return, is left out."""
    payments = payment_rows.several(tx, deposit_returns.holding(tx, references))
    bound = deposit_returns.bound(tx, payments)
    returns = deposit_returns.newest_of_each(tx, references)
    known = leases.several(tx, references)
    tenants = {one.id: one.name for one in people.named(tx, [lease.tenant for lease in known.values()])}
    found = []
    for reference in (each for each in references if each in known):
        own = [payment for payment in payments.values() if payment.lease == reference]
        lease, one = known[reference], returns.get(reference)
        own_return = one.reference if one else None
        free = [each.amount for each in shares_in([one for one in own if one.reference not in bound])]
        mixed = len({amount.currency for amount in free}) > 1
        if one is not None or free:
            found.append(
                LeaseDeposit(
                    lease=lease,
                    tenant=tenants[lease.tenant],
                    one=one,
                    free=sum_of(free) if free and not mixed else None,
                    standing=standing_of(one, _of_return(one, own)) if one else None,
                    mixed=mixed,
                    disputed=any(
                        each.disputes.open for each in own if bound.get(each.reference) in (None, own_return)
                    ),
                )
            )
    return found


def _of_return(one: DepositReturn, payments: list[Payment]) -> list[Payment]:
    shares = {share.payment for share in one.shares}
    return [payment for payment in payments if payment.reference in shares]


def _names(tx: Tx, one: DepositReturn | None) -> dict[str, str]:
    if one is None:
        return {}
    involved = {one.tenant, one.landlord, one.itemised_by}
    involved |= {id_ for line in one.lines for id_ in (line.proposed_by, line.decided_by)}
    return {person.id: person.name for person in people.named(tx, [id_ for id_ in involved if id_])}


def _may_see(lease: Lease, person: Person) -> bool:
    its_landlord = person.role is Role.LANDLORD and lease.landlord == person.id
    return lease.tenant == person.id or its_landlord or person.role in STAFF
