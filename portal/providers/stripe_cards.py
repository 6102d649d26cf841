"""Cards, Apple Pay and Google Pay on a page of Stripe's: a hosted Checkout Session for each payment (providers.md §5).

A payment is known by the id of its session, and the session knows our reference. The same request sent twice is taken
once, by its idempotency key, so a lost answer is fetched by asking for the same again. No card number comes near us.
What it cannot do: be asked by our reference alone, speak Swahili, and open an account for a company of Tanzania.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Self

import stripe
from stripe.params.checkout import SessionCreateParams

from portal.domain.card import CardFace, CardOnFile
from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    Awaits,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.refund_outcome import RefundAnswer, RefundOutcome
from portal.providers.provider import (
    NO_HEADERS,
    NOT_BY_CODE,
    CallbackForged,
    Capabilities,
    CardPage,
    CardRequest,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NoCard,
    NotOffered,
)
from portal.providers.refund import RefundInquiry, RefundInstruction
from portal.providers.stripe_charge import WITH_ITS_CHARGE, charge_of, charged, is_charge, outcome_of_charge
from portal.providers.stripe_codes import RESOURCE_MISSING, Refusal, Told, refused
from portal.providers.stripe_config import StripeConfig
from portal.providers.stripe_event import heard_in, read_event
from portal.providers.stripe_refund import SENDS_BACK, StripeRefunds
from portal.providers.stripe_saved_card import (
    WITH_ITS_CARD,
    entered,
    face_of,
    opened,
    page_for,
    read_token,
)
from portal.providers.stripe_session import (
    LANGUAGES,
    REFERENCE,
    in_hundredths,
    is_about,
    outcome_of,
)
from portal.providers.stripe_wire import API_VERSION, answer_to, answer_to_question, stripe_client
from portal.providers.wire import Breaker, Wire
from portal.telemetry.log import get_log

LIVES = timedelta(hours=23)
"""Stripe allows 30 minutes to 24 hours by its own clock; ours may be before it."""
TOLERANCE = timedelta(seconds=300)
"""How old a signature may be when it comes (D23)."""
PATIENCE = 20.0
WITH_ITS_PAYMENT = ["payment_intent.latest_charge"]
"""`charges` of a PaymentIntent is gone since 2022 (D44)."""
_SIGNED_AT = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)", re.ASCII)
log = get_log("stripe")


class StripeCards:
    """`clock` gives aware UTC."""

    Config: ClassVar = StripeConfig
    name = "stripe"
    webhook = "stripe"
    callback_key: str | None = None
    methods: tuple[PaymentMethod, ...] = (
        PaymentMethod.CREDIT_CARD,
        PaymentMethod.DEBIT_CARD,
        PaymentMethod.DIGITAL_WALLET,
    )
    # Nobody can pay on a page whose address nobody was given: a request that stayed unanswered to its end lapses.
    capabilities = Capabilities(
        lives=LIVES, lapses=True, repeats_safely=True, signs=True, sends_back=(SENDS_BACK,)
    )

    @classmethod
    def open(cls, config: StripeConfig, means: Means) -> Self:
        return cls(config, Wire(config.api_base, Breaker(means.monotonic), PATIENCE), means.clock)

    def __init__(self, config: StripeConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire, self._clock = config, wire, clock
        self._client = stripe_client(config.secret_key, config.api_base, wire)
        self._refunds = StripeRefunds(self._client)

    async def start(self, instruction: Instruction) -> StartOutcome:
        """A saved card is charged, or else a page opened.

        The first request of a payment always has the same key: whatever becomes of a saved card between two tries, a
        page never opens beside a charge whose answer was lost.
        """
        once, card = f"pay:{instruction.reference}", read_token(instruction.card)
        if card is None:
            return await self._open_page(instruction, once)
        charge = self._client.v1.payment_intents.create_async(
            charge_of(instruction, card), {"idempotency_key": once}
        )
        answer = charged(await answer_to(charge), instruction.reference)
        return answer or await self._open_page(instruction, f"page:{instruction.reference}")

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        if inquiry.request_id is None:
            return Unknown(Reason.AMBIGUOUS, "no session")
        answer = await self._look(inquiry.request_id)
        return _unanswered(answer, "check") if isinstance(answer, Refusal) else _told(answer, inquiry)

    async def call_off(self, inquiry: Inquiry) -> Outcome:
        """The page is closed, unless the payer was through with it: then it is that which counts."""
        if inquiry.request_id is None:
            return Unknown(Reason.AMBIGUOUS, "no session")
        answer = await self._close(inquiry.request_id)
        return await self.check(inquiry) if isinstance(answer, Refusal) else _told(answer, inquiry)

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        if instruction.route is not SENDS_BACK.route:
            return NotOffered(instruction.route)
        return await self._refunds.send(instruction)

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        return await self._refunds.check(inquiry)

    async def find_refund(self, request_id: str, receipt_code: str) -> RefundOutcome:
        return await self._refunds.find(request_id, receipt_code)

    async def begin_saving(self, request: CardRequest) -> CardPage | NotSent | Rejected | Unknown:
        return await self._opened(page_for(request), f"save:{request.reference}")

    async def saved_card(self, page_id: str) -> CardOnFile | NoCard | Pending | Unknown:
        sessions = self._client.v1.checkout.sessions
        answer = await answer_to_question(sessions.retrieve_async(page_id, {"expand": WITH_ITS_CARD}))
        match answer:
            case Unknown():
                return answer
            case Refusal():
                return _unanswered(answer, "saved_card")
            case _:
                return entered(answer, page_id, self.name)

    async def card_face(self, token: str) -> CardFace | None:
        card = read_token(token)
        if card is None:
            return None
        answer = await answer_to_question(self._client.v1.payment_methods.retrieve_async(card.method))
        if isinstance(answer, Refusal):
            _unanswered(answer, "card_face")
        return None if isinstance(answer, Refusal | Unknown) else face_of(answer)

    async def forget_card(self, token: str) -> bool:
        """The card's customer goes too: nothing about its owner is left."""
        card = read_token(token)
        if card is None:
            return False
        answer = await answer_to_question(self._client.v1.customers.delete_async(card.customer))
        if isinstance(answer, Refusal):
            _unanswered(answer, "forget_card")
            return answer.code == RESOURCE_MISSING
        return not isinstance(answer, Unknown) and answer.get("deleted") is True

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        signature = headers.get("stripe-signature", "")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._config.webhook_secret)
        except stripe.SignatureVerificationError as error:
            raise CallbackForged from error
        # The library would look at a clock of its own.
        signed_at = _SIGNED_AT.search(signature)
        if signed_at is None or int(signed_at[1]) < (self._clock() - TOLERANCE).timestamp():
            raise CallbackForged
        if read_event(body).is_live is not self._config.is_live:
            log.error("event_of_the_other_mode", provider=self.name)
            raise CallbackForged

    def translate(self, body: str) -> Sequence[Heard]:
        event = read_event(body)
        if event.version != API_VERSION:
            log.warning("event_of_another_version", provider=self.name, version=event.version)
        return heard_in(event, API_VERSION)

    async def close(self) -> None:
        await self._wire.close()

    async def _open_page(self, instruction: Instruction, once: str) -> StartOutcome:
        page = await self._opened(_session(instruction), once)
        return Accepted(page.id, awaits=Awaits.CARD, page=page.url) if isinstance(page, CardPage) else page

    async def _opened(
        self, wanted: SessionCreateParams, once: str
    ) -> CardPage | NotSent | Rejected | Unknown:
        """A page of Stripe's; the same one for the same key."""
        sessions = self._client.v1.checkout.sessions
        answer = await answer_to(sessions.create_async(wanted, {"idempotency_key": once}))
        match answer:
            case NotSent() | Unknown():
                return answer
            case Refusal():
                return refused(answer)
            case _:
                return opened(answer)

    async def _look(self, request_id: str) -> Told | Refusal | Unknown:
        if is_charge(request_id):
            intents = self._client.v1.payment_intents
            return await answer_to_question(intents.retrieve_async(request_id, {"expand": WITH_ITS_CHARGE}))
        sessions = self._client.v1.checkout.sessions
        return await answer_to_question(sessions.retrieve_async(request_id, {"expand": WITH_ITS_PAYMENT}))

    async def _close(self, request_id: str) -> Told | Refusal | Unknown:
        if is_charge(request_id):
            intents = self._client.v1.payment_intents
            return await answer_to_question(intents.cancel_async(request_id, {"expand": WITH_ITS_CHARGE}))
        sessions = self._client.v1.checkout.sessions
        return await answer_to_question(sessions.expire_async(request_id, {"expand": WITH_ITS_PAYMENT}))


