"""Which bills one payment may pay together, and how much of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from portal.domain.allocation import Allocation, allocated_to
from portal.domain.bill import Bill, PartRefused, agreed_part
from portal.domain.errors import AlreadyPaid, NotFound, PaymentInProgress, Refused
from portal.domain.money import Money
from portal.domain.person import Guest, Payer
from portal.store import leases, queries
from portal.store.leases import Basket, Lease
from portal.store.types import Tx

MOST_BILLS = 12
"""In one payment: as many as its receipt has room for on one sheet."""


def own_due(tx: Tx, payer: Payer, bills: Collection[str]) -> Basket:
    """Bills of one lease of the payer's own, in the order in which they are due, for a guest those of their link.

    Any other is not there: raises NotFound, and Refused for the field `bill` where they cannot be paid together.
    """
    if len(bills) > MOST_BILLS:
        raise Refused("bill", "too_many", most=MOST_BILLS)
    dues = leases.dues(tx, bills)
    if not dues or len(dues) < len(bills) or any(due.lease.tenant != payer.id for due in dues):
        raise NotFound
    if isinstance(payer, Guest) and not set(bills).issubset(payer.bills):
        raise NotFound
    if len({(due.lease.reference, due.bill.amount.currency) for due in dues}) > 1:
        raise Refused("bill", "apart")
    return Basket(tuple(due.bill for due in dues), dues[0].lease)


def payable(tx: Tx, due: Basket) -> None:
    """Something is left to pay of each bill, and no attempt is in flight for any."""
    attempts = queries.attempts_in_flight(tx, [bill.reference for bill in due.bills])
    if attempts:
        raise PaymentInProgress(next(iter(attempts.values())))
    if not due.rest:
        raise AlreadyPaid
    if not all(bill.rest for bill in due.bills):
        raise Refused("bill", "changed")


def allocated(due: Basket, wanted: Mapping[str, Money]) -> tuple[Allocation, ...]:
    """What goes to each bill; of several each is paid whole.

    Raises Refused: for the field `amount` of one bill, for `bill` where one of several has changed meanwhile.
    """
    if len(due.bills) > 1 and any(bill.rest != wanted[bill.reference] for bill in due.bills):
        raise Refused("bill", "changed")
    return tuple(allocated_to(bill, part_of(bill, due.lease, wanted[bill.reference])) for bill in due.bills)


def part_of(bill: Bill, lease: Lease, wanted: Money | None) -> Money:
    """What may be paid of a bill; raises Refused for the field `amount`."""
    try:
        return agreed_part(bill, lease.part_terms, wanted)
    except PartRefused as refusal:
        ends = {"min": refusal.smallest, "max": refusal.largest, "whole": refusal.whole}
        raise Refused("amount", refusal.problem, **ends) from None
