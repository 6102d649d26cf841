"""A draft like a payment that came to nothing: what was asked for then can be asked for once more."""

from __future__ import annotations

from portal.domain.errors import NotFound
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF
from portal.domain.person import Person
from portal.services.baskets import own_due, payable
from portal.services.tools import Tools
from portal.store import contacts, drafts, payments, queries, saved_methods
from portal.store.drafts import Draft
from portal.store.leases import Basket
from portal.store.types import Tx

CARD_WILL_NOT_DO = (Reason.CARD_DECLINED, Reason.CARD_EXPIRED, Reason.CARD_DETAILS)
"""Another card may pay, or the same one typed anew and asked about by its bank: both need the provider's page."""


def another_try(tx: Tx, tools: Tools, person: Person, reference: str) -> str:
    """The id of the draft, for the bills that are still open. Raises NotFound, PaymentInProgress, AlreadyPaid.

    The owner of its phone has agreed before: what was asked then is asked once more. Not that of a guest's phone: it
    was the guest who asked, and their number is theirs.
    """
    before = payments.load(tx, reference)
    if before is None or before.payer != person.id or before.state not in CALLED_OFF:
        raise NotFound
    due = _still_open(tx, own_due(tx, person, before.bills))
    payable(tx, due)
    contact = contacts.load(tx, tools.vault, reference)
    asked = {each.bill: each.amount for each in before.allocations}
    draft = Draft(
        id=tools.reference(),
        person=person.id,
        amounts={bill.reference: min(asked[bill.reference], bill.rest).minor for bill in due.bills},
        method=before.method,
        return_to=contact.return_to,
    )
    drafts.begin(tx, draft, tools.clock())
    drafts.choose(
        tx,
        tools.vault,
        draft.id,
        phone=None if before.by_link else contact.phone,
        account=before.account,
        agreed=True,
        saved=_card(tx, tools, before, contact.saved),
    )
    return draft.id


def _still_open(tx: Tx, due: Basket) -> Basket:
    """Without the bills that are paid or being paid; where that leaves none, all of them."""
    in_flight = queries.attempts_in_flight(tx, [bill.reference for bill in due.bills])
    left = tuple(bill for bill in due.bills if bill.rest and bill.reference not in in_flight)
    return Basket(left or due.bills, due.lease)


def _card(tx: Tx, tools: Tools, before: Payment, saved: str | None) -> str | None:
    """The saved card that was charged, where it is still saved and its bank may say yes the next time."""
    if saved is None or not before.by_saved_card or before.reason in CARD_WILL_NOT_DO:
        return None
    return saved if saved_methods.load(tx, tools.vault, before.payer, saved) else None
