"""A payment from the first press of Pay to its end. `record_outcome` is the door: it settles nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import events as e
from portal.domain.errors import MethodUnavailable, NotFound, TooMany
from portal.domain.outcome import ASK_BEFORE_RESEND, NotPaid, Outcome, Paid, Pending, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import AWAITING, CALLED_OFF, IN_FLIGHT, State
from portal.domain.person import Guest, Payer, Person
from portal.domain.schedule import RETRY_DELAYS, next_ask, retry_delay
from portal.providers.provider import CallsOff, Capabilities, Inquiry, Provider
from portal.providers.registry import Registry
from portal.services.alerts import Alerts
from portal.services.orders import Order, place
from portal.services.pushes import Pushes
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import idempotency, jobs, limits, queries
from portal.store import payments as payment_rows
from portal.store.limits import Limit
from portal.store.types import Tx
from portal.telemetry.counters import outcomes_unmapped
from portal.telemetry.log import get_log

LOOKS = Limit("look", 1, timedelta(seconds=5))
WATCHED_AFTER_THE_END = timedelta(hours=1)
FIRST_RETRY = RETRY_DELAYS[0]
log = get_log("payments")


class Payments:
    """Start, ask, settle, cancel."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry
        self._store, self._clock = tools.store, tools.clock
        self.alerts = Alerts(tools)
        self.settlement = Settlement(tools, registry)
        self.pushes = Pushes(tools, registry, self.settlement)

    async def start(self, order: Order) -> str:
        """Begin to pay bills and push the prompt; the payment's reference, the same one for the same key.

        Raises Refused, NotFound, AlreadyPaid, PaymentInProgress, KeyReused, TooMany, MethodUnavailable.
        """
        answered = await self._store.read(
            lambda tx: idempotency.recall(tx, order.payer.id, order.key, order.body())
        )
        if answered is not None:
            return answered
        await self._earlier_attempts_are_unpaid(order)
        placed = await self._store.write(lambda tx: place(tx, self._tools, self._registry, order))
        if placed.fresh:
            await self.pushes.begin(placed.reference)
        return placed.reference

    async def ask(self, reference: str, source: Source) -> Outcome:
        """Ask the provider how it stands, and take the answer to the door."""
        outcome = await self.answer(await self.load(reference))
        await self.record_outcome(reference, outcome, source)
        return outcome

    async def answer(self, payment: Payment) -> Outcome:
        """The provider's own word about a payment; unknown where there is nothing to ask by."""
        if payment.state is State.SUBMITTING:
            return Pending("being sent")
        provider = self._registry.named(payment.provider)
        able = provider.capabilities
        if not able.answers_questions or (able.lapses and not self.can_be_asked(payment)):
            return self._unasked(payment, able)
        if not self.can_be_asked(payment):
            return Unknown(Reason.AMBIGUOUS, "the answer to the push was lost")
        outcome = await _asked(provider, payment)
        report_unmapped(payment, outcome, "check")
        await self.alerts.hear(provider.name, "check", outcome)
        return outcome

    async def record_outcome(self, reference: str, outcome: Outcome, source: Source) -> Payment:
        """The door."""
        return await self._store.write(lambda tx: self.settlement.settle(tx, reference, outcome, source))

    async def ask_by_schedule(self, job: jobs.Job) -> None:
        """The worker's question to the silent; asked again until it is answered, for thirty days."""
        reference = job.payload["payment"]
        if self._is_lost(await self.load(reference)):
            await self.pushes.send(reference, len(RETRY_DELAYS) + 1, sent_before=True)
        outcome = await self.ask(reference, Source.WORKER)
        payment = await self.load(reference)
        again = self._ask_again_at(payment, outcome, job)
        if again is None:
            await self._store.write(lambda tx: jobs.done(tx, job))
            return
        unheard = _unheard_before(job) + 1 if self._wants_another_try(payment, outcome) else 0
        payload = job.payload | {"unheard": unheard}
        await self._store.write(lambda tx: jobs.again(tx, job, again, **payload))

    async def ask_until_decided(self, reference: str) -> None:
        """Something new was said that the provider does not confirm or deny yet: the schedule begins anew.

        From a second on, for its thirty days, even about a payment that was called off long ago.
        """
        await self._store.write(lambda tx: self.begin_to_ask(tx, reference))

    def begin_to_ask(self, tx: Tx, reference: str) -> None:
        """The same, in the transaction of what was said."""
        now = self._clock()
        anew = {"payment": reference, "since": now.isoformat()}
        jobs.put(tx, "ask", reference, now + FIRST_RETRY, **anew)

    async def cancel(self, person: Person, reference: str) -> None:
        """The payer wants out: noted, and the provider is asked; only its "not paid" ends the payment."""
        if await self._store.write(lambda tx: self._want_cancel(tx, person, reference)):
            await self.ask(reference, Source.RETURN)

    async def look_again(self, person: Payer, reference: str) -> None:
        """The payer presses "Check now": the question is left to the worker, at most every five seconds."""
        await self._store.write(lambda tx: self._sooner(tx, person, reference))

    async def load(self, reference: str) -> Payment:
        """Raises NotFound."""
        payment = await self._store.read(lambda tx: payment_rows.load(tx, reference))
        if payment is None:
            raise NotFound
        return payment

    async def _earlier_attempts_are_unpaid(self, order: Order) -> None:
        """A prompt that nobody answered may be answered late: another one goes out only after the provider's word."""
        since = self._clock() - WATCHED_AFTER_THE_END
        attempts = await self._store.read(lambda tx: queries.attempts_since(tx, order.amounts, since))
        for attempt in attempts:
            if attempt.payer == order.payer.id and self._is_watched(attempt):
                outcome = await self.ask(attempt.reference, Source.RETURN)
                if not isinstance(outcome, Paid | NotPaid):
                    raise MethodUnavailable(method=order.method)

    def _unasked(self, payment: Payment, able: Capabilities) -> Outcome:
        """Where nobody can be asked: what only we ask for ends with our asking, and leaves nothing to be approved.

        A saved card needs no approval: it may have been charged by a request that nobody has answered.
        """
        if not able.lapses or not (payment.cancel_wanted or self._clock() >= payment.expires_at):
            return Pending("nobody can be asked")
        if payment.by_saved_card:
            return Unknown(Reason.AMBIGUOUS, "the answer to the push was lost")
        return NotPaid(Reason.NO_RESPONSE, "lapsed")

    def _is_lost(self, payment: Payment) -> bool:
        """Nobody ever answered the request, and the provider takes it once however often it is sent."""
        if payment.state is not State.UNCERTAIN or payment.request_id is not None:
            return False
        repeats = self._registry.named(payment.provider).capabilities.repeats_safely
        return repeats and self._clock() < payment.expires_at

    def _is_watched(self, payment: Payment) -> bool:
        """Called off, though its prompt may still be answered; where nobody can be asked, watching tells nothing."""
        late_until = payment.created_at + WATCHED_AFTER_THE_END
        if not self._registry.named(payment.provider).capabilities.answers_questions:
            return False
        return payment.state in CALLED_OFF and _may_still_be_paid(payment) and self._clock() < late_until

    def _ask_again_at(self, payment: Payment, outcome: Outcome, job: jobs.Job) -> datetime | None:
        open_question = payment.state in IN_FLIGHT or _was_reopened(payment, outcome, job)
        if not open_question and not self._is_watched(payment):
            return None
        now, able = self._clock(), self._registry.named(payment.provider).capabilities
        if not able.answers_questions:
            # One look, when the prompt's time is over: from then on the payer is told that nobody knows.
            return payment.expires_at if now < payment.expires_at else None
        regular = next_ask(_asked_since(payment, job), now, able.earliest_ask)
        if regular is None:
            log.error("gave_up_asking", payment=payment.reference, operation="check")
            return None
        if now < payment.expires_at:
            regular = min(regular, payment.expires_at)
        if not self._wants_another_try(payment, outcome):
            return regular
        tries = _unheard_before(job) + 1
        delay = retry_delay(tries, self._tools.jitter())
        log.warning(
            "retry" if delay else "retry_gave_up", payment=payment.reference, operation="check", attempt=tries
        )
        return min(regular, now + delay) if delay else regular

    def can_be_asked(self, payment: Payment) -> bool:
        return self._registry.can_be_asked(payment)

    def _wants_another_try(self, payment: Payment, outcome: Outcome) -> bool:
        """A question that got no answer, not one that nobody can ask; or money was claimed, and the query lags."""
        if not self.can_be_asked(payment):
            return False
        return isinstance(outcome, Unknown) or (payment.claimed_paid and isinstance(outcome, Pending))

    def _want_cancel(self, tx: Tx, person: Person, reference: str) -> bool:
        payment = own_payment(tx, person, reference)
        if payment.state not in AWAITING or payment.cancel_wanted:
            return False
        self.settlement.append(tx, payment, [e.PayerActionSeen(action="cancel")])
        return True

    def _sooner(self, tx: Tx, person: Payer, reference: str) -> None:
        payment, now = own_payment(tx, person, reference), self._clock()
        if payment.state not in IN_FLIGHT:
            return
        try:
            limits.hit(tx, LOOKS, reference, now)
        except TooMany:
            return
        jobs.enqueue(tx, "ask", reference, now, payment=reference)


