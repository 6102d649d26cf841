"""Daraja's routes: access token, STK push and STK query, and money that goes back."""

from typing import Any, cast

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.sandbox.answers import SandboxRequest, accepting, meet_query, note_request, without_accepting
from portal.sandbox.daraja import refund_routes, refusals
from portal.sandbox.daraja.caller import read_body
from portal.sandbox.daraja.codes import PROCESSING, words
from portal.sandbox.daraja.refusals import RefusedError
from portal.sandbox.daraja.twin import Daraja
from portal.sandbox.daraja.validation import read_push, read_query
from portal.sandbox.prompt import Prompt
from portal.sandbox.requests import Received
from portal.sandbox.sandbox import sandbox_of, the_twin

ACCEPTED = "Success. Request accepted for processing"


def routes() -> Router:
    return Router(
        f"/{Daraja.name}",
        route_handlers=[generate_token, process_request, query, *refund_routes.handlers],
        before_request=note_request,
        dependencies={"daraja": the_twin(Daraja.name)},
        exception_handlers={RefusedError: _refused},
        opt={"provider": Daraja.name},
    )


@get("/oauth/v1/generate", opt={"kind": "token"})
async def generate_token(
    request: SandboxRequest, daraja: NamedDependency[Daraja], grant_type: FromQuery[str | None] = None
) -> dict[str, object]:
    token = daraja.tokens.issue(request.headers.get("authorization"), grant_type)
    lifetime = int(daraja.account.token_lifetime)
    is_text = daraja.world.network.switches.expires_as_text
    return {"access_token": token, "expires_in": str(lifetime) if is_text else lifetime}


@post("/mpesa/stkpush/v1/processrequest", status_code=200, opt={"kind": "push"})
async def process_request(request: SandboxRequest, daraja: NamedDependency[Daraja]) -> Response[Any]:
    world = daraja.world
    push = read_push(await read_body(request, daraja), daraja.account, world.clock())
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = push.msisdn, push.amount, push.reference
    unaccepted = without_accepting(world.network.fate_of(push.msisdn).answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    prompt = daraja.accept(push)
    entry.request_id = prompt.request_id
    await world.network.begin(prompt)
    return await accepting(request, world, prompt.fate.answer, _accepted(prompt))


@post("/mpesa/stkpushquery/v1/query", status_code=200, opt={"kind": "query"})
async def query(request: SandboxRequest, daraja: NamedDependency[Daraja]) -> dict[str, str]:
    body = await read_body(request, daraja)
    entry: Received = request.state.entry
    entry.request_id = read_query(body, daraja.account, daraja.world.clock())
    prompt = daraja.world.network.prompts.get(entry.request_id)
    if prompt is None:
        raise refusals.does_not_exist()
    entry.msisdn = prompt.push.msisdn
    await meet_query(daraja.world, prompt, busy=refusals.busy, unknown=refusals.does_not_exist)
    if prompt.in_flight and prompt.queries % 3 != 1:
        raise _in_flight_refusal(prompt)
    return _status(prompt)


def _accepted(prompt: Prompt) -> dict[str, str]:
    return {
        "MerchantRequestID": prompt.ids["MerchantRequestID"],
        "CheckoutRequestID": prompt.request_id,
        "ResponseCode": "0",
        "ResponseDescription": ACCEPTED,
        "CustomerMessage": ACCEPTED,
    }


def _in_flight_refusal(prompt: Prompt) -> RefusedError:
    """Of three queries in flight one hears 4999, one HTTP 500, one the same with HTTP 200 and no words."""
    return refusals.being_processed() if prompt.queries % 3 == 2 else refusals.being_processed_without_words()


def _status(prompt: Prompt) -> dict[str, str]:
    result = prompt.result_for_query()
    code = prompt.twin.code(result) if result else PROCESSING
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": prompt.ids["MerchantRequestID"],
        "CheckoutRequestID": prompt.request_id,
        "ResultCode": code,
        "ResultDesc": words(code, in_query=True),
    }


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code
    return cast("Daraja", sandbox_of(request).twins[Daraja.name]).refused(error)
