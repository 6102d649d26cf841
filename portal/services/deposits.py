"""The end of a lease: the deposit is asked back, itemised, agreed to or disputed line by line, and decided.

What no line claims goes back at once; what is disputed waits for the office; nothing counts as agreed by silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.domain import deposit_events as d
from portal.domain.deposit_line import Line, LineState
from portal.domain.deposit_pots import asked_back_otherwise
from portal.domain.deposit_return import (
    LANDLORD_ANSWERS_WITHIN,
    TENANT_ANSWERS_WITHIN,
    TO_ITEMISE,
    WAITS_FOR_SOMEBODY,
    DepositReturn,
    ReturnState,
)
from portal.domain.deposit_time import what_time_brings
from portal.domain.errors import NotFound
from portal.domain.money import sum_of
from portal.domain.payment import Payment
from portal.domain.person import Person, Role
from portal.services.deposit_money import DepositMoney, failed_of, shares_in
from portal.services.deposit_wish import TypedAnswer, TypedClaims, read_answers, read_claims
from portal.services.office import STAFF, Unchanged, of_the_office
from portal.services.refund_proof import RefundProof
from portal.services.tools import Tools
from portal.store import deposit_notes, deposit_returns, jobs, leases
from portal.store import payments as payment_rows
from portal.store.deposit_notes import About
from portal.store.leases import Lease
from portal.store.types import Tx


class Deposits:
    """Ask back, itemise, answer; and what happens when nobody answers. The office decides in deposit_desk.py."""

    def __init__(self, tools: Tools, money: DepositMoney, proof: RefundProof) -> None:
        self._tools, self._money, self._proof = tools, money, proof

    async def ask_back(self, person: Person, lease: str) -> None:
        """The tenant wants it back, and the landlord has fourteen days. Raises NotFound, Unchanged."""
        await self._tools.store.write(lambda tx: self._ask_back(tx, person, lease))

    async def itemise(self, person: Person, lease: str, typed: TypedClaims) -> None:
        """The landlord says what they keep, and the rest goes back. Where they are silent the office does.

        Raises NotFound, Refused, Unchanged.
        """
        await self._tools.store.write(lambda tx: self._itemise(tx, person, lease, typed))

    async def answer(self, person: Person, lease: str, typed: Mapping[int, TypedAnswer]) -> None:
        """The tenant agrees or not, line by line. Raises NotFound, Refused, Unchanged."""
        await self._tools.store.write(lambda tx: self._answer(tx, person, lease, typed))

    async def send_again(self, person: Person, lease: str) -> None:
        """What is the tenant's and could not be sent. Raises NotFound, Unchanged."""
        of_the_office(person)
        await self.ask_of_failed(lease)

        def work(tx: Tx) -> None:
            one = held_return(tx, lease)
            if not self._money.send_back(tx, one, [person.id]):
                raise Unchanged("settled")

        await self._tools.store.write(work)

    async def ask_of_failed(self, lease: str) -> None:
        """Before anything goes, for what failed goes with it: did it fail indeed? Raises NotFound, Unchanged."""

        def question(tx: Tx) -> list[str]:
            return failed_of(self._money.held_payments(tx, held_return(tx, lease)))

        for refund in await self._tools.store.read(question):
            await self._proof.ask(refund)

    async def time_is_up(self, job: jobs.Job) -> None:
        """The job of a deadline, and of a dispute's end: whoever did not answer is passed over, or time goes on.

        While a bank decides nothing happens; the end of the dispute leaves this job again.
        """

        def work(tx: Tx) -> None:
            one, now = held_return(tx, job.payload["lease"]), self._tools.clock()
            payments = held_for(tx, one.lease, one.reference)
            if events := what_time_brings(one, payments, now):
                self.append(tx, one, events)
            elif one.state in WAITS_FOR_SOMEBODY and now < one.answer_by:
                jobs.again(tx, job, one.answer_by)
                return
            jobs.done(tx, job)

        await self._tools.store.write(work)

    def append(
        self, tx: Tx, before: DepositReturn | None, events: Sequence[d.ReturnEvent], reference: str = ""
    ) -> DepositReturn:
        """Write what happened, the deadline that runs from now, and the messages that tell of it."""
        now, known = self._tools.clock(), before.reference if before else reference
        after = deposit_returns.append(tx, before, events, now, reference=known)
        key, facts = known, {"lease": after.lease}
        if after.state in WAITS_FOR_SOMEBODY:
            jobs.put(tx, "deposit_deadline", key, after.answer_by, **facts)
        elif before is not None and before.state in WAITS_FOR_SOMEBODY:
            jobs.drop(tx, "deposit_deadline", key)
        what = told_by(events[-1], after)
        if what:
            jobs.enqueue(tx, "tell_deposit", f"{known}:{after.version}", now, **facts, what=what)
        return after

    def note(self, tx: Tx, one: DepositReturn, line: int, about: About, words: str) -> None:
        deposit_notes.keep(tx, self._tools.vault, one.reference, line, about, words, self._tools.clock())

    def _ask_back(self, tx: Tx, person: Person, reference: str) -> None:
        lease = _lease(tx, reference)
        if lease.tenant != person.id:
            raise NotFound
        before = _newest(tx, lease)
        if before is not None and before.is_open:
            raise Unchanged("settled")
        shares, by = self._free(tx, lease, before), self._tools.clock() + LANDLORD_ANSWERS_WITHIN
        asked = d.DepositAskedBack(
            lease=lease.reference,
            tenant=lease.tenant,
            landlord=lease.landlord,
            shares=shares,
            answer_by=by,
        )
        self.append(tx, None, [asked], self._tools.reference())

    def _itemise(self, tx: Tx, person: Person, reference: str, typed: TypedClaims) -> None:
        lease = _lease(tx, reference)
        newest = _newest(tx, lease)
        before = newest if newest is not None and newest.is_open else None
        may_itemise(person, lease, before)
        if before is not None and before.state not in TO_ITEMISE:
            raise Unchanged("settled")
        shares = self._free(tx, lease, before)
        wish = read_claims(typed, sum_of([share.amount for share in shares]))
        event = d.DepositItemised(
            lease=lease.reference,
            tenant=lease.tenant,
            landlord=lease.landlord,
            shares=shares,
            claims=wish.claims,
            waived=never_paid(tx, shares),
            itemised_by=person.id,
            answer_by=self._tools.clock() + TENANT_ANSWERS_WITHIN,
        )
        after = self.append(tx, before, [event], self._tools.reference())
        for number, words in enumerate(wish.notes, start=1):
            self.note(tx, after, number, About.CLAIMED, words)
        self._money.send_back(tx, after, [person.id])

    def _answer(self, tx: Tx, person: Person, lease: str, typed: Mapping[int, TypedAnswer]) -> None:
        one = held_return(tx, lease)
        if one.tenant != person.id:
            raise NotFound
        if one.state not in (ReturnState.ITEMISED, ReturnState.WITH_OFFICE):
            raise Unchanged("settled")
        # What the bank decides comes first: until then nobody is asked.
        self._money.undisputed(tx, one)
        answers = read_answers(one, typed)
        events = [event for number, words in answers.items() if (event := _answered(one.line(number), words))]
        if not events:
            raise Unchanged("settled")
        after = self.append(tx, one, events)
        for number, words in answers.items():
            if words is None:
                self._money.deduct(tx, after, number, after.line(number).claimed)
            else:
                self.note(tx, after, number, About.DISPUTED, words)

    def _free(self, tx: Tx, lease: Lease, before: DepositReturn | None) -> tuple[d.Share, ...]:
        """What is held for a lease and no earlier return has; of one currency, and asked back in no other way."""
        payments = held_for(tx, lease.reference, before.reference if before and before.is_open else None)
        if any(asked_back_otherwise(payment) for payment in payments):
            raise Unchanged("refund_open")
        if any(payment.disputes.open for payment in payments):
            raise Unchanged("disputed")
        shares = shares_in(payments)
        if not shares:
            raise Unchanged("settled")
        if len({share.amount.currency for share in shares}) > 1:
            raise Unchanged("two_currencies")
        return shares


