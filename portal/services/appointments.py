"""By appointment: each month a tenant hears of rent that is not paid, or the request itself comes to a saved phone.

The request goes the way of every other one: the same limits, the same fees, and the payer still enters the PIN.
"""

from __future__ import annotations

from datetime import datetime

from portal.domain.appointment import AHEAD, ON_TIME, Appointment, AppointmentUnfit, parse_day, parse_hour
from portal.domain.bill import PaymentType
from portal.domain.errors import NotFound, PortalError, Refused
from portal.domain.money import Currency
from portal.domain.person import Person
from portal.domain.phone import Phone
from portal.domain.saved_method import Consent, Kind
from portal.domain.zone import EAST_AFRICA
from portal.services.messages import Messages, Text
from portal.services.orders import Order, fees_of
from portal.services.payments import Payments
from portal.services.saving import Agreed, consent
from portal.services.tools import Tools
from portal.store import appointments, idempotency, jobs, leases, people, queries, saved_methods
from portal.store.leases import Due
from portal.store.types import Tx
from portal.telemetry.log import get_log
from portal.templating.consents import Matter

log = get_log("appointments")


class Appointments:
    """`keep` and `remove` for the tenant; `plan` and `meet` in the worker."""

    def __init__(self, tools: Tools, payments: Payments, messages: Messages) -> None:
        self._tools, self._payments, self._messages = tools, payments, messages

    async def keep(
        self, person: Person, method_id: str, day: str, hour: str, *, pushes: bool, agreed: Agreed
    ) -> None:
        """In place of any other of theirs. Raises Refused (day, hour, consent), NotFound for what is no saved phone."""
        try:
            appointment = Appointment(
                person=person.id,
                method=method_id,
                day=parse_day(day),
                hour=parse_hour(hour),
                pushes=pushes,
            )
        except AppointmentUnfit as unfit:
            raise Refused(unfit.field, "empty") from None
        agreement = consent(agreed, Matter.APPOINTMENT, self._tools.clock())
        await self._tools.store.write(lambda tx: self._keep(tx, person, appointment, agreement))

    async def remove(self, person: Person, method_id: str) -> None:
        """Raises NotFound where there is none with that phone."""
        if not await self._tools.store.write(lambda tx: appointments.remove(tx, person.id, method_id)):
            raise NotFound

    async def plan(self, job: jobs.Job) -> None:
        """Its time has come: what is done now is a job of its own, so that next month's is never lost with it."""
        await self._tools.store.write(lambda tx: self._plan(tx, job))

    async def meet(self, job: jobs.Job) -> None:
        """Send the request where that is wanted and can be done; else tell of the rent, if any is owed."""
        at, person = datetime.fromisoformat(job.payload["at"]), job.payload["person"]
        try:
            order = await self._tools.store.read(lambda tx: self._order(tx, person, at))
            if order:
                await self._payments.start(order)
        except PortalError as refusal:
            log.info("appointment_not_asked", person=person, code=refusal.code)
        await self._tools.store.write(lambda tx: self._met(tx, job, person, at))

    def _keep(self, tx: Tx, person: Person, appointment: Appointment, agreement: Consent) -> None:
        saved = saved_methods.load(tx, self._tools.vault, person.id, appointment.method)
        if saved is None or saved.kind is not Kind.PHONE:
            raise NotFound
        appointments.keep(tx, appointment, agreement)
        first = appointment.next_after(self._tools.clock())
        jobs.put(tx, "appointment", person.id, first, person=person.id)

    def _plan(self, tx: Tx, job: jobs.Job) -> None:
        person, now = job.payload["person"], self._tools.clock()
        appointment = appointments.of_person(tx, person)
        if appointment is None:
            jobs.done(tx, job)
            return
        at = job.run_after.astimezone(EAST_AFRICA)
        key = f"{person}:{at.date()}"
        jobs.enqueue(tx, "meet", key, now, person=person, at=at.isoformat())
        jobs.again(tx, job, appointment.next_after(now), person=person)

    def _order(self, tx: Tx, person_id: str, at: datetime) -> Order | None:
        """The request that is to be sent now. Raises MethodUnavailable."""
        appointment, now = appointments.of_person(tx, person_id), self._tools.clock()
        if appointment is None or not appointment.pushes or now > at + ON_TIME:
            return None
        # In shillings, for nobody has seen the rate of another currency and agreed to it.
        vault, due = self._tools.vault, self._unpaid(tx, person_id, Currency.TZS)
        person = people.load(tx, person_id)
        saved = saved_methods.load(tx, vault, person_id, appointment.method)
        phone = saved_methods.held(tx, vault, appointment.method)
        if not (due and person and saved and isinstance(phone, Phone)):
            return None
        rest = due.bill.rest
        fees, _ = fees_of(saved.method, rest, now)
        return Order(
            payer=person,
            key=_key(at),
            amounts={due.bill.reference: rest},
            method=saved.method,
            total=rest + fees.total,
            language=person.language,
            phone=phone,
        )

    def _met(self, tx: Tx, job: jobs.Job, person_id: str, at: datetime) -> None:
        """Whoever was asked is told of the end of that payment, and needs no other message."""
        due, person = self._unpaid(tx, person_id), people.load(tx, person_id)
        asked = idempotency.answer_to(tx, person_id, _key(at)) is not None
        if appointments.of_person(tx, person_id) and due and person and not asked:
            self._messages.write(tx, f"appointment:{person.id}:{at.date()}", self._text(person, due))
        jobs.done(tx, job)

    def _unpaid(self, tx: Tx, person_id: str, currency: Currency | None = None) -> Due | None:
        """The rent that is due first, unless it is being paid just now; of that currency, if one is named."""
        today = self._tools.clock().astimezone(EAST_AFRICA).date()
        under_way = {bill for payment in queries.open_attempts(tx, person_id) for bill in payment.bills}
        unpaid = (
            due
            for due in leases.open_dues(tx, person_id)
            if due.bill.type is PaymentType.RENT
            and due.bill.due_on <= today + AHEAD
            and due.bill.reference not in under_way
            and currency in (None, due.bill.amount.currency)
        )
        return next(unpaid, None)

    def _text(self, person: Person, due: Due) -> Text:
        address = f"{self._tools.public_url}/pay?bill={due.bill.reference}"
        context = {"bill": due.bill, "unit": due.lease.unit, "address": address}
        return Text(person, "rent_due", context)


def _key(at: datetime) -> str:
    """One request for one appointment, however often its job is run."""
    return f"appointment {at.date()}"
