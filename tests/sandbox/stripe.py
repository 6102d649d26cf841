"""The other side of the simulated Stripe, for its own tests: a merchant with its library, a payer with a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import stripe

from portal.sandbox.fates import BY_NAME
from portal.sandbox.stripe.account import API_VERSION
from tests.makers import a_reference
from tests.sandbox.merchant import Ear
from tests.sandbox.running import RunningSandbox, running_sandbox, until

BACK = "https://pay.example.co.tz/pay/{}/return"
GOOD, DECLINED, POOR = "4242 4242 4242 4242", "4000000000000002", "4000000000009995"
GUARDED, GUARDED_AND_POOR = "4000 0027 6000 3184", "4000 0082 6000 3178"
GUARDED_ONCE, DECLINED_LATER = "4000 0025 0000 3155", "4000 0000 0000 0341"
AS_IT_COMES = "ignore:Use 'content=<...>' to upload:DeprecationWarning"
"""The library's own transport gives httpx its forms in a way that httpx does not like."""
EXPANDED = {"expand": ["payment_intent.latest_charge"]}
ENTERED = {"expand": ["setup_intent.payment_method"]}
Json = dict[str, Any]


@dataclass
class Seller:
    sandbox: RunningSandbox
    ear: Ear
    client: stripe.StripeClient
    _references: Any = field(default_factory=lambda: count(1))

    def params(self, **changes: Any) -> Json:
        reference = a_reference(next(self._references))
        price = {"currency": "tzs", "unit_amount": 45_350_000, "product_data": {"name": "Deposit A3"}}
        return {
            "mode": "payment",
            "client_reference_id": reference,
            "metadata": {"reference": reference},
            "payment_intent_data": {"description": "Deposit A3", "metadata": {"reference": reference}},
            "line_items": [{"quantity": 1, "price_data": price}],
            "allowed_payment_method_types": ["card"],
            "success_url": BACK.format(reference),
            "cancel_url": BACK.format(reference),
        } | changes

    async def open(self, fate: str = "person", key: str | None = None, **changes: Any) -> Json:
        params = self.params(**changes)
        self.sandbox.world.network.fates[params["client_reference_id"]] = BY_NAME[fate]
        return await self.create(params, key)

    async def create(self, params: Json, key: str | None = None) -> Json:
        options: Any = {"idempotency_key": key} if key else {}
        session = await self.client.v1.checkout.sessions.create_async(params, options)  # type: ignore[arg-type]
        return session.to_dict()

    async def look(self, session_id: str) -> Json:
        sessions = self.client.v1.checkout.sessions
        return (await sessions.retrieve_async(session_id, EXPANDED)).to_dict()  # type: ignore[arg-type]

    async def close(self, session_id: str) -> Json:
        sessions = self.client.v1.checkout.sessions
        return (await sessions.expire_async(session_id, EXPANDED)).to_dict()  # type: ignore[arg-type]

    def setup_params(self, **changes: Any) -> Json:
        """Of a page that keeps a card."""
        params = self.params(mode="setup", customer_creation="always")
        reference = params["metadata"]
        for of_a_payment in ("payment_intent_data", "line_items"):
            del params[of_a_payment]
        return params | {"setup_intent_data": {"metadata": reference}} | changes

    async def entered(self, session_id: str) -> Json:
        sessions = self.client.v1.checkout.sessions
        return (await sessions.retrieve_async(session_id, ENTERED)).to_dict()  # type: ignore[arg-type]

    async def keep(self, number: str = GOOD) -> tuple[str, str]:
        """A card that its owner has entered and, where its bank asks, agreed to; its customer and its own id."""
        session = await self.create(self.setup_params())
        await self.press(session, number=number)
        await self.press(session, "approve")
        kept = await self.entered(session["id"])
        return kept["customer"], kept["setup_intent"]["payment_method"]["id"]

    def charge_params(self, card: tuple[str, str], **changes: Any) -> Json:
        return {
            "amount": 45_350_000,
            "currency": "tzs",
            "customer": card[0],
            "payment_method": card[1],
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
            "metadata": {"reference": a_reference(next(self._references))},
            "expand": ["latest_charge"],
        } | changes

    async def charge(self, params: Json, key: str | None = None) -> Json:
        """Raises what the library makes of a refusal."""
        options: Any = {"idempotency_key": key} if key else {}
        intent = await self.client.v1.payment_intents.create_async(params, options)  # type: ignore[arg-type]
        return intent.to_dict()

    async def press(self, session: Json, act: str = "pay", **typed: str) -> httpx.Response:
        """On its page; a card that is typed has a date and a code unless it is said otherwise."""
        form = {"act": act, "expiry": "12/34", "cvc": "123"} | typed
        return await self.sandbox.client.post(session["url"], data=form)

    async def told(self) -> list[Json]:
        """The events that came, once no more will come by itself."""
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [json.loads(body) for body in self.ear.bodies]

    async def kinds(self) -> list[str]:
        return sorted(event["type"] for event in await self.told())


@asynccontextmanager
async def selling(ear: Ear, **options: Any) -> AsyncIterator[Seller]:
    async with running_sandbox(callback_urls={"stripe": ear.url}, **options) as sandbox:
        transport = stripe.HTTPXClient(timeout=5)
        yield Seller(sandbox, ear, library_at(sandbox, sandbox.settings.stripe.secret_key, transport))
        await transport.close_async()  # type: ignore[no-untyped-call]


def library_at(sandbox: RunningSandbox, key: str, transport: stripe.HTTPXClient) -> stripe.StripeClient:
    """Stripe's library as it comes, but for its address."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": sandbox.stripe_url},
        max_network_retries=0,
        http_client=transport,
    )
