"""Stripe's routes for a payment: a session opened, looked at and closed."""

import hmac
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from portal.sandbox.answers import SandboxRequest, accepting, meet_query, note_request, without_accepting
from portal.sandbox.requests import Received
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.account import API_VERSION
from portal.sandbox.stripe.form import Tree, read_form
from portal.sandbox.stripe.objects import Json, charge_json, intent_id, intent_json, session_json
from portal.sandbox.stripe.refusals import RefusedError
from portal.sandbox.stripe.requests import read_expansions, read_session
from portal.sandbox.stripe.session import Session
from portal.sandbox.stripe.twin import Stripe

FORM = "application/x-www-form-urlencoded"
SESSIONS = "/v1/checkout/sessions"


def routes(stripe: Stripe) -> Router:
    return Router(
        f"/{stripe.name}",
        route_handlers=[create_session, retrieve_session, expire_session],
        before_request=note_request,
        dependencies={"stripe": Provide(lambda: stripe, sync_to_thread=False)},
        exception_handlers={RefusedError: _refused},
        opt={"provider": stripe.name},
    )


@post(SESSIONS, status_code=200, opt={"kind": "push"})
async def create_session(request: SandboxRequest, stripe: NamedDependency[Stripe]) -> Response[Any]:
    form, body = await _form(request, stripe)
    key = request.headers.get("idempotency-key")
    before = stripe.keys.recall(key, body)
    if before is not None:
        return Response(before, status_code=200, headers={"Idempotent-Replayed": "true"})
    asked = read_session(form, stripe.world.clock())
    entry: Received = request.state.entry
    entry.amount, entry.reference = asked.hundredths, asked.reference
    fate = stripe.fate_of(asked.reference)
    unaccepted = without_accepting(fate.answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    session = await stripe.open(asked)
    entry.request_id = session.request_id
    # As it was when it was made, however soon its payer acts.
    answer = session_json(session, None, None, _address(request, session), None)
    stripe.keys.keep(key, body, answer)
    return await accepting(request, stripe.world, fate.answer, answer)


@get(f"{SESSIONS}/{{session_id:str}}", opt={"kind": "query"})
async def retrieve_session(
    request: SandboxRequest, stripe: NamedDependency[Stripe], session_id: FromPath[str]
) -> Json:
    form, _ = await _form(request, stripe)
    expand = read_expansions(form)
    session = _found(stripe, session_id, request)
    missing = refusals.no_such("checkout.session", session_id)
    await meet_query(stripe.world, session, busy=refusals.busy, unknown=lambda: missing)
    return _told(request, session, expand)


@post(f"{SESSIONS}/{{session_id:str}}/expire", status_code=200, opt={"kind": "cancel"})
async def expire_session(
    request: SandboxRequest, stripe: NamedDependency[Stripe], session_id: FromPath[str]
) -> Json:
    form, _ = await _form(request, stripe)
    expand = read_expansions(form)
    session = _found(stripe, session_id, request)
    stripe.close(session)
    return _told(request, session, expand)


def _found(stripe: Stripe, session_id: str, request: SandboxRequest) -> Session:
    request.state.entry.request_id = session_id
    session = stripe.find(session_id)
    if session is None:
        raise refusals.no_such("checkout.session", session_id)
    return session


def _told(request: SandboxRequest, session: Session, expand: list[str]) -> Json:
    result = session.result_for_query()
    movement = session.movement if session.is_paid_by(result) else None
    intent: object = intent_id(session, movement)
    if not session.has_begun(result):
        intent = None
    elif "payment_intent" in ".".join(expand).split("."):
        whole = "payment_intent.latest_charge" in expand
        charge = charge_json(session, movement) if movement and whole else None
        intent = intent_json(session, result, movement, charge or (session.charge_id if movement else None))
    return session_json(session, result, movement, _address(request, session), intent)


def _address(request: SandboxRequest, session: Session) -> str:
    return f"{str(request.base_url).rstrip('/')}{session.page}"


async def _form(request: SandboxRequest, stripe: Stripe) -> tuple[Tree, str]:
    """The fields of a request by somebody who may make it, and all that makes it the same request again."""
    _check_caller(request, stripe)
    text = request.url.query
    if request.method == "POST":
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise refusals.invalid("Invalid request: the body must be a form.")
        try:
            text = (await request.body()).decode()
        except UnicodeDecodeError:
            raise refusals.invalid("Invalid request body.") from None
    return read_form(text), f"{request.method} {request.url.path} {text}"


def _check_caller(request: SandboxRequest, stripe: Stripe) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise refusals.no_key()
    if _same(key, stripe.account.ended_key):
        raise refusals.ended_key()
    if not _same(key, stripe.account.secret_key):
        raise refusals.wrong_key()
    if request.headers.get("stripe-version", API_VERSION) != API_VERSION:
        raise refusals.invalid("Invalid Stripe API version.")


def _same(given: str, own: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), own.encode())


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code or error.kind
    return Response(error.body(), status_code=error.status)
