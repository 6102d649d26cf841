"""Money that goes back by itself is booked once, whoever tells of it: a provider, or two people of the office."""

from __future__ import annotations

from portal.domain import reversal
from portal.domain.outcome import Outcome, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundOutcome
from portal.domain.reversal import CameBack, Claimed, WentBack, left_here
from portal.domain.schedule import LOOKS_BACK
from portal.providers.provider import REVERSED, Inquiry
from portal.providers.refund import FindsRefunds, HeardOfRefund
from portal.providers.registry import Registry
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import jobs
from portal.store import payments as payment_rows
from portal.store import refunds as refund_rows
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("reversals")
LARGEST = 10**15
"""In minor units: more than anybody pays, and less than a row can hold."""


class Reversals:
    """`hear` is for what a provider tells, `found` for what the office has found."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement

    async def hear(self, reference: str, heard: HeardOfRefund) -> bool:
        """Whether everything about it is known now. False is for people: nothing was booked, for nothing proves it.

        A refund is asked about at the provider where it can be, for what is told of it may be older than it is.
        """
        payment = await self._tools.store.read(lambda tx: payment_rows.load(tx, reference))
        if payment is None or payment.state is not State.COMPLETED or heard.request_id is None:
            return False
        told = await self._asked(payment, heard)
        if told is None or not _can_be_booked(payment, told):
            return False
        return await self._tools.store.write(lambda tx: self._book(tx, reference, heard, told))

    def found(self, tx: Tx, payment: Payment, told: WentBack) -> Payment:
        """Two people of the office agree that it went back; the same payment where it is known already."""
        return self._append(tx, payment, told, Source.OFFICE)

    def went_elsewhere(self, tx: Tx, provider: str, payment: str, request_id: str) -> bool:
        """The provider's name for it belongs to money of another payment."""
        owner = refund_rows.with_request(tx, provider, request_id)
        return owner is not None and refund_rows.payment_of(tx, owner) != payment

    async def _asked(self, payment: Payment, heard: HeardOfRefund) -> RefundOutcome | None:
        """The provider's answer where it has one, else what was told, if that is proved; None where nothing is."""
        provider = self._registry.named(payment.provider)
        answer: RefundOutcome | None = None
        if heard.cause is Cause.ELSEWHERE and isinstance(provider, FindsRefunds):
            answer = await provider.find_refund(heard.request_id or "", payment.receipt_code or "")
        if isinstance(answer, Refunded | NotRefunded):
            return answer
        return heard.outcome if heard.proved else None

    def _book(self, tx: Tx, reference: str, heard: HeardOfRefund, told: RefundOutcome) -> bool:
        payment, request_id = locked(tx, reference), heard.request_id or ""
        if self.went_elsewhere(tx, payment.provider, reference, request_id):
            log.error("reversal_of_another", payment=reference, request_id=request_id)
            return False
        if heard.claim is not None:
            claim = Claimed(
                dispute=request_id,
                amount=heard.claim.amount,
                due_by=heard.claim.due_by,
                verdict=heard.claim.verdict,
                at=heard.at,
                fee=heard.claim.fee,
            )
            payment = self._settlement.append(tx, payment, [*reversal.claimed(payment, claim)])
        match told:
            case Refunded(amount=amount) if amount:
                gone = WentBack(
                    reference=self._tools.reference(),
                    cause=heard.cause or Cause.ELSEWHERE,
                    request_id=request_id,
                    amount=amount,
                    code=told.code,
                    at=heard.at or told.at,
                )
                self._append(tx, payment, gone, Source.CALLBACK)
            case NotRefunded():
                back = CameBack(request_id=request_id, reason=told.reason, code=told.code, at=heard.at)
                self.returned(tx, payment, back)
        return True

    def returned(self, tx: Tx, payment: Payment, back: CameBack) -> Payment:
        """Money that had gone is ours again, and pays what it paid before."""
        return self._settlement.append(tx, payment, reversal.came_back(payment, back, Source.CALLBACK))

    async def look_back(self, job: jobs.Job) -> None:
        """Ask whether the payer had what they paid sent back, where the provider tells nobody by itself."""
        reference, look = job.payload["payment"], job.payload["look"] + 1
        payment = await self._tools.store.read(lambda tx: payment_rows.load(tx, reference))
        answer = await self._answer(payment) if payment and _is_untouched(payment) else None

        def work(tx: Tx) -> None:
            now_paid = locked(tx, reference)
            if isinstance(answer, Unknown) and answer.code == REVERSED and _is_untouched(now_paid):
                self._append(tx, now_paid, self._all_of(now_paid), Source.WORKER)
            elif answer is not None and look < len(LOOKS_BACK):
                since = now_paid.completed_at or now_paid.created_at
                jobs.again(tx, job, since + LOOKS_BACK[look], **job.payload | {"look": look})
                return
            jobs.done(tx, job)

        await self._tools.store.write(work)

    async def _answer(self, payment: Payment) -> Outcome:
        inquiry = Inquiry(reference=payment.reference, request_id=payment.request_id)
        return await self._registry.named(payment.provider).check(inquiry)

    def _all_of(self, payment: Payment) -> WentBack:
        """The operator takes back all of it, and names no transaction."""
        name = payment.receipt_code or payment.request_id or payment.reference
        return WentBack(
            reference=self._tools.reference(),
            cause=Cause.ELSEWHERE,
            request_id=f"{REVERSED}:{name}",
            amount=left_here(payment),
        )

    def _append(self, tx: Tx, payment: Payment, told: WentBack, source: Source) -> Payment:
        after = self._settlement.append(tx, payment, reversal.went_back(payment, told, source))
        if after.version != payment.version:
            log.error("payment_reversed", payment=after.reference, cause=told.cause, amount=told.amount.minor)
        for one in after.refunds:
            before = payment.refunds.find(one.reference)
            if one.state is RefundState.REJECTED and before and before.state is RefundState.APPROVED:
                # Nobody sends it any more.
                jobs.drop(tx, "refund", one.reference)
        return after


def _is_untouched(payment: Payment) -> bool:
    """Nothing of it has gone back or may have: otherwise "reversed" could be what we sent."""
    return payment.state is State.COMPLETED and not payment.refunds.sum_sent and bool(left_here(payment))


def _can_be_booked(payment: Payment, told: RefundOutcome) -> bool:
    """Money in another currency than came, or none, or a sum that nobody has, is for people."""
    if not isinstance(told, Refunded):
        return True
    amount = told.amount
    return amount is not None and amount.currency is payment.amount.currency and 0 < amount.minor < LARGEST
