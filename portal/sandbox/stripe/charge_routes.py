"""A PaymentIntent that a merchant makes to charge a saved card: made, looked at and taken back."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.sandbox.answers import SandboxRequest, meet_query
from portal.sandbox.requests import Received
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.caller import met, once, read_question, read_request
from portal.sandbox.stripe.charge import Charge
from portal.sandbox.stripe.form import Tree
from portal.sandbox.stripe.idempotency import Answer
from portal.sandbox.stripe.objects import Json, charge_json, error_json, intent_json
from portal.sandbox.stripe.requests import CHARGE_EXPANSIONS, read_charge
from portal.sandbox.stripe.twin import Stripe

INTENTS = "/v1/payment_intents"


@post(INTENTS, status_code=200, opt={"kind": "push"})
async def create_charge(request: SandboxRequest, stripe: NamedDependency[Stripe]) -> Response[Any]:
    form, asked = await read_request(request, stripe)
    return await once(request, stripe, asked, lambda: _charge(request, stripe, form))


@get(f"{INTENTS}/{{intent:str}}", opt={"kind": "query"})
async def retrieve_charge(
    request: SandboxRequest, stripe: NamedDependency[Stripe], intent: FromPath[str]
) -> Json:
    expand = await read_question(request, stripe, CHARGE_EXPANSIONS)
    charge = _found(stripe, intent, request)
    missing = refusals.no_such("payment_intent", intent)
    await meet_query(stripe.world, charge, busy=refusals.busy, unknown=lambda: missing)
    return _told(stripe, charge, charge.result_for_query(), expand)


@post(f"{INTENTS}/{{intent:str}}/cancel", status_code=200, opt={"kind": "cancel"})
async def cancel_charge(
    request: SandboxRequest, stripe: NamedDependency[Stripe], intent: FromPath[str]
) -> Json:
    expand = await read_question(request, stripe, CHARGE_EXPANSIONS)
    charge = _found(stripe, intent, request)
    stripe.take_back(charge)
    return _told(stripe, charge, charge.result, expand)


handlers = [create_charge, retrieve_charge, cancel_charge]


async def _charge(request: SandboxRequest, stripe: Stripe, form: Tree) -> tuple[str, Answer] | Response[Any]:
    asked = read_charge(form)
    entry: Received = request.state.entry
    entry.amount = asked.sum.hundredths
    fate = met(stripe, entry, asked.sum.reference)
    if isinstance(fate, Response):
        return fate
    charge = await stripe.charge(asked.sum, stripe.vault.chargeable(asked.customer, asked.method))
    entry.request_id = charge.request_id
    told = _told(stripe, charge, charge.result, asked.expand)
    declined = charge.declined_by(charge.result)
    if declined is None:
        return fate.answer, Answer(200, told)
    entry.outcome = declined
    return fate.answer, Answer(402, {"error": error_json(declined) | {"payment_intent": told}})


def _found(stripe: Stripe, intent: str, request: SandboxRequest) -> Charge:
    request.state.entry.request_id = intent
    charge = stripe.world.network.prompts.get(intent)
    if not isinstance(charge, Charge):
        raise refusals.no_such("payment_intent", intent)
    return charge


def _told(stripe: Stripe, charge: Charge, result: str | None, expand: list[str]) -> Json:
    movement = charge.movement if charge.is_paid_by(result) else None
    taken: object = charge.charge_id if movement else None
    if movement and expand:
        taken = charge_json(charge, movement, stripe.sent_back(movement))
    return intent_json(charge, result, movement, taken)
