"""What the office sees of money that moves by itself: open disputes with their deadlines, and all that went back."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from portal.web.history import day_of
from portal.web.office import age
from portal.web.pages import page
from portal.web.refund_desk import QUEUE
from portal.web.visit import Visit

RETURNED = "/ops/queue/returned"


@get(RETURNED, name="office_returned")
async def show_returned(visit: NamedDependency[Visit]) -> Response[bytes]:
    disputes, cases = await visit.site.refund_views.taken_back(visit.person)
    now = visit.site.clock()
    rows = [{"case": case, "age": age(case.refund.requested_at, now)} for case in cases]
    days = [day_of(one.dispute.due_by) if one.dispute.due_by else None for one in disputes]
    context = {"disputes": disputes, "days": days, "rows": rows, "base": QUEUE, "now": now, "wide": True}
    return page(visit, "ops/returned.html", context)


pages = [show_returned]
