"""Sending the prompt: once, and again only where it provably never left, or where the provider takes it once."""

from __future__ import annotations

import asyncio

from portal.domain import events as e
from portal.domain.outcome import Accepted, NotSent, Reason, Rejected, Source, StartOutcome, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.schedule import RETRY_DELAYS, retry_delay
from portal.providers.provider import Instruction
from portal.providers.registry import Registry
from portal.services.alerts import Alerts
from portal.services.orders import resume_after
from portal.services.settlement import Settlement, locked
from portal.services.tokens import callback_token
from portal.services.tools import Tools
from portal.store import contacts, jobs, queries, saved_cards
from portal.store.types import Tx
from portal.telemetry.counters import outcomes_unmapped
from portal.telemetry.log import get_log

LONGEST_WAIT = 5.0
"""Seconds that a page, a worker's slot or the end of the process waits for the answer to a push."""
log = get_log("pushes")


class Pushes:
    """Between two commits: the request to the provider."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement
        self._alerts = Alerts(tools)
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, reference: str, tries: int = 1, *, sent_before: bool = False) -> None:
        """Send the prompt, and wait for its answer a little: some providers answer only when the payer has.

        A browser that goes away does not stop it, and neither it nor a worker's slot waits longer. It was `sent_before`
        where nobody knows whether an earlier try arrived.
        """
        sending = asyncio.create_task(self.send(reference, tries, sent_before=sent_before))
        self._under_way.add(sending)
        sending.add_done_callback(self._over)
        patience = asyncio.ensure_future(self._tools.sleep(LONGEST_WAIT))
        await asyncio.wait({sending, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        if sending.done():
            sending.result()

    async def send(self, reference: str, tries: int = 1, *, sent_before: bool = False) -> None:
        """Send the prompt and record what the provider answered."""
        provider, instruction = await self._tools.store.read(lambda tx: self._instruction(tx, reference))
        outcome = await self._registry.named(provider).start(instruction)
        _report(reference, provider, outcome, tries)
        if sent_before and isinstance(outcome, NotSent | Rejected):
            # It says nothing of the try before, which may have arrived.
            outcome = Unknown(Reason.AMBIGUOUS, outcome.code)
        await self._recorded(reference, outcome, tries)
        await self._alerts.hear(provider, "start", outcome)

    async def resume(self, job: jobs.Job) -> None:
        """The worker's share: send what provably never left; of all else nobody can say whether it was sent."""
        if await self._tools.store.write(lambda tx: self._may_send(tx, job)):
            sent_before = not job.payload["safe"]
            await self.begin(job.payload["payment"], job.payload["tries"] + 1, sent_before=sent_before)

    async def close(self) -> None:
        """Let what is under way end while the database stands; what takes too long is found by its job."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LONGEST_WAIT)

    def _over(self, sending: asyncio.Task[None]) -> None:
        self._under_way.discard(sending)
        if not sending.cancelled() and (error := sending.exception()):
            log.error("push_broke", error=repr(error))

    async def _recorded(self, reference: str, outcome: StartOutcome, tries: int) -> None:
        """An answer that is not written down is lost for good, so a database in trouble is given time to recover."""
        for wait in RETRY_DELAYS:
            try:
                await self._tools.store.write(lambda tx: self._record(tx, reference, outcome, tries))
            except Exception:
                log.exception("push_not_recorded", payment=reference)
                await self._tools.sleep(wait.total_seconds())
            else:
                return
        await self._tools.store.write(lambda tx: self._record(tx, reference, outcome, tries))

    def _instruction(self, tx: Tx, reference: str) -> tuple[str, Instruction]:
        payment = locked(tx, reference)
        due, contact = queries.due_of(tx, payment), contacts.load(tx, self._tools.vault, reference)
        webhook = self._registry.named(payment.provider).webhook
        token = callback_token(self._tools.signing_keys, webhook, reference)
        return payment.provider, Instruction(
            reference=reference,
            amount=payment.total,
            method=payment.method,
            phone=contact.phone,
            card=self._card(tx, payment, contact.saved),
            language=contact.language,
            expires_at=payment.expires_at,
            return_url=f"{self._tools.public_url}/pay/{reference}/return",
            label=f"{_what(payment)} {due.lease.unit}",
            callback_url=f"{self._tools.public_url}/webhooks/{webhook}/{token}",
        )

    def _card(self, tx: Tx, payment: Payment, saved: str | None) -> str | None:
        """The token of the saved card that the payer chose; without it the provider's page asks for one."""
        kept = saved_cards.token(tx, self._tools.vault, saved) if saved else None
        return kept.token if kept and kept.provider == payment.provider else None

    def _may_send(self, tx: Tx, job: jobs.Job) -> bool:
        payment = locked(tx, job.payload["payment"])
        if not jobs.held(tx, job):
            return False
        if payment.state is State.SUBMITTING and (job.payload["safe"] or self._repeats(payment)):
            # From here on a prompt may be on its way, so a worker that dies leaves a push that is not safe to repeat.
            # Put anew, it is also out of our hands: whatever breaks now, this job's old payload cannot come back.
            unsafe = job.payload | {"safe": False}
            resume_at = self._tools.clock() + resume_after(self._registry.named(payment.provider))
            jobs.put(tx, "push", payment.reference, resume_at, **unsafe)
            return True
        if payment.state is State.SUBMITTING:
            cut_off = Unknown(Reason.AMBIGUOUS, "the push was cut off")
            self._settlement.append(tx, payment, _uncertain(payment, cut_off))
        jobs.done(tx, job)
        return False

    def _record(self, tx: Tx, reference: str, outcome: StartOutcome, tries: int) -> None:
        payment = locked(tx, reference)
        repeats = payment.state is State.SUBMITTING and self._repeats(payment)
        match outcome:
            case NotSent():
                self._send_again(tx, payment, outcome, tries)
            case Unknown() if repeats:
                self._send_again(tx, payment, outcome, tries)
            case _:
                jobs.drop(tx, "push", reference)
                after = self._settlement.append(tx, payment, _answered(tx, payment, outcome))
                self._end(tx, after, outcome)

    def _end(self, tx: Tx, payment: Payment, answer: Accepted | Rejected | Unknown) -> None:
        """What an answer says of a request settles the payment that goes by this request, and no other."""
        if not isinstance(answer, Accepted):
            return
        if payment.request_id != answer.request_id:
            log.error("answer_of_another_request", payment=payment.reference, request_id=answer.request_id)
        elif answer.ended:
            self._settlement.settle(tx, payment.reference, answer.ended, Source.ANSWER)

    def _repeats(self, payment: Payment) -> bool:
        return self._registry.named(payment.provider).capabilities.repeats_safely

    def _send_again(self, tx: Tx, payment: Payment, outcome: NotSent | Unknown, tries: int) -> None:
        """The customer's tries after 1, 5 and 15 seconds, as a job; then the payer may choose another way.

        A try that may have arrived leaves the question open instead.
        """
        facts = {"payment": payment.reference, "operation": "start", "attempt": tries, "code": outcome.code}
        delay = retry_delay(tries, self._tools.jitter())
        if delay is not None and payment.state is State.SUBMITTING:
            log.warning("retry", **facts)
            run_after = self._tools.clock() + delay
            again = {"payment": payment.reference, "tries": tries, "safe": isinstance(outcome, NotSent)}
            jobs.put(tx, "push", payment.reference, run_after, **again)
            return
        log.error("retry_gave_up", **facts)
        jobs.drop(tx, "push", payment.reference)
        end = Rejected(Reason.PROVIDER_BUSY, outcome.code) if isinstance(outcome, NotSent) else outcome
        self._settlement.append(tx, payment, _answered(tx, payment, end))


