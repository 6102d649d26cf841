"""One refund with all that the pages of each side show of it, and what each of them may do about it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.allocation import Allocation
from portal.domain.deposit_pots import goes_by_its_deposit
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_events import RefundEvent, RefundFailed, RefundRequested, RefundReturned
from portal.domain.refund_second import wants_second_person
from portal.domain.refund_terms import TERMS, RefundTerms
from portal.domain.refund_times import UsualTime
from portal.domain.refund_turn import possible_findings, went_already
from portal.providers.refund import SendsBack
from portal.services.office import completes
from portal.services.refund_wish import bills_of
from portal.services.refunds import may_send, shown_of
from portal.store.leases import Lease
from portal.store.refund_notes import About


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
    written: dict[str, str]
    """What people of the office wrote about it later, by the names in the timeline."""
    timeline: list[tuple[RefundEvent, datetime]]
    way: SendsBack
    usual: UsualTime | None
    decides: str
    """The name of the landlord who may agree to it; empty where the office decides alone."""
    deciders: list[Person]
    """Whoever has agreed, and whoever found something that waits for a second person."""
    is_asked: bool
    """The provider is asked how it ended, again and again."""
    ways_again: list[SendsBack]
    """By which one that failed can be sent again, the best first."""
    unproved: bool
    """It may have gone, and nobody can be asked: two people look before it is sent again."""
    unproved_beside: str | None
    """Another one that may have gone: nobody takes this one by hand before somebody has looked."""

    @property
    def terms(self) -> RefundTerms:
        return TERMS[self.refund.reason]

    @property
    def bills(self) -> tuple[tuple[Allocation, Money], ...]:
        """Each that loses some, and how much in its own currency."""
        return bills_of(self.payment, self.refund.parts)

    @property
    def asked(self) -> Money:
        """What the tenant had asked for; whoever agreed may have agreed to less.

        Nobody had asked for what went by itself.
        """
        asked_for = (event.amount for event, _ in self.timeline if isinstance(event, RefundRequested))
        return next(asked_for, self.refund.amount)

    @property
    def less(self) -> bool:
        """Less was agreed to than was asked for."""
        return self.refund.amount < self.asked

    @property
    def shown(self) -> str:
        return shown_of(self.refund)

    @property
    def needs_second(self) -> bool:
        return wants_second_person(self.payment, self.refund)

    @property
    def returned(self) -> bool:
        """The money went, and came back to us."""
        ends = [event for event, _ in self.timeline if isinstance(event, RefundFailed | RefundReturned)]
        return self.refund.state is RefundState.FAILED and isinstance(ends[-1], RefundReturned)

    @property
    def by_deposit(self) -> bool:
        """It is sent again from the page of its deposit."""
        return goes_by_its_deposit(self.payment, self.refund)

    @property
    def went_already(self) -> bool:
        """The one before it went after all."""
        return self.refund.is_open and went_already(self.payment, self.refund)

    @property
    def possible(self) -> tuple[bool, ...]:
        """What may be found about it: that the money went, that it did not."""
        return possible_findings(self.payment, self.refund)

    @property
    def why_closed(self) -> str | None:
        return self.written.get(self.refund.closing_note or "")

    def may_approve(self, person: Person) -> bool:
        """Nobody twice; of two people one is an approver, and the second is of the office."""
        first = [one for one in self.deciders if one.id in self.refund.approved_by]
        return self.refund.state is RefundState.REQUESTED and (not first or completes(person, first))

    def may_confirm(self, person: Person) -> bool:
        """What another one found, while it may be."""
        found = self.refund.finding
        if found is None or found.went not in self.possible:
            return False
        return completes(person, [one for one in self.deciders if one.id == found.found_by])

    def may_send(self, person: Person) -> bool:
        """By hand, unless somebody else is at it."""
        is_free = self.refund.taken_by in (None, person.id)
        return self.refund.by_hand and is_free and may_send(self.refund, person)
