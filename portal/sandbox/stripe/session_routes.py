"""A Checkout Session, for a payment or to keep a card: opened, looked at and closed."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.sandbox.answers import SandboxRequest, meet_query
from portal.sandbox.requests import Received
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.caller import met, once, read_question, read_request
from portal.sandbox.stripe.form import Tree
from portal.sandbox.stripe.idempotency import Answer
from portal.sandbox.stripe.objects import (
    Json,
    charge_json,
    intent_id,
    intent_json,
    method_json,
    session_json,
    setup_intent_json,
    setup_json,
)
from portal.sandbox.stripe.requests import EXPANSIONS, SETUP_MODE, read_session, read_setup
from portal.sandbox.stripe.session import Session
from portal.sandbox.stripe.setup import Setup
from portal.sandbox.stripe.twin import Stripe

SESSIONS = "/v1/checkout/sessions"


@post(SESSIONS, status_code=200, opt={"kind": "push"})
async def create_session(request: SandboxRequest, stripe: NamedDependency[Stripe]) -> Response[Any]:
    form, asked = await read_request(request, stripe)
    if form.get("mode") == SETUP_MODE:
        return await once(request, stripe, asked, lambda: _open_setup(request, stripe, form))
    return await once(request, stripe, asked, lambda: _open(request, stripe, form))


@get(f"{SESSIONS}/{{session_id:str}}", opt={"kind": "query"})
async def retrieve_session(
    request: SandboxRequest, stripe: NamedDependency[Stripe], session_id: FromPath[str]
) -> Json:
    expand = await read_question(request, stripe, EXPANSIONS)
    session = _found(stripe, session_id, request)
    if isinstance(session, Setup):
        return _told_of_setup(request, session, expand)
    missing = refusals.no_such("checkout.session", session_id)
    await meet_query(stripe.world, session, busy=refusals.busy, unknown=lambda: missing)
    return _told(request, stripe, session, expand)


@post(f"{SESSIONS}/{{session_id:str}}/expire", status_code=200, opt={"kind": "cancel"})
async def expire_session(
    request: SandboxRequest, stripe: NamedDependency[Stripe], session_id: FromPath[str]
) -> Json:
    expand = await read_question(request, stripe, EXPANSIONS)
    session = _found(stripe, session_id, request)
    if isinstance(session, Setup):
        stripe.setups.close(session)
        return _told_of_setup(request, session, expand)
    stripe.close(session)
    return _told(request, stripe, session, expand)


handlers = [create_session, retrieve_session, expire_session]


async def _open(request: SandboxRequest, stripe: Stripe, form: Tree) -> tuple[str, Answer] | Response[Any]:
    asked = read_session(form, stripe.world.clock())
    entry: Received = request.state.entry
    entry.amount = asked.hundredths
    fate = met(stripe, entry, asked.reference)
    if isinstance(fate, Response):
        return fate
    session = await stripe.open(asked)
    entry.request_id = session.request_id
    # As it was when it was made, however soon its payer acts.
    return fate.answer, Answer(200, session_json(session, None, None, _address(request, session.page), None))


async def _open_setup(
    request: SandboxRequest, stripe: Stripe, form: Tree
) -> tuple[str, Answer] | Response[Any]:
    asked = read_setup(form, stripe.world.clock())
    entry: Received = request.state.entry
    entry.kind = "setup"
    fate = met(stripe, entry, asked.reference)
    if isinstance(fate, Response):
        return fate
    setup = stripe.setups.open(asked)
    entry.request_id = setup.id
    return fate.answer, Answer(200, setup_json(setup, _address(request, setup.page), setup.setup_id))


def _found(stripe: Stripe, session_id: str, request: SandboxRequest) -> Session | Setup:
    request.state.entry.request_id = session_id
    session = stripe.find(session_id) or stripe.setups.find(session_id)
    if session is None:
        raise refusals.no_such("checkout.session", session_id)
    return session


def _told(request: SandboxRequest, stripe: Stripe, session: Session, expand: list[str]) -> Json:
    result = session.result_for_query()
    movement = session.movement if session.is_paid_by(result) else None
    intent: object = intent_id(session, movement)
    if not session.has_begun(result):
        intent = None
    elif _wants("payment_intent", expand):
        whole = "payment_intent.latest_charge" in expand
        charge = charge_json(session, movement, stripe.sent_back(movement)) if movement and whole else None
        intent = intent_json(session, result, movement, charge or (session.charge_id if movement else None))
    return session_json(session, result, movement, _address(request, session.page), intent)


def _told_of_setup(request: SandboxRequest, setup: Setup, expand: list[str]) -> Json:
    intent: object = setup.setup_id
    if _wants("setup_intent", expand):
        whole = setup.kept and "setup_intent.payment_method" in expand
        method: object = setup.kept.method if setup.kept else None
        intent = setup_intent_json(setup, method_json(setup.kept) if whole and setup.kept else method)
    return setup_json(setup, _address(request, setup.page), intent)


def _wants(name: str, expand: list[str]) -> bool:
    return any(path.split(".")[0] == name for path in expand)


def _address(request: SandboxRequest, page: str) -> str:
    return f"{str(request.base_url).rstrip('/')}{page}"
