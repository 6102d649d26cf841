"""Saved ways to pay: the list, adding a phone or a bank account, and what can be done to each."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.domain.method import WALLETS
from portal.services.saved_phones import Named
from portal.services.saving import Agreed
from portal.templating.consents import Matter, consent_text, current_version
from portal.web import cookies
from portal.web.addresses import read_reference
from portal.web.entering import Entering, keep_entering, read_entering
from portal.web.pages import page, see_other
from portal.web.visit import Visit

KINDS = {"phone": Matter.PHONE, "account": Matter.ACCOUNT, "card": Matter.CARD}
"""By the word in the address."""
FIELDS = {
    "phone": ("phone", "network", "nickname"),
    "account": ("bank", "holder", "number", "nickname"),
    "card": ("nickname",),
}
DONE = ("added", "default", "renamed", "deleted", "scheduled", "off")
LONGEST_KEY = 32
_NO_ERRORS: Mapping[str, str] = {}


@get("/methods", name="methods")
async def show_methods(visit: NamedDependency[Visit], done: FromQuery[str] = "") -> Response[bytes]:
    """`?done=` says what was just done."""
    overview = await visit.site.saved.methods.overview(visit.person)
    context = {
        "overview": overview,
        "next_at": overview.appointment and overview.appointment.next_after(visit.site.clock()),
        "saves_cards": visit.site.saved.cards.offered,
        "done": done if done in DONE else "",
    }
    return page(visit, "methods/list.html", context)


@get("/methods/add", name="method_add")
async def show_add(visit: NamedDependency[Visit], kind: FromQuery[str] = "phone") -> Response[bytes]:
    return _add(visit, kind) if kind in KINDS else see_other("/methods/add")


@post("/methods/add", name="add_method")
async def add_method(visit: NamedDependency[Visit], kind: FromQuery[str] = "phone") -> Response[bytes]:
    add = {"phone": _add_phone, "account": _add_account, "card": _add_card}.get(kind)
    if add is None:
        return see_other("/methods/add")
    if visit.switched:
        return _add(visit, kind)
    try:
        return await add(visit)
    except Refused as refusal:
        return _add(visit, kind, visit.errors(refusal))


@get("/methods/{method:str}/verify", name="method_verify")
async def show_verify(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    return await _verify(visit, read_reference(method))


@post("/methods/{method:str}/verify", name="verify_method")
async def verify_method(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    """With the code, or for another one."""
    known, phones = read_reference(method), visit.site.saved.phones
    if visit.switched:
        return await _verify(visit, known)
    if "again" in visit.form:
        return _code_sent(visit, await phones.send_again(visit.person, known, visit.client))
    try:
        await phones.verify(visit.person, known, visit.form.get("code"), visit.client)
    except Refused as refusal:
        return await _verify(visit, known, visit.errors(refusal))
    return see_other("/methods?done=added")


@get("/methods/{method:str}/card", name="method_card")
async def show_card(
    visit: NamedDependency[Visit],
    method: FromPath[str],
    asked: FromQuery[str] = "",
    back: FromQuery[str] = "",
) -> Response[bytes]:
    """Before the provider's page, and after it: whoever comes `back` from there lands here."""
    setup = await visit.site.saved.cards.setup(visit.person, read_reference(method))
    if setup is None:
        return see_other("/methods?done=added" if asked or back else "/methods")
    opening = setup.is_opening(visit.site.clock())
    context = {"setup": setup, "opening": opening, "asked": bool(asked), "back": bool(back or asked)}
    return page(visit, "methods/card.html", context)