def _session(instruction: Instruction) -> SessionCreateParams:
    """The payer is asked for exactly what the check page showed: no tip, no coupon, no other currency."""
    ours = {REFERENCE: instruction.reference}
    return {
        "mode": "payment",
        "client_reference_id": instruction.reference,
        "metadata": ours,
        "payment_intent_data": {"description": instruction.label, "metadata": ours},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": instruction.amount.currency.lower(),
                    "unit_amount": in_hundredths(instruction.amount),
                    "product_data": {"name": instruction.label},
                },
            }
        ],
        # Apple Pay and Google Pay are cards, and offered beside their number where the phone has them.
        "allowed_payment_method_types": ["card"],
        "wallet_options": {"link": {"display": "never"}},
        "adaptive_pricing": {"enabled": False},
        "expires_at": int(instruction.expires_at.timestamp()),
        "locale": LANGUAGES.get(instruction.language, "auto"),
        "success_url": instruction.return_url,
        "cancel_url": instruction.return_url,
    }


def _told(answer: Told | Unknown, inquiry: Inquiry) -> Outcome:
    """How a request stands, if it is the one that was asked about."""
    if isinstance(answer, Unknown):
        return answer
    says = (outcome_of_charge if is_charge(inquiry.request_id or "") else outcome_of)(answer)
    ours = answer.get("id") == inquiry.request_id and is_about(answer, inquiry.reference)
    if isinstance(says, Paid | NotPaid) and not ours:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return says


def _unanswered(error: Refusal, operation: str) -> Unknown:
    """A question that was refused says nothing about the money; that our key will not do is for the office."""
    if error.is_of_our_account:
        log.error("provider_refuses_us", provider=StripeCards.name, operation=operation, code=error.word)
    return Unknown(Reason.AMBIGUOUS, error.word, trouble=error.trouble)
