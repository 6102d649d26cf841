"""An address that pays bills: whoever was given it needs no account, and sees no more than what is to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.bill import Bill
from portal.domain.errors import LinkEnded, NotFound
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, State
from portal.domain.person import Guest, Person
from portal.providers.registry import Registry
from portal.services.baskets import own_due
from portal.services.link_tokens import Link, link_token, link_until, read_link_token
from portal.services.tools import Tools
from portal.store import contacts, drafts, idempotency, people, queries
from portal.store import payments as payment_rows
from portal.store.leases import Basket
from portal.store.types import Tx

LINK_LIVES = timedelta(days=7)
"""As long as a draft: time enough for a relative abroad, too short for a link that lies about."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A link as its tenant hands it on."""

    address: str
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What a link shows. `tenant` are initials; no landlord, phone or address is here.

    `payment` is the guest's own, if they began one in this browser; else what is in flight for a bill, or what a
    guest has paid of them. Of their own they see the `phone`, masked, that was asked.
    """

    due: Basket
    tenant: str
    ends: datetime
    payment: Payment | None
    own: bool
    phone: str | None
    can_be_asked: bool

    @property
    def bills(self) -> tuple[Bill, ...]:
        """Those that are still to be paid; all of them where none is."""
        return tuple(bill for bill in self.due.bills if bill.rest) or self.due.bills

    @property
    def payable(self) -> bool:
        """Something is left, and nobody is paying it."""
        return bool(self.due.rest) and (self.payment is None or self.payment.state not in IN_FLIGHT)


class Links:
    """Made for a tenant, opened by whoever has one."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    def share(self, payment: Payment) -> Shared:
        """A link to what a payment is for; each has its time from now on."""
        link = link_until(payment.reference, self._tools.clock() + LINK_LIVES)
        token = link_token(self._tools.signing_keys, link)
        return Shared(f"{self._tools.public_url}/p/{token}", link.ends)

    async def open(self, token: str, browser: str, client: str) -> Guest:
        """Who comes by a link, in that browser and from that network address. Raises NotFound, LinkEnded."""
        link = read_link_token(self._tools.signing_keys, token)
        if link is None:
            raise NotFound
        if self._tools.clock() >= link.ends:
            raise LinkEnded
        tenant, bills = await self._tools.store.read(lambda tx: _opened(tx, link))
        mark = self._tools.vault.index(browser, kind="browser")
        return Guest(tenant=tenant, bills=bills, until=link.ends, browser=mark, client=client)

    async def view(self, guest: Guest, draft: str = "") -> LinkView:
        """How the bills stand; with a draft of the guest's, how the payment stands that it became."""
        return await self._tools.store.read(lambda tx: self._view(tx, guest, draft))

    async def begun_since(self, person: Person, reference: str) -> str | None:
        """A payment that somebody began by a link to a bill of this payment after it. Raises NotFound."""
        return await self._tools.store.read(lambda tx: _begun_since(tx, person, reference))

    def _view(self, tx: Tx, guest: Guest, draft: str) -> LinkView:
        due = own_due(tx, guest, guest.bills)
        own = self._own(tx, guest, draft)
        payment = own or _shown(tx, due)
        return LinkView(
            due=due,
            tenant=guest.tenant.initials,
            ends=guest.until,
            payment=payment,
            own=own is not None,
            phone=contacts.masked(tx, own.reference) if own else None,
            can_be_asked=payment is not None
            and payment.state is not State.SUBMITTING
            and self._registry.can_be_asked(payment),
        )

    def _own(self, tx: Tx, guest: Guest, draft_id: str) -> Payment | None:
        draft = drafts.load(tx, self._tools.vault, draft_id, guest.id, guest.browser)
        if draft is None or not set(guest.bills).issuperset(draft.amounts):
            return None
        reference = idempotency.answer_to(tx, guest.id, draft.id)
        return payment_rows.load(tx, reference) if reference else None


def _opened(tx: Tx, link: Link) -> tuple[Person, tuple[str, ...]]:
    """Who owes the bills, as when the link was made, and which they are."""
    payment = payment_rows.load(tx, link.payment)
    stands = payment and queries.due_of(tx, payment).lease.tenant == payment.payer
    tenant = people.load(tx, payment.payer) if payment and stands else None
    if payment is None or tenant is None:
        raise NotFound
    return tenant, payment.bills


def _shown(tx: Tx, due: Basket) -> Payment | None:
    bills = [bill.reference for bill in due.bills]
    if not due.rest:
        return queries.paid_by_link(tx, bills)
    attempts = queries.attempts_in_flight(tx, bills)
    return payment_rows.load(tx, next(iter(attempts.values()))) if attempts else None


def _begun_since(tx: Tx, person: Person, reference: str) -> str | None:
    payment = payment_rows.load(tx, reference)
    if payment is None or payment.payer != person.id:
        raise NotFound
    later = queries.attempts_since(tx, payment.bills, payment.created_at)
    return next((attempt.reference for attempt in later if attempt.by_link), None)
