"""Sending money back: once, and again only where it provably never left, or where the provider takes it once.

One write goes before the provider's call and one after it. What nobody has answered is asked about, for thirty days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import refund_events as r
from portal.domain.outcome import NotSent, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import ASKED_ABOUT_REFUND, Refund, RefundState
from portal.domain.refund_decision import contradicts, decide_refund
from portal.domain.refund_outcome import Cause, NotRefunded, RefundAnswer, RefundOutcome, RefundRefusal
from portal.domain.schedule import RETRY_DELAYS, next_ask
from portal.providers.provider import NotOffered
from portal.providers.refund import (
    HeardOfRefund,
    RefundInquiry,
    RefundInstruction,
    SendsBack,
    TracesRefunds,
)
from portal.providers.registry import Registry
from portal.services.office import Unchanged, of_the_office
from portal.services.refund_ways import way_of
from portal.services.refunds import held
from portal.services.settlement import Settlement
from portal.services.tokens import callback_token
from portal.services.tools import Tools
from portal.store import contacts, jobs
from portal.store import refunds as refund_rows
from portal.store.types import Tx
from portal.telemetry.counters import outcomes_unmapped
from portal.telemetry.log import get_log

ANSWERED_WITHIN = timedelta(minutes=2)
"""A request that was begun longer ago has nobody who waits for its answer: its process is gone."""
log = get_log("refunds")


class RefundSending:
    """`send` and `ask` are jobs; `record` is the door: a refund ends nowhere else but by the office's hand."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement

    async def send(self, job: jobs.Job) -> None:
        """Begin a request and record its answer; one that was begun by a process that is gone becomes uncertain."""
        instruction = await self._tools.store.write(lambda tx: self._begin(tx, job))
        if instruction is not None:
            answer = await self._requested(job.payload["refund"], instruction)
            await self._kept(job.payload["refund"], answer)

    async def ask(self, job: jobs.Job) -> None:
        """The worker's question about what was sent; asked again until it is answered."""
        reference = job.payload["refund"]
        answer = await self._answer(reference)
        await self._tools.store.write(lambda tx: self._asked(tx, job, answer))

    async def look(self, person: Person, reference: str) -> None:
        """Somebody of the office wants to know now: the question is left to the worker. Raises NotFound,
        Unchanged.
        """
        of_the_office(person)

        def work(tx: Tx) -> None:
            if held(tx, reference)[1].state not in ASKED_ABOUT_REFUND:
                raise Unchanged("settled")
            self._ask_at(tx, reference, self._tools.clock())

        await self._tools.store.write(work)

    async def hear(self, provider: str, heard: HeardOfRefund, whose: str | None = None) -> str | None:
        """A callback speaks of a refund, of the payment `whose` where its address names one. The payment that it is of;
        None where it is none that we asked for, or speaks against the end that it had: that is for people.

        What is not proved is a hint: the provider is asked, where it can be.
        """
        named = await self._tools.store.read(lambda tx: _named(tx, provider, heard))
        if named is None:
            return None
        refund, payment = named
        if whose not in (None, payment):
            return None
        told = heard.outcome if heard.proved else await self._confirmed(refund, heard.outcome)
        if told is None:
            return payment
        return await self._tools.store.write(lambda tx: self._heard(tx, refund, told))

    def _heard(self, tx: Tx, reference: str, told: RefundAnswer | RefundOutcome) -> str | None:
        payment, refund = held(tx, reference)
        self.record(tx, reference, told, Source.CALLBACK)
        return None if contradicts(refund, told) else payment.reference

    async def _confirmed(self, reference: str, hint: RefundOutcome) -> RefundAnswer | RefundOutcome | None:
        """Believed only where no question is answered at once; None where the question has to wait for the answer."""
        payment, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        if not way_of(self._registry, payment, refund).answers_questions:
            return hint
        return await self._answer(reference)

    def record(self, tx: Tx, reference: str, told: RefundAnswer | RefundOutcome, source: Source) -> Payment:
        """The door: what a provider's word means for the locked, newest refund, and the work that follows."""
        payment, refund = held(tx, reference)
        _report(payment, refund, told)
        after = self._settlement.append(tx, payment, [*decide_refund(refund, told, source)])
        now = after.refunds.named(reference)
        if now.state is not refund.state:
            jobs.drop(tx, "refund", reference)
        if now.state in ASKED_ABOUT_REFUND and refund.state not in ASKED_ABOUT_REFUND:
            wait = max(RETRY_DELAYS[1], way_of(self._registry, after, now).earliest_ask)
            self._ask_at(tx, reference, self._tools.clock() + wait)
        if isinstance(told, NotSent) and now.state is RefundState.APPROVED:
            self._send_again(tx, after, now, told)
        return after

    def _begin(self, tx: Tx, job: jobs.Job) -> RefundInstruction | None:
        payment, refund = held(tx, job.payload["refund"])
        if not jobs.held(tx, job):
            # What has left that state has no such job any more: `record` drops it.
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

    async def _answer(self, reference: str) -> RefundAnswer | RefundOutcome | None:
        """The provider's own word; None where nobody can be asked, or there is nothing to ask about."""
        payment, refund = await self._tools.store.read(lambda tx: held(tx, reference))
        provider, way = self._registry.named(payment.provider), way_of(self._registry, payment, refund)
        if refund.state not in ASKED_ABOUT_REFUND and not refund.in_the_air:
            return None
        if refund.state is RefundState.UNKNOWN and way.repeats_safely:
            # Before any question: that nobody has heard of it would be no answer, and be asked for ever.
            again = await self._tools.store.write(lambda tx: self._repeat(tx, reference))
            return await self._requested(reference, again)
        if isinstance(provider, TracesRefunds) and _can_be_asked(way, refund):
            return await provider.check_refund(self._inquiry(payment, refund))
        return None

    def _repeat(self, tx: Tx, reference: str) -> RefundInstruction:
        payment, refund = held(tx, reference)
        self._settlement.append(tx, payment, [r.RefundDispatched(refund=reference)])
        return self._instruction(tx, payment, refund)

    def _asked(self, tx: Tx, job: jobs.Job, answer: RefundAnswer | RefundOutcome | None) -> None:
        reference, now = job.payload["refund"], self._tools.clock()
        if answer is not None:
            self.record(tx, reference, answer, Source.WORKER)
        payment, refund = held(tx, reference)
        way = way_of(self._registry, payment, refund)
        again = next_ask(datetime.fromisoformat(job.payload["since"]), now, way.earliest_ask)
        # One that is off for now answers nothing, and may be back by then.
        goes_on = answer is not None or not self._registry.knows(payment.provider)
        if refund.state in ASKED_ABOUT_REFUND and goes_on and again is not None:
            jobs.again(tx, job, again)
            return
        if refund.state in ASKED_ABOUT_REFUND:
            log.error("refund_unanswered", refund=reference, payment=payment.reference)
        jobs.done(tx, job)

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


def _can_be_asked(way: SendsBack, refund: Refund) -> bool:
    answers = way.answers_questions or way.answers_by_callback
    return answers and (refund.request_id is not None or way.known_by_our_reference)


def _named(tx: Tx, provider: str, heard: HeardOfRefund) -> tuple[str, str] | None:
    """The refund that a callback speaks of, by our name for it or by the provider's, and its payment."""
    if heard.cause is not Cause.OURS:
        return None
    by_theirs = refund_rows.with_request(tx, provider, heard.request_id) if heard.request_id else None
    for refund in (name for name in (heard.reference, by_theirs) if name):
        payment = refund_rows.payment_of(tx, refund, provider)
        if payment is not None:
            return refund, payment
    return None


def _report(payment: Payment, refund: Refund, told: RefundAnswer | RefundOutcome) -> None:
    facts = {"payment": payment.reference, "refund": refund.reference, "was": refund.state}
    log.info("refund_told", **facts, outcome=type(told).__name__)
    if isinstance(told, Unknown) and not told.mapped:
        log.error("outcome_unmapped", **facts, code=told.code)
        outcomes_unmapped.labels(payment.provider).inc()
    if contradicts(refund, told):
        log.error("refund_contradicted", **facts, outcome=type(told).__name__)
