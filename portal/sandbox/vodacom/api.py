"""Vodacom's routes: session, push, query, reversal and payout."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency

from portal.sandbox.answers import SandboxRequest, accepting, meet_query, note_request, without_accepting
from portal.sandbox.fates import Answer
from portal.sandbox.prompt import Prompt, Refund, Transaction
from portal.sandbox.requests import Received
from portal.sandbox.sandbox import the_twin
from portal.sandbox.vodacom.codes import query_word, status_of, words
from portal.sandbox.vodacom.refusals import RefusedError, UnauthorizedError
from portal.sandbox.vodacom.twin import Vodacom, refused_fields
from portal.sandbox.vodacom.validation import (
    CONVERSATION,
    PAYOUT_FIELDS,
    PUSH_FIELDS,
    QUERY_FIELDS,
    REVERSAL_FIELDS,
    Rule,
    checked,
    read_body,
)

ENVIRONMENTS = ("sandbox", "openapi")
"""The paths of Vodacom's sandbox and of its production; the twin answers at both."""


def routes() -> list[Router]:
    return [_routes(environment) for environment in ENVIRONMENTS]


def _routes(environment: str) -> Router:
    return Router(
        f"/{Vodacom.name}/{environment}/ipg/v2/vodacomTZN",
        route_handlers=[get_session, pay, query, reverse, pay_out],
        before_request=note_request,
        dependencies={"vodacom": the_twin(Vodacom.name)},
        exception_handlers={RefusedError: _refused, UnauthorizedError: _unauthorized},
        opt={"provider": Vodacom.name},
    )


@get("/getSession", opt={"kind": "token"})
async def get_session(request: SandboxRequest, vodacom: NamedDependency[Vodacom]) -> dict[str, str]:
    _check_headers(request, vodacom)
    session = vodacom.sessions.open(request.headers.get("authorization"))
    return {
        "output_ResponseCode": "INS-0",
        "output_ResponseDesc": words("INS-0"),
        "output_SessionID": session,
    }


@post("/c2bPayment/singleStage", status_code=201, opt={"kind": "push"})
async def pay(request: SandboxRequest, vodacom: NamedDependency[Vodacom]) -> Response[Any]:
    fields = await _read(request, vodacom, PUSH_FIELDS)
    fate, entry = vodacom.fate_of(fields["input_CustomerMSISDN"]), request.state.entry
    unaccepted = without_accepting(fate.answer, entry, _busy)
    if unaccepted is not None:
        return unaccepted
    prompt = vodacom.accept(fields, fate)
    _note(entry, prompt)
    await vodacom.world.network.begin(prompt)
    return await _answer(request, vodacom, prompt, fate.answer)


@get("/queryTransactionStatus", opt={"kind": "query"})
async def query(request: SandboxRequest, vodacom: NamedDependency[Vodacom]) -> dict[str, str]:
    fields = _read_query(request, vodacom)
    found = vodacom.find(fields["input_QueryReference"])
    if found is None:
        raise RefusedError("INS-23")
    _note(request.state.entry, found)
    result = await _known_result(vodacom, found) if isinstance(found, Prompt) else found.result
    return {
        "output_ResponseCode": "INS-0",
        "output_ResponseDesc": words("INS-0"),
        "output_ResponseTransactionStatus": query_word(result),
        "output_ConversationID": vodacom.conversation_id(),
        "output_ThirdPartyConversationID": fields[CONVERSATION],
        "output_OriginalTransactionID": found.movement.receipt if found.movement and result else "N/A",
        "output_Reversed": "true" if vodacom.is_reversed(found) else "false",
    }


@put("/reversal", status_code=201, opt={"kind": "refund"})
async def reverse(request: SandboxRequest, vodacom: NamedDependency[Vodacom]) -> Response[Any]:
    fields = await _read(request, vodacom, REVERSAL_FIELDS)
    answer = vodacom.world.network.switches.refund_answer
    return without_accepting(answer, request.state.entry, _busy) or await _sent_back(
        request, vodacom, vodacom.reverse(fields)
    )


