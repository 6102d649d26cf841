"""Callbacks by hand: what a forger, or a provider on a bad day, would send, and what the portal made of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.services.tokens import callback_token
from portal.store.tables import inbox
from tests.portal import RunningPortal


def address_of(portal: RunningPortal, reference: str) -> str:
    """The unguessable path that only the provider of this payment was told."""
    token = callback_token(portal.settings.signing_keys, "mpesa", reference)
    path = f"/webhooks/mpesa/{token}"
    told_at = [urlsplit(p.push.callback_url).path for p in portal.sandbox.world.network.prompts.values()]
    assert path in told_at
    return path


def told(request_id: str, result: object = 0, *, items: dict[str, Any] | None = None) -> dict[str, Any]:
    """A callback in Daraja's shape."""
    callback: dict[str, Any] = {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": request_id,
        "ResultCode": result,
        "ResultDesc": "As the forger says.",
    }
    if items is not None:
        callback["CallbackMetadata"] = {"Item": [{"Name": name, "Value": items[name]} for name in items]}
    return {"Body": {"stkCallback": callback}}


async def verdicts(portal: RunningPortal) -> list[str | None]:
    """What came of each callback that is kept, in the order in which they came."""
    question = select(inbox.c.verdict).order_by(inbox.c.id)
    return await portal.portal.store.read(lambda tx: list(tx.execute(question).scalars()))
