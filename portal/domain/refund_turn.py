"""A later word against the end that a refund had: what the books do, so that they follow what truly happened.

Money that is taken to be here may have been promised elsewhere meanwhile. Then nothing moves, and people are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.bill import Bill
from portal.domain.events import DuplicateSuccess
from portal.domain.exchange import asked_beyond
from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund import ASKED_ABOUT_REFUND, ENDED_REFUND, Refund, RefundState
from portal.domain.refund_decision import contradicts
from portal.domain.refund_outcome import NotRefunded, RefundAnswer, Refunded, RefundOutcome, RefundRoute
from portal.domain.refund_pots import pots_left
from portal.domain.refund_second import BY_RULE
from portal.domain.refund_terms import TERMS
from portal.domain.refunds import Refunds


def decide_turn(
    payment: Payment, refund: Refund, told: RefundAnswer | RefundOutcome, source: Source, *, proved: bool
) -> list[r.RefundEvent]:
    """The events that follow for one that is over; none where it is not, or where the word is not against its end."""
    if refund.state not in ENDED_REFUND or not contradicts(refund, told):
        return []
    name, believed = refund.reference, proved and refund.route is not RefundRoute.BY_HAND
    if believed and isinstance(told, NotRefunded):
        return [r.RefundReturned(refund=name, reason=told.reason, code=told.code, source=source)]
    if believed and isinstance(told, Refunded) and _can_follow(payment, refund, told):
        return [r.RefundSucceeded(refund=name, code=told.code, sent_at=told.at, source=source)]
    code = getattr(told, "code", None) or type(told).__name__
    said = r.RefundContradicted(refund=name, says_sent=isinstance(told, Refunded), code=code)
    return [] if refund.contradicted_by == code else [said, *_looked_too_early(refund, said)]


def _looked_too_early(refund: Refund, said: r.RefundContradicted) -> list[r.RefundEvent]:
    """That it did not go was found before its provider said that it went: nobody confirms that any more."""
    found = refund.finding
    if found is None or found.went or not said.says_sent:
        return []
    return [d.RefundFindingDropped(refund=refund.reference, finding=found.name, dropped_by=BY_RULE)]


def _can_follow(payment: Payment, refund: Refund, told: Refunded) -> bool:
    whole = told.amount in (None, refund.amount)
    return whole and refund.state is RefundState.FAILED and still_fits(payment, refund)


def still_fits(payment: Payment, refund: Refund) -> bool:
    """Whether what one that failed would have taken is there to be taken still."""
    gone = replace(refund, state=RefundState.SUCCEEDED)
    every = Refunds(tuple(gone if one is refund else one for one in payment.refunds))
    return all(pot.amount.minor >= 0 for pot in pots_left(replace(payment, refunds=every)))


def went_already(payment: Payment, refund: Refund) -> bool:
    """It was to go instead of one that failed, which went after all: nothing more is to be sent."""
    before = payment.refunds.find(refund.instead_of) if refund.instead_of else None
    return before is not None and (before.state is RefundState.SUCCEEDED or went_already(payment, before))


def possible_findings(payment: Payment, refund: Refund) -> tuple[bool, ...]:
    """What the office may find: that the money went (True), that it did not (False)."""
    if refund.by_itself:
        return ()
    if refund.state in ASKED_ABOUT_REFUND:
        return True, False
    if refund.state is RefundState.SUCCEEDED:
        return (False,)
    if refund.state is not RefundState.FAILED:
        return ()
    return *((True,) if still_fits(payment, refund) else ()), *((False,) if refund.may_have_gone else ())


def beyond_when_returned(
    payment: Payment, refund: Refund, bills: Mapping[str, Bill]
) -> list[DuplicateSuccess]:
    """So much of what comes back its bills do not need any more: somebody paid them meanwhile. It waits for the payer.

    `bills` are the refund's by their references, as they stand before the money is credited to them again.
    """
    owed_again = TERMS[refund.reason].owed_again
    beyond = (
        _beyond(payment, part.amount, part.uncredited, bills[part.bill], owed_again=owed_again)
        for part in refund.parts
        if part.bill and part.uncredited
    )
    return [one for one in beyond if one]


def _beyond(
    payment: Payment, money: Money, back: Money, bill: Bill, *, owed_again: bool
) -> DuplicateSuccess | None:
    """`money` comes back, of which the bill is credited with `back`."""
    owed = bill.owed if owed_again else bill.owed + back
    unneeded = Money(min(back.minor, max(0, (bill.paid + back - owed).minor)), back.currency)
    if not unneeded:
        return None
    if _money_for(payment, bill.reference, unneeded) > money:
        # Of rounding: one cent less is more than the shilling that would be too much.
        unneeded -= Money(1, unneeded.currency)
    return DuplicateSuccess(
        excess=_money_for(payment, bill.reference, unneeded),
        bill=bill.reference,
        unneeded=unneeded if payment.exchange else None,
    )


def _money_for(payment: Payment, bill: str, unneeded: Money) -> Money:
    """What came for so much of a bill, beside what it did not need before."""
    allocation = payment.allocation_of(bill)
    before = allocation.excess or unneeded - unneeded
    beyond = asked_beyond(allocation.amount, before + unneeded, payment.exchange)
    return beyond - asked_beyond(allocation.amount, before, payment.exchange)
