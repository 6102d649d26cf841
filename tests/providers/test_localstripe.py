"""A second opinion about Stripe: our reading of its API held against localstripe, which other people wrote.

It has customers, cards, PaymentIntents, SetupIntents, refunds and a few signed events. What it does not have, and only
our own twin plays: Checkout Sessions, so neither page; idempotency, so the same request twice is two; the parameters
`description` and `allowed_payment_method_types`; a `card_error` with its `decline_code` and PaymentIntent, and the 402
of a bank that wants the owner of a card (it answers `requires_action`); `resource_missing` and `param` with what is
not there; `amount_received`, without which no money counts for us; events of sessions, of refunds, or in the present
version of the API.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
import stripe

from portal.domain.card import CardFace
from portal.domain.outcome import Accepted, NotPaid, NotSent, Paid, Pending, Reason, Rejected, Unknown
from portal.providers.provider import CallbackForged, CardRequest, Inquiry, Instruction
from portal.providers.stripe_cards import StripeCards
from portal.providers.stripe_charge import charge_of, charged
from portal.providers.stripe_codes import Refusal, Told
from portal.providers.stripe_event import Event, heard_in
from portal.providers.stripe_saved_card import read_token
from portal.providers.stripe_wire import API_VERSION, answer_to, stripe_client
from portal.providers.wire import Breaker, Wire
from tests.makers import a_reference
from tests.providers.stripe import WEBHOOK_SECRET, card_instruction, stripe_config
from tests.sandbox.merchant import listening
from tests.sandbox.running import until

GOOD, DECLINED_LATER, GUARDED = "4242424242424242", "4000000000000341", "4000002760003184"
UNKNOWN_TO_IT = ("allowed_payment_method_types", "description")
NOBODY = "cus_0000000000/pm_0000000000"
KEY = "sk_test_of0the0tests"
_references = map(a_reference, count(8_001))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a localstripe of this module's own, which ends with it."""
    command = [sys.executable, "-m", "tests.providers.localstripe_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


@dataclass
class Opinion:
    """Our provider, and Stripe's library over our wire, both at localstripe."""

    provider: StripeCards
    client: stripe.StripeClient
    address: str

    async def keep(self, number: str = GOOD) -> str:
        """A card with a customer of its own; our token of it."""
        customer = await self.told(self.client.v1.customers.create_async({}))
        card: Any = {"number": number, "exp_month": 4, "exp_year": 2034, "cvc": "123"}
        methods = self.client.v1.payment_methods
        method = await self.told(methods.create_async({"type": "card", "card": card}))
        await self.told(methods.attach_async(method["id"], {"customer": customer["id"]}))
        return f"{customer['id']}/{method['id']}"

    async def charge(self, instruction: Instruction) -> Told | Refusal | NotSent | Unknown:
        """What our provider sends, without what localstripe does not know."""
        token = read_token(instruction.card)
        assert token
        params: Any = {
            name: value for name, value in charge_of(instruction, token).items() if name not in UNKNOWN_TO_IT
        }
        return await answer_to(self.client.v1.payment_intents.create_async(params))

    async def told(self, request: Any) -> Told:
        answer = await answer_to(request)
        assert isinstance(answer, dict), answer
        return answer


@pytest.fixture
async def opinion(address: str) -> AsyncIterator[Opinion]:
    wire = Wire(address, Breaker(time.monotonic), 5)
    provider = StripeCards(stripe_config(secret_key=KEY, api_base=address), wire, lambda: datetime.now(UTC))
    yield Opinion(provider, stripe_client(KEY, address, wire), address)
    await provider.close()


def to_pay(card: str) -> Instruction:
    return card_instruction(card=card, reference=next(_references))


def about(instruction: Instruction, request_id: str) -> Inquiry:
    return Inquiry(reference=instruction.reference, request_id=request_id)


async def accepted(opinion: Opinion, instruction: Instruction) -> Accepted:
    outcome = charged(await opinion.charge(instruction), instruction.reference)
    assert isinstance(outcome, Accepted)
    return outcome


@pytest.mark.covers("E6", "E7")
async def test_a_card_that_it_keeps_is_shown_by_us_masked(opinion: Opinion) -> None:
    face = await opinion.provider.card_face(await opinion.keep())
    assert face == CardFace(brand="Visa", last4="4242", month=4, year=2034)
    assert await opinion.provider.card_face(NOBODY) is None


@pytest.mark.covers("A8", "D43", "D44")
async def test_what_it_charges_without_a_page_is_read_by_us_as_paid(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep())
    intent = await opinion.charge(instruction)
    assert isinstance(intent, dict)
    charge = intent["latest_charge"]
    outcome = charged(intent | {"amount_received": charge["amount"]}, instruction.reference)
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.ended, Paid)
    assert (outcome.ended.amount, outcome.ended.receipt_code) == (instruction.amount, intent["id"])
    assert outcome.ended.paid_at == datetime.fromtimestamp(charge["created"], UTC)


async def test_a_success_that_does_not_say_how_much_came_waits_for_a_person(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep())
    outcome = await accepted(opinion, instruction)
    inquiry = about(instruction, outcome.request_id)
    assert outcome.ended is None
    for answer in (await opinion.provider.check(inquiry), await opinion.provider.call_off(inquiry)):
        assert isinstance(answer, Unknown)
        assert answer.reason is Reason.WRONG_AMOUNT


