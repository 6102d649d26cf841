"""What pages show of refunds: the tenant's form with its price, and one refund as each side may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.domain.errors import NotFound
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import Refund
from portal.domain.refund_desk_events import RefundClosed, RefundFindingProposed
from portal.domain.refund_events import (
    REFUND_EVENTS,
    RefundEvent,
)
from portal.domain.refund_part import RefundPart
from portal.domain.refund_pots import pots_left, refundable
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_times import UsualTime, usual_time
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry
from portal.services.concerned import may_agree, whoever_agrees
from portal.services.deposit_money import seen_by_refunds
from portal.services.office import STAFF, of_the_office
from portal.services.refund_case import RefundCase
from portal.services.refund_ways import can_be_asked, fitting, unproved, unproved_beside, way_back, way_of
from portal.services.refund_wish import (
    DepositReturning,
    Price,
    Typed,
    available_of,
    price_of,
    read_wish,
)
from portal.services.tools import Tools
from portal.store import contacts, jobs, people, queries, refund_notes
from portal.store import payments as payment_rows
from portal.store import refunds as refund_rows
from portal.store.leases import Lease
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
    decides: str
    """The name of the landlord who may agree to it; empty where the office decides alone."""
    price: Price | None = None
    """Once something was chosen."""


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
            if found is None or not _may_see(tx, *found, person):
                raise NotFound
            return self._case(tx, *found)

        return await self._tools.store.read(question)

    async def queued(self, person: Person) -> tuple[int, int]:
        """How many stand in the office's queue, and how many of them wait for a second person. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(refund_rows.counted_for_the_office)

    def _offer(self, tx: Tx, person: Person, reference: str, typed: Typed | None) -> Offer:
        payment = payment_rows.load(tx, reference)
        if payment is None or payment.payer != person.id:
            raise NotFound
        seen, phone = seen_by_refunds(tx, payment), contacts.masked(tx, reference)
        if seen is not payment and not refundable(seen):
            raise DepositReturning(payment.lease)
        available = available_of(seen)
        price = price_of(seen, read_wish(seen, typed)) if typed else None
        amount = price.total if price else available
        now = self._tools.clock()
        way = way_back(self._registry, payment, None, amount, now, has_phone=phone is not None)
        return Offer(
            payment=payment,
            lease=queries.due_of(tx, payment).lease,
            available=available,
            phone=phone,
            way=way,
            usual=usual_of(tx, payment, way),
            decides=_who_decides(tx, payment, price.parts if price else pots_left(seen)),
            price=price,
        )

    def _load(self, tx: Tx, refund: str) -> tuple[Payment, Refund] | None:
        payment = payment_rows.load(tx, refund_rows.payment_of(tx, refund) or "")
        return (payment, payment.refunds.named(refund)) if payment else None

    def _case(self, tx: Tx, payment: Payment, refund: Refund) -> RefundCase:
        timeline = [
            (event, at)
            for event, at in queries.timeline_of(tx, payment.reference)
            if isinstance(event, REFUND_EVENTS) and event.refund == refund.reference
        ]
        involved = people.named(tx, {payment.payer, *_people_in(event for event, _ in timeline)})
        names = {who.id: who.name for who in involved}
        way = self._way(tx, payment, refund)
        words = {name for event, _ in timeline if (name := _words_of(event))}
        other = unproved_beside(payment, refund.reference)
        return RefundCase(
            payment=payment,
            refund=refund,
            lease=queries.due_of(tx, payment).lease,
            phone=contacts.masked(tx, payment.reference),
            payer_name=names[payment.payer],
            names=names,
            notes=refund_notes.of_refund(tx, self._tools.vault, refund.reference),
            written=refund_notes.named(tx, self._tools.vault, words),
            timeline=timeline,
            way=way,
            usual=usual_of(tx, payment, way),
            decides=_who_decides(tx, payment, refund.parts),
            deciders=[who for who in involved if who.id in _deciders_of(refund)],
            is_asked=jobs.waits(tx, "ask_refund", refund.reference)
            and (way.repeats_safely or can_be_asked(way, refund)),
            ways_again=self._ways_again(tx, payment, refund),
            unproved=unproved(self._registry, payment, refund),
            unproved_beside=other.reference if other else None,
        )

    def _ways_again(self, tx: Tx, payment: Payment, refund: Refund) -> list[SendsBack]:
        barred = payment.disputes.open or unproved(self._registry, payment, refund)
        if not refund.can_go_again or barred or refund.reason is RefundReason.LEASE_ENDED:
            return []
        has_phone, now = contacts.masked(tx, payment.reference) is not None, self._tools.clock()
        other = replace(refund, instead_of=refund.reference)
        return fitting(self._registry, payment, other, now, has_phone=has_phone)

    def _way(self, tx: Tx, payment: Payment, refund: Refund) -> SendsBack:
        if refund.route is not None:
            return way_of(self._registry, payment, refund)
        has_phone, now = contacts.masked(tx, payment.reference) is not None, self._tools.clock()
        name, amount = refund.reference, refund.amount
        return way_back(self._registry, payment, name, amount, now, has_phone=has_phone)


def _deciders_of(refund: Refund) -> set[str]:
    return {*refund.approved_by, *([refund.finding.found_by] if refund.finding else [])}


_PEOPLE = (
    "approved_by",
    "taken_by",
    "laid_back_by",
    "found_by",
    "dropped_by",
    "confirmed_by",
    "stopped_by",
    "sent_by",
    "closed_by",
)


def _people_in(events: Iterable[RefundEvent]) -> set[str]:
    return {who for event in events for name in _PEOPLE if (who := getattr(event, name, None))}


def _words_of(event: RefundEvent) -> str | None:
    """The name under which somebody wrote why."""
    match event:
        case RefundFindingProposed():
            return event.finding
        case RefundClosed():
            return event.note
        case _:
            return None


def usual_of(tx: Tx, payment: Payment, way: SendsBack) -> UsualTime | None:
    """How long a refund of that payment's provider usually takes that way."""
    return usual_time(refund_rows.times_taken(tx, payment.provider, way.route))


def _may_see(tx: Tx, payment: Payment, refund: Refund, person: Person) -> bool:
    its_own = payment.payer == person.id or person.role in STAFF
    return its_own or may_agree(tx, payment, refund.parts, person)


def _who_decides(tx: Tx, payment: Payment, parts: Iterable[RefundPart]) -> str:
    landlord = whoever_agrees(tx, payment, parts)
    return landlord.name if landlord else ""
