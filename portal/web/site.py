"""What the web is built from: the services behind its pages, and how they are to be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from portal.domain.tanqr import Merchant
from portal.services.books import Books
from portal.services.checkout import Checkout
from portal.services.claims import Claims
from portal.services.corrections import Corrections
from portal.services.excess import Excess
from portal.services.lease_end import LeaseEnd
from portal.services.links import Links
from portal.services.menu_payments import MenuPayments
from portal.services.payments import Payments
from portal.services.provider_desk import ProviderDesk
from portal.services.reads import Reads
from portal.services.receipts import Receipts
from portal.services.refund_desk import RefundDesk
from portal.services.refund_findings import RefundFindings
from portal.services.refund_sending import RefundSending
from portal.services.refund_views import RefundViews
from portal.services.refunds import Refunds
from portal.services.saved import Saved
from portal.services.sign_in import SignIn
from portal.services.statements import Statements
from portal.services.suspense import Suspense
from portal.services.views import Views
from portal.templating.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`clock` gives aware UTC; `random` that many random bytes; `secure` says that browsers come by https."""

    sign_in: SignIn
    checkout: Checkout
    claims: Claims
    menu_payments: MenuPayments
    corrections: Corrections
    excess: Excess
    providers: ProviderDesk
    links: Links
    lease_end: LeaseEnd
    payments: Payments
    receipts: Receipts
    refunds: Refunds
    refund_desk: RefundDesk
    refund_findings: RefundFindings
    reads: Reads
    refund_sending: RefundSending
    refund_views: RefundViews
    saved: Saved
    statements: Statements
    suspense: Suspense
    books: Books
    views: Views
    environment: Environment
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    secret_key: bytes = field(repr=False)
    public_url: str
    demo: bool
    secure: bool
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    tanqr: Merchant | None = None
    return_hosts: frozenset[str] = frozenset()
