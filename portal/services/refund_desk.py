"""What the office does about refunds that go no way by themselves: by hand one person sends it, and one that failed is
sent again or closed with a reason, and stands in the queue until then.
"""

from __future__ import annotations

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.deposit_pots import goes_by_its_deposit
from portal.domain.money import sum_of
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import ENDED_REFUND, Refund
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_pots import BeyondWhatIsLeft, parts_of
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import went_already
from portal.providers.registry import Registry
from portal.services.deposit_money import seen_by_refunds
from portal.services.office import Unchanged, of_the_office
from portal.services.refund_proof import RefundProof
from portal.services.refund_sending import RefundSending
from portal.services.refund_ways import unproved_beside
from portal.services.refund_wish import read_note
from portal.services.refunds import Refunds, held, may_send
from portal.services.settlement import Settlement
from portal.services.tools import Tools
from portal.store import refund_notes
from portal.store.refund_notes import About
from portal.store.types import Tx


class RefundDesk:
    """Whoever is not of the office finds nothing here."""

    def __init__(
        self,
        tools: Tools,
        registry: Registry,
        settlement: Settlement,
        refunds: Refunds,
        sending: RefundSending,
    ) -> None:
        self._tools, self._registry = tools, registry
        self._settlement, self._refunds = settlement, refunds
        self.proof = RefundProof(tools, registry, sending)

    async def take(self, person: Person, refund: str) -> None:
        """`person` is about to send it by hand, so nobody else does. Raises NotFound, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            payment, waiting = _by_hand(tx, refund)
            if waiting.taken_by is not None:
                raise Unchanged("taken")
            if not may_send(waiting, person):
                raise Unchanged("own")
            if went_already(payment, waiting):
                raise Unchanged("went")
            if payment.disputes.open:
                raise Unchanged("disputed")
            if unproved_beside(payment, refund):
                raise Unchanged("look")
            self._settlement.append(tx, payment, [d.RefundTaken(refund=refund, taken_by=person.id)])

        await self._tools.store.write(work)

    async def lay_back(self, person: Person, refund: str, taken_by: str) -> None:
        """It was not sent by `taken_by`, who may be away: another may take it. Raises NotFound, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            payment, waiting = _by_hand(tx, refund)
            if waiting.taken_by is None or waiting.taken_by != taken_by:
                raise Unchanged("settled")
            self._settlement.append(tx, payment, [d.RefundLaidBack(refund=refund, laid_back_by=person.id)])

        await self._tools.store.write(work)

    async def again(self, person: Person, refund: str, route: str) -> str:
        """The refund that goes instead of one that failed, to which `person` agrees by it; above the threshold it waits
        for a second one. Its provider is asked first. Raises NotFound, Unchanged.
        """
        of_the_office(person)
        await self.proof.ask(refund)
        return await self._tools.store.write(lambda tx: self._again(tx, person, refund, route))

    async def close(self, person: Person, refund: str, note: str) -> None:
        """It stays as it is, for a reason that the tenant reads. Raises NotFound, Refused, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            payment, over = held(tx, refund)
            if over.state not in ENDED_REFUND or not over.waits_for_office:
                raise Unchanged("settled")
            if over.finding is not None:
                raise Unchanged("proposed")
            if goes_by_its_deposit(payment, over):
                raise Unchanged("deposit")
            written, now = read_note(note, "note_close"), self._tools.clock()
            name = self._tools.reference()
            refund_notes.keep(tx, self._tools.vault, name, About.CLOSED, written, now)
            closed = d.RefundClosed(refund=refund, closed_by=person.id, note=name)
            self._settlement.append(tx, payment, [closed])

        await self._tools.store.write(work)

    def _again(self, tx: Tx, person: Person, refund: str, route: str) -> str:
        payment, failed = held(tx, refund)
        chosen = next((one for one in RefundRoute if one == route), None)
        if not failed.can_go_again or failed.requested_by is None or chosen is None:
            raise Unchanged("settled")
        if payment.disputes.open:
            raise Unchanged("disputed")
        if failed.finding is not None:
            raise Unchanged("proposed")
        if failed.reason is RefundReason.LEASE_ENDED:
            raise Unchanged("deposit")
        if failed.may_have_gone:
            raise Unchanged("look")
        other = self._requested(seen_by_refunds(tx, payment), failed, failed.requested_by)
        closed = d.RefundClosed(refund=refund, closed_by=person.id, instead=other.refund)
        after = self._settlement.append(tx, payment, [other, closed])
        if person.id != other.requested_by:
            self._refunds.approval.agree(tx, after, after.refunds.named(other.refund), person.id, chosen)
        return other.refund

    def _requested(self, payment: Payment, failed: Refund, requested_by: str) -> r.RefundRequested:
        """For whoever had asked: the office wants nothing back for itself. Raises Unchanged."""
        try:
            parts = parts_of(payment, failed.reason, failed.without_fee)
        except BeyondWhatIsLeft:
            raise Unchanged("spent") from None
        return r.RefundRequested(
            refund=self._tools.reference(),
            reason=failed.reason,
            amount=sum_of([part.amount for part in parts]),
            parts=parts,
            requested_by=requested_by,
            instead_of=failed.reference,
        )


def _by_hand(tx: Tx, refund: str) -> tuple[Payment, Refund]:
    payment, waiting = held(tx, refund)
    if not waiting.by_hand:
        raise Unchanged("settled")
    return payment, waiting
