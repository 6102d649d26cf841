"""What a payer chooses for money that came beyond its bills."""

from __future__ import annotations

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import KeyReused, Refused
from portal.services.office import Unchanged
from portal.web.addresses import read_reference
from portal.web.pages import see_other
from portal.web.status import standing_at, status_page
from portal.web.visit import Visit


@post("/payments/{reference:str}/extra", name="choose_extra")
async def choose(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """Whatever could not be done: the payment's page says how it stands, and that nothing was changed."""
    known, form = read_reference(reference), visit.form
    try:
        refund = await visit.site.excess.choose(
            visit.person,
            known,
            form.get("chosen"),
            shown=form.get("shown"),
            key=form.get("key"),
            notes=form.get("notes"),
        )
    except (KeyReused, Unchanged, Refused) as nothing:
        standing = await standing_at(visit, known)
        return status_page(visit, standing, status=nothing.status, unchanged=True)
    return see_other(f"/refunds/{refund}" if refund else f"/pay/{known}")


pages = [choose]
