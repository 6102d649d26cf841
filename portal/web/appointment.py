"""The day and hour at which a tenant wants to be asked for unpaid rent, or only told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.appointment import DAYS, HOURS
from portal.domain.errors import NotFound, Refused
from portal.domain.saved_method import Kind
from portal.domain.zone import EAST_AFRICA
from portal.services.saving import Agreed
from portal.templating.consents import Matter, consent_text, current_version
from portal.templating.formats import clock_text
from portal.web.addresses import read_reference
from portal.web.pages import page, see_other
from portal.web.visit import Visit

PUSH, TELL = "push", "tell"
_NO_ERRORS: Mapping[str, str] = {}


@get("/methods/{method:str}/schedule", name="method_schedule")
async def show_schedule(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    return await _schedule(visit, read_reference(method))


@post("/methods/{method:str}/schedule", name="schedule_method")
async def schedule_method(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    """`off` switches it off."""
    known, form, appointments = read_reference(method), visit.form, visit.site.saved.appointments
    if visit.switched:
        return await _schedule(visit, known)
    if "off" in form:
        await appointments.remove(visit.person, known)
        return see_other("/methods?done=off")
    try:
        await appointments.keep(
            visit.person,
            known,
            form.get("day"),
            form.get("hour"),
            pushes=form.get("way") == PUSH,
            agreed=Agreed(form.get("consent"), visit.language),
        )
    except Refused as refusal:
        return await _schedule(visit, known, visit.errors(refusal))
    return see_other("/methods?done=scheduled")


async def _schedule(visit: Visit, method_id: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    saved = await visit.site.saved.methods.method(visit.person, method_id)
    if saved.kind is not Kind.PHONE:
        raise NotFound
    before = (await visit.site.saved.methods.overview(visit.person)).appointment
    version, form = current_version(Matter.APPOINTMENT), visit.form
    context = {
        "saved": saved,
        "days": list(DAYS),
        "hours": [(str(hour), _clock(visit, hour)) for hour in HOURS],
        "day": form.get("day") or str(before.day if before else DAYS[0]),
        "hour": form.get("hour") or str(before.hour if before else 9),
        "way": form.get("way") or (PUSH if before and before.pushes else TELL),
        "is_on": before is not None and before.method == method_id,
        "is_elsewhere": before is not None and before.method != method_id,
        "consent": version,
        "consent_text": consent_text(version, visit.language),
        "errors": errors,
    }
    return page(visit, "methods/schedule.html", context, status=422 if errors else 200)


def _clock(visit: Visit, hour: int) -> str:
    return clock_text(datetime(2026, 1, 1, hour, tzinfo=EAST_AFRICA), visit.language)


pages = [show_schedule, schedule_method]
