"""Before money is sent a second time its provider is asked once more, where it can be.

Where nobody can be asked, a message that says *failed* is no proof: two people of the office look in its book.
"""

from __future__ import annotations

from portal.domain.outcome import Pending, Source
from portal.domain.refund_outcome import Refunded, RefundOutcome
from portal.providers.registry import Registry
from portal.services.office import Unchanged
from portal.services.refund_sending import RefundSending
from portal.services.refund_ways import answers_at_once
from portal.services.refunds import held
from portal.services.tools import Tools
from portal.store.types import Tx


class RefundProof:
    """What is known of refunds that failed, before another goes instead of them."""

    def __init__(self, tools: Tools, registry: Registry, sending: RefundSending) -> None:
        self._tools, self._registry, self._sending = tools, registry, sending

    async def ask(self, refund: str) -> None:
        """Of one that failed; its answer is booked. Raises NotFound, and Unchanged where it went, or still may."""
        payment, failed = await self._tools.store.read(lambda tx: held(tx, refund))
        may_ask = failed.can_go_again and answers_at_once(self._registry, payment, failed)
        answer = await self._sending.checked(refund) if may_ask else None
        if answer is None:
            return
        await self._tools.store.write(lambda tx: self._answered(tx, refund, answer))
        await self._sending.alerts.hear_refund(payment.provider, "check_refund", answer)
        if isinstance(answer, Refunded):
            raise Unchanged("gone_after_all")
        if isinstance(answer, Pending) and failed.ended_by is None:
            raise Unchanged("moving")

    def _answered(self, tx: Tx, refund: str, answer: RefundOutcome) -> None:
        after = self._sending.record(tx, refund, answer, Source.WORKER, proved=True)
        self._sending.stands(tx, after, after.refunds.named(refund), answer)
