"""Callbacks: kept raw first and answered at once; understood later, and confirmed by the provider's own query.

What a provider has signed, and is final, needs no confirmation: it enters the door in the transaction that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.domain import events as e
from portal.domain.alert import trouble_in
from portal.domain.errors import NotFound, Refused
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund_trouble import trouble_in_refund
from portal.domain.trouble import Trouble
from portal.providers.acknowledgement import acknowledgement
from portal.providers.provider import NO_HEADERS, CallbackUnreadable, Heard, Provider
from portal.providers.registry import WEBHOOKS, Registry
from portal.providers.signing_key import learn_key
from portal.services.payments import Payments, report_unmapped
from portal.services.sent_back import SentBack
from portal.services.settlement import locked
from portal.services.tokens import read_callback_token
from portal.services.tools import Tools
from portal.services.verdict import LONGEST_VERDICT, Verdict
from portal.store import inbox, jobs, queries
from portal.store import payments as payment_rows
from portal.store.types import Tx
from portal.telemetry.counters import callbacks_handled
from portal.telemetry.log import get_log

log = get_log("callbacks")


class Callbacks:
    """`receive` in the request, `process` in the worker."""

    def __init__(self, tools: Tools, registry: Registry, payments: Payments, sent_back: SentBack) -> None:
        self._tools, self._registry, self._payments = tools, registry, payments
        self._sent_back = sent_back

    async def receive(
        self, webhook: str, token: str, body: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> dict[str, object]:
        """Store a callback durably, and say what its sender wants to hear; one that stands already changes nothing.

        Raises NotFound for an address not of our making; where the provider signs, CallbackForged for a signature that
        is none and Refused for a body that nobody can read. One that is off for now may call too: it says a thing once.
        """
        provider = self._registry.called_at(webhook, token)
        reference = None if provider else read_callback_token(self._tools.signing_keys, webhook, token)
        if webhook not in WEBHOOKS or (provider is None and reference is None):
            raise NotFound
        proofs = _verified(provider, body, headers) if provider and provider.capabilities.signs else ()
        verdict = await self._tools.store.write(lambda tx: self._keep(tx, provider, reference, body, proofs))
        if provider and verdict:
            _report(provider.name, verdict.payment, verdict)
        return acknowledgement(provider, body)

    async def process(self, job: jobs.Job) -> None:
        """Understand a stored callback, ask the provider, and take what both say to the door."""
        vault = self._tools.vault
        stored = await self._tools.store.read(lambda tx: inbox.load(tx, vault, job.payload["inbox"]))
        verdict = Verdict("handled before") if stored.handled else await self._verdict(stored)
        whose = stored.payment or verdict.payment

        def noted(tx: Tx) -> None:
            if not stored.handled:
                self._note_verdict(tx, stored, verdict)
            if verdict.again:
                jobs.again(tx, job, verdict.again)
            else:
                jobs.done(tx, job)

        await self._tools.store.write(noted)
        _report(stored.provider, whose, verdict)

    def _note_verdict(self, tx: Tx, stored: inbox.StoredCallback, verdict: Verdict) -> None:
        if verdict.placed:
            inbox.handled(tx, stored.id, verdict.word, verdict.payment, self._tools.clock())
        else:
            inbox.park(tx, stored.id, verdict.word, verdict.payment)

    async def _verdict(self, stored: inbox.StoredCallback) -> Verdict:
        provider = self._registry.named(stored.provider)
        await learn_key(provider, stored.body)
        try:
            # A signature was looked at when it came, with its headers, which are not kept.
            if not provider.capabilities.signs:
                provider.verify(stored.body)
            heard_all = provider.translate(stored.body)
        except CallbackUnreadable as error:
            log.error("callback_unreadable", payment=stored.payment, provider=stored.provider, why=str(error))
            await self._payments.alerts.meet(
                stored.provider, "callback", Trouble.CALLBACK_UNREADABLE, str(error)
            )
            return await self._ask_instead(stored.payment)
        verdicts = [await self._taken_up(stored, heard) for heard in heard_all]
        await self._tell_trouble(stored.provider, heard_all)
        return min(verdicts, key=lambda verdict: verdict.placed, default=Verdict("nothing said"))

    async def _tell_trouble(self, provider: str, heard_all: Sequence[Heard]) -> None:
        """That a callback came mends nothing, for it is a hint."""
        for heard in heard_all:
            trouble = trouble_in(heard.outcome)
            if heard.refund is not None:
                trouble = trouble or trouble_in_refund(heard.refund.outcome)
            if trouble:
                await self._payments.alerts.meet(provider, "callback", trouble, heard.code)

    async def _ask_instead(self, reference: str | None) -> Verdict:
        """Something was said, though nobody can read it: a good moment to ask."""
        if reference is not None:
            await self._ask(await self._payments.load(reference))
        return Verdict("unreadable", reference, placed=reference is not None)

    async def _taken_up(self, stored: inbox.StoredCallback, heard: Heard) -> Verdict:
        """The payment is named by the address or, where all come to one address, by the callback itself."""
        reference = stored.payment or heard.reference
        payment = await self._tools.store.read(lambda tx: payment_rows.load(tx, reference or ""))
        if heard.refund is not None:
            return await self._sent_back.taken_up(
                stored.provider, payment, heard, heard.refund, stored.received_at
            )
        if heard.for_people:
            return await self._sent_back.for_people(stored.provider, payment, heard)
        if reference is None or payment is None or payment.provider != stored.provider:
            log.error("callback_of_no_payment", provider=stored.provider, code=heard.code)
            return Verdict("no payment of ours", placed=False)
        noted = await self._tools.store.write(lambda tx: self._note(tx, reference, heard))
        if noted is None:
            code = heard.code
            log.error("callback_of_another_request", payment=reference, provider=stored.provider, code=code)
            return Verdict("another request", reference, placed=False)
        return Verdict(await self._confirm(noted, heard), reference)

    async def _confirm(self, payment: Payment, heard: Heard) -> str:
        capabilities = self._registry.named(payment.provider).capabilities
        if not capabilities.answers_questions:
            return await self._believed(payment, heard)
        return await self._ask(payment, heard.outcome, proved=heard.proved)

    async def _ask(self, payment: Payment, heard: Outcome | None = None, *, proved: bool = False) -> str:
        """Take the provider's own word to the door; where it has none yet, the worker goes on asking.

        One that it has signed counts where it says nothing to the question.
        """
        answered = await self._payments.answer(payment)
        outcome = _confirmed(heard, answered)
        if proved and heard is not None and not isinstance(answered, Paid | NotPaid):
            outcome = heard
        after = await self._payments.record_outcome(payment.reference, outcome, Source.CALLBACK)
        if after.state is State.COMPLETED and isinstance(heard, Paid) and not isinstance(outcome, Paid):
            # What is settled stays settled; another amount than ours, or another payee, is noted for a person.
            after = await self._payments.record_outcome(payment.reference, heard, Source.CALLBACK)
        is_open = self._payments.can_be_asked(payment) and after.state is not State.COMPLETED
        if is_open and not isinstance(outcome, Paid | NotPaid):
            await self._payments.ask_until_decided(payment.reference)
        return _in_words(outcome, after)

    async def _believed(self, payment: Payment, heard: Heard) -> str:
        """Nobody can be asked, so the callback's own word goes to the door."""
        report_unmapped(payment, heard.outcome, "callback")
        after = await self._payments.record_outcome(payment.reference, heard.outcome, Source.CALLBACK)
        return _in_words(heard.outcome, after)

    def _keep(
        self, tx: Tx, provider: Provider | None, reference: str | None, body: str, proofs: Sequence[Heard]
    ) -> Verdict | None:
        """What came of it where it could be taken to the door at once; else the worker does that."""
        name, now = provider.name if provider else _provider_of(tx, reference), self._tools.clock()
        inbox.keep(tx, self._tools.vault, name, reference, body, now)
        row = inbox.waiting(tx, name, reference, body) if proofs else None
        verdict = self._settled_at_once(tx, name, proofs[0]) if row is not None else None
        if row is not None and verdict:
            inbox.handled_at_once(tx, row, verdict.word, verdict.payment, now)
        return verdict

    def _settled_at_once(self, tx: Tx, provider: str, proof: Heard) -> Verdict | None:
        """None where it fits no payment: then it goes the way of all the others."""
        payment = payment_rows.load(tx, proof.reference or "", lock=True)
        if payment is None or payment.provider != provider:
            return None
        if _known_already(payment, proof):
            return Verdict("told before", payment.reference)
        if not _speaks_of(tx, payment, proof):
            return None
        if payment.request_id is None and proof.request_id:
            self._note(tx, payment.reference, proof)
        after = self._payments.settlement.settle(tx, payment.reference, proof.outcome, Source.CALLBACK)
        return Verdict(_in_words(proof.outcome, after), payment.reference)

    def _note(self, tx: Tx, reference: str, heard: Heard) -> Payment | None:
        """Write down what a callback claims; None when it speaks of a request that is not this payment's."""
        payment = locked(tx, reference)
        if not _speaks_of(tx, payment, heard):
            return None
        return self._payments.settlement.append(
            tx, payment, [_received(heard, taken=_taken(tx, payment, heard))]
        )