@post("/methods/{method:str}/card", name="look_for_card")
async def look_for_card(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    """What came of the page is asked at once; the worker asks by itself, too."""
    known = read_reference(method)
    await visit.site.saved.cards.look(visit.person, known)
    return see_other(f"/methods/{known}/card?asked=1")


@post("/methods/{method:str}/default", name="make_default")
async def make_default(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    await visit.site.saved.methods.make_default(visit.person, read_reference(method))
    return see_other("/methods?done=default")


@get("/methods/{method:str}/rename", name="method_rename")
async def show_rename(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    return await _rename(visit, read_reference(method))


@post("/methods/{method:str}/rename", name="rename_method")
async def rename_method(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    known = read_reference(method)
    if visit.switched:
        return await _rename(visit, known)
    try:
        await visit.site.saved.methods.rename(visit.person, known, visit.form.get("nickname"))
    except Refused as refusal:
        return await _rename(visit, known, visit.errors(refusal))
    return see_other("/methods?done=renamed")


@get("/methods/{method:str}/delete", name="method_delete")
async def show_delete(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    saved = await visit.site.saved.methods.either(visit.person, read_reference(method))
    return page(visit, "methods/delete.html", {"saved": saved})


@post("/methods/{method:str}/delete", name="delete_method")
async def delete_method(visit: NamedDependency[Visit], method: FromPath[str]) -> Response[bytes]:
    await visit.site.saved.methods.delete(visit.person, read_reference(method))
    return see_other("/methods?done=deleted")


async def _add_phone(visit: Visit) -> Response[bytes]:
    form = visit.form
    named = await visit.site.saved.phones.add(
        visit.person,
        form.get("phone"),
        form.get("network"),
        form.get("nickname"),
        _agreed(visit),
        visit.client,
    )
    return see_other("/methods?done=added") if named.proved else _code_sent(visit, named)


async def _add_account(visit: Visit) -> Response[bytes]:
    form = visit.form
    await visit.site.saved.methods.add_account(
        visit.person,
        form.get("bank"),
        form.get("holder"),
        form.get("number"),
        form.get("nickname"),
        _agreed(visit),
    )
    return see_other("/methods?done=added")


async def _add_card(visit: Visit) -> Response[bytes]:
    """It is entered elsewhere; where, its own page says."""
    key = visit.form.get("key") or _new_key(visit)
    nickname, cards = visit.form.get("nickname"), visit.site.saved.cards
    begun = await cards.begin(visit.person, nickname, _agreed(visit), key[:LONGEST_KEY])
    return see_other(f"/methods/{begun}/card")


def _new_key(visit: Visit) -> str:
    """By which a form is known that is pressed twice."""
    return visit.site.random(LONGEST_KEY // 2).hex()


def _agreed(visit: Visit) -> Agreed:
    return Agreed(visit.form.get("consent"), visit.language)


def _code_sent(visit: Visit, named: Named) -> Response[bytes]:
    address = f"/methods/{named.id}/verify"
    if named.code is None:
        return see_other(address)
    return see_other(address, keep_entering(visit, Entering("", address, named.code), cookies.VERIFYING))


def _add(visit: Visit, kind: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    version, form = current_version(KINDS[kind]), visit.form
    context = {
        "kind": kind,
        "typed": {name: form.get(name) for name in FIELDS[kind]},
        "networks": [wallet for wallet in WALLETS if visit.site.checkout.speaks_of(wallet)],
        "key": _new_key(visit),
        "consent": version,
        "consent_text": consent_text(version, visit.language),
    }
    return _form_page(visit, f"methods/add_{kind}.html", context, errors)


async def _verify(visit: Visit, phone_id: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    waiting = await visit.site.saved.phones.waiting(visit.person, phone_id)
    if waiting is None:
        # Saved already, now or long ago: the list shows it, and nothing was done by coming here.
        return see_other("/methods")
    sent = read_entering(visit, cookies.VERIFYING)
    code = sent.code if sent and sent.next == f"/methods/{phone_id}/verify" else None
    return _form_page(visit, "methods/verify.html", {"waiting": waiting, "demo_code": code}, errors)


async def _rename(visit: Visit, method_id: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    saved = await visit.site.saved.methods.method(visit.person, method_id)
    typed = visit.form.get("nickname") if "nickname" in visit.form else saved.nickname or ""
    return _form_page(visit, "methods/rename.html", {"saved": saved, "nickname": typed}, errors)


def _form_page(
    visit: Visit, template: str, context: Mapping[str, object], errors: Mapping[str, str]
) -> Response[bytes]:
    return page(visit, template, {**context, "errors": errors}, status=422 if errors else 200)


pages = [
    show_methods,
    show_add,
    add_method,
    show_verify,
    verify_method,
    show_card,
    look_for_card,
    make_default,
    show_rename,
    rename_method,
    show_delete,
    delete_method,
]
