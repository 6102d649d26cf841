"""What the office does about refunds that go no way by themselves; each leads back to the page of the refund."""

from __future__ import annotations

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.web.refund_desk import QUEUE, act
from portal.web.visit import Visit


@post(f"{QUEUE}/{{refund:str}}/take", name="take_refund")
async def take(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await act(visit, refund, lambda known: visit.site.refund_desk.take(visit.person, known))


@post(f"{QUEUE}/{{refund:str}}/lay-back", name="lay_back_refund")
async def lay_back(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    """The form names who had it: if somebody else has it by now, nothing changes."""
    whose = visit.form.get("taken_by")
    return await act(visit, refund, lambda known: visit.site.refund_desk.lay_back(visit.person, known, whose))


@post(f"{QUEUE}/{{refund:str}}/again", name="send_refund_again")
async def again(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    route = visit.form.get("route")
    return await act(visit, refund, lambda known: visit.site.refund_desk.again(visit.person, known, route))


@post(f"{QUEUE}/{{refund:str}}/close", name="close_refund")
async def close(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    note = visit.form.get("note_close")
    return await act(visit, refund, lambda known: visit.site.refund_desk.close(visit.person, known, note))


@post(f"{QUEUE}/{{refund:str}}/went", name="propose_refund_went")
async def went(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    code, note = visit.form.get("refund_code"), visit.form.get("note_went")
    propose = visit.site.refund_findings.propose
    return await act(
        visit, refund, lambda known: propose(visit.person, known, went=True, code=code, note=note)
    )


@post(f"{QUEUE}/{{refund:str}}/not-gone", name="propose_refund_not_gone")
async def not_gone(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    note, propose = visit.form.get("note_not"), visit.site.refund_findings.propose
    return await act(
        visit, refund, lambda known: propose(visit.person, known, went=False, code="", note=note)
    )


@post(f"{QUEUE}/{{refund:str}}/confirm", name="confirm_refund_finding")
async def confirm(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    """The form names the finding that it showed: no other one is confirmed by it."""
    shown, confirms = visit.form.get("finding"), visit.site.refund_findings.confirm
    return await act(visit, refund, lambda known: confirms(visit.person, known, shown))


@post(f"{QUEUE}/{{refund:str}}/drop", name="drop_refund_finding")
async def drop(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    shown, drops = visit.form.get("finding"), visit.site.refund_findings.drop
    return await act(visit, refund, lambda known: drops(visit.person, known, shown))


pages = [take, lay_back, again, close, went, not_gone, confirm, drop]
