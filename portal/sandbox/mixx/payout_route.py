"""The address at which Mixx by Yas takes a disbursement: XML in and out, and decided at once."""

from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from portal.sandbox.answers import SandboxRequest, accepting, without_accepting
from portal.sandbox.fates import Answer
from portal.sandbox.mixx.payouts import (
    DUPLICATE,
    HOLD,
    RefusedPayoutError,
    answer,
    read_disbursement,
    status_of,
)
from portal.sandbox.mixx.twin import Mixx
from portal.sandbox.requests import Received

XML = "text/xml; charset=utf-8"
FOREIGN = "<COMMAND><TYPE>OK</TYPE></COMMAND>"
HALF = 60


async def disburse(request: SandboxRequest, mixx: NamedDependency[Mixx]) -> Response[Any]:
    entry: Received = request.state.entry
    try:
        return await _disbursed(request, mixx, entry)
    except RefusedPayoutError as refusal:
        entry.outcome = refusal.status
        return _xml(answer(refusal.reference_id, refusal.status))


async def _disbursed(request: SandboxRequest, mixx: Mixx, entry: Received) -> Response[Any]:
    asked, network = read_disbursement(await request.body(), mixx.account), mixx.world.network
    entry.msisdn, entry.amount, entry.reference = asked.msisdn, asked.amount, asked.reference_id
    if asked.reference_id in network.refunds:
        raise RefusedPayoutError(DUPLICATE, asked.reference_id)
    arrives = network.switches.refund_answer
    unaccepted = without_accepting(arrives, entry, lambda: RefusedPayoutError(HOLD, asked.reference_id))
    if unaccepted is not None:
        return unaccepted
    back = mixx.pay_out(asked)
    told = answer(asked.reference_id, status_of(back.result), back.movement.receipt if back.movement else "")
    match arrives:
        case Answer.ACCEPTED:
            return _xml(told)
        case Answer.LATE:
            await mixx.world.sleep(mixx.world.settings.slow_answer)
            return _xml(told)
        case Answer.TRUNCATED:
            return _xml(told[:HALF])
        case Answer.FOREIGN:
            return _xml(FOREIGN)
        case _:
            return await accepting(request, mixx.world, arrives, {})


def _xml(text: str) -> Response[Any]:
    return Response(text.encode(), media_type=XML)
