"""Sending money back: once, and again only where it provably never left, or where the provider takes it once.

One write goes before the provider's call and one after it. What nobody has answered is asked about, for thirty days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import refund_events as r
from portal.domain.outcome import NotSent, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import ASKED_ABOUT_REFUND, ENDED_REFUND, Refund, RefundState
from portal.domain.refund_decision import contradicts, decide_refund
from portal.domain.refund_outcome import NotRefunded, RefundAnswer, Refunded, RefundOutcome, RefundRefusal
from portal.domain.refund_turn import decide_turn, went_already
from portal.domain.schedule import RETRY_DELAYS, next_ask
from portal.providers.provider import NotOffered
from portal.providers.refund import (
    RefundInquiry,
    RefundInstruction,
    TracesRefunds,
)
from portal.providers.registry import Registry
from portal.services.alerts import Alerts
from portal.services.office import Unchanged, of_the_office
from portal.services.refund_ways import answers_at_once, can_be_asked, way_of
from portal.services.refunds import held
from portal.services.settlement import Settlement
from portal.services.tokens import callback_token
from portal.services.tools import Tools
from portal.store import contacts, jobs
from portal.store.types import Tx
from portal.telemetry.counters import outcomes_unmapped
from portal.telemetry.log import get_log

ANSWERED_WITHIN = timedelta(minutes=2)
"""A request that was begun longer ago has nobody who waits for its answer: its process is gone."""
log = get_log("refunds")


class RefundSending:
    """`send` and `ask` are jobs; `record` is the door: a refund ends nowhere else but by the office's hand."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement, alerts: Alerts) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement
        self.alerts = alerts

    async def send(self, job: jobs.Job) -> None:
        """Begin a request and record its answer; one that was begun by a process that is gone becomes uncertain."""
        instruction = await self._tools.store.write(lambda tx: self._begin(tx, job))
        if instruction is not None:
            reference = job.payload["refund"]
            answer = await self._requested(reference, instruction)
            await self._kept(reference, answer)
            await self.alerts.hear_refund(await self._provider_of(reference), "refund", answer)

    async def ask(self, job: jobs.Job) -> None:
        """The worker's question about what was sent; asked again until it is answered."""
        reference = job.payload["refund"]
        _, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        over = refund.state in ENDED_REFUND
        answer = await (self.checked(reference) if over else self.answer(reference))
        await self._tools.store.write(lambda tx: self._asked(tx, job, answer, over=over))
        if answer is not None:
            await self.alerts.hear_refund(await self._provider_of(reference), "check_refund", answer)

    async def look(self, person: Person, reference: str) -> None:
        """Somebody of the office wants to know now: the question is left to the worker. Raises NotFound,
        Unchanged.
        """
        of_the_office(person)

        def work(tx: Tx) -> None:
            if not may_look(held(tx, reference)[1]):
                raise Unchanged("settled")
            self._ask_at(tx, reference, self._tools.clock())

        await self._tools.store.write(work)

    def record(
        self,
        tx: Tx,
        reference: str,
        told: RefundAnswer | RefundOutcome,
        source: Source,
        *,
        proved: bool | None = None,
    ) -> Payment:
        """The door: what a provider's word means for the locked, newest refund, and the work that follows.

        `proved`: whether a word about the end that it has is; None for an answer to a request, or to a question put
        before it ended. A refusal of one request says nothing of another, and what comes too late is asked anew.
        """
        payment, refund = held(tx, reference)
        _report(payment, refund, told)
        events = [*decide_refund(refund, told, source)]
        if proved is not None or isinstance(told, Refunded):
            events += decide_turn(payment, refund, told, source, proved=proved is True)
        after = self._settlement.append(tx, payment, events)
        now = after.refunds.named(reference)
        if now.state is not refund.state:
            jobs.drop(tx, "refund", reference)
        if now.state in ASKED_ABOUT_REFUND and refund.state not in ASKED_ABOUT_REFUND:
            wait = max(RETRY_DELAYS[1], way_of(self._registry, after, now).earliest_ask)
            self._ask_at(tx, reference, self._tools.clock() + wait)
        if self._in_doubt(after, now) and not self._in_doubt(payment, refund):
            self._ask_at(tx, reference, self._tools.clock() + RETRY_DELAYS[1])
        if isinstance(told, NotSent) and now.state is RefundState.APPROVED:
            jobs.drop(tx, "ask_refund", reference)
            self._send_again(tx, after, now, told)
        return after

    async def checked(self, reference: str) -> RefundOutcome | None:
        """The provider's own word for how it stands; None where nobody can be asked about it."""
        payment, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        provider, way = self._registry.named(payment.provider), way_of(self._registry, payment, refund)
        if not isinstance(provider, TracesRefunds) or not can_be_asked(way, refund):
            return None
        return await provider.check_refund(self._inquiry(payment, refund))

    def _begin(self, tx: Tx, job: jobs.Job) -> RefundInstruction | None:
        payment, refund = held(tx, job.payload["refund"])
        if not jobs.held(tx, job):
            # What has left that state has no such job any more: `record` drops it.
            return None
        if not refund.in_the_air and went_already(payment, refund):
            self._not_wanted(tx, payment, refund)
            jobs.done(tx, job)
            return None
        if payment.disputes.open and not refund.in_the_air:
            # The bank has the same money, or asks for it.
            refused = NotRefunded(RefundRefusal.DISPUTED, "the payer's bank asks it back")
            self.record(tx, refund.reference, refused, Source.WORKER)
            return None
        if not refund.in_the_air:
            begun = r.RefundDispatched(refund=refund.reference)
            self._settlement.append(tx, payment, [begun])
            # Put anew, it is out of our hands: whatever breaks now, somebody finds that it was begun.
            jobs.put(
                tx, "refund", refund.reference, self._tools.clock() + ANSWERED_WITHIN, refund=refund.reference
            )
            return self._instruction(tx, payment, refund)
        lost = r.RefundUncertain(refund=refund.reference, code="the request was cut off")
        self._settlement.append(tx, payment, [lost])
        self._ask_at(tx, refund.reference, self._tools.clock())
        jobs.done(tx, job)
        return None

    def _not_wanted(self, tx: Tx, payment: Payment, refund: Refund) -> None:
        done, code = RefundRefusal.ALREADY_DONE, "the one before it went after all"
        over = r.RefundFailed(refund=refund.reference, reason=done, code=code, source=Source.WORKER)
        self._settlement.append(tx, payment, [over])

    async def _requested(self, reference: str, instruction: RefundInstruction) -> RefundAnswer:
        provider = await self._provider_of(reference)
        answer = await self._registry.named(provider).refund(instruction)
        log.info("refund", refund=reference, provider=provider, outcome=type(answer).__name__)
        if isinstance(answer, NotOffered):
            return NotRefunded(RefundRefusal.NOT_ALLOWED, "not offered")
        return answer

    async def _kept(self, reference: str, answer: RefundAnswer) -> None:
        """An answer that is not written down is lost, so a database in trouble is given time to recover."""
        for wait in RETRY_DELAYS:
            try:
                await self._tools.store.write(lambda tx: self.record(tx, reference, answer, Source.ANSWER))
            except Exception:
                log.exception("refund_not_recorded", refund=reference)
                await self._tools.sleep(wait.total_seconds())
            else:
                return
        await self._tools.store.write(lambda tx: self.record(tx, reference, answer, Source.ANSWER))

    async def answer(self, reference: str) -> RefundAnswer | RefundOutcome | None:
        """What the provider says of one that it has not ended; None where nobody can be asked, or about nothing."""
        payment, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        if refund.state is RefundState.UNKNOWN and way_of(self._registry, payment, refund).repeats_safely:
            # Before any question: that nobody has heard of it would be no answer, and be asked for ever.
            again = await self._tools.store.write(lambda tx: self._repeat(tx, reference))
            return await self._requested(reference, again)
        if refund.state in ASKED_ABOUT_REFUND or refund.in_the_air:
            return await self.checked(reference)
        return None

    def _repeat(self, tx: Tx, reference: str) -> RefundInstruction:
        payment, refund = held(tx, reference)
        self._settlement.append(tx, payment, [r.RefundDispatched(refund=reference)])
        return self._instruction(tx, payment, refund)

    def _asked(
        self, tx: Tx, job: jobs.Job, answer: RefundAnswer | RefundOutcome | None, *, over: bool
    ) -> None:
        """`over`: it had ended when the question was put."""
        reference, now = job.payload["refund"], self._tools.clock()
        if answer is not None:
            self.record(tx, reference, answer, Source.WORKER, proved=True if over else None)
        payment, refund = held(tx, reference)
        if over and isinstance(answer, Refunded | NotRefunded):
            self.stands(tx, payment, refund, answer)
            jobs.done(tx, job)
            return
        way = way_of(self._registry, payment, refund)
        again = next_ask(datetime.fromisoformat(job.payload["since"]), now, way.earliest_ask)
        # One that is off for now answers nothing, and may be back by then.
        goes_on = answer is not None or not self._registry.knows(payment.provider)
        is_open = may_look(refund) or self._in_doubt(payment, refund)
        if is_open and goes_on and again is not None:
            jobs.again(tx, job, again)
            return
        if is_open:
            log.error("refund_unanswered", refund=reference, payment=payment.reference)
        jobs.done(tx, job)

    def stands(self, tx: Tx, payment: Payment, refund: Refund, answer: RefundOutcome) -> None:
        """Its provider has answered for an end that was in doubt; what the answer turned is in doubt no more."""
        ends = isinstance(answer, Refunded | NotRefunded)
        if ends and self._in_doubt(payment, refund) and not contradicts(refund, answer):
            self._settlement.append(tx, payment, [r.RefundEndConfirmed(refund=refund.reference)])

    def _in_doubt(self, payment: Payment, refund: Refund) -> bool:
        """Its provider spoke against its end, or can be asked about one that only a message has told."""
        if refund.contradicted_by:
            return True
        return refund.may_have_gone and answers_at_once(self._registry, payment, refund)

    def _ask_at(self, tx: Tx, reference: str, at: datetime) -> None:
        since = self._tools.clock().isoformat()
        jobs.put(tx, "ask_refund", reference, at, refund=reference, since=since)

    def _send_again(self, tx: Tx, payment: Payment, refund: Refund, told: NotSent) -> None:
        """It never left: again by the schedule of questions; after all its time it has failed, and is free again."""
        now = self._tools.clock()
        again = next_ask(refund.approved_at or refund.requested_at, now)
        if again is None:
            log.error("refund_gave_up", refund=refund.reference, code=told.code)
            over = r.RefundFailed(
                refund=refund.reference,
                reason=RefundRefusal.REFUSED,
                code=told.code,
                source=Source.WORKER,
            )
            self._settlement.append(tx, payment, [over])
            jobs.drop(tx, "refund", refund.reference)
            return
        jobs.put(tx, "refund", refund.reference, again, refund=refund.reference)

    async def _provider_of(self, reference: str) -> str:
        payment, _ = await self._tools.store.read(lambda tx: held(tx, reference))
        return payment.provider

    def _instruction(self, tx: Tx, payment: Payment, refund: Refund) -> RefundInstruction:
        return RefundInstruction(
            reference=refund.reference,
            payment=payment.reference,
            route=refund.agreed_route,
            amount=refund.amount,
            paid=payment.total,
            reason=refund.reason,
            callback_url=self._callback_url(payment),
            receipt_code=payment.receipt_code,
            request_id=payment.request_id,
            provider_reference=payment.provider_reference,
            phone=contacts.load(tx, self._tools.vault, payment.reference).phone,
        )

    def _inquiry(self, payment: Payment, refund: Refund) -> RefundInquiry:
        return RefundInquiry(
            reference=refund.reference,
            payment=payment.reference,
            route=refund.agreed_route,
            amount=refund.amount,
            callback_url=self._callback_url(payment),
            request_id=refund.request_id,
            provider_reference=refund.provider_reference,
            receipt_code=payment.receipt_code,
        )

    def _callback_url(self, payment: Payment) -> str:
        webhook = self._registry.named(payment.provider).webhook
        token = callback_token(self._tools.signing_keys, webhook, payment.reference)
        return f"{self._tools.public_url}/webhooks/{webhook}/{token}"


def may_look(refund: Refund) -> bool:
    """There is something to ask about: nobody has ended it, or the provider spoke against its end."""
    return refund.state in ASKED_ABOUT_REFUND or refund.contradicted_by is not None


def _report(payment: Payment, refund: Refund, told: RefundAnswer | RefundOutcome) -> None:
    facts = {"payment": payment.reference, "refund": refund.reference, "was": refund.state}
    log.info("refund_told", **facts, outcome=type(told).__name__)
    if isinstance(told, Unknown) and not told.mapped:
        log.error("outcome_unmapped", **facts, code=told.code)
        outcomes_unmapped.labels(payment.provider).inc()
    if contradicts(refund, told):
        log.error("refund_contradicted", **facts, outcome=type(told).__name__)