def _verified(provider: Provider, body: str, headers: Mapping[str, str]) -> Sequence[Heard]:
    """What a signed callback proves all by itself; mostly nothing."""
    try:
        provider.verify(body, headers)
        heard_all = provider.translate(body)
    except CallbackUnreadable as error:
        raise Refused("body", "unreadable") from error
    # Of several things in one body all must be proved, or each of them takes the usual way.
    return heard_all if len(heard_all) == 1 and heard_all[0].proved else ()


def _speaks_of(tx: Tx, payment: Payment, heard: Heard) -> bool:
    """It names neither payment nor request, or this one and its own."""
    if heard.reference not in (None, payment.reference):
        return False
    if not heard.request_id:
        return True
    is_its_own = payment.request_id in (None, heard.request_id)
    return is_its_own and queries.other_with_request(tx, payment, heard.request_id) is None


def _known_already(payment: Payment, proof: Heard) -> bool:
    """One payment is told by several events: what the first has told, the others only repeat."""
    paid = proof.outcome
    if payment.state is not State.COMPLETED or not isinstance(paid, Paid):
        return False
    same = (paid.receipt_code, paid.amount) == (payment.receipt_code, payment.received)
    return same and proof.request_id in (None, payment.request_id)


def _report(provider: str, payment: str | None, verdict: Verdict) -> None:
    callbacks_handled.labels(provider, verdict.word).inc()
    log.info("callback", payment=payment, provider=provider, verdict=verdict.word)


