"""Who may ask the simulated Stripe, and what makes a request the same request again."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response

from portal.sandbox.answers import SandboxRequest, accepting, without_accepting
from portal.sandbox.fates import Fate
from portal.sandbox.requests import Received
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.account import API_VERSION
from portal.sandbox.stripe.fields import Fields
from portal.sandbox.stripe.form import Tree, read_form
from portal.sandbox.stripe.idempotency import Answer
from portal.sandbox.stripe.requests import read_expansions
from portal.sandbox.stripe.twin import Stripe

FORM = "application/x-www-form-urlencoded"


async def read_request(request: SandboxRequest, stripe: Stripe) -> tuple[Tree, str]:
    """The fields of a request by somebody who may make it, and all that makes it the same request again."""
    _check_caller(request, stripe)
    text = request.url.query
    if request.method == "POST":
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise refusals.invalid("Invalid request: the body must be a form.")
        try:
            text = (await request.body()).decode()
        except UnicodeDecodeError:
            raise refusals.invalid("Invalid request body.") from None
    return read_form(text), f"{request.method} {request.url.path} {text}"


async def read_question(request: SandboxRequest, stripe: Stripe, allowed: Fields) -> list[str]:
    """What is wanted whole in the answer about a thing; nothing else is asked."""
    form, _ = await read_request(request, stripe)
    return read_expansions(form, allowed)


def met(stripe: Stripe, entry: Received, reference: str) -> Fate | Response[Any]:
    """The fate of a request with our `reference`, or what it is answered where nothing is accepted."""
    entry.reference = reference
    fate = stripe.fate_of(reference)
    return without_accepting(fate.answer, entry, refusals.busy) or fate


async def once(
    request: SandboxRequest,
    stripe: Stripe,
    asked: str,
    make: Callable[[], Awaitable[tuple[str, Answer] | Response[Any]]],
) -> Response[Any]:
    """What `make` answers, as a word of `fates.Answer` lets it arrive.

    Under the key of an earlier request it is only what was said then.
    """
    key = request.headers.get("idempotency-key")
    before = stripe.keys.recall(key, asked)
    if before is not None:
        return Response(before.body, status_code=before.status, headers={"Idempotent-Replayed": "true"})
    made = await make()
    if isinstance(made, Response):
        return made
    arrives, answer = made
    stripe.keys.keep(key, asked, answer)
    return await accepting(request, stripe.world, arrives, answer.body, answer.status)


def _check_caller(request: SandboxRequest, stripe: Stripe) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise refusals.no_key()
    if _same(key, stripe.account.ended_key):
        raise refusals.ended_key()
    if not _same(key, stripe.account.secret_key):
        raise refusals.wrong_key()
    if request.headers.get("stripe-version", API_VERSION) != API_VERSION:
        raise refusals.invalid("Invalid Stripe API version.")


def _same(given: str, own: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), own.encode())
