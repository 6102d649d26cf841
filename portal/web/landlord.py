"""What a landlord sees: what was paid to them, with the receipt of each."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.domain.person import Role
from portal.domain.received import received_of
from portal.store.queries import Listed
from portal.web.explained import explains_of
from portal.web.history import day_of
from portal.web.pages import page
from portal.web.visit import Visit


@get("/landlord", name="landlord")
async def show_received(
    visit: NamedDependency[Visit], after: FromQuery[str | None] = None
) -> Response[bytes]:
    listing = await visit.site.views.received(visit.person, after)
    older = f"/landlord?{urlencode({'after': listing.older})}" if listing.older else None
    context = {
        "rows": [_row(row) for row in listing.rows],
        "older": older,
        "continued": after is not None,
        "wide": True,
    }
    return page(visit, "landlord/received.html", context)


def _row(row: Listed) -> dict[str, object]:
    paid_at = row.payment.completed_at or row.payment.updated_at
    return {
        "payment": row.payment,
        "explains": explains_of(row.payment, Role.LANDLORD),
        "place": row.place,
        "payer_name": row.payer_name,
        "money": received_of(row.payment),
        "day": day_of(paid_at),
    }


pages = [show_received]
