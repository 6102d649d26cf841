"""How Stripe's own library reaches Stripe: over our wire, so that a lost answer and an unsent request stay apart.

The library would repeat a request by itself, behind the worker's back; here it sends once. Its idempotency keys make a
repetition harmless, and the worker repeats.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

import stripe

from portal.domain.outcome import NotSent, Unknown
from portal.providers.failed_call import failed_question, failed_request
from portal.providers.stripe_codes import Refusal, Told, read_refusal
from portal.providers.wire import CallFailed, Wire

API_VERSION = "2026-10-28.endive"
"""The form of what is sent, answered and told in events; the endpoint of the webhooks has the same one."""


class StripeWire(stripe.HTTPClient):
    """The library calls this where it would call HTTP. Raises NeverSent and Unanswered through it."""

    name = "httpx"

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await self._wire.fetch(method.upper(), url, headers=dict(headers), content=post_data)
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        await self._wire.close()


def stripe_client(secret_key: str, api_base: str, wire: Wire) -> stripe.StripeClient:
    """The library, pinned to one version of the API."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base},
        max_network_retries=0,
        http_client=StripeWire(wire),
    )


async def answer_to(request: Awaitable[stripe.StripeObject]) -> Told | Refusal | NotSent | Unknown:
    """What came of a request, by a value."""
    try:
        return await _told(request)
    except CallFailed as error:
        return failed_request(error)


async def answer_to_question(question: Awaitable[stripe.StripeObject]) -> Told | Refusal | Unknown:
    """The same of a question: whether it was sent makes no difference."""
    try:
        return await _told(question)
    except CallFailed as error:
        return failed_question(error)


async def _told(request: Awaitable[stripe.StripeObject]) -> Told | Refusal:
    try:
        return (await request).to_dict()
    except stripe.StripeError as error:
        return read_refusal(error.http_status, error.json_body)
