"""What callbacks say of refunds of ours. A hint is confirmed where the provider can be asked.

So is even a signed word against the end that a refund had, for it may be an old one that comes late.
"""

from __future__ import annotations

from portal.domain.outcome import Source
from portal.domain.refund import ENDED_REFUND, Refund
from portal.domain.refund_decision import contradicts
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
)
from portal.domain.trouble import Trouble
from portal.providers.refund import HeardOfRefund
from portal.providers.registry import Registry
from portal.services.alerts import Alerts
from portal.services.refund_sending import RefundSending
from portal.services.refund_ways import way_of
from portal.services.refunds import held
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import refunds as refund_rows
from portal.store.types import Tx


class RefundNews:
    """`hear` is given every callback that speaks of money that goes back."""

    def __init__(self, tools: Tools, registry: Registry, sending: RefundSending, alerts: Alerts) -> None:
        self._tools, self._registry, self._sending, self._alerts = tools, registry, sending, alerts

    async def hear(self, provider: str, heard: HeardOfRefund, whose: str | None = None) -> str | None:
        """The payment that it is of, which is `whose` where its address names one.

        None is for people: it is of no refund of ours, or speaks against an end that nothing can turn.
        """
        named = await self._tools.store.read(lambda tx: self._named(tx, provider, heard, whose))
        if named is None:
            return None
        reference, payment = named
        told, proved = await self._weighed(reference, heard)
        if told is None:
            return payment
        placed, against = await self._tools.store.write(
            lambda tx: self._heard(tx, reference, told, proved=proved)
        )
        if told is not heard.outcome:
            await self._alerts.hear_refund(provider, "check_refund", told)
        if against:
            code = str(getattr(told, "code", None) or type(told).__name__)
            await self._alerts.meet(provider, "refund", Trouble.CONTRADICTED, code)
        return payment if placed else None

    def _heard(
        self, tx: Tx, reference: str, told: RefundAnswer | RefundOutcome, *, proved: bool
    ) -> tuple[bool, bool]:
        """Whether it has its place now, and whether it was against the end that the refund had."""
        _, before = held(tx, reference)
        against = contradicts(before, told)
        after = self._sending.record(tx, reference, told, Source.CALLBACK, proved=proved)
        now = after.refunds.named(reference)
        return not against or now != before or before.contradicted_by is not None, against

    async def _weighed(
        self, reference: str, heard: HeardOfRefund
    ) -> tuple[RefundAnswer | RefundOutcome | None, bool]:
        """What is believed, and whether it is proved; None where the question has to wait for the answer."""
        payment, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        if refund.route is None or not way_of(self._registry, payment, refund).answers_questions:
            return heard.outcome, heard.proved
        if refund.state in ENDED_REFUND and contradicts(refund, heard.outcome):
            answer = await self._sending.checked(reference)
            decided = isinstance(answer, Refunded | NotRefunded)
            return (answer, True) if decided else (heard.outcome, False)
        if heard.proved:
            return heard.outcome, True
        return _explained(await self._sending.answer(reference), heard.outcome), True

    def _named(
        self, tx: Tx, provider: str, heard: HeardOfRefund, whose: str | None
    ) -> tuple[str, str] | None:
        """The refund that a callback speaks of, by our name for it or by the provider's, and its payment."""
        if heard.cause is not Cause.OURS:
            return None
        by_theirs = refund_rows.with_request(tx, provider, heard.request_id) if heard.request_id else None
        for refund in (name for name in (heard.reference, by_theirs) if name):
            payment = refund_rows.payment_of(tx, refund, provider)
            if payment is not None:
                return (refund, payment) if whose in (None, payment) else None
        unnamed = self._without_name(tx, whose) if heard.request_id and whose else None
        return (unnamed.reference, whose) if unnamed and whose else None

    def _without_name(self, tx: Tx, whose: str) -> Refund | None:
        """The only refund of the payment whose request nobody has answered, where the provider alone has a name for it:
        the answer that was lost would have told it.
        """
        payment = locked(tx, whose)
        nameless = [
            one
            for one in payment.refunds
            if one.in_the_air
            and one.request_id is None
            and not way_of(self._registry, payment, one).known_by_our_reference
        ]
        return nameless[0] if len(nameless) == 1 else None


def _explained(
    answer: RefundAnswer | RefundOutcome | None, hint: RefundOutcome
) -> RefundAnswer | RefundOutcome | None:
    """The answer settles that none went; why, only the callback may have told."""
    unexplained = isinstance(answer, NotRefunded) and answer.reason is RefundRefusal.REFUSED
    return hint if unexplained and isinstance(hint, NotRefunded) else answer
