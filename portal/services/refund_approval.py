"""Agreeing to a refund: by which way it goes, whether a second person has to agree, and the job that sends it."""

from __future__ import annotations

from portal.domain import refund_events as r
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_second import wants_second_person
from portal.providers.registry import Registry
from portal.services.office import Unchanged
from portal.services.refund_ways import fitting
from portal.services.settlement import Settlement
from portal.services.tools import Tools
from portal.store import contacts, jobs
from portal.store.types import Tx


class RefundApproval:
    """One person's word, written."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement

    def agree(
        self, tx: Tx, payment: Payment, agreed: Refund, who: str, chosen: RefundRoute | None = None
    ) -> Payment:
        """One more agrees to that much; where it is enough it goes the way that was chosen, or the best.

        Who may agree is not decided here. Raises Unchanged where the chosen way does not carry it.
        """
        alone = wants_second_person(payment, agreed) and not agreed.approved_by
        event = r.RefundApproved(
            refund=agreed.reference,
            amount=agreed.amount,
            parts=agreed.parts,
            approved_by=who,
            route=None if alone else self._route(tx, payment, agreed, chosen),
        )
        after = self._settlement.append(tx, payment, [event])
        if event.route not in (None, RefundRoute.BY_HAND):
            jobs.put(tx, "refund", agreed.reference, self._tools.clock(), refund=agreed.reference)
        return after

    def _route(self, tx: Tx, payment: Payment, agreed: Refund, chosen: RefundRoute | None) -> RefundRoute:
        has_phone, now = contacts.masked(tx, payment.reference) is not None, self._tools.clock()
        routes = [able.route for able in fitting(self._registry, payment, agreed, now, has_phone=has_phone)]
        if chosen not in (None, *routes):
            raise Unchanged("settled")
        return chosen or routes[0]
