"""Daraja's routes for money that goes back: reversal, payout (B2C) and Transaction Status. All are only accepted here:
how they ended comes to the ResultURL.
"""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency

from portal.sandbox.answers import SandboxRequest, accepting, without_accepting
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.caller import read_body
from portal.sandbox.daraja.refunds import OURS, read_payout, read_reversal, read_status_query
from portal.sandbox.daraja.twin import Daraja
from portal.sandbox.prompt import Refund
from portal.sandbox.requests import Received


@post("/mpesa/reversal/v1/request", status_code=200, opt={"kind": "refund"})
async def reverse(request: SandboxRequest, daraja: NamedDependency[Daraja]) -> Response[Any]:
    wanted = read_reversal(await read_body(request, daraja), daraja.account)
    unaccepted = _unaccepted(request, daraja)
    return unaccepted or await _accepted(request, daraja, daraja.refunds.reverse(wanted))


@post("/mpesa/b2c/v3/paymentrequest", status_code=200, opt={"kind": "refund"})
async def pay_out(request: SandboxRequest, daraja: NamedDependency[Daraja]) -> Response[Any]:
    wanted = read_payout(await read_body(request, daraja), daraja.account)
    daraja.refunds.check_new(wanted)
    unaccepted = _unaccepted(request, daraja)
    return unaccepted or await _accepted(request, daraja, daraja.refunds.pay_out(wanted))


@post("/mpesa/transactionstatus/v1/query", status_code=200, opt={"kind": "query"})
async def ask_status(request: SandboxRequest, daraja: NamedDependency[Daraja]) -> dict[str, str]:
    """What nobody knows is answered by silence."""
    wanted = read_status_query(await read_body(request, daraja), daraja.account)
    conversation, ours = daraja.refunds.answer(wanted)
    return _taken(conversation, ours)


handlers = [reverse, pay_out, ask_status]


def _unaccepted(request: SandboxRequest, daraja: Daraja) -> Response[Any] | None:
    answer = daraja.world.network.switches.refund_answer
    return without_accepting(answer, request.state.entry, refusals.busy)


async def _accepted(request: SandboxRequest, daraja: Daraja, refund: Refund) -> Response[Any]:
    entry: Received = request.state.entry
    push = refund.push
    entry.msisdn, entry.amount, entry.reference = push.msisdn, push.amount, push.reference
    entry.request_id = refund.request_id
    answer = daraja.world.network.switches.refund_answer
    return await accepting(request, daraja.world, answer, _taken(refund.request_id, refund.ids[OURS]))


def _taken(conversation: str, ours: str) -> dict[str, str]:
    return {
        OURS: ours,
        "ConversationID": conversation,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }
