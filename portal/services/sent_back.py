"""Callbacks about money that goes back: what we asked for, what nobody asked for, and what is left for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund_outcome import Cause
from portal.domain.schedule import next_ask
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund
from portal.services.refund_news import RefundNews
from portal.services.reversals import Reversals
from portal.services.tools import Tools
from portal.services.verdict import EARLY, LONGEST_VERDICT, Verdict
from portal.store import payments as payment_rows
from portal.store import queries
from portal.telemetry.log import get_log

log = get_log("callbacks")


class SentBack:
    """`payment` is whose callback it is, where its address or itself named one."""

    def __init__(self, tools: Tools, refunds: RefundNews, reversals: Reversals) -> None:
        self._tools, self._refunds, self._reversals = tools, refunds, reversals

    async def taken_up(
        self,
        provider: str,
        payment: Payment | None,
        heard: Heard,
        refund: HeardOfRefund,
        received_at: datetime,
    ) -> Verdict:
        whose = await self._whose(provider, payment, heard)
        if whose is not None and await self._is_known(whose, refund):
            return Verdict("refund", whose)
        told = await self._refunds.hear(provider, refund, payment.reference if payment else None)
        if told:
            return Verdict("refund", told)
        if refund.cause in (Cause.ELSEWHERE, Cause.DISPUTE):
            return await self._by_itself(provider, payment, heard, refund, whose, received_at)
        unplaced = await self.for_people(provider, payment, heard)
        # The sum of what went back may come before each part of it, which is told by itself.
        return replace(unplaced, again=self._later(received_at)) if refund.total else unplaced

    def _later(self, received_at: datetime) -> datetime | None:
        return next_ask(received_at, self._tools.clock())

    async def for_people(self, provider: str, payment: Payment | None, heard: Heard) -> Verdict:
        """Nothing proves it, or it fits nothing: it is kept, and somebody is told."""
        whose = await self._whose(provider, payment, heard)
        log.error("callback_for_people", payment=whose, provider=provider, code=heard.code)
        return Verdict(heard.code[:LONGEST_VERDICT], whose, placed=False)

    async def _by_itself(
        self,
        provider: str,
        payment: Payment | None,
        heard: Heard,
        refund: HeardOfRefund,
        whose: str | None,
        received_at: datetime,
    ) -> Verdict:
        """What overtook the news of its payment is tried again, for as long as a payment is asked about."""
        paid = await self._tools.store.read(lambda tx: payment_rows.load(tx, whose or ""))
        if paid and paid.provider == provider and await self._reversals.hear(paid.reference, refund):
            return Verdict("money by itself", whose)
        if paid and paid.given_back and refund.cause is not Cause.DISPUTE:
            # Two people have found and booked that: what a bank takes besides is other money.
            return Verdict("given back", whose)
        if paid is None or paid.state is not State.COMPLETED:
            log.error("reversal_before_payment", payment=whose, provider=provider, code=heard.code)
            return Verdict(EARLY, whose, placed=False, again=self._later(received_at))
        return await self.for_people(provider, payment, heard)

    async def _is_known(self, payment: str, refund: HeardOfRefund) -> bool:
        """It tells no more than the sum of what went back, and we know of as much: each part is told by itself, too."""
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
