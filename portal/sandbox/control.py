"""The control API for tests: book of money, request log, fates, switches, the phone's buttons, reset."""

import re
from dataclasses import asdict, replace
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, JSONBody

from portal.sandbox.acts import act
from portal.sandbox.fates import BY_NAME, BY_NUMBER, Twist, composed
from portal.sandbox.network import Switches
from portal.sandbox.operators import is_msisdn
from portal.sandbox.world import World

CARD_PAYMENT = re.compile("[0-9A-Z]{12}|card")


@get("/book")
async def book(world: NamedDependency[World]) -> list[dict[str, Any]]:
    return [asdict(movement) for movement in world.network.book.movements]


@get("/requests")
async def requests(world: NamedDependency[World]) -> dict[str, Any]:
    return {
        "counts": world.requests.counts(),
        "requests": world.requests.entries(),
        "callbacks": world.network.courier.sent(),
    }


@get("/fates")
async def fates() -> dict[str, str]:
    return {number: fate.name for number, fate in BY_NUMBER.items()}


@post("/fates", status_code=200)
async def assign_fate(world: NamedDependency[World], data: JSONBody[dict[str, Any]]) -> dict[str, str]:
    """Takes {msisdn, fate}, or {msisdn, result, when, answer, twists, query} to compose one."""
    msisdn = _msisdn(data)
    try:
        fate = BY_NAME[data["fate"]] if "fate" in data else composed(**data)
    except (KeyError, TypeError, ValueError) as error:
        raise ClientException(f"unknown fate: {error}") from None
    world.network.fates[msisdn] = fate
    return {"msisdn": msisdn, "fate": fate.name}


@post("/switches", status_code=200)
async def set_switches(world: NamedDependency[World], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """With msisdn: twists of that phone's next callback, on or off. Without: fields of `Switches`."""
    if "msisdn" in data:
        return _twist_next(world, _msisdn(data), data)
    try:
        world.network.switches = replace(world.network.switches, **data)
    except (TypeError, ValueError) as error:
        raise ClientException(f"unknown switch: {error}") from None
    return asdict(world.network.switches)


def _msisdn(data: dict[str, Any]) -> str:
    """A number, the reference of a card payment or, for every one of those, `card`."""
    msisdn = str(data.pop("msisdn", ""))
    if not is_msisdn(msisdn) and not CARD_PAYMENT.fullmatch(msisdn):
        raise ClientException(f"not a number this network has: {msisdn!r}")
    return msisdn


def _twist_next(world: World, msisdn: str, wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        twists = {Twist(name): bool(is_on) for name, is_on in wanted.items()}
    except ValueError as error:
        raise ClientException(f"unknown switch: {error}") from None
    chosen = world.network.next_twists.setdefault(msisdn, set())
    for twist, is_on in twists.items():
        (chosen.add if is_on else chosen.discard)(twist)
    return {"msisdn": msisdn, "next": sorted(chosen)}


@post("/phone/{msisdn:str}/{act_name:str}", status_code=200)
async def use_phone(
    world: NamedDependency[World], msisdn: FromPath[str], act_name: FromPath[str]
) -> dict[str, Any]:
    prompt = act(world.network, msisdn, act_name)
    if prompt is None:
        raise NotFoundException(f"no prompt on {msisdn} that takes {act_name}")
    return {"request_id": prompt.request_id, "result": prompt.result}


@post("/callback-urls", status_code=200)
async def register(world: NamedDependency[World], data: JSONBody[dict[str, str]]) -> dict[str, str]:
    """Takes {twin: address}: what a merchant registers where no address travels with the request; "" for none."""
    world.callback_urls.update(data)
    return world.callback_urls


@post("/reversals", status_code=200)
async def take_back(world: NamedDependency[World], data: JSONBody[dict[str, str]]) -> dict[str, Any]:
    """Takes {receipt}: its payer has the operator undo that payment, and no merchant is told."""
    payment = world.network.book.payment(data.get("receipt", ""))
    if payment is None or not world.network.left_of(payment):
        raise NotFoundException("no payment of which anything is left")
    return asdict(world.network.take_back(payment))


@post("/reset", status_code=200)
async def reset(world: NamedDependency[World]) -> dict[str, Any]:
    await world.reset()
    return asdict(Switches())


control = Router(
    "/sandbox",
    route_handlers=[book, requests, fates, assign_fate, set_switches, use_phone, register, take_back, reset],
)
