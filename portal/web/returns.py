"""Back to the platform that sent a payer here, by way of an address of ours that looks at the list once more."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.payment_state import FINAL
from portal.domain.return_address import answered, named_host, return_address
from portal.telemetry.log import get_log
from portal.web.addresses import read_reference
from portal.web.pages import leave_for, see_other
from portal.web.visit import Visit

log = get_log("returns")


def asked_to_return(visit: Visit, text: str) -> str | None:
    """What a link asked for, if it is allowed; else a line in the log, which keeps the host and nothing else of it."""
    allowed = return_address(text, visit.site.return_hosts)
    if text and allowed is None:
        log.warning("return_refused", host=named_host(text))
    return allowed


@get("/pay/{reference:str}/done", name="payment_done")
async def leave(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """Where a payer goes who is done here. The list may have changed since they came, so it is asked again."""
    view = await visit.site.views.payment(visit.person, read_reference(reference))
    payment = view.payment
    if payment.state not in FINAL:
        return see_other(f"/pay/{payment.reference}")
    address = return_address(view.return_to or "", visit.site.return_hosts)
    if address is None:
        return see_other("/")
    return leave_for(answered(address, payment.reference, payment.status))


pages = [leave]
