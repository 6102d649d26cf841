"""Signing in by a one-time code, or in a demo by one click on a named character; and signing out."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.domain.errors import Refused
from portal.domain.person import Person, Role
from portal.services.sign_in import SESSION_LIVES, SignedIn, read_address
from portal.web import cookies
from portal.web.addresses import own_path
from portal.web.entering import Entering, keep_entering, read_entering
from portal.web.pages import page, see_other
from portal.web.visit import Visit

HOMES = {Role.TENANT: "/", Role.LANDLORD: "/landlord", Role.OFFICE: "/ops", Role.APPROVER: "/ops"}


@get("/sign-in", name="sign_in")
async def show_sign_in(visit: NamedDependency[Visit], next: FromQuery[str] = "") -> Response[bytes]:  # noqa: A002
    return await _sign_in(visit, next, {})


@post("/sign-in", name="send_code")
async def send_code(visit: NamedDependency[Visit]) -> Response[bytes]:
    """The answer is the same whether or not the address is one of ours."""
    typed, onward, errors = visit.form.get("address"), visit.form.get("next"), {}
    if not visit.switched:
        try:
            code = await visit.site.sign_in.send_code(typed, visit.client)
            entering = Entering(typed, own_path(onward, otherwise=""), code)
            return see_other("/sign-in/code", keep_entering(visit, entering))
        except Refused as refusal:
            errors = visit.errors(refusal)
    return await _sign_in(visit, onward, errors)


@get("/sign-in/code", name="enter_code")
async def show_code(visit: NamedDependency[Visit]) -> Response[bytes]:
    entering = read_entering(visit)
    return _code(visit, entering, {}) if entering else see_other("/sign-in")


@post("/sign-in/code", name="use_code")
async def use_code(visit: NamedDependency[Visit]) -> Response[bytes]:
    entering, errors = read_entering(visit), {}
    if entering is None:
        return see_other("/sign-in")
    if not visit.switched:
        try:
            return _entered(visit, await _enter(visit, entering), entering.next)
        except Refused as refusal:
            errors = visit.errors(refusal)
    return _code(visit, entering, errors)


@post("/sign-in/as", name="enter_as")
async def enter_as(visit: NamedDependency[Visit]) -> Response[bytes]:
    """One click, in a demo only."""
    signed_in = await visit.site.sign_in.as_character(visit.form.get("person"), visit.session or None)
    return _entered(visit, signed_in, visit.form.get("next"))


@post("/sign-out", name="sign_out")
async def sign_out(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Ends the session here, not only in the browser."""
    await visit.site.sign_in.leave(visit.session)
    return see_other("/sign-in", cookies.ended(cookies.SESSION, secure=visit.site.secure))


async def _enter(visit: Visit, entering: Entering) -> SignedIn:
    typed = visit.form.get("code")
    if not typed.strip():
        raise Refused("code", "empty")
    return await visit.site.sign_in.enter(entering.address, typed, visit.client, visit.session or None)


async def _sign_in(visit: Visit, onward: str, errors: dict[str, str]) -> Response[bytes]:
    context = {
        "address": visit.form.get("address"),
        "next": own_path(onward, otherwise=""),
        "characters": [_character(person) for person in await _characters(visit)],
        "errors": errors,
    }
    return page(visit, "sign_in/address.html", context, status=422 if errors else 200)


def _code(visit: Visit, entering: Entering, errors: dict[str, str]) -> Response[bytes]:
    """What was typed never stands in the box again: a code is used once."""
    context = {
        "address": entering.address,
        "next": entering.next,
        "sent_to": read_address(entering.address).shown,
        "demo_code": entering.code,
        "errors": errors,
    }
    return page(visit, "sign_in/code.html", context, status=422 if errors else 200)


def _entered(visit: Visit, signed_in: SignedIn, onward: str) -> Response[bytes]:
    """A session of its own token; what the browser held as a stranger ends."""
    return see_other(own_path(onward, otherwise=HOMES[signed_in.person.role]), *_session(visit, signed_in))


def _session(visit: Visit, signed_in: SignedIn) -> list[Cookie]:
    secure = visit.site.secure
    return [
        cookies.kept(cookies.SESSION, signed_in.token, secure=secure, lives=SESSION_LIVES),
        cookies.ended(cookies.VISITOR, secure=secure),
        cookies.ended(cookies.ENTERING, secure=secure),
    ]


async def _characters(visit: Visit) -> list[Person]:
    """Tenants first: the demonstration is theirs."""
    return sorted(await visit.site.sign_in.characters(), key=lambda person: list(Role).index(person.role))


def _character(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name, "role": person.role.lower()}


pages = [show_sign_in, send_code, show_code, use_code, enter_as, sign_out]
