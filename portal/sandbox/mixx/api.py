"""The addresses of Mixx by Yas: access token, push and disbursement."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, Router, post
from litestar.di import NamedDependency

from portal.sandbox.answers import SandboxRequest, accepting, note_request, without_accepting
from portal.sandbox.mixx import codes
from portal.sandbox.mixx.payout_route import disburse
from portal.sandbox.mixx.refusals import OAuthError, RefusedError
from portal.sandbox.mixx.twin import Mixx
from portal.sandbox.mixx.validation import read_push
from portal.sandbox.requests import Received
from portal.sandbox.sandbox import the_twin


def routes(company: str) -> Router:
    """The company's short name is a part of every path."""
    return Router(
        f"/{Mixx.name}",
        route_handlers=[
            post(f"/{company}2DM-GetToken", status_code=200, opt={"kind": "token"})(get_token),
            post(f"/{company}2DM-PushBillpay", status_code=200, opt={"kind": "push"})(push_billpay),
            post(f"/{company}2DM-A2W", status_code=200, opt={"kind": "refund"})(disburse),
        ],
        before_request=note_request,
        dependencies={"mixx": the_twin(Mixx.name)},
        exception_handlers={RefusedError: _refused, OAuthError: _unauthorized},
        opt={"provider": Mixx.name},
    )


async def get_token(request: SandboxRequest, mixx: NamedDependency[Mixx]) -> dict[str, object]:
    pairs = parse_qsl((await request.body()).decode("ascii", "replace"), keep_blank_values=True)
    if _media_type(request) != "application/x-www-form-urlencoded" or len(dict(pairs)) != len(pairs):
        raise OAuthError(400, "invalid_request")
    token = mixx.tokens.issue(dict(pairs))
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(mixx.account.token_lifetime),
    }


async def push_billpay(request: SandboxRequest, mixx: NamedDependency[Mixx]) -> Response[Any]:
    _check_caller(request, mixx)
    asked = read_push(await request.body(), mixx.account)
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = asked.msisdn, asked.amount, asked.reference
    network = mixx.world.network
    unaccepted = without_accepting(network.fate_of(asked.msisdn).answer, entry, _busy(asked.reference_id))
    if unaccepted is not None:
        return unaccepted
    prompt = mixx.accept(asked)
    entry.request_id = prompt.request_id
    await network.begin(prompt)
    told = _told(codes.ACCEPTED, prompt.request_id)
    return await accepting(request, mixx.world, prompt.fate.answer, told)


def _check_caller(request: SandboxRequest, mixx: Mixx) -> None:
    """The token is not enough: both credentials travel with every push again."""
    mixx.tokens.check(request.headers.get("authorization"))
    username, password = request.headers.get("username"), request.headers.get("password")
    if not username:
        raise RefusedError(codes.NO_USERNAME)
    if not password:
        raise RefusedError(codes.NO_PASSWORD)
    if (username, password) != (mixx.account.username, mixx.account.password):
        raise RefusedError(codes.INVALID_CREDENTIALS)
    if _media_type(request) != "application/json":
        raise RefusedError(codes.INTERNAL)


def _media_type(request: SandboxRequest) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _busy(reference_id: str) -> Callable[[], Exception]:
    """No code says so; a limit of frequency is the nearest that refuses."""
    return lambda: RefusedError(codes.TOO_FREQUENT, reference_id)


def _told(code: str, reference_id: str) -> dict[str, Any]:
    return {
        "ResponseCode": code,
        "ResponseStatus": code == codes.ACCEPTED,
        "ResponseDescription": codes.WORDS[code],
        "ReferenceID": reference_id,
        "Message": codes.WORDS[code],
    }


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code
    told = _told(error.code, error.reference_id)
    return Response({name: value for name, value in told.items() if value != ""}, status_code=200)


def _unauthorized(request: Request[Any, Any, Any], error: OAuthError) -> Response[Any]:
    request.state.entry.outcome = error.error
    return Response({"error": error.error}, status_code=error.status)