def _what(payment: Payment) -> str:
    """Short, for the message on the phone: what it is for, or how many bills of several kinds."""
    kinds = {each.type for each in payment.allocations}
    if len(kinds) > 1:
        return f"{len(payment.bills)} Bills"
    return kinds.pop().replace("_", " ").title()


def _answered(tx: Tx, payment: Payment, outcome: Accepted | Rejected | Unknown) -> list[e.Event]:
    """The events of a provider's answer to the push; its callback may have been here first."""
    match outcome:
        case Accepted() if queries.other_with_request(tx, payment, outcome.request_id):
            return _uncertain(payment, Unknown(Reason.AMBIGUOUS, "request id of another payment"))
        case Accepted() if payment.request_id is None:
            return [_accepted(outcome)]
        case Rejected() if _nothing_heard(payment):
            return [e.PushRejected(reason=outcome.reason, code=outcome.code)]
        case Unknown():
            return _uncertain(payment, outcome)
        case _:
            return []


def _accepted(answer: Accepted) -> e.PushAccepted:
    return e.PushAccepted(
        request_id=answer.request_id,
        provider_reference=answer.provider_reference,
        awaits=answer.awaits,
        page=answer.page,
    )


def _nothing_heard(payment: Payment) -> bool:
    """Still being sent, or given up for lost meanwhile: no id, no callback."""
    lost = payment.state is State.UNCERTAIN and payment.request_id is None and not payment.claimed_paid
    return payment.state is State.SUBMITTING or lost


def _report(reference: str, provider: str, outcome: StartOutcome, tries: int) -> None:
    """The request id is logged before it is stored: it is all there is to ask by."""
    facts = {"payment": reference, "operation": "start", "provider": provider, "attempt": tries}
    log.info("push", **facts, outcome=type(outcome).__name__, request_id=getattr(outcome, "request_id", None))
    if isinstance(outcome, Unknown) and not outcome.mapped:
        log.error("outcome_unmapped", **facts, code=outcome.code)
        outcomes_unmapped.labels(provider).inc()
    if isinstance(outcome, Rejected) and outcome.reason is Reason.PAYEE_PROBLEM:
        log.error("provider_refuses_us", **facts, code=outcome.code)


def _uncertain(payment: Payment, outcome: Unknown) -> list[e.Event]:
    if payment.state is not State.SUBMITTING:
        return []
    return [e.OutcomeUncertain(reason=outcome.reason, code=outcome.code, source=Source.WORKER)]
