"""Money that a merchant sends back: asked for, looked at, and listed by what it belongs to."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.sandbox.answers import SandboxRequest, without_accepting
from portal.sandbox.requests import Received
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.caller import once, read_request
from portal.sandbox.stripe.form import Tree
from portal.sandbox.stripe.idempotency import Answer
from portal.sandbox.stripe.objects import Json
from portal.sandbox.stripe.refund import refund_json
from portal.sandbox.stripe.requests import NOTHING, REFUNDS, read_refund
from portal.sandbox.stripe.twin import Stripe

ROUTE = "/v1/refunds"
MOST = 100


@post(ROUTE, status_code=200, opt={"kind": "refund"})
async def create_refund(request: SandboxRequest, stripe: NamedDependency[Stripe]) -> Response[Any]:
    form, asked = await read_request(request, stripe)
    return await once(request, stripe, asked, lambda: _refund(request, stripe, form))


@get(f"{ROUTE}/{{refund_id:str}}", opt={"kind": "query"})
async def retrieve_refund(
    request: SandboxRequest, stripe: NamedDependency[Stripe], refund_id: FromPath[str]
) -> Json:
    form, _ = await read_request(request, stripe)
    NOTHING(form, "")
    found = next((one for one in stripe.refunds() if one.request_id == refund_id), None)
    if found is None:
        raise refusals.no_such("refund", refund_id)
    return refund_json(found)


@get(ROUTE, opt={"kind": "query"})
async def list_refunds(request: SandboxRequest, stripe: NamedDependency[Stripe]) -> Json:
    """The newest first."""
    form, _ = await read_request(request, stripe)
    fields = REFUNDS(form, "")
    most = fields.get("limit", 10)
    if not 1 <= most <= MOST:
        raise refusals.wrong_parameter("limit", "integer")
    intent = fields.get("payment_intent")
    found = [refund_json(one) for one in stripe.refunds() if intent in (None, one.payment.receipt)]
    return {"object": "list", "data": found[::-1][:most], "has_more": len(found) > most, "url": ROUTE}


handlers = [create_refund, retrieve_refund, list_refunds]


async def _refund(request: SandboxRequest, stripe: Stripe, form: Tree) -> tuple[str, Answer] | Response[Any]:
    asked, answer = read_refund(form), stripe.world.network.switches.refund_answer
    entry: Received = request.state.entry
    entry.amount, entry.reference = asked.hundredths, asked.metadata.get("refund")
    unaccepted = without_accepting(answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    refund = stripe.refund(asked)
    entry.request_id = refund.request_id
    return answer, Answer(200, refund_json(refund))
