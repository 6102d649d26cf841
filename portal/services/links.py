"""An address that pays one bill: whoever was given it needs no account, and sees no more than what is to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.errors import LinkEnded, NotFound
from portal.domain.payment import IN_FLIGHT, Payment, State
from portal.domain.person import Guest, Person
from portal.providers.registry import Registry
from portal.services.link_tokens import Link, link_token, link_until, read_link_token
from portal.services.orders import own_due
from portal.services.tools import Tools
from portal.store import contacts, drafts, idempotency, leases, people, queries
from portal.store import payments as payment_rows
from portal.store.leases import Due
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

    `payment` is the guest's own, if they began one in this browser; else what is in flight for the bill, or what a
    guest has paid of it. Of their own they see the `phone`, masked, that was asked.
    """

    due: Due
    tenant: str
    ends: datetime
    payment: Payment | None
    own: bool
    phone: str | None
    can_be_asked: bool

    @property
    def payable(self) -> bool:
        """Something is left, and nobody is paying it."""
        return bool(self.due.bill.rest) and (self.payment is None or self.payment.state not in IN_FLIGHT)


class Links:
    """Made for a tenant, opened by whoever has one."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    def share(self, payment: Payment) -> Shared:
        """A link to what a payment is for; each has its time from now on."""
        link = link_until(payment.reference, payment.bill, self._tools.clock() + LINK_LIVES)
        token = link_token(self._tools.signing_keys, link)
        return Shared(f"{self._tools.public_url}/p/{token}", link.ends)

    async def open(self, token: str, browser: str, client: str) -> Guest:
        """Who comes by a link, in that browser and from that network address. Raises NotFound, LinkEnded."""
        link = read_link_token(self._tools.signing_keys, token)
        if link is None:
            raise NotFound
        if self._tools.clock() >= link.ends:
            raise LinkEnded
        tenant = await self._tools.store.read(lambda tx: _tenant(tx, link))
        mark = self._tools.vault.index(browser, kind="browser")
        return Guest(tenant=tenant, bill=link.bill, until=link.ends, browser=mark, client=client)

    async def view(self, guest: Guest, draft: str = "") -> LinkView:
        """How the bill stands; with a draft of the guest's, how the payment stands that it became."""
        return await self._tools.store.read(lambda tx: self._view(tx, guest, draft))

    async def begun_since(self, person: Person, reference: str) -> str | None:
        """A payment that somebody began by a link of this payment's bill after it. Raises NotFound."""
        return await self._tools.store.read(lambda tx: _begun_since(tx, person, reference))

    def _view(self, tx: Tx, guest: Guest, draft: str) -> LinkView:
        due = own_due(tx, guest, guest.bill)
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
        if draft is None or draft.bill != guest.bill:
            return None
        reference = idempotency.answer_to(tx, guest.id, draft.id)
        return payment_rows.load(tx, reference) if reference else None


def _tenant(tx: Tx, link: Link) -> Person:
    """Who owes the bill, as when the link was made."""
    payment, due = payment_rows.load(tx, link.payment), leases.due(tx, link.bill)
    stands = payment and due and payment.bill == link.bill and due.lease.tenant == payment.payer
    tenant = people.load(tx, due.lease.tenant) if due and stands else None
    if tenant is None:
        raise NotFound
    return tenant


def _shown(tx: Tx, due: Due) -> Payment | None:
    bill = due.bill.reference
    if not due.bill.rest:
        return queries.paid_by_link(tx, bill)
    attempt = queries.open_attempt(tx, bill)
    return payment_rows.load(tx, attempt) if attempt else None


def _begun_since(tx: Tx, person: Person, reference: str) -> str | None:
    payment = payment_rows.load(tx, reference)
    if payment is None or payment.payer != person.id:
        raise NotFound
    later = queries.attempts_since(tx, payment.bill, payment.created_at)
    return next((attempt.reference for attempt in later if attempt.by_link), None)
