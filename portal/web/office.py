"""What the office sees: the payments that need a person, the oldest first."""

from __future__ import annotations

from datetime import datetime, timedelta

from litestar import Response, get
from litestar.di import NamedDependency

from portal.web.pages import page
from portal.web.visit import Visit

MOST = 100
"""As many as the store hands out at once."""

Age = tuple[int, str]
"""How many minutes, hours or days."""


@get("/ops", name="office")
async def show_uncertain(visit: NamedDependency[Visit]) -> Response[bytes]:
    now = visit.site.clock()
    listed = await visit.site.views.for_the_office()
    rows = [
        {
            "payment": row.payment,
            "place": row.place,
            "payer_name": row.payer_name,
            "age": age(row.payment.created_at, now),
        }
        for row in listed
    ]
    stopped = await visit.site.views.stopped_work()
    return page(visit, "ops/uncertain.html", {"rows": rows, "most": MOST, "stopped": stopped, "wide": True})


def age(since: datetime, now: datetime) -> Age:
    """In the largest unit of which two have passed: 90 minutes are `(90, "minutes")`, 50 hours `(2, "days")`."""
    passed = now - since
    if passed >= timedelta(days=2):
        return passed.days, "days"
    if passed >= timedelta(hours=2):
        return passed // timedelta(hours=1), "hours"
    return max(0, passed // timedelta(minutes=1)), "minutes"


pages = [show_uncertain]
