"""Telling people: each text is written once into the portal's own list, then handed to the sink, after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.domain.bank_line import BankLine, Held
from portal.domain.credit_use import CreditUse
from portal.domain.ids import shown
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.refund import Refund, RefundState
from portal.services.concerned import landlords_of, whoever_agrees
from portal.services.office import STAFF, completes
from portal.services.refund_texts import of_bills_now, to_landlord_about
from portal.services.tools import Tools
from portal.sinks.sink import Letter, Sink
from portal.store import bank_lines, contacts, jobs, leases, messages, people, queries, unverified_phones
from portal.store import payments as payment_rows
from portal.store.types import Tx
from portal.templating.environment import Environment, render
from portal.templating.gsm7 import LONGEST, in_alphabet, septets
from portal.templating.language import Language

SHORTEST_UNIT = 4


@dataclass(frozen=True, slots=True)
class Text:
    """A message before it is written: its template says what, its context fills it."""

    to: Person
    kind: str
    context: dict[str, object]


class Messages:
    """What tells (`tell` and its kin) writes what a change means to whom; `send` hands one text to the sink."""

    def __init__(self, tools: Tools, environment: Environment, sink: Sink, verify_address: str) -> None:
        self._tools, self._environment, self._sink = tools, environment, sink
        self._verify_address = verify_address

    async def tell(self, job: jobs.Job) -> None:
        """A payment came to a new state: the payer hears of it, and the landlord of what is theirs now."""
        state, key = State(job.payload["state"]), job.key

        def write(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            # A state that has passed already needs no message: the newer one has its own.
            if payment and payment.state is state:
                for text in self._texts(tx, payment):
                    self.write(tx, f"{key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    async def tell_transfer(self, job: jobs.Job) -> None:
        """Money came by bank and does not fit its payment: the payer hears what is missing, or what is too much."""

        def write(tx: Tx) -> None:
            line = bank_lines.load(tx, job.payload["line"])
            payment = payment_rows.load(tx, line.payment) if line and line.payment else None
            # A line to which something has happened since has another message, or needs none.
            if line and payment and line.version == job.payload["version"]:
                for text in self.to_payer(tx, payment, _about_money(line), line):
                    self.write(tx, f"{job.key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    async def tell_refund(self, job: jobs.Job) -> None:
        """There is news of a refund: the payer hears of it; of a request whoever decides on it."""

        def write(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            refund = payment.refunds.find(job.payload["refund"]) if payment else None
            # A state that has passed already needs no message: the newer one has its own.
            if payment and refund and refund.state is RefundState(job.payload["state"]):
                for text in self._about_refund(tx, payment, refund, job.payload["news"]):
                    self.write(tx, f"{job.key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    async def tell_credit(self, job: jobs.Job) -> None:
        """What a tenant keeps with us has paid a bill, or was taken out of it again: the tenant hears of it, and the
        landlord who got it.
        """

        def write(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            if payment is not None:
                for text in self._about_credit(tx, payment, payment.credit_uses[job.payload["number"]]):
                    self.write(tx, f"{job.key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    def _about_credit(self, tx: Tx, payment: Payment, use: CreditUse) -> list[Text]:
        is_taken, landlord = use.amount.minor < 0, people.load(tx, use.payee)
        texts = self.to_payer(tx, payment, "credit_taken" if is_taken else "credit_used")
        kind = "credit_unreceived" if is_taken else "credit_received"
        texts += [Text(landlord, kind, self.facts(tx, payment))] if landlord else []
        moved = replace(use, amount=-use.amount) if is_taken else use
        facts = {"use": moved, "rest": leases.rest_of(tx, [use.bill])}
        return [Text(one.to, one.kind, one.context | facts) for one in texts]

    async def tell_claim(self, job: jobs.Job) -> None:
        """Nobody knows the receipt code, in all the time that was promised: the payer hears that the office has it."""

        def write(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            # Whoever gave another code since waits for the end of that one.
            if payment and payment.claimed_code == job.payload["code"]:
                for text in self.to_payer(tx, payment, "claim_over"):
                    self.write(tx, f"{job.key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    async def send(self, job: jobs.Job) -> None:
        """Hand one text over; raises NotDelivered, and the job tries again.

        A job that says `by` goes that way only, and one that names a number to be proved goes to no other.
        """
        letter = await self._tools.store.read(lambda tx: self._letter(tx, job))
        if letter:
            await self._sink.deliver(letter)

        def sent(tx: Tx) -> None:
            messages.sent(tx, job.payload["message"], self._tools.clock())
            jobs.done(tx, job)

        await self._tools.store.write(sent)

    async def tell_lease(self, job: jobs.Job) -> None:
        """DEPOSIT_PAID and its kin, once per bill, and DEPOSIT_UNPAID where that is not true any more."""

        def tell(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            # Work that was left before a payment could pay several bills names none.
            about = job.payload.get("bill") or (payment.bills[0] if payment else "")
            bill = leases.bill(tx, about)
            if payment and bill:
                leases.tell(tx, bill, payment.reference, self._tools.clock())
            jobs.done(tx, job)

        await self._tools.store.write(tell)

    def write(self, tx: Tx, key: str, text: Text, payment: str | None = None) -> None:
        """Once under this key; it is sent after the commit."""
        now = self._tools.clock()
        message = messages.write(
            tx,
            self._tools.vault,
            key=key,
            person=text.to.id,
            payment=payment,
            kind=text.kind,
            body=self._rendered(text.kind, text.to.language, text.context | {"reader": text.to}),
            now=now,
        )
        if message is not None:
            jobs.enqueue(tx, "send", key, now, message=message)

    def _texts(self, tx: Tx, payment: Payment) -> list[Text]:
        to_payer = self.to_payer(tx, payment, _kind(payment))
        if payment.state is not State.COMPLETED:
            return to_payer
        return [*to_payer, *self._received(tx, payment)]

    def _received(self, tx: Tx, payment: Payment) -> Iterable[Text]:
        """To each landlord of their part; what was more than a bill is still the payer's."""
        for landlord, bills in landlords_of(tx, payment):
            needed = [each for each in bills if each.applied]
            if needed:
                came = sum_of([payment.went_to(each) for each in needed])
                yield Text(
                    landlord, "received", self.facts(tx, payment) | {"bills": needed, "received": came}
                )

    def to_payer(self, tx: Tx, payment: Payment, kind: str, line: BankLine | None = None) -> list[Text]:
        """In the language in which they paid; `line` is the money that it is about. None to somebody who is gone."""
        payer = people.load(tx, payment.payer)
        if payer is None:
            return []
        language = contacts.load(tx, self._tools.vault, payment.reference).language
        facts = self.facts(tx, payment) | {"line": line}
        return [Text(Person(payer.id, payer.name, payer.role, language), kind, facts)]

    def _about_refund(self, tx: Tx, payment: Payment, refund: Refund, news: str) -> list[Text]:
        facts = {
            "refund": refund,
            "of_bills": of_bills_now(payment, refund, payment.bills),
            "bills": payment.allocations,
            "others": [use for use in payment.credit_uses if use.refund == refund.reference],
            "refund_reference": shown(refund.reference),
            "phone": contacts.masked(tx, payment.reference),
        }
        if news == "refund_second":
            first = people.named(tx, refund.approved_by)
            seconds = [one for one in people.with_roles(tx, STAFF) if completes(one, first)]
            texts = [Text(one, news, self.facts(tx, payment)) for one in seconds]
        else:
            texts = self.to_payer(tx, payment, news)
        decides = whoever_agrees(tx, payment, refund.parts) if news == "refund_asked" else None
        if decides is not None:
            texts.append(Text(decides, "refund_wanted", self.facts(tx, payment)))
        told = [Text(one.to, one.kind, one.context | facts) for one in texts]
        for landlord, bills in landlords_of(tx, payment):
            own = of_bills_now(payment, refund, [each.bill for each in bills])
            if kind := to_landlord_about(refund, own, news):
                theirs = self.facts(tx, payment) | facts | {"of_bills": own, "bills": bills}
                told.append(Text(landlord, kind, theirs))
        return told

    def facts(self, tx: Tx, payment: Payment) -> dict[str, object]:
        """`came` has come for it by bank and waits for the rest; None where nothing has."""
        came = [line.waiting for line in bank_lines.toward(tx, payment.reference)]
        return {
            "payment": payment,
            "reference": shown(payment.reference),
            "came": sum(came, Money(0, payment.total.currency)) if came else None,
            "unit": queries.due_of(tx, payment).lease.unit,
            "code": shown(payment.receipt_check or ""),
            "verify_address": self._verify_address,
            "brief": False,
        }

    def _letter(self, tx: Tx, job: jobs.Job) -> Letter | None:
        """None where the number that was to be proved is not wanted any more."""
        message = messages.load(tx, self._tools.vault, job.payload["message"])
        person = people.load(tx, message.person)
        language = person.language if person else Language.SW
        text = message.body
        if message.kind in messages.CODES:
            whose = person.short_name if person else ""
            text = self._rendered(message.kind, language, {"digits": message.body, "name": whose})
        key = f"{message.kind}:{message.id}"
        if to_prove := job.payload.get("unverified"):
            wanted = unverified_phones.load(tx, self._tools.vault, message.person, to_prove)
            return Letter(key=key, phone=wanted.phone.digits, email=None, text=text) if wanted else None
        by, phone = job.payload.get("by"), people.phone_of(tx, self._tools.vault, message.person)
        return Letter(
            key=key,
            phone=phone.digits if phone and by != "email" else None,
            email=people.email_of(tx, self._tools.vault, message.person) if by != "phone" else None,
            text=text,
        )

    def _rendered(self, kind: str, language: str, context: dict[str, object]) -> str:
        """One text message. Where it would be two, several bills are counted instead of named; where it still would be,
        the name of the unit loses as many letters as are too many.
        """
        text = self._plain(kind, language, context)
        if septets(text) > LONGEST and context.get("brief") is False:
            return self._rendered(kind, language, context | {"brief": True})
        excess, unit = septets(text) - LONGEST, in_alphabet(str(context.get("unit", "")))
        if excess <= 0:
            return text
        shorter = unit[: max(SHORTEST_UNIT, len(unit) - excess)]
        return self._plain(kind, language, context | {"unit": shorter})

    def _plain(self, kind: str, language: str, context: dict[str, object]) -> str:
        text = render(self._environment, f"messages/{kind}.txt", Language(language), context)
        return in_alphabet(" ".join(text.split()))


def _kind(payment: Payment) -> str:
    if payment.state is State.FAILED and payment.by_link:
        return "not_paid_by_link"
    if payment.state is State.COMPLETED and payment.excess:
        return "paid_extra" if payment.applied else "paid_twice"
    if payment.state is State.EXPIRED and payment.method is PaymentMethod.BANK_TRANSFER:
        return "transfer_ended"
    return _KIND[payment.state]


def _about_money(line: BankLine) -> str:
    match line.held:
        case Held.TOO_LITTLE:
            return "transfer_short"
        case Held.TOO_MUCH | Held.DUPLICATE:
            return "transfer_extra"
        case _:
            return "transfer_checked"


_KIND = {
    State.COMPLETED: "paid",
    State.FAILED: "not_paid",
    State.EXPIRED: "not_paid",
    State.CANCELLED: "cancelled",
    State.UNCERTAIN: "uncertain",
}
