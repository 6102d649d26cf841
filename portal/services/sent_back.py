"""Callbacks about money that goes back: ours is booked, and of what is not ours people are told."""

from __future__ import annotations

from portal.domain.payment import Payment
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund
from portal.services.refund_news import RefundNews
from portal.services.tools import Tools
from portal.services.verdict import LONGEST_VERDICT, Verdict
from portal.store import payments as payment_rows
from portal.store import queries
from portal.telemetry.log import get_log

log = get_log("callbacks")


class SentBack:
    """`payment` is whose callback it is, where its address or itself named one."""

    def __init__(self, tools: Tools, refunds: RefundNews) -> None:
        self._tools, self._refunds = tools, refunds

    async def taken_up(
        self, provider: str, payment: Payment | None, heard: Heard, refund: HeardOfRefund
    ) -> Verdict:
        whose = await self._whose(provider, payment, heard)
        if whose is not None and await self._is_known(whose, refund):
            return Verdict("refund", whose)
        told = await self._refunds.hear(provider, refund, payment.reference if payment else None)
        return Verdict("refund", told) if told else await self.for_people(provider, payment, heard)

    async def for_people(self, provider: str, payment: Payment | None, heard: Heard) -> Verdict:
        """Money goes back at the provider: the books have no place for that yet, so it is kept and somebody is told."""
        whose = await self._whose(provider, payment, heard)
        log.error("callback_for_people", payment=whose, provider=provider, code=heard.code)
        return Verdict(heard.code[:LONGEST_VERDICT], whose, placed=False)

    async def _is_known(self, payment: str, refund: HeardOfRefund) -> bool:
        """It tells no more than the sum of what went back, and we sent as much: each part is told by itself as well."""
        if refund.cause is not None or refund.total is None:
            return False
        found = await self._tools.store.read(lambda tx: payment_rows.load(tx, payment))
        sent = found.refunds.sum_sent if found else None
        return sent is not None and sent.currency is refund.total.currency and sent >= refund.total

    async def _whose(self, provider: str, payment: Payment | None, heard: Heard) -> str | None:
        """The payment that is named, or that was settled with the code that is."""
        code = heard.of_receipt
        if payment is not None or code is None:
            return payment.reference if payment else None
        return await self._tools.store.read(lambda tx: queries.paid_with_code(tx, provider, code))
