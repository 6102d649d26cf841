"""Telling people: each text is written once into the portal's own list, then handed to the sink, after the commit."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.ids import shown
from portal.domain.payment import Payment, State
from portal.domain.person import Person
from portal.services.tools import Tools
from portal.sinks.sink import Letter, Sink
from portal.store import contacts, jobs, leases, messages, people, queries, unverified_phones
from portal.store import payments as payment_rows
from portal.store.leases import Due
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
    """`tell` writes what a change means to whom; `send` hands one written text to the sink; `tell_lease` the lease."""

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
                    self._write(tx, f"{key}:{text.to.id}", text, payment)
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
        """DEPOSIT_PAID and its kin, once per bill."""

        def tell(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            bill = leases.bill(tx, payment.bill) if payment else None
            if payment and bill:
                leases.tell(tx, job.payload["notice"], bill, payment.reference, self._tools.clock())
            jobs.done(tx, job)

        await self._tools.store.write(tell)

    def _texts(self, tx: Tx, payment: Payment) -> list[Text]:
        payer, landlord = people.load(tx, payment.payer), people.load(tx, payment.payee)
        if payer is None or landlord is None:
            return []
        due = queries.due_of(tx, payment)
        language = contacts.load(tx, self._tools.vault, payment.reference).language
        to_payer = Text(
            Person(payer.id, payer.name, payer.role, language),
            _kind(payment),
            self._facts(payment, due),
        )
        to_landlord = Text(landlord, "received", self._facts(payment, due))
        return [to_payer, to_landlord] if _reached_the_landlord(payment) else [to_payer]

    def _facts(self, payment: Payment, due: Due) -> dict[str, object]:
        return {
            "payment": payment,
            "unit": due.lease.unit,
            "code": shown(payment.receipt_check or ""),
            "verify_address": self._verify_address,
        }

    def _write(self, tx: Tx, key: str, text: Text, payment: Payment) -> None:
        now = self._tools.clock()
        message = messages.write(
            tx,
            self._tools.vault,
            key=key,
            person=text.to.id,
            payment=payment.reference,
            kind=text.kind,
            body=self._rendered(text.kind, text.to.language, text.context),
            now=now,
        )
        if message is not None:
            jobs.enqueue(tx, "send", key, now, message=message)

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
        """One text message; where it would be two, the name of the unit loses as many letters as are too many."""
        text = self._plain(kind, language, context)
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
    return _KIND[payment.state]


def _reached_the_landlord(payment: Payment) -> bool:
    """What was more than the bill is still the payer's."""
    return payment.state is State.COMPLETED and bool(payment.applied)


_KIND = {
    State.COMPLETED: "paid",
    State.FAILED: "not_paid",
    State.EXPIRED: "not_paid",
    State.CANCELLED: "cancelled",
    State.UNCERTAIN: "uncertain",
}
