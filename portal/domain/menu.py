"""A payment that begins in the menu of a wallet: what goes to which bill of the lease, or why it is turned away."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from portal.domain.allocation import Allocation, allocated_to
from portal.domain.bill import Bill, PartRefused, PartTerms, agreed_part
from portal.domain.fees import Fees
from portal.domain.money import Money

FEE_RULE = "menu-2026-01"


class Refusal(StrEnum):
    """Why nothing may be taken."""

    UNREADABLE = "UNREADABLE"
    UNAVAILABLE = "UNAVAILABLE"
    """The office has the provider switched off."""
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    NOT_HERE = "NOT_HERE"
    """It is paid in another currency, and not from a wallet's menu."""
    NOTHING_DUE = "NOTHING_DUE"
    IN_PROGRESS = "IN_PROGRESS"
    """Another payment of a bill is on its way."""
    TOO_MUCH = "TOO_MUCH"
    TOO_LITTLE = "TOO_LITTLE"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    """It would leave a part that the landlord does not take."""
    ID_REUSED = "ID_REUSED"
    """Its id was used before, for something else."""


class MenuRefused(Exception):
    """`amounts` would do instead: the next below and the next above what was typed, as far as there are such."""

    def __init__(self, refusal: Refusal, amounts: Sequence[Money] = ()) -> None:
        super().__init__(refusal)
        self.refusal, self.amounts = refusal, tuple(amounts)


def spread(bills: Sequence[Bill], terms: PartTerms, amount: Money) -> tuple[Allocation, ...]:
    """What of `amount` goes to which bill, the first of `bills` first: each whole, and of the last one perhaps a part.

    All of them are open, and in the currency of `amount`. Raises MenuRefused.
    """
    allocations: list[Allocation] = []
    before = Money(0, amount.currency)
    for bill in bills:
        if amount < before + bill.rest:
            return (*allocations, allocated_to(bill, _part(bill, terms, before, amount)))
        allocations.append(allocated_to(bill, bill.rest))
        before += bill.rest
        if before == amount:
            return tuple(allocations)
    raise MenuRefused(Refusal.TOO_MUCH, [before])


def no_fees(amount: Money) -> Fees:
    """The menu shows no fee of ours, so none is asked: whoever pays is asked for exactly what they typed."""
    nothing = Money(0, amount.currency)
    return Fees(nothing, nothing, nothing)


def _part(bill: Bill, terms: PartTerms, before: Money, amount: Money) -> Money:
    """The part of the bill that is reached once `before` has paid those ahead of it; raises MenuRefused."""
    try:
        return agreed_part(bill, terms, amount - before)
    except PartRefused as refused:
        would_do = {before + each for each in (refused.smallest, refused.largest, refused.whole)} | {before}
    below = [each for each in would_do if each and each < amount]
    above = [each for each in would_do if amount < each]
    if not below:
        raise MenuRefused(Refusal.TOO_LITTLE, [min(above)])
    raise MenuRefused(Refusal.WRONG_AMOUNT, [max(below), min(above)])
