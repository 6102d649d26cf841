"""Airtel's routes: access token, USSD push and enquiry, and money that goes back."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from portal.sandbox.airtel import refund_routes, refusals
from portal.sandbox.airtel.caller import check_caller, fields_of, fine
from portal.sandbox.airtel.codes import IN_PROCESS, letters, words
from portal.sandbox.airtel.refusals import RefusedError, UnauthorizedError
from portal.sandbox.airtel.twin import Airtel
from portal.sandbox.airtel.validation import read_push
from portal.sandbox.answers import SandboxRequest, accepting, meet_query, note_request, without_accepting
from portal.sandbox.prompt import Prompt
from portal.sandbox.requests import Received
from portal.sandbox.sandbox import the_twin


def routes() -> Router:
    return Router(
        f"/{Airtel.name}",
        route_handlers=[generate_token, pay, enquire, *refund_routes.handlers],
        before_request=note_request,
        dependencies={"airtel": the_twin(Airtel.name)},
        exception_handlers={RefusedError: _refused, UnauthorizedError: _unauthorized},
        opt={"provider": Airtel.name},
    )


@post("/auth/oauth2/token", status_code=200, opt={"kind": "token"})
async def generate_token(request: SandboxRequest, airtel: NamedDependency[Airtel]) -> dict[str, object]:
    """`expires_in` is text, always."""
    token = airtel.tokens.issue(await fields_of(request))
    lifetime = str(int(airtel.account.token_lifetime))
    return {"access_token": token, "expires_in": lifetime, "token_type": "bearer"}


@post("/merchant/v1/payments/", status_code=200, opt={"kind": "push"})
async def pay(request: SandboxRequest, airtel: NamedDependency[Airtel]) -> Response[Any]:
    if not request.scope["raw_path"].endswith(b"/"):
        raise NotFoundException
    check_caller(request, airtel)
    asked = read_push(await fields_of(request))
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = asked.msisdn, asked.amount, asked.reference
    entry.request_id = asked.id
    airtel.check_new(asked)
    network = airtel.world.network
    unaccepted = without_accepting(network.fate_of(asked.msisdn).answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    prompt = airtel.accept(asked)
    await network.begin(prompt)
    return await accepting(request, airtel.world, prompt.fate.answer, _accepted(airtel, prompt))


@get("/standard/v1/payments/{payment_id:str}", opt={"kind": "query"})
async def enquire(
    request: SandboxRequest, airtel: NamedDependency[Airtel], payment_id: FromPath[str]
) -> dict[str, object]:
    """Three minutes are asked for before the first; an earlier one is answered all the same."""
    check_caller(request, airtel)
    request.state.entry.request_id = payment_id
    prompt = airtel.find(payment_id)
    if prompt is None:
        raise refusals.not_found()
    request.state.entry.msisdn = prompt.push.msisdn
    await meet_query(airtel.world, prompt, busy=refusals.not_fetched, unknown=refusals.not_found)
    return _status(prompt)


def _accepted(airtel: Airtel, prompt: Prompt) -> dict[str, object]:
    """The id is `false` as often as not."""
    told_id = airtel.world.random.choice([False, prompt.request_id])
    return {"data": {"transaction": {"id": told_id, "status": "SUCCESS"}}, "status": fine(IN_PROCESS)}


def _status(prompt: Prompt) -> dict[str, object]:
    result = prompt.result_for_query()
    code = prompt.twin.code(result) if result else IN_PROCESS
    told = {"id": prompt.request_id, "message": words(code), "status": letters(code)}
    if prompt.movement and letters(code) == "TS":
        told["airtel_money_id"] = prompt.movement.receipt
    return {"data": {"transaction": told}, "status": fine(code)}


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code
    return Response(error.body(), status_code=error.status)


def _unauthorized(request: Request[Any, Any, Any], error: UnauthorizedError) -> Response[Any]:
    request.state.entry.outcome = error.error
    return Response(error.body(), status_code=401)
