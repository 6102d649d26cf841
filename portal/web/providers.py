"""The office's pages of the providers: which of them work, what a person has to see to, and a switch for each."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.services.provider_desk import Record
from portal.web.pages import page, see_other
from portal.web.visit import Visit

FIELDS = ("alert", "done", "note_en", "note_sw")
_NO_ERRORS: Mapping[str, str] = {}


@get("/ops/providers", name="providers")
async def show_providers(visit: NamedDependency[Visit]) -> Response[bytes]:
    watched = await visit.site.providers.providers(visit.person)
    return page(visit, "ops/providers.html", {"providers": watched, "wide": True})


@get("/ops/providers/{name:str}", name="provider")
async def show_provider(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[bytes]:
    return await _record(visit, name)


@post("/ops/providers/{name:str}/close", name="close_alert")
async def close_alert(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[bytes]:
    desk, form = visit.site.providers, visit.form
    if visit.switched:
        return await _record(visit, name)
    return await _done(visit, name, desk.close(visit.person, name, form.get("alert"), form.get("done")))


@post("/ops/providers/{name:str}/off", name="switch_provider_off")
async def switch_off(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[bytes]:
    desk, form = visit.site.providers, visit.form
    if visit.switched:
        return await _record(visit, name)
    turn = desk.switch_off(visit.person, name, form.get("note_en"), form.get("note_sw"))
    return await _done(visit, name, turn)


@post("/ops/providers/{name:str}/on", name="switch_provider_on")
async def switch_on(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[bytes]:
    return await _done(visit, name, visit.site.providers.switch_on(visit.person, name))


async def _done(visit: Visit, name: str, act: Awaitable[None]) -> Response[bytes]:
    try:
        await act
    except Refused as refusal:
        return await _record(visit, name, visit.errors(refusal))
    return see_other(f"/ops/providers/{name}")


async def _record(visit: Visit, name: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    record = await visit.site.providers.record(visit.person, name)
    context = {
        "record": record,
        "provider": record.watched,
        "errors": errors,
        "typed": _typed(visit, record),
        # The address of a form that was sent has no page to come back to.
        "path": f"/ops/providers/{name}",
    }
    return page(visit, "ops/provider.html", context, 422 if errors else 200)


def _typed(visit: Visit, record: Record) -> dict[str, str]:
    """What the forms hold; of a single alert there is nothing to choose."""
    typed = {field: visit.form.get(field) for field in FIELDS}
    opened = record.watched.alerts
    return typed | ({"alert": str(opened[0].id)} if len(opened) == 1 else {})


pages = [show_providers, show_provider, close_alert, switch_off, switch_on]
