"""The phone in the browser: what the payer sees, and the buttons a payer has. It needs no JavaScript."""

import re
from pathlib import Path
from typing import Any

from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.template.config import TemplateConfig

from portal.sandbox.acts import act
from portal.sandbox.fates import FATES, PERSON, Twist, number_of
from portal.sandbox.operators import OPERATORS, is_msisdn, operator_of
from portal.sandbox.prompt import Prompt
from portal.sandbox.results import CANCELLED, EXPIRED, NO_ANSWER, NO_BALANCE, PAID, WRONG_PIN
from portal.sandbox.settings import EAT
from portal.sandbox.world import World

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}

PHONE_SWITCHES = {
    Twist.LATE: "Late",
    Twist.DUPLICATE: "Duplicate",
    Twist.LOST: "Lost",
    Twist.CONTRADICTORY: "Contradictory",
}
ENDINGS = {
    PAID: "You approved.",
    CANCELLED: "You cancelled.",
    WRONG_PIN: "That PIN was wrong.",
    NO_BALANCE: "There is too little money in this wallet.",
    NO_ANSWER: "The request ended without an answer.",
    EXPIRED: "The request ended without an answer.",
}


def phone_templates() -> TemplateConfig[JinjaTemplateEngine]:
    return TemplateConfig(directory=TEMPLATES, engine=JinjaTemplateEngine)


@get("/")
async def phones(world: NamedDependency[World]) -> Template:
    return _phones(world)


@get("/phone")
async def find_phone(world: NamedDependency[World], number: FromQuery[str] = "") -> Template | Redirect:
    msisdn = _msisdn(number)
    if msisdn is None:
        return _phones(world, number, status_code=422)
    return Redirect(f"/phone/{msisdn}", status_code=303)


@get("/phone/{msisdn:str}")
async def show_phone(world: NamedDependency[World], msisdn: FromPath[str]) -> Template:
    return _phone(world, msisdn) if is_msisdn(msisdn) else _phones(world, msisdn, status_code=404)


@post("/phone/{msisdn:str}")
async def press(
    world: NamedDependency[World], msisdn: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Template | Redirect:
    """The PIN is looked at only for its form, and kept nowhere."""
    if data.get("act") == "approve" and not re.fullmatch("(?:[0-9]{4})?", data.get("pin", "")):
        return _phone(world, msisdn, pin_error="A PIN has 4 digits. Any 4 will do here.", status_code=422)
    act(world.network, msisdn, data.get("act", ""))
    return Redirect(f"/phone/{msisdn}", status_code=303)


@post("/phone/{msisdn:str}/switches")
async def switch(
    world: NamedDependency[World], msisdn: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Redirect:
    """Turns one switch over."""
    if data.get("switch") in list(PHONE_SWITCHES):
        chosen = world.network.next_twists.setdefault(msisdn, set())
        chosen.symmetric_difference_update({Twist(data["switch"])})
    return Redirect(f"/phone/{msisdn}", status_code=303)


@get("/sandbox.css", media_type=MediaType.CSS)
async def stylesheet() -> Response[str]:
    return Response((TEMPLATES / "sandbox.css").read_text(), media_type=MediaType.CSS)


def _phones(world: World, number: str = "", status_code: int = 200) -> Template:
    waiting = [prompt for prompt in world.network.prompts.values() if prompt.waits_for_a_person]
    fates = [(fate, [number_of(fate.name, operator) for operator in OPERATORS]) for fate in FATES]
    live, pages = [p for p in waiting if not p.page], [p for p in waiting if p.page]
    context = {"live": live, "pages": pages, "fates": fates, "number": number, "is_wrong": status_code != 200}
    return Template("phones.html", context=context, status_code=status_code)


def _phone(world: World, msisdn: str, pin_error: str = "", status_code: int = 200) -> Template:
    prompts = world.network.prompts_of(msisdn)
    live = world.network.live_prompt(msisdn)
    context: dict[str, Any] = {
        "msisdn": msisdn,
        "operator": prompts[-1].push.operator if prompts else operator_of(msisdn),
        "live": live,
        "text": live and live.push.text,
        "ending": _ending(prompts[-1]) if prompts else "",
        "messages": [
            *reversed(world.network.notices.get(msisdn, [])),
            *(text for prompt in reversed(prompts) for text in prompt.texts),
        ],
        "late_after": f"{world.settings.late_after:g}",
        "fate": world.network.fate_of(msisdn),
        "person": PERSON,
        "switches": PHONE_SWITCHES,
        "chosen": world.network.next_twists.get(msisdn, set()),
        "pin_error": pin_error,
        "expires": live and f"{live.expires_at.astimezone(EAT):%H:%M:%S}",
        "refresh": _refresh(world, live),
    }
    return Template("phone.html", context=context, status_code=status_code)


def _refresh(world: World, live: Prompt | None) -> int:
    """Often while waiting; while someone may be typing a PIN, only when the prompt is over."""
    if live is None:
        return 2
    return max(1, round((live.expires_at - world.clock()).total_seconds()) + 1)


def _ending(prompt: Prompt) -> str:
    if prompt.result is None:
        event = "You ignored a request" if prompt.ignored else "A request is under way"
        return f"{event}. The network gives up at {prompt.expires_at.astimezone(EAT):%H:%M:%S}."
    return ENDINGS.get(prompt.result, f"The request ended with code {prompt.code}.")


def _msisdn(typed: str) -> str | None:
    digits = re.sub(r"[\s+().-]", "", typed)
    number = re.sub("^(?:00255|0)", "255", digits)
    return number if is_msisdn(number) else None


phone = Router(
    "/",
    route_handlers=[phones, find_phone, show_phone, press, switch, stylesheet],
    response_headers=HEADERS,
)
