"""How a draft of a payment begins: with the bills that somebody chose."""

from __future__ import annotations

from datetime import timedelta

from portal.domain.bill import Bill
from portal.domain.errors import Refused
from portal.domain.money import AmountUnreadable, Currency, Money, parse_amount
from portal.domain.person import Guest, Payer
from portal.services.baskets import own_due, part_of, payable
from portal.services.tools import Tools
from portal.store import drafts, limits
from portal.store.drafts import Draft
from portal.store.leases import Basket
from portal.store.limits import Limit
from portal.store.types import Tx

DRAFTS_PER_LINK = Limit("draft by link", 60, timedelta(hours=1))


def begin(tx: Tx, tools: Tools, person: Payer, bills: list[str], typed: str | None, back: str | None) -> str:
    """A new draft for bills, as `Checkout.begin` says."""
    due = own_due(tx, person, bills)
    payable(tx, due)
    if isinstance(person, Guest):
        for bill in sorted(person.bills):
            limits.hit(tx, DRAFTS_PER_LINK, bill, tools.clock())
    draft = Draft(
        id=tools.reference(),
        person=person.id,
        amounts=_amounts(due, typed),
        guest=browser_of(person),
        return_to=back,
    )
    drafts.begin(tx, draft, tools.clock())
    return draft.id


def browser_of(payer: Payer) -> str | None:
    """A guest's, whose draft is theirs alone."""
    return payer.browser if isinstance(payer, Guest) else None


def _amounts(due: Basket, typed: str | None) -> dict[str, int]:
    """All of it, or the part of one bill that somebody typed."""
    if typed is None:
        return {bill.reference: bill.rest.minor for bill in due.bills}
    if len(due.bills) > 1:
        raise Refused("amount", "several_bills")
    (bill,) = due.bills
    return {bill.reference: part_of(bill, due.lease, _read_amount(typed, bill)).minor}


def _read_amount(typed: str, bill: Bill) -> Money:
    try:
        return parse_amount(typed, bill.amount.currency)
    except AmountUnreadable as error:
        foreign = bill.amount.currency is not Currency.TZS and error.problem != "empty"
        raise Refused("amount", "not_dollars" if foreign else error.problem) from None