def _confirmed(heard: Outcome | None, answered: Outcome) -> Outcome:
    """The provider's answer decides; where it says "not paid" and not why, a callback may know that."""
    if not isinstance(heard, NotPaid) or not isinstance(answered, NotPaid):
        return answered
    return heard if answered.reason is Reason.NOT_COMPLETED else answered


def _in_words(outcome: Outcome, after: Payment) -> str:
    return f"{type(outcome).__name__}: {after.state}"[:LONGEST_VERDICT]


def _provider_of(tx: Tx, reference: str | None) -> str:
    payment = payment_rows.load(tx, reference or "")
    if payment is None:
        raise NotFound
    return payment.provider


def _taken(tx: Tx, payment: Payment, heard: Heard) -> bool:
    """The callback names a receipt code that another payment was settled with."""
    code = heard.outcome.receipt_code if isinstance(heard.outcome, Paid) else None
    owner = queries.paid_with_code(tx, payment.provider, code) if code else None
    if owner in (None, payment.reference):
        return False
    log.error("receipt_code_taken", payment=payment.reference, provider=payment.provider)
    return True


def _received(heard: Heard, *, taken: bool) -> e.ProviderEventReceived:
    """A code of another payment is kept beside, where the office sees it, and never becomes this payment's own."""
    paid = heard.outcome if isinstance(heard.outcome, Paid) else None
    code = paid.receipt_code if paid else None
    return e.ProviderEventReceived(
        request_id=heard.request_id,
        says_paid=heard.claims_money,
        code=heard.code,
        receipt_code=None if taken else code,
        foreign_code=code if taken else None,
        amount=paid.amount if paid else None,
        paid_at=paid.paid_at if paid else None,
        payee=paid.payee if paid else None,
        reason=heard.outcome.reason if isinstance(heard.outcome, Pending) else None,
    )
