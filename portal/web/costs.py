"""What providers charge, as the office sees it: the estimate beside the truth, and the form for a provider's report."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.domain.errors import Refused
from portal.services.provider_costs import LARGEST, Outcome
from portal.web.guard import TAKES_FILE
from portal.web.history import months_before, read_filters
from portal.web.pages import page
from portal.web.visit import Visit

COSTS = "/ops/costs"
_NO_ERRORS: Mapping[str, str] = {}
_WRAPPING = 64 * 1024
"""What a form adds to its file."""
_MOST_ODD = 100


@get(COSTS, name="costs")
async def show_costs(visit: NamedDependency[Visit], month: FromQuery[str] = "") -> Response[bytes]:
    try:
        return await _costs(visit, month)
    except Refused as refusal:
        return await _costs(visit, "", errors=visit.errors(refusal))


@post(COSTS, name="bring_cost_report", request_max_body_size=LARGEST + _WRAPPING, opt={TAKES_FILE: True})
async def bring(visit: NamedDependency[Visit]) -> Response[bytes]:
    """The answer is the page with what came of the report; to send it once more does no harm."""
    file, provider = visit.file, visit.form.get("provider")
    try:
        if visit.switched:
            return await _costs(visit, "")
        data = await file.read() if file else b""
        outcome = await visit.site.books.costs.bring(visit.person, provider, data)
    except Refused as refusal:
        return await _costs(visit, "", errors=visit.errors(refusal))
    finally:
        if file:
            await file.close()
    return await _costs(visit, "", outcome=outcome)


async def _costs(
    visit: Visit,
    month: str,
    *,
    errors: Mapping[str, str] = _NO_ERRORS,
    outcome: Outcome | None = None,
) -> Response[bytes]:
    wanted = read_filters("", month).month
    shown, costs, disputes = await visit.site.books.costs.month(visit.person, wanted)
    context = {
        "month": shown,
        "months": months_before(visit.site.clock(), wanted),
        "costs": costs,
        "disputes": disputes,
        "providers": visit.site.books.costs.providers,
        "provider": visit.form.get("provider"),
        "outcome": outcome,
        "odd": outcome.odd[:_MOST_ODD] if outcome else [],
        "errors": errors,
        "wide": True,
        # The address of a form that was sent has no page to come back to.
        "path": COSTS,
    }
    return page(visit, "ops/costs.html", context, 422 if errors else 200)


pages = [show_costs, bring]
