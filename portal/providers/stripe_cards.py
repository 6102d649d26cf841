"""Cards, Apple Pay and Google Pay on a page of Stripe's: a hosted Checkout Session for each payment (providers.md §5).

A payment is known by the id of its session, and the session knows our reference. The same request sent twice is taken
once, by its idempotency key, so a lost answer is fetched by asking for the same again. No card number comes near us.
What it cannot do: be asked by our reference alone, speak Swahili, and open an account for a company of Tanzania.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Self
from urllib.parse import urlsplit

import stripe
from stripe.params.checkout import SessionCreateParams

from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    Awaits,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Reason,
    StartOutcome,
    Unknown,
)
from portal.providers.provider import (
    NO_HEADERS,
    NOT_BY_CODE,
    CallbackForged,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
)
from portal.providers.stripe_codes import Refusal, read_refusal, refused
from portal.providers.stripe_event import REFERENCE, heard_in, read_event
from portal.providers.stripe_session import Told, id_of, in_hundredths, outcome_of
from portal.providers.stripe_wire import API_VERSION, stripe_client
from portal.providers.wire import Breaker, NeverSent, Unanswered, Wire
from portal.telemetry.log import get_log

LIVES = timedelta(hours=23)
"""Stripe allows 30 minutes to 24 hours by its own clock; ours may be before it."""
TOLERANCE = timedelta(seconds=300)
"""How old a signature may be when it comes (D23)."""
LANGUAGES = {"en": "en"}
"""Those of ours that its page speaks; any other is left to the payer's browser."""
PATIENCE = 20.0
EXPAND = ["payment_intent.latest_charge"]
"""`charges` of a PaymentIntent is gone since 2022 (D44)."""
_SECRET_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[0-9A-Za-z]{8,200}")
_PUBLISHABLE_KEY = re.compile(r"pk_(?:test|live)_[0-9A-Za-z]{8,200}")
_WEBHOOK_SECRET = re.compile(r"whsec_[0-9A-Za-z+/=_-]{16,200}")
_SIGNED_AT = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)", re.ASCII)
log = get_log("stripe")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeConfig:
    """`STRIPE_…` of the settings.

    The webhook endpoint at Stripe is `{PORTAL_PUBLIC_URL}/webhooks/stripe`, in the version `API_VERSION`. The
    publishable key is for pages that draw the card's fields themselves: ours send nobody one.
    """

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    publishable_key: str | None = None
    api_base: str = stripe.DEFAULT_API_BASE

    @property
    def is_live(self) -> bool:
        """Real money moves."""
        return "_live_" in self.secret_key

    def faults(self) -> dict[str, str]:
        shown = self.publishable_key
        found = {
            "secret_key": ""
            if _SECRET_KEY.fullmatch(self.secret_key)
            else "a key that begins with sk_ or rk_",
            "webhook_secret": ""
            if _WEBHOOK_SECRET.fullmatch(self.webhook_secret)
            else "the signing secret of the webhook endpoint, which begins with whsec_",
            "publishable_key": ""
            if shown is None or (_PUBLISHABLE_KEY.fullmatch(shown) and ("_live_" in shown) is self.is_live)
            else "a key that begins with pk_, of the same mode as the secret key",
        }
        return {name: fault for name, fault in found.items() if fault}

    def unfit_for_production(self) -> dict[str, str]:
        return {} if self.is_live else {"secret_key": "a key for tests moves no money"}


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
    capabilities = Capabilities(lives=LIVES, lapses=True, repeats_safely=True, signs=True)

    @classmethod
    def open(cls, config: StripeConfig, means: Means) -> Self:
        return cls(config, Wire(config.api_base, Breaker(means.monotonic), PATIENCE), means.clock)

    def __init__(self, config: StripeConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire, self._clock = config, wire, clock
        self._client = stripe_client(config.secret_key, config.api_base, wire)

    async def start(self, instruction: Instruction) -> StartOutcome:
        sessions = self._client.v1.checkout.sessions
        once: stripe.RequestOptions = {"idempotency_key": f"checkout:{instruction.reference}"}
        try:
            session = await sessions.create_async(_session(instruction), once)
        except NeverSent as error:
            return NotSent(str(error), error.trouble)
        except Unanswered as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
        except stripe.StripeError as error:
            return refused(_read(error))
        return _started(session.to_dict())

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        if inquiry.request_id is None:
            return Unknown(Reason.AMBIGUOUS, "no session")
        sessions = self._client.v1.checkout.sessions
        try:
            session = await sessions.retrieve_async(inquiry.request_id, {"expand": EXPAND})
        except (NeverSent, Unanswered) as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
        except stripe.StripeError as error:
            return _unanswered(_read(error))
        return _checked(session.to_dict(), inquiry)

    async def call_off(self, inquiry: Inquiry) -> Outcome:
        """The page is closed, unless the payer was through with it: then it is that which counts."""
        if inquiry.request_id is None:
            return Unknown(Reason.AMBIGUOUS, "no session")
        sessions = self._client.v1.checkout.sessions
        try:
            session = await sessions.expire_async(inquiry.request_id, {"expand": EXPAND})
        except (NeverSent, Unanswered) as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
        except stripe.StripeError:
            return await self.check(inquiry)
        return _checked(session.to_dict(), inquiry)

    async def refund(self, instruction: Instruction) -> NotOffered:  # noqa: ARG002
        return NotOffered("refund")

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


def _started(session: Told) -> StartOutcome:
    session_id, page = id_of(session), session.get("url")
    if session_id is None or not isinstance(page, str) or urlsplit(page).scheme not in ("https", "http"):
        return Unknown(Reason.UNKNOWN_ERROR, "no session with a page", mapped=False)
    return Accepted(session_id, awaits=Awaits.CARD, page=page)


def _checked(session: Told, inquiry: Inquiry) -> Outcome:
    says = outcome_of(session)
    ours = (session.get("id"), session.get("client_reference_id")) == (inquiry.request_id, inquiry.reference)
    if isinstance(says, Paid | NotPaid) and not ours:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return says


def _read(error: stripe.StripeError) -> Refusal:
    return read_refusal(error.http_status, error.json_body)


def _unanswered(error: Refusal) -> Unknown:
    """A question that was refused says nothing about the money; that our key will not do is for the office."""
    if error.is_of_our_account:
        log.error("provider_refuses_us", provider=StripeCards.name, operation="check", code=error.word)
    return Unknown(Reason.AMBIGUOUS, error.word, trouble=error.trouble)
