"""How a fate bends the answer to a request, whatever the provider: before anything is accepted, after it, and when
somebody asks how it stands.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from litestar import MediaType, Request, Response
from litestar.response import Redirect

from portal.sandbox.fates import Answer, Query
from portal.sandbox.prompt import Prompt
from portal.sandbox.requests import Received
from portal.sandbox.results import PAID
from portal.sandbox.sandbox import sandbox_of
from portal.sandbox.server import hang_up
from portal.sandbox.world import World

SandboxRequest = Request[None, None, Any]

UNAVAILABLE_PAGE = "<html><body><h1>503 Service Unavailable</h1></body></html>"
FOREIGN_PAGE = "<html><head><title>Request</title></head><body>Your request was received.</body></html>"


async def note_request(request: SandboxRequest) -> Response[Any] | None:
    """Before each request of a twin: writes it into the log, and lets nothing pass that the gateway keeps.

    Routes say in their `opt` which `provider` and `kind` of request they are.
    """
    world = sandbox_of(request).world
    opt = request.route_handler.opt
    request.state.entry = world.requests.open(opt["provider"], opt["kind"])
    switches = world.network.switches
    answer = Answer.UNAVAILABLE if switches.down else switches.gateway
    if answer == Answer.LATE:
        await world.sleep(world.settings.slow_answer)
    if answer == Answer.HTML:
        request.state.entry.outcome = answer
        return Response(FOREIGN_PAGE, media_type=MediaType.HTML)
    return _instead(answer, request.state.entry)


def without_accepting(answer: str, entry: Received, busy: Callable[[], Exception]) -> Response[Any] | None:
    """The answer after which nothing was accepted; `busy` is how the provider says that it is."""
    if answer == Answer.BUSY:
        raise busy()
    return _instead(answer, entry)


async def accepting(
    request: SandboxRequest, world: World, answer: str, truth: Mapping[str, object], status: int = 200
) -> Response[Any]:
    """The provider's true answer, or what arrives in its place."""
    match answer:
        case Answer.LATE:
            await world.sleep(world.settings.slow_answer)
        case Answer.LOST:
            await hang_up(request)
        case Answer.HTML:
            return Response(FOREIGN_PAGE, media_type=MediaType.HTML)
        case Answer.TRUNCATED:
            return Response(json.dumps(truth)[:60].encode(), media_type=MediaType.JSON, status_code=status)
        case Answer.FOREIGN:
            return Response({"status": "ok", "data": [next(iter(truth))]}, status_code=status)
    return Response(dict(truth), status_code=status)


async def meet_query(
    world: World, prompt: Prompt, *, busy: Callable[[], Exception], unknown: Callable[[], Exception]
) -> None:
    """Raises what the query meets instead of the truth, by fate or by chance."""
    prompt.queries += 1
    if prompt.fate.query is Query.BUSY:
        raise busy()
    if prompt.fate.query is Query.PAID_ONLY and prompt.result != PAID:
        raise unknown()
    if prompt.fate.query is Query.UNKNOWN or world.random.random() < world.network.switches.query_errors:
        raise unknown()
    if prompt.fate.query is Query.HANGS:
        await world.sleep(world.settings.slow_answer)


def _instead(answer: str, entry: Received) -> Response[Any] | None:
    """What comes of a request that goes no further."""
    if answer not in (Answer.UNAVAILABLE, Answer.REDIRECTED):
        return None
    entry.outcome = answer
    if answer == Answer.REDIRECTED:
        return Redirect("/maintenance", status_code=302)
    return Response(UNAVAILABLE_PAGE, status_code=503, media_type=MediaType.HTML)
