"""What providers call. A callback is stored as it came and answered at once; nothing is understood here (D25, D27)."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.params import FromPath

from portal.api.machines import Machines

LARGEST_CALLBACK = 64 * 1024
PROVIDERS = frozenset({"mpesa", "tigo", "airtel", "stripe", "bank"})
"""Every name that a callback address can hold, those of providers that are switched off for now too."""
ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
"""What Daraja expects; the others read only the status."""


@post("/webhooks/{provider:str}/{token:str}", name="callback", status_code=200)
async def receive_callback(
    machines: NamedDependency[Machines],
    request: Request[Any, Any, Any],
    provider: FromPath[str],
    token: FromPath[str],
) -> dict[str, object]:
    """Answers after the commit. An address that is not of our making is nowhere."""
    return await _receive(machines, provider, token, request)


@post("/webhooks/{provider:str}", name="callback_without_token", status_code=200)
async def receive_unaddressed(
    machines: NamedDependency[Machines], request: Request[Any, Any, Any], provider: FromPath[str]
) -> dict[str, object]:
    """For providers that sign what they send; one that does not is turned away like a stranger."""
    return await _receive(machines, provider, "", request)


async def _receive(
    machines: Machines, provider: str, token: str, request: Request[Any, Any, Any]
) -> dict[str, object]:
    if provider not in PROVIDERS:
        raise NotFoundException
    await machines.callbacks.receive(provider, token, await _text(request))
    return dict(ACCEPTED)


async def _text(request: Request[Any, Any, Any]) -> str:
    """The body as it came. Compressed ones are refused unread: sixty bytes can unpack to sixty gigabytes."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(status_code=415)
    try:
        return (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise ClientException from None


callbacks = [receive_callback, receive_unaddressed]
