"""AzamPay's routes, below the three hosts that they have in the world."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency

from portal.sandbox.answers import SandboxRequest, accepting, meet_query, note_request, without_accepting
from portal.sandbox.azampay import refusals
from portal.sandbox.azampay.refusals import RefusedError
from portal.sandbox.azampay.signing import public_pem
from portal.sandbox.azampay.twin import TRANSACTION, AzamPay
from portal.sandbox.azampay.validation import read_object, read_push
from portal.sandbox.prompt import Prompt
from portal.sandbox.requests import Received
from portal.sandbox.sandbox import the_twin


def routes() -> Router:
    return Router(
        f"/{AzamPay.name}",
        route_handlers=[generate_token, mno_checkout, public_key, transaction_status],
        before_request=note_request,
        dependencies={"azampay": the_twin(AzamPay.name)},
        exception_handlers={RefusedError: _refused},
        opt={"provider": AzamPay.name},
    )


@post("/authenticator/AppRegistration/GenerateToken", status_code=200, opt={"kind": "token"})
async def generate_token(request: SandboxRequest, azampay: NamedDependency[AzamPay]) -> dict[str, object]:
    token, ends = azampay.tokens.issue(await _fields(request))
    told = {"accessToken": token, "expire": ends.isoformat()}
    return {"data": told, "message": "Token generated", "success": True, "statusCode": 200}


@post("/checkout/azampay/mno/checkout", status_code=200, opt={"kind": "push"})
async def mno_checkout(request: SandboxRequest, azampay: NamedDependency[AzamPay]) -> Response[Any]:
    _check_caller(request, azampay)
    asked = read_push(await _fields(request))
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = asked.msisdn, asked.amount, asked.external_id
    entry.request_id = asked.external_id
    azampay.check_new(asked)
    network = azampay.world.network
    unaccepted = without_accepting(network.fate_of(asked.msisdn).answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    prompt = azampay.accept(asked)
    await network.begin(prompt)
    return await accepting(request, azampay.world, prompt.fate.answer, _accepted(prompt))


@get("/checkout/azampay/v1/public-key", opt={"kind": "key"})
async def public_key(request: SandboxRequest, azampay: NamedDependency[AzamPay]) -> dict[str, object]:
    _check_caller(request, azampay)
    return {"success": True, "format": "Pem", "publicKey": public_pem(azampay.key)}


@get("/disbursement/api/v1/azampay/transactionstatus", opt={"kind": "query"})
async def transaction_status(request: SandboxRequest, azampay: NamedDependency[AzamPay]) -> dict[str, object]:
    """Asked by the merchant's id or by AzamPay's own."""
    _check_caller(request, azampay)
    asked = request.query_params
    prompt = azampay.find(asked.get("externalId", ""), asked.get("pgReferenceId", ""))
    request.state.entry.request_id = prompt.request_id if prompt else ""
    if prompt is None:
        raise refusals.not_found()
    request.state.entry.msisdn = prompt.push.msisdn
    await meet_query(azampay.world, prompt, busy=refusals.busy, unknown=refusals.not_found)
    result = prompt.result_for_query()
    word = azampay.code(result) if result else ""
    return {"data": word, "message": "Transaction status", "success": True, "statusCode": 200}


async def _fields(request: SandboxRequest) -> dict[str, object]:
    return read_object(await request.body(), request.headers.get("content-type", ""))


def _check_caller(request: SandboxRequest, azampay: AzamPay) -> None:
    azampay.tokens.check(request.headers.get("authorization"), request.headers.get("x-api-key"))


def _accepted(prompt: Prompt) -> dict[str, object]:
    return {
        "success": True,
        "transactionId": prompt.ids[TRANSACTION],
        "message": "Your request has been received and is being processed.",
    }


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the words."""
    request.state.entry.outcome = error.message
    return Response(error.body(), status_code=error.status)
