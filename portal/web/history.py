"""A tenant's payments: the list with its filters, and one payment with everything that happened to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.domain.money import Currency, Money
from portal.domain.payment_state import CALLED_OFF, PaymentStatus, State
from portal.domain.transaction import TransactionType
from portal.domain.zone import EAST_AFRICA
from portal.services.refund_wish import may_be_asked_back
from portal.services.views import Detail, Listing
from portal.web.addresses import read_reference
from portal.web.excess_form import extra_form
from portal.web.explained import explains_of
from portal.web.pages import page
from portal.web.timeline import moments
from portal.web.visit import Visit

MONTHS_OFFERED = 24
STATUSES_OFFERED = (
    PaymentStatus.PENDING,
    PaymentStatus.PROCESSING,
    PaymentStatus.COMPLETED,
    PaymentStatus.FAILED,
    PaymentStatus.CANCELLED,
    PaymentStatus.PARTIALLY_REFUNDED,
    PaymentStatus.REFUNDED,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is asked for; `month` is its first day."""

    status: PaymentStatus | None = None
    month: date | None = None

    def address(self, **more: str) -> str:
        """The list with these filters."""
        asked = {
            "status": self.status.lower() if self.status else "",
            "month": f"{self.month:%Y-%m}" if self.month else "",
        }
        query = urlencode({name: value for name, value in (asked | more).items() if value})
        return f"/payments?{query}" if query else "/payments"


@get("/payments", name="payments")
async def show_history(
    visit: NamedDependency[Visit],
    status: FromQuery[str] = "",
    month: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    typed = {"status_value": status, "month_value": month}
    try:
        filters = read_filters(status, month)
    except Refused as refusal:
        return _list(visit, Filters(), Listing([], None), typed | {"errors": visit.errors(refusal)})
    wanted = (filters.month.year, filters.month.month) if filters.month else None
    listing = await visit.site.views.history(visit.person, filters.status, wanted, after)
    return _list(visit, filters, listing, typed | {"errors": {}, "continued": after is not None})


@get("/payments/{reference:str}", name="payment_detail")
async def show_detail(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    detail = await visit.site.views.detail(visit.person, read_reference(reference))
    extra, explains = (
        await extra_form(visit, detail.view.payment),
        explains_of(detail.view.payment, visit.person),
    )
    return page(
        visit, "payments/detail.html", detail_context(detail) | {"extra": extra, "explains": explains}
    )


def read_filters(status: str, month: str) -> Filters:
    """Raises Refused for a status or a month that no list has."""
    return Filters(_status(status) if status else None, _month(month) if month else None)


def _status(text: str) -> PaymentStatus:
    try:
        return PaymentStatus(text.upper())
    except ValueError:
        raise Refused("status", "unknown") from None


def _month(text: str) -> date:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
        raise Refused("month", "format")
    return date(int(text[:4]), int(text[5:]), 1)


def _list(visit: Visit, filters: Filters, listing: Listing, more: dict[str, object]) -> Response[bytes]:
    context = {
        "status": filters.status,
        "month": filters.month,
        "status_choices": STATUSES_OFFERED,
        "month_choices": months_before(visit.site.clock(), filters.month),
        "rows": [
            {"payment": row.payment, "place": row.place, "day": day_of(row.payment.created_at)}
            for row in listing.rows
        ],
        "older": filters.address(after=listing.older) if listing.older else None,
        "newest": filters.address(),
        "continued": False,
    }
    return page(visit, "payments/history.html", context | more, status=422 if more["errors"] else 200)


def months_before(now: datetime, wanted: date | None) -> list[date]:
    """The months a list offers, this one first; an older one that is asked for stands at the end."""
    newest = day_of(now)
    count = newest.year * 12 + newest.month - 1
    offered = [date(n // 12, n % 12 + 1, 1) for n in range(count, count - MONTHS_OFFERED, -1)]
    return offered if wanted is None or wanted in offered else [*offered, wanted]


def day_of(instant: datetime) -> date:
    """The day it was in East Africa."""
    return instant.astimezone(EAST_AFRICA).date()


def detail_context(detail: Detail) -> dict[str, object]:
    view = detail.view
    return {
        "payment": view.payment,
        "place": view.due.lease.place,
        "landlord": view.payee_name,
        "phone": view.phone,
        "waits_for_answer": view.payment.state is State.UNCERTAIN,
        "can_be_asked": view.can_be_asked,
        "ended": view.payment.state in CALLED_OFF,
        "came": view.came,
        "refundable": may_be_asked_back(view.payment),
        "transactions": [
            {
                "type": row.type,
                "kind": row.kind,
                "at": row.at,
                "name": f"{row.kind}-fee" if row.type is TransactionType.FEE else f"event-{row.seq}",
                "amount": Money(row.amount, Currency(row.currency)),
            }
            for row in detail.transactions
        ],
        "moments": moments(view.timeline),
    }


pages = [show_history, show_detail]
