"""What tenants keep with us pays the next bills of their lease: at once, and later whenever there is one to pay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from portal.domain.bill import HELD, Bill
from portal.domain.credit import uses
from portal.domain.credit_events import CreditApplied
from portal.domain.money import Money
from portal.services.baskets import MOST_BILLS
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import jobs, leases, payments, queries, tenant_credits
from portal.store.leases import Lease
from portal.store.types import Tx

LOOKED_FOR_BILLS = timedelta(hours=1)
"""Between two looks for a bill that a credit can pay; whoever is about to pay has it paid before."""


class TenantCredits:
    """`work` is the job, `before_paying` for whoever comes to pay, `spend` the inside of both."""

    def __init__(self, tools: Tools, settlement: Settlement) -> None:
        self._tools, self._settlement = tools, settlement

    async def before_paying(self, bills: Collection[str]) -> None:
        """Nobody pays what is paid already by what they keep with us."""
        lease = await self._tools.store.read(lambda tx: tenant_credits.kept_for(tx, bills))
        if lease is not None:
            await self._tools.store.write(lambda tx: self.spend_all(tx, lease))

    async def before_paying_again(self, payment: str) -> None:
        """The same for whoever tries a payment again that came to nothing."""
        found = await self._tools.store.read(lambda tx: payments.load(tx, payment))
        await self.before_paying(found.bills if found else ())

    async def work(self, job: jobs.Job) -> None:
        """Look for bills that it can pay, as long as there is some left."""

        def work(tx: Tx) -> None:
            self.spend_all(tx, job.payload["lease"])
            if tenant_credits.with_some_left(tx, job.payload["lease"]):
                jobs.again(tx, job, self._tools.clock() + LOOKED_FOR_BILLS)
            else:
                jobs.done(tx, job)

        await self._tools.store.write(work)

    def spend(self, tx: Tx, lease: str, references: Sequence[str]) -> None:
        """What is left of these payments' money pays the bills of the lease that are open and not being paid, in the
        order in which they are due.
        """
        kept, rented = [locked(tx, reference) for reference in references], leases.load(tx, lease)
        # What the payer's bank asks back pays nothing until it has decided.
        kept = [payment for payment in kept if not payment.disputes.open]
        if rented is None:
            raise LookupError(lease)
        bills = _payable(tx, rented)
        for payment in kept:
            spent = uses(payment.credit_left, bills)
            self._settlement.append(tx, payment, [_applied(bill, amount, rented) for bill, amount in spent])
            paid = {bill.reference: bill.paid + amount for bill, amount in spent}
            bills = [replace(bill, paid=paid.get(bill.reference, bill.paid)) for bill in bills]

    def spend_all(self, tx: Tx, lease: str) -> None:
        """The same of all that is kept for the lease."""
        if kept := tenant_credits.with_some_left(tx, lease):
            self.spend(tx, lease, kept)


def _payable(tx: Tx, lease: Lease) -> list[Bill]:
    """A bill with an attempt in flight is left to it: if both paid, it would be paid twice.

    A deposit goes back to the payments that paid it, of which a credit is none.
    """
    bills = [bill for bill in leases.open_bills(tx, lease, MOST_BILLS) if bill.type not in HELD]
    in_flight = queries.attempts_in_flight(tx, [bill.reference for bill in bills])
    return [bill for bill in bills if bill.reference not in in_flight]


def _applied(bill: Bill, amount: Money, lease: Lease) -> CreditApplied:
    return CreditApplied(
        bill=bill.reference, type=bill.type, period=bill.period, amount=amount, payee=lease.landlord
    )
