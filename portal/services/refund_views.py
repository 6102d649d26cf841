"""What pages show of refunds: the tenant's form with its price, one refund as each side may see it, and the queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.allocation import Allocation
from portal.domain.dispute import Dispute
from portal.domain.errors import NotFound
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Person, Role
from portal.domain.refund import OPEN_REFUND, Refund, RefundState
from portal.domain.refund_events import REFUND_EVENTS, RefundEvent
from portal.domain.refund_second import wants_second_person
from portal.domain.refund_terms import TERMS, RefundTerms
from portal.domain.refund_times import UsualTime, usual_time
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry
from portal.services.office import STAFF, of_the_office
from portal.services.refund_ways import way_back, way_of
from portal.services.refund_wish import Price, Typed, available_of, bills_of, price_of, read_wish
from portal.services.refunds import is_its_landlord, shown_of
from portal.services.tools import Tools
from portal.store import contacts, people, queries, refund_notes
from portal.store import disputes as dispute_rows
from portal.store import payments as payment_rows
from portal.store import refunds as refund_rows
from portal.store.leases import Lease
from portal.store.refund_notes import About
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a tenant may ask back. `way` is the one that the whole would go, and `usual` how long it takes."""

    payment: Payment
    lease: Lease
    available: Money
    phone: str | None
    way: SendsBack
    usual: UsualTime | None
    price: Price | None = None
    """Once something was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCase:
    """One refund with all that its pages show. `names` has the people of it, for those who decide."""

    payment: Payment
    refund: Refund
    lease: Lease
    phone: str | None
    payer_name: str
    names: dict[str, str]
    notes: dict[About, str]
    timeline: list[tuple[RefundEvent, datetime]]
    way: SendsBack
    usual: UsualTime | None

    @property
    def terms(self) -> RefundTerms:
        return TERMS[self.refund.reason]

    @property
    def bills(self) -> tuple[tuple[Allocation, Money], ...]:
        """Each that loses some, and how much in its own currency."""
        return bills_of(self.payment, self.refund.parts)

    @property
    def shown(self) -> str:
        return shown_of(self.refund)

    @property
    def needs_second(self) -> bool:
        return wants_second_person(self.payment, self.refund)

    def may_approve(self, person: Person) -> bool:
        """Nobody twice, and second only an approver of the office."""
        if self.refund.state is not RefundState.REQUESTED or person.id in self.refund.approved_by:
            return False
        return not self.refund.approved_by or person.role is Role.APPROVER

    def may_send(self, person: Person) -> bool:
        """By hand: somebody of the office who has not agreed to it."""
        return self.refund.by_hand and person.role in STAFF and person.id not in self.refund.approved_by


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeCase:
    """One that nobody has decided, with what the office answers it by."""

    payment: Payment
    dispute: Dispute
    lease: Lease
    payer_name: str


LATELY = timedelta(days=7)


class RefundViews:
    """Reads only; whoever may not see a thing does not find it."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    async def offer(self, person: Person, reference: str, typed: Typed | None = None) -> Offer:
        """Raises NotFound, NothingToRefund and, of what was `typed`, Refused."""
        return await self._tools.store.read(lambda tx: self._offer(tx, person, reference, typed))

    async def case(self, person: Person, refund: str) -> RefundCase:
        """To its tenant, its landlord and the office. Raises NotFound."""

        def question(tx: Tx) -> RefundCase:
            found = self._load(tx, refund)
            if found is None or not _may_see(found[0], person):
                raise NotFound
            return self._case(tx, *found)

        return await self._tools.store.read(question)

    async def of_landlord(self, person: Person) -> tuple[list[RefundCase], list[RefundCase]]:
        """Those that wait, the oldest first, and those that are over, the newest first."""

        def question(tx: Tx) -> tuple[list[RefundCase], list[RefundCase]]:
            waiting = refund_rows.waiting(tx, OPEN_REFUND, payee=person.id)
            return self._cases(tx, waiting), self._cases(tx, refund_rows.ended(tx, person.id))

        return await self._tools.store.read(question)

    async def queue(self, person: Person) -> list[RefundCase]:
        """All that nobody has ended, the oldest first. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._cases(tx, refund_rows.waiting(tx, OPEN_REFUND)))

    async def taken_back(self, person: Person) -> tuple[list[DisputeCase], list[RefundCase]]:
        """Open disputes, the most urgent first, and what went back by itself, the newest first. Raises NotFound."""
        of_the_office(person)

        def question(tx: Tx) -> tuple[list[DisputeCase], list[RefundCase]]:
            return self._disputes(tx), self._cases(tx, refund_rows.by_themselves(tx))

        return await self._tools.store.read(question)

    async def taken_back_lately(self) -> tuple[int, int]:
        """How many disputes are open, and how often money went back by itself in the last days."""
        since = self._tools.clock() - LATELY
        return await self._tools.store.read(
            lambda tx: (dispute_rows.count_open(tx), refund_rows.gone_by_themselves(tx, since))
        )

    def _disputes(self, tx: Tx) -> list[DisputeCase]:
        named = dispute_rows.open_ones(tx)
        payments = payment_rows.several(tx, [payment for payment, _ in named])
        found = ((payments[payment], payments[payment].disputes.find(id_)) for payment, id_ in named)
        return [_dispute_case(tx, payment, dispute) for payment, dispute in found if dispute]

    def _offer(self, tx: Tx, person: Person, reference: str, typed: Typed | None) -> Offer:
        payment = payment_rows.load(tx, reference)
        if payment is None or payment.payer != person.id:
            raise NotFound
        available, phone = available_of(payment), contacts.masked(tx, reference)
        price = price_of(payment, read_wish(payment, typed)) if typed else None
        amount = price.total if price else available
        now = self._tools.clock()
        way = way_back(self._registry, payment, None, amount, now, has_phone=phone is not None)
        return Offer(
            payment=payment,
            lease=queries.due_of(tx, payment).lease,
            available=available,
            phone=phone,
            way=way,
            usual=_usual(tx, payment, way),
            price=price,
        )

    def _cases(self, tx: Tx, refunds: Sequence[str]) -> list[RefundCase]:
        found = (self._load(tx, refund) for refund in refunds)
        return [self._case(tx, *one) for one in found if one]

    def _load(self, tx: Tx, refund: str) -> tuple[Payment, Refund] | None:
        payment = payment_rows.load(tx, refund_rows.payment_of(tx, refund) or "")
        return (payment, payment.refunds.named(refund)) if payment else None

    def _case(self, tx: Tx, payment: Payment, refund: Refund) -> RefundCase:
        involved = {payment.payer, *refund.approved_by, refund.ended_by}
        names = {id_: who.name for id_ in involved if id_ and (who := people.load(tx, id_))}
        way = self._way(tx, payment, refund)
        return RefundCase(
            payment=payment,
            refund=refund,
            lease=queries.due_of(tx, payment).lease,
            phone=contacts.masked(tx, payment.reference),
            payer_name=names[payment.payer],
            names=names,
            notes=refund_notes.of_refund(tx, self._tools.vault, refund.reference),
            timeline=[
                (event, at)
                for event, at in queries.timeline_of(tx, payment.reference)
                if isinstance(event, REFUND_EVENTS) and event.refund == refund.reference
            ],
            way=way,
            usual=_usual(tx, payment, way),
        )

    def _way(self, tx: Tx, payment: Payment, refund: Refund) -> SendsBack:
        if refund.route is not None:
            return way_of(self._registry, payment, refund)
        has_phone, now = contacts.masked(tx, payment.reference) is not None, self._tools.clock()
        name, amount = refund.reference, refund.amount
        return way_back(self._registry, payment, name, amount, now, has_phone=has_phone)


def _dispute_case(tx: Tx, payment: Payment, dispute: Dispute) -> DisputeCase:
    payer = people.load(tx, payment.payer)
    return DisputeCase(
        payment=payment,
        dispute=dispute,
        lease=queries.due_of(tx, payment).lease,
        payer_name=payer.name if payer else "",
    )


def _usual(tx: Tx, payment: Payment, way: SendsBack) -> UsualTime | None:
    return usual_time(refund_rows.times_taken(tx, payment.provider, way.route))


def _may_see(payment: Payment, person: Person) -> bool:
    return payment.payer == person.id or is_its_landlord(payment, person) or person.role in STAFF