async def _asked(provider: Provider, payment: Payment) -> Outcome:
    """As long as the payer wants out, every question is one more try to take the request back."""
    inquiry = Inquiry(reference=payment.reference, request_id=payment.request_id)
    if payment.cancel_wanted and payment.state in AWAITING and isinstance(provider, CallsOff):
        return await provider.call_off(inquiry)
    return await provider.check(inquiry)


def report_unmapped(payment: Payment, outcome: Outcome, operation: str) -> None:
    """A code that stands in no table: somebody has to look it up."""
    if isinstance(outcome, Unknown) and not outcome.mapped:
        log.error("outcome_unmapped", payment=payment.reference, operation=operation, code=outcome.code)
        outcomes_unmapped.labels(payment.provider).inc()


def own_payment(tx: Tx, person: Payer, reference: str) -> Payment:
    """A payer's own, for a guest one of their link's bills, held until the end; raises NotFound for any other."""
    payment = locked(tx, reference)
    shut_out = isinstance(person, Guest) and set(payment.bills).isdisjoint(person.bills)
    if payment.payer != person.id or shut_out:
        raise NotFound
    return payment


def _may_still_be_paid(payment: Payment) -> bool:
    return payment.reason in ASK_BEFORE_RESEND or payment.state in (State.CANCELLED, State.EXPIRED)


def _was_reopened(payment: Payment, outcome: Outcome, job: jobs.Job) -> bool:
    """Called off, and then something was said about it to which the provider has not given its word."""
    told = isinstance(outcome, Paid | NotPaid)
    return "since" in job.payload and payment.state in CALLED_OFF and not told


def _asked_since(payment: Payment, job: jobs.Job) -> datetime:
    since = job.payload.get("since")
    return datetime.fromisoformat(since) if since else payment.created_at


def _unheard_before(job: jobs.Job) -> int:
    return int(job.payload.get("unheard", 0))