@post("/b2cPayment", status_code=201, opt={"kind": "refund"})
async def pay_out(request: SandboxRequest, vodacom: NamedDependency[Vodacom]) -> Response[Any]:
    fields = await _read(request, vodacom, PAYOUT_FIELDS)
    vodacom.fate_of(fields["input_CustomerMSISDN"])
    answer = vodacom.world.network.switches.refund_answer
    return without_accepting(answer, request.state.entry, _busy) or await _sent_back(
        request, vodacom, vodacom.pay_out(fields)
    )


async def _read(request: SandboxRequest, vodacom: Vodacom, rules: Mapping[str, Rule]) -> dict[str, str]:
    _check_caller(request, vodacom)
    fields = read_body(await request.body(), rules)
    request.state.conversation_id = fields[CONVERSATION]
    vodacom.check_own(fields)
    return fields


def _read_query(request: SandboxRequest, vodacom: Vodacom) -> dict[str, str]:
    _check_caller(request, vodacom)
    given = list(request.query_params.multi_items())
    if len(dict(given)) != len(given):
        raise RefusedError("INS-21")
    fields = checked(dict(given), QUERY_FIELDS)
    request.state.conversation_id = fields[CONVERSATION]
    vodacom.check_own(fields)
    return fields


def _check_caller(request: SandboxRequest, vodacom: Vodacom) -> None:
    vodacom.sessions.check(request.headers.get("authorization"))
    _check_headers(request, vodacom)


def _check_headers(request: SandboxRequest, vodacom: Vodacom) -> None:
    """On every call, those without a body too."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    origin = request.headers.get("origin", "")
    if media_type != "application/json" or not origin or vodacom.account.origin not in ("*", origin):
        raise RefusedError("INS-21")


def _note(entry: Received, transaction: Transaction) -> None:
    push = transaction.push
    entry.msisdn, entry.amount, entry.reference = push.msisdn, push.amount, push.reference
    entry.request_id = transaction.request_id


async def _sent_back(request: SandboxRequest, vodacom: Vodacom, refund: Refund) -> Response[Any]:
    _note(request.state.entry, refund)
    return await _answer(request, vodacom, refund, vodacom.world.network.switches.refund_answer)


async def _answer(
    request: SandboxRequest, vodacom: Vodacom, transaction: Transaction, answer: str
) -> Response[Any]:
    """Accepted, where a callback will tell the end; where none is registered, the end itself, once it is there."""
    if answer not in (Answer.LOST, Answer.HTML) and not transaction.push.callback_url:
        await transaction.over.wait()
        code = transaction.code or ""
        transaction_id = transaction.movement.receipt if transaction.movement else "N/A"
    else:
        code, transaction_id = "INS-0", vodacom.no_id()
    told = {
        "output_ResponseCode": code,
        "output_ResponseDesc": words(code),
        "output_ConversationID": transaction.request_id,
        "output_ThirdPartyConversationID": transaction.ids[CONVERSATION],
    } | ({"output_TransactionID": transaction_id} if transaction_id else {})
    return await accepting(request, vodacom.world, answer, told, status_of(code))


async def _known_result(vodacom: Vodacom, prompt: Prompt) -> str | None:
    """Every second query in flight comes before the transaction is indexed."""
    await meet_query(vodacom.world, prompt, busy=_busy, unknown=_not_found)
    result = prompt.result_for_query()
    if result is None and prompt.queries % 2 == 0:
        raise _not_found()
    return result


def _busy() -> RefusedError:
    """No code says so; this one is documented as saying nothing about what became of a request."""
    return RefusedError("INS-1")


def _not_found() -> RefusedError:
    return RefusedError("INS-23")


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code
    conversation_id = request.state.get("conversation_id", error.conversation_id)
    return Response(refused_fields(error.code, conversation_id), status_code=status_of(error.code))


def _unauthorized(request: Request[Any, Any, Any], _: UnauthorizedError) -> Response[Any]:
    request.state.entry.outcome = "401"
    return Response({"output_error": "Unauthorized"}, status_code=401)
