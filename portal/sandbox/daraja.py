"""The simulated Daraja: access token, STK push and STK query, as strict as the documented wire format.

It departs from Daraja in exactly three things:
1. numbers are 255XXXXXXXXX, and 254XXXXXXXXX is accepted too;
2. amounts are whole Tanzanian shillings;
3. the limit per push is TZS 3,000,000, from one table (`validation.LIMITS_PER_PUSH`).
"""

import json
from typing import Any

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from portal.sandbox import refusals
from portal.sandbox.fates import Answer, Fate, Query, Twist
from portal.sandbox.prompt import Prompt
from portal.sandbox.refusals import RefusedError
from portal.sandbox.requests import Received
from portal.sandbox.results import PROCESSING, words
from portal.sandbox.server import hang_up
from portal.sandbox.validation import read_push, read_query
from portal.sandbox.world import World

SandboxRequest = Request[None, None, Any]

ACCEPTED = "Success. Request accepted for processing"
UNAVAILABLE_PAGE = "<html><body><h1>503 Service Unavailable</h1></body></html>"
FOREIGN_PAGE = "<html><head><title>Request</title></head><body>Your request was received.</body></html>"


def note_request(request: SandboxRequest) -> Response[str] | None:
    """Writes the request into the log, and lets nothing pass while the provider is down."""
    world: World = request.app.state.world
    request.state.entry = world.requests.open(request.url.path)
    if not world.network.switches.down:
        return None
    request.state.entry.outcome = Answer.UNAVAILABLE
    return _unavailable()


@get("/oauth/v1/generate")
async def generate_token(
    request: SandboxRequest, world: NamedDependency[World], grant_type: FromQuery[str | None] = None
) -> dict[str, object]:
    token = world.tokens.issue(request.headers.get("authorization"), grant_type)
    lifetime = int(world.settings.token_lifetime)
    return {
        "access_token": token,
        "expires_in": str(lifetime) if world.network.switches.expires_as_text else lifetime,
    }


@post("/mpesa/stkpush/v1/processrequest", status_code=200)
async def process_request(request: SandboxRequest, world: NamedDependency[World]) -> Response[Any]:
    body = await _read(request, world)
    push = read_push(body, world.settings, world.clock())
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = push.msisdn, push.amount, push.reference
    fate = world.network.fate_of(push.msisdn)
    unaccepted = _answer_without_accepting(fate, entry)
    if unaccepted is not None:
        return unaccepted
    prompt = world.network.accept(push)
    entry.checkout_id = prompt.checkout_id
    await _begin(prompt, world)
    return await _answer(request, world, prompt)


@post("/mpesa/stkpushquery/v1/query", status_code=200)
async def query(request: SandboxRequest, world: NamedDependency[World]) -> dict[str, str]:
    body = await _read(request, world)
    entry: Received = request.state.entry
    entry.checkout_id = read_query(body, world.settings, world.clock())
    prompt = world.network.prompts.get(entry.checkout_id)
    if prompt is None:
        raise refusals.does_not_exist()
    entry.msisdn = prompt.push.msisdn
    await _play_query(prompt, world)
    return _status(prompt)


async def _read(request: SandboxRequest, world: World) -> bytes:
    world.tokens.check(request.headers.get("authorization"))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise refusals.invalid_payload()
    return await request.body()


def _answer_without_accepting(fate: Fate, entry: Received) -> Response[Any] | None:
    if fate.answer is Answer.BUSY:
        raise refusals.busy()
    if fate.answer is Answer.UNAVAILABLE:
        entry.outcome = fate.answer
        return _unavailable()
    if fate.answer is Answer.REDIRECTED:
        entry.outcome = fate.answer
        return Redirect("/maintenance", status_code=302)
    return None


async def _begin(prompt: Prompt, world: World) -> None:
    """The payer acts in the background, except where the callback must overtake the answer."""
    if Twist.EARLY in prompt.twists:
        await world.network.play(prompt)
    else:
        world.network.errands.start(world.network.play(prompt))


async def _answer(request: SandboxRequest, world: World, prompt: Prompt) -> Response[Any]:
    answer = {
        "MerchantRequestID": prompt.merchant_id,
        "CheckoutRequestID": prompt.checkout_id,
        "ResponseCode": "0",
        "ResponseDescription": ACCEPTED,
        "CustomerMessage": ACCEPTED,
    }
    match prompt.fate.answer:
        case Answer.LATE:
            await world.sleep(world.settings.slow_answer)
        case Answer.LOST:
            await hang_up(request)
        case Answer.HTML:
            return Response(FOREIGN_PAGE, media_type=MediaType.HTML)
        case Answer.TRUNCATED:
            return Response(json.dumps(answer)[:60].encode(), media_type=MediaType.JSON)
        case Answer.FOREIGN:
            return Response({"status": "ok", "data": [answer["ResponseCode"]]})
    return Response(answer)


async def _play_query(prompt: Prompt, world: World) -> None:
    """Raises what the query meets instead of the truth, in flight or by fate."""
    prompt.queries += 1
    if prompt.fate.query is Query.BUSY:
        raise refusals.busy()
    if prompt.fate.query is Query.UNKNOWN or world.random.random() < world.network.switches.query_errors:
        raise refusals.does_not_exist()
    if prompt.fate.query is Query.HANGS:
        await world.sleep(world.settings.slow_answer)
    if prompt.in_flight and prompt.queries % 3 != 1:
        raise _in_flight_refusal(prompt)


def _in_flight_refusal(prompt: Prompt) -> RefusedError:
    """Of three queries in flight one hears 4999, one HTTP 500, one the same with HTTP 200 and no words."""
    return refusals.being_processed() if prompt.queries % 3 == 2 else refusals.being_processed_without_words()


def _status(prompt: Prompt) -> dict[str, str]:
    code = _known_to_queries(prompt)
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": prompt.merchant_id,
        "CheckoutRequestID": prompt.checkout_id,
        "ResultCode": code,
        "ResultDesc": words(code, in_query=True),
    }


def _known_to_queries(prompt: Prompt) -> str:
    if prompt.result is None or prompt.lag > 0:
        prompt.lag -= prompt.result is not None
        return PROCESSING
    return prompt.result


def _unavailable() -> Response[str]:
    return Response(UNAVAILABLE_PAGE, status_code=503, media_type=MediaType.HTML)


daraja = Router("/", route_handlers=[generate_token, process_request, query], before_request=note_request)