def held_return(tx: Tx, lease: str) -> DepositReturn:
    """The newest of a lease, held until the transaction ends; raises NotFound."""
    deposit_returns.alone(tx, lease)
    one = deposit_returns.newest_of(tx, lease)
    if one is None:
        raise NotFound
    return one


def may_itemise(person: Person, lease: Lease, before: DepositReturn | None) -> None:
    """The landlord at any time, and the office once the landlord has let the time pass. Raises NotFound."""
    silent = before is not None and before.state is ReturnState.UNANSWERED
    if person.role is Role.LANDLORD and lease.landlord == person.id:
        return
    if not (silent and person.role in STAFF):
        raise NotFound


def held_for(tx: Tx, lease: str, own: str | None) -> list[Payment]:
    """The payments that hold a deposit of the lease, but for those of another return than `own`; held too."""
    holding = payment_rows.several(tx, deposit_returns.holding(tx, [lease]), lock=True)
    bound = deposit_returns.bound(tx, holding)
    return [payment for reference, payment in holding.items() if bound.get(reference) in (None, own)]


def never_paid(tx: Tx, shares: Sequence[d.Share]) -> tuple[d.Waiver, ...]:
    """What is still owed of the bills of a deposit that goes back: once the lease is over nobody owes it."""
    bills = deposit_returns.deposit_bills(tx, [share.payment for share in shares])
    held = leases.hold_bills(tx, bills)
    return tuple(d.Waiver(bill=bill.reference, amount=bill.rest) for bill in held.values() if bill.rest)


def told_by(event: d.ReturnEvent, after: DepositReturn) -> str | None:
    """Which message tells of it; none of what only the office sees."""
    if after.state is ReturnState.SETTLED:
        return "deposit_gone" if isinstance(event, d.DepositGone) else "deposit_settled"
    return _TOLD.get(type(event))


_TOLD: Mapping[type[d.ReturnEvent], str] = {
    d.DepositAskedBack: "deposit_asked",
    d.LandlordSilent: "deposit_silent",
    d.DepositItemised: "deposit_itemised",
    d.DeductionAgreed: "deposit_answered",
    d.DeductionDisputed: "deposit_answered",
    d.TenantSilent: "deposit_unanswered",
    d.AnswerTimeMoved: "deposit_goes_on",
    d.DeductionDecided: "deposit_decided",
}


def _answered(line: Line, words: str | None) -> d.ReturnEvent | None:
    if words is None:
        return d.DeductionAgreed(line=line.number)
    return None if line.state is LineState.DISPUTED else d.DeductionDisputed(line=line.number)


def _lease(tx: Tx, reference: str) -> Lease:
    deposit_returns.alone(tx, reference)
    lease = leases.load(tx, reference)
    if lease is None:
        raise NotFound
    return lease


def _newest(tx: Tx, lease: Lease) -> DepositReturn | None:
    return deposit_returns.newest_of(tx, lease.reference)
