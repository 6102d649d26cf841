"""The menu on the phone in the browser: "Pay a bill" of Mixx by Yas. It needs no JavaScript."""

import re
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from portal.sandbox.mixx.twin import Mixx
from portal.sandbox.operators import is_msisdn
from portal.sandbox.phone import HEADERS
from portal.sandbox.sandbox import the_twin
from portal.sandbox.world import World

FIELDS = ("company", "reference", "amount")


@get("/phone/{msisdn:str}/menu")
async def show_menu(msisdn: FromPath[str]) -> Template:
    return _menu(msisdn, {}, {})


@post("/phone/{msisdn:str}/menu")
async def pay_a_bill(
    world: NamedDependency[World],
    mixx: NamedDependency[Mixx],
    msisdn: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
) -> Template | Redirect:
    """The PIN is looked at only for its form, and kept nowhere. What comes of it stands on the phone."""
    typed = {name: data.get(name, "").strip() for name in FIELDS}
    errors = {name: "Type it." for name, text in typed.items() if not text}
    if typed["amount"] and not re.fullmatch("[0-9]{1,9}", typed["amount"]):
        errors["amount"] = "Whole shillings, digits only."
    if not re.fullmatch("(?:[0-9]{4})?", data.get("pin", "")):
        errors["pin"] = "A PIN has 4 digits. Any 4 will do here."
    if errors:
        return _menu(msisdn, typed, errors, status_code=422)
    begun = mixx.menu.begin(msisdn, typed["company"], typed["reference"], int(typed["amount"]))
    world.network.errands.start(mixx.menu.play(begun))
    return Redirect(f"/phone/{msisdn}", status_code=303)


def _menu(msisdn: str, typed: dict[str, str], errors: dict[str, str], status_code: int = 200) -> Template:
    if not is_msisdn(msisdn):
        raise NotFoundException
    context: dict[str, Any] = {"msisdn": msisdn, "typed": typed, "errors": errors}
    return Template("menu.html", context=context, status_code=status_code)


def routes() -> Router:
    return Router(
        "/",
        route_handlers=[show_menu, pay_a_bill],
        dependencies={"mixx": the_twin(Mixx.name)},
        response_headers=HEADERS,
    )
