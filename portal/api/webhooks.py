"""What providers call. A callback is stored as it came and answered at once; nothing is understood here (D25, D27)."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, HTTPException
from litestar.params import FromPath

from portal.api.machines import Machines

LARGEST_CALLBACK = 64 * 1024


@post("/webhooks/{provider:str}/{token:str}", name="callback", status_code=200)
async def receive_callback(
    machines: NamedDependency[Machines],
    request: Request[Any, Any, Any],
    provider: FromPath[str],
    token: FromPath[str],
) -> dict[str, object]:
    """Answers after the commit. An address that is not of our making is nowhere."""
    return await machines.callbacks.receive(provider, token, await _text(request), request.headers)


@post("/webhooks/{provider:str}", name="callback_without_token", status_code=200)
async def receive_unaddressed(
    machines: NamedDependency[Machines], request: Request[Any, Any, Any], provider: FromPath[str]
) -> dict[str, object]:
    """For providers that sign what they send; one that does not is turned away like a stranger."""
    return await machines.callbacks.receive(provider, "", await _text(request), request.headers)


@post("/webhooks/{provider:str}/{token:str}/bills", name="menu_call", status_code=200, media_type="text/xml")
async def receive_menu_call(
    machines: NamedDependency[Machines],
    request: Request[Any, Any, Any],
    provider: FromPath[str],
    token: FromPath[str],
) -> str:
    """A payer waits for the answer. What is too large, or no text, is answered like all that nobody can read."""
    try:
        body = await _text(request)
    except HTTPException:
        body = ""
    return await machines.menu_payments.answer(provider, token, body)


async def _text(request: Request[Any, Any, Any]) -> str:
    """The body as it came. Compressed ones are refused unread: sixty bytes can unpack to sixty gigabytes."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(status_code=415)
    try:
        return (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise ClientException from None


callbacks = [receive_callback, receive_unaddressed, receive_menu_call]
