"""Airtel's routes for money that goes back: a refund of all that was paid, a disbursement, and its enquiry."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from portal.sandbox.airtel import refunds, refusals
from portal.sandbox.airtel.caller import check_caller, fields_of, fine
from portal.sandbox.airtel.refunds import LETTERS, code_of, read_disbursement, read_refund
from portal.sandbox.airtel.refusals import RefusedError
from portal.sandbox.airtel.twin import Airtel
from portal.sandbox.answers import SandboxRequest, accepting, without_accepting
from portal.sandbox.prompt import Refund
from portal.sandbox.requests import Received
from portal.sandbox.results import PAID

DISBURSEMENTS = "/standard/v2/disbursements"


@post("/standard/v1/payments/refund", status_code=200, opt={"kind": "refund"})
async def refund(request: SandboxRequest, airtel: NamedDependency[Airtel]) -> Response[Any]:
    """Decided at once; `success` is false beside SUCCESS, as the documents print it."""
    check_caller(request, airtel)
    receipt = read_refund(await fields_of(request))
    answer, entry = airtel.world.network.switches.refund_answer, request.state.entry
    entry.reference = receipt
    unaccepted = without_accepting(answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    back = airtel.reverse(receipt)
    if back.movement is None:
        code = airtel.code(back.result or "")
        raise RefusedError(code, "The refund failed.")
    told = {"airtel_money_id": back.movement.receipt, "status": "SUCCESS"}
    status = {"code": "200", "message": "SUCCESS", "result_code": "ESB000010", "success": False}
    return await accepting(request, airtel.world, answer, {"data": {"transaction": told}, "status": status})


@post(f"{DISBURSEMENTS}/", status_code=200, opt={"kind": "refund"})
async def disburse(request: SandboxRequest, airtel: NamedDependency[Airtel]) -> Response[Any]:
    """Under way, or done at once, as it comes."""
    if not request.scope["raw_path"].endswith(b"/"):
        raise NotFoundException
    check_caller(request, airtel)
    asked = read_disbursement(await fields_of(request), airtel.account)
    answer = airtel.world.network.switches.refund_answer
    entry: Received = request.state.entry
    entry.msisdn, entry.amount, entry.reference = asked.msisdn, asked.amount, asked.reference
    entry.request_id = asked.id
    unaccepted = without_accepting(answer, entry, refusals.busy)
    if unaccepted is not None:
        return unaccepted
    back = airtel.pay_out(asked, at_once=airtel.world.random.choice([False, True]))
    if back.result not in (None, PAID):
        raise RefusedError(code_of(back.result), "The disbursement failed.")
    told = {"id": asked.id, "reference_id": asked.reference, "status": "SUCCESS"}
    code = code_of(back.result)
    return await accepting(
        request, airtel.world, answer, {"data": {"transaction": told}, "status": fine(code)}
    )


@get(f"{DISBURSEMENTS}/{{payout_id:str}}", opt={"kind": "query"})
async def enquire_payout(
    request: SandboxRequest, airtel: NamedDependency[Airtel], payout_id: FromPath[str]
) -> dict[str, object]:
    """A minute is asked for before the first; an earlier one is answered all the same."""
    check_caller(request, airtel)
    request.state.entry.request_id = payout_id
    back = airtel.world.network.refunds.get(payout_id)
    if request.query_params.get("transactionType") != "B2C" or not isinstance(back, Refund):
        raise refunds.not_found()
    code = code_of(back.result)
    told = {"id": payout_id, "status": LETTERS.get(code, "TF")}
    if back.movement:
        told["airtel_money_id"] = back.movement.receipt
    return {"data": {"transaction": told}, "status": fine(code)}


handlers = [refund, disburse, enquire_payout]
