"""Which landlords the money of a payment concerns: each hears of what came to, or left, an account of theirs."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.allocation import Allocation
from portal.domain.holder import holder_of, one_holder
from portal.domain.payment import Payment
from portal.domain.person import Person, Role
from portal.domain.refund_part import RefundPart
from portal.store import people, queries
from portal.store.types import Tx


def landlords_of(tx: Tx, payment: Payment) -> list[tuple[Person, tuple[Allocation, ...]]]:
    """Each with those of its bills that are theirs.

    A deposit is held for the lease, so it concerns whoever lets the home now; anything else whoever it was paid to.
    """
    lets = queries.due_of(tx, payment).lease.landlord
    own: dict[str, tuple[Allocation, ...]] = {}
    for each in payment.allocations:
        landlord = holder_of(payment, each, lets)
        own[landlord] = (*own.get(landlord, ()), each)
    known = {person.id: person for person in people.named(tx, own)}
    return [(known[landlord], bills) for landlord, bills in own.items() if landlord in known]


def whoever_agrees(tx: Tx, payment: Payment, parts: Iterable[RefundPart]) -> Person | None:
    """The landlord who is asked whether these parts go back; None where only the office decides."""
    holder = one_holder(payment, parts, queries.due_of(tx, payment).lease.landlord)
    return people.load(tx, holder) if holder else None


def may_agree(tx: Tx, payment: Payment, parts: Iterable[RefundPart], person: Person) -> bool:
    """Whether they are that landlord."""
    lets = queries.due_of(tx, payment).lease.landlord
    return person.role is Role.LANDLORD and one_holder(payment, parts, lets) == person.id


def whoever_had_of(tx: Tx, payment: Payment) -> list[Person]:
    """Each who has, or had, any of its money: of its own bills, or of what paid later ones."""
    own = [who for who, bills in landlords_of(tx, payment) if any(each.applied for each in bills)]
    others = {use.payee for use in payment.credit_uses} - {who.id for who in own}
    return [*own, *people.named(tx, others)]
