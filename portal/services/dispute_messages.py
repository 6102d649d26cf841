"""Telling payer and landlord that the payer's bank asks the money back, and how that ended."""

from __future__ import annotations

from portal.domain.dispute import DisputeVerdict
from portal.services.concerned import whoever_had_of
from portal.services.messages import Messages, Text
from portal.services.tools import Tools
from portal.store import jobs
from portal.store import payments as payment_rows
from portal.store.types import Tx

_KINDS = {
    None: "dispute_opened",
    DisputeVerdict.WON: "dispute_over",
    DisputeVerdict.LOST: "dispute_lost",
}


class DisputeMessages:
    """`tell` is a job. Of the money itself, gone or here again, its own message tells: then this one is spared."""

    def __init__(self, tools: Tools, messages: Messages) -> None:
        self._tools, self._messages = tools, messages

    async def tell(self, job: jobs.Job) -> None:
        def write(tx: Tx) -> None:
            for text in self._texts(tx, job):
                self._messages.write(tx, f"{job.key}:{text.to.id}", text, job.payload["payment"])
            jobs.done(tx, job)

        await self._tools.store.write(write)

    def _texts(self, tx: Tx, job: jobs.Job) -> list[Text]:
        payment = payment_rows.load(tx, job.payload["payment"])
        dispute = payment.disputes.find(job.payload["dispute"]) if payment else None
        # A verdict that has passed already needs no message: the newer one has its own.
        if payment is None or dispute is None or dispute.verdict != job.payload["verdict"]:
            return []
        if dispute.verdict is not DisputeVerdict.LOST and payment.refunds.with_request(dispute.id):
            return []
        kind = _KINDS[dispute.verdict]
        texts = [
            *self._messages.to_payer(tx, payment, kind),
            *(Text(who, kind, self._messages.facts(tx, payment)) for who in whoever_had_of(tx, payment)),
        ]
        amount = dispute.amount or payment.total
        return [
            Text(one.to, one.kind, one.context | {"claimed": amount, "to_payer": one.to.id == payment.payer})
            for one in texts
        ]
