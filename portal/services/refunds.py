"""Money back: a tenant asks, the landlord or the office decides, and above a threshold a second person too.

To what came beyond the bills no landlord has to agree: the rule does, and above the threshold somebody of the office.
What is taken of two landlords' money the office decides alone.

What was agreed to is sent after the commit, by a job (`refund_sending.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from portal.domain import refund_events as r
from portal.domain.errors import NotFound, Refused
from portal.domain.money import sum_of
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refund_pots import less_of
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_second import BY_RULE, agreed_by_rule
from portal.domain.refund_turn import went_already
from portal.providers.registry import Registry
from portal.services.concerned import may_agree
from portal.services.deposit_money import seen_by_refunds
from portal.services.office import STAFF, Unchanged, completes, of_the_office, read_bank_reference
from portal.services.payments import own_payment
from portal.services.refund_approval import RefundApproval
from portal.services.refund_wish import Typed, Wish, price_of, read_amount, read_note, read_wish
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import idempotency, jobs, limits, people, refund_notes
from portal.store import refunds as refund_rows
from portal.store.limits import Limit
from portal.store.refund_notes import About
from portal.store.types import Tx

ASKS = Limit("refund", 20, timedelta(days=1))


class Refunds:
    """Ask, approve, decline; and what the office sends by hand."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._settlement = tools, settlement
        self.approval = RefundApproval(tools, registry, settlement)

    async def ask(self, person: Person, payment: str, typed: Typed, key: str) -> str:
        """The refund's reference, the same one for the same key.

        Raises NotFound, NothingToRefund, InDispute, Refused, KeyReused, TooMany.
        """
        return await self._tools.store.write(lambda tx: self._ask(tx, person, payment, typed, key))

    async def approve(
        self, person: Person, refund: str, *, shown: str, less: str | None = None, by_hand: bool = False
    ) -> None:
        """Agree to what was `shown`, or to `less` of it. Raises NotFound, Refused, Unchanged."""
        await self._tools.store.write(
            lambda tx: self._approve(tx, person, refund, shown=shown, less=less, by_hand=by_hand)
        )

    async def decline(self, person: Person, refund: str, note: str) -> None:
        """Raises NotFound, Refused, Unchanged."""

        def work(tx: Tx) -> None:
            payment, asked = self._to_decide(tx, person, refund)
            if asked.reason is RefundReason.LEASE_ENDED and person.role not in STAFF:
                # A landlord who has ended the lease has agreed already.
                raise Unchanged("own")
            written = read_note(note, "note_why")
            self._note(tx, refund, About.DECLINED, written)
            event = r.RefundRejected(refund=asked.reference, rejected_by=person.id)
            self._settlement.append(tx, payment, [event])

        await self._tools.store.write(work)

    async def sent_by_hand(self, person: Person, refund: str, bank_reference: str) -> None:
        """Whoever had taken it has sent it from our bank. Raises NotFound, Refused, Unchanged."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._sent(tx, person, refund, bank_reference))

    async def cannot_be_sent(self, person: Person, refund: str, note: str) -> None:
        """The bank sends it not, or its provider cannot be reached: its money is free again, and goes another way.

        Raises NotFound, Refused, Unchanged.
        """
        of_the_office(person)

        def work(tx: Tx) -> None:
            payment, waiting = held(tx, refund)
            if not (waiting.by_hand or waiting.cannot_leave):
                raise Unchanged("settled")
            if waiting.taken_by not in (None, person.id):
                raise Unchanged("taken")
            self._note(tx, refund, About.DECLINED, read_note(note, "note_why"))
            event = r.RefundFailed(
                refund=waiting.reference,
                reason=RefundRefusal.REFUSED if waiting.by_hand else RefundRefusal.STOPPED,
                code=waiting.code or "by hand",
                source=Source.OFFICE,
                stopped_by=person.id,
            )
            self._settlement.append(tx, payment, [event])
            jobs.drop(tx, "refund", refund)

        await self._tools.store.write(work)

    def _ask(self, tx: Tx, person: Person, reference: str, typed: Typed, key: str) -> str:
        payment, now = own_payment(tx, person, reference), self._tools.clock()
        scope, said = f"refund:{person.id}", _said(reference, typed)
        answered = idempotency.recall(tx, scope, key, said)
        if answered is not None:
            return answered
        seen = seen_by_refunds(tx, payment)
        wish = read_wish(seen, typed)
        limits.hit(tx, ASKS, person.id, now)
        refund = self.request(tx, person.id, payment, wish)
        idempotency.remember(tx, scope, key, said, refund, now)
        return refund

    def request(self, tx: Tx, person: str, payment: Payment, wish: Wish, agreed_by: str | None = None) -> str:
        """Write what that person asks for, of a locked payment; its reference. The rule may agree to it at once, or
        whoever of the office asks in their name does so.
        """
        event = self._requested(person, payment, wish)
        after = self._settlement.append(tx, payment, [event])
        if wish.notes:
            self._note(tx, event.refund, About.ASKED, wish.notes)
        asked = after.refunds.named(event.refund)
        if first := agreed_by or (BY_RULE if agreed_by_rule(after, asked) else None):
            self.approval.agree(tx, after, asked, first)
        return event.refund

    def _requested(self, person: str, payment: Payment, wish: Wish) -> r.RefundRequested:
        price = price_of(payment, wish)
        return r.RefundRequested(
            refund=self._tools.reference(),
            reason=wish.reason,
            amount=price.total,
            parts=price.parts,
            requested_by=person,
        )

    def _approve(
        self, tx: Tx, person: Person, refund: str, *, shown: str, less: str | None, by_hand: bool
    ) -> None:
        payment, asked = self._to_decide(tx, person, refund)
        if shown != shown_of(asked):
            raise Unchanged("settled")
        if went_already(payment, asked):
            raise Unchanged("went")
        if payment.disputes.open:
            raise Unchanged("disputed")
        if person.id in asked.approved_by:
            raise Unchanged("own")
        if asked.approved_by and not completes(person, people.named(tx, asked.approved_by)):
            raise Unchanged("second")
        chosen = RefundRoute.BY_HAND if by_hand and person.role in STAFF else None
        agreed = _agreed(payment, asked, less)
        self.approval.agree(tx, payment, agreed, person.id, chosen)

    def _sent(self, tx: Tx, person: Person, refund: str, bank_reference: str) -> None:
        payment, waiting = self._by_hand(tx, refund)
        code = read_bank_reference(bank_reference)
        if not may_send(waiting, person):
            raise Unchanged("own")
        if waiting.taken_by != person.id:
            raise Unchanged("taken")
        if refund_rows.sent_by_hand_with(tx, code):
            raise Refused("bank_reference", "taken")
        event = r.RefundSucceeded(
            refund=waiting.reference,
            code=code,
            sent_at=None,
            source=Source.OFFICE,
            sent_by=person.id,
        )
        self._settlement.append(tx, payment, [event])

    def _by_hand(self, tx: Tx, refund: str) -> tuple[Payment, Refund]:
        payment, waiting = held(tx, refund)
        if not waiting.by_hand:
            raise Unchanged("settled")
        return payment, waiting

    def _to_decide(self, tx: Tx, person: Person, refund: str) -> tuple[Payment, Refund]:
        payment, asked = held(tx, refund)
        if person.role not in STAFF and not may_agree(tx, payment, asked.parts, person):
            raise NotFound
        if asked.state is not RefundState.REQUESTED:
            raise Unchanged("settled")
        return payment, asked

    def _note(self, tx: Tx, refund: str, about: About, note: str) -> None:
        refund_notes.keep(tx, self._tools.vault, refund, about, note, self._tools.clock())


def _agreed(payment: Payment, asked: Refund, less: str | None) -> Refund:
    """The refund as it is agreed to: less of it comes out of the same pots, for no other landlord was asked."""
    amount = asked.without_fee if less is None else read_amount(less, asked.without_fee)
    if amount == asked.without_fee:
        return asked
    if asked.reason is RefundReason.LEASE_ENDED:
        raise Refused("amount", "deposit")
    parts = less_of(payment, asked, amount)
    return replace(asked, parts=parts, amount=sum_of([part.amount for part in parts]))


def held(tx: Tx, refund: str) -> tuple[Payment, Refund]:
    """A refund with its payment, held until the transaction ends; raises NotFound."""
    reference = refund_rows.payment_of(tx, refund)
    if reference is None:
        raise NotFound
    payment = locked(tx, reference)
    return payment, payment.refunds.named(refund)


def may_send(refund: Refund, person: Person) -> bool:
    """By hand: not whoever has agreed to it alone, for a rule is no second person."""
    return person.role in STAFF and set(refund.approved_by) - {BY_RULE} != {person.id}


def shown_of(refund: Refund) -> str:
    """What a page to decide on it has shown: by another amount, or with another first person, nothing is agreed."""
    return f"{refund.amount.minor}-{len(refund.approved_by)}"


def _said(payment: str, typed: Typed) -> dict[str, str]:
    """What a key stands for: the same form twice is one refund, whatever was left meanwhile."""
    amount = "" if typed.whole else typed.amount.strip()
    return {"payment": payment, "reason": typed.reason, "amount": amount, "notes": typed.notes}