async def test_what_is_another_s_is_never_called_ours(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep())
    outcome = await accepted(opinion, instruction)
    stranger = Inquiry(reference=next(_references), request_id=outcome.request_id)
    assert isinstance(await opinion.provider.check(stranger), Unknown)
    assert isinstance(await opinion.provider.check(about(instruction, "pi_nobody")), Unknown)


async def test_a_charge_that_waits_for_its_owner_is_pending_and_can_be_taken_back(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep(GUARDED))
    outcome = await accepted(opinion, instruction)
    inquiry = about(instruction, outcome.request_id)
    assert outcome.ended is None
    assert isinstance(await opinion.provider.check(inquiry), Pending)
    assert isinstance(await opinion.provider.call_off(inquiry), NotPaid)
    assert isinstance(await opinion.provider.check(inquiry), NotPaid)


async def test_a_card_that_is_declined_is_refused_and_nothing_is_called_paid(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep(DECLINED_LATER))
    answer = await opinion.charge(instruction)
    assert isinstance(answer, Refusal)
    assert (answer.status, answer.word) == (402, "card_declined")
    assert isinstance(charged(answer, instruction.reference), Rejected)


async def test_a_declined_charge_is_not_paid_when_it_is_asked_about(opinion: Opinion) -> None:
    instruction = to_pay(await opinion.keep(DECLINED_LATER))
    await opinion.charge(instruction)
    intents = await opinion.told(opinion.client.v1.payment_intents.list_async())
    (mine,) = [one for one in intents["data"] if one["metadata"].get("reference") == instruction.reference]
    asked = await opinion.provider.check(about(instruction, mine["id"]))
    assert isinstance(asked, NotPaid)
    assert asked.reason is Reason.CARD_DECLINED


@pytest.mark.covers("E3")
async def test_a_card_that_we_forget_is_gone_there_and_charged_no_more(opinion: Opinion) -> None:
    card = await opinion.keep()
    assert await opinion.provider.forget_card(card) is True
    assert isinstance(await opinion.charge(to_pay(card)), Refusal)
    gone = await answer_to(opinion.client.v1.customers.retrieve_async(card.partition("/")[0]))
    assert isinstance(gone, Refusal)
    assert gone.status == 404


async def test_a_card_that_is_set_up_without_paying_is_kept(opinion: Opinion) -> None:
    intents = opinion.client.v1.setup_intents
    customer = await opinion.told(opinion.client.v1.customers.create_async({}))
    setup = await opinion.told(intents.create_async({"customer": customer["id"], "usage": "off_session"}))
    assert setup["status"] == "requires_payment_method"
    done = await opinion.told(intents.confirm_async(setup["id"], {"payment_method": "pm_card_visa"}))
    assert done["status"] == "succeeded"
    assert await opinion.provider.card_face(f"{customer['id']}/{done['payment_method']}")


async def test_money_that_goes_back_there_is_for_a_person_here(opinion: Opinion) -> None:
    outcome = await accepted(opinion, to_pay(await opinion.keep()))
    refund = await opinion.told(
        opinion.client.v1.refunds.create_async({"payment_intent": outcome.request_id})
    )
    event = Event(type="refund.created", version=API_VERSION, at=None, is_live=False, about=refund)
    (heard,) = heard_in(event, API_VERSION)
    assert (heard.for_people, heard.of_receipt) == (True, outcome.request_id)


@pytest.mark.covers("D17")
async def test_what_it_does_not_have_is_no_answer_and_nothing_is_called_paid(opinion: Opinion) -> None:
    """Or the docstring of this module would be wrong."""
    instruction = to_pay(await opinion.keep())
    request = CardRequest(reference=instruction.reference, return_url=instruction.return_url, language="en")
    assert not isinstance(await opinion.provider.start(card_instruction()), Accepted)
    assert isinstance(await opinion.provider.begin_saving(request), Rejected | Unknown)
    refused = await opinion.provider.start(instruction)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.PAYEE_PROBLEM
    params: Any = {"amount": 100_000, "currency": "tzs"}
    intents = opinion.client.v1.payment_intents
    first, again = [
        await opinion.told(intents.create_async(params, {"idempotency_key": "one key"})) for _ in range(2)
    ]
    assert first["id"] != again["id"]


@pytest.mark.covers("D23")
async def test_its_events_are_signed_as_we_read_them_and_in_another_version_they_are_hints(
    opinion: Opinion,
) -> None:
    instruction = to_pay(await opinion.keep())
    async with listening() as ear, httpx.AsyncClient(trust_env=False) as client:
        hook = {"url": ear.url, "secret": WEBHOOK_SECRET, "events": ["payment_intent.succeeded"]}
        await client.post(f"{opinion.address}/_config/webhooks/ours", json=hook)
        outcome = await accepted(opinion, instruction)
        await until(lambda: any(outcome.request_id.encode() in body for body in ear.bodies))
    body, headers = next(
        (body.decode(), headers)
        for body, headers in zip(ear.bodies, ear.headers, strict=True)
        if outcome.request_id.encode() in body
    )
    opinion.provider.verify(body, headers)
    (heard,) = opinion.provider.translate(body)
    assert (heard.request_id, heard.reference) == (outcome.request_id, instruction.reference)
    assert heard.proved is False
    with pytest.raises(CallbackForged):
        opinion.provider.verify(body.replace("succeeded", "canceled"), headers)
