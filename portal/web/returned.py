"""What the office sees of money that moves by itself: open disputes with their deadlines, and all that went back."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from portal.web.history import day_of
from portal.web.pages import page
from portal.web.refund_desk import QUEUE, listed_rows
from portal.web.visit import Visit

RETURNED = "/ops/queue/returned"


@get(RETURNED, name="office_returned")
async def show_returned(visit: NamedDependency[Visit]) -> Response[bytes]:
    reads, now = visit.site.reads.taken_back, visit.site.clock()
    disputes = await reads.disputes(visit.person)
    rows = listed_rows(await reads.refunds(visit.person), visit.person, now)
    days = [day_of(one.dispute.due_by) if one.dispute.due_by else None for one in disputes]
    context = {"disputes": disputes, "days": days, "rows": rows, "base": QUEUE, "now": now, "wide": True}
    return page(visit, "ops/returned.html", context)


pages = [show_returned]
