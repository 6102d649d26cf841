"""Callbacks by hand: what a forger, or a provider on a bad day, would send, and what the portal made of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal.services.tokens import callback_token
from portal.store.tables import inbox
from tests.portal import CALLBACK_KEY, DARAJA, VODACOM, RunningPortal

by_each_mpesa = pytest.mark.parametrize("mpesa", [DARAJA, VODACOM])
"""Marks a play that is the same whichever M-Pesa the portal has."""


def address_of(portal: RunningPortal, reference: str) -> str:
    """The unguessable path that only the provider of this payment was told."""
    if _is_vodacom(portal):
        return f"/webhooks/mpesa/{CALLBACK_KEY}"
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


def claimed(portal: RunningPortal, reference: str, request_id: str, *, paid: bool) -> dict[str, Any]:
    """Success or a wrong PIN, in the words of the portal's own provider."""
    if not _is_vodacom(portal):
        items = {"Amount": 453_500.0, "MpesaReceiptNumber": "NLJ7RT61SV"}
        return told(request_id, items=items) if paid else told(request_id, 2001)
    return {
        "input_OriginalConversationID": request_id,
        "input_TransactionID": "NLJ7RT61SV" if paid else "N/A",
        "input_ResultCode": "INS-0" if paid else "INS-6",
        "input_ResultDesc": "As the forger says.",
        "input_ThirdPartyConversationID": reference,
    }


def _is_vodacom(portal: RunningPortal) -> bool:
    return "MPESA_VODACOM" in portal.settings.providers


async def verdicts(portal: RunningPortal) -> list[str | None]:
    """What came of each callback that is kept, in the order in which they came."""
    question = select(inbox.c.verdict).order_by(inbox.c.id)
    return await portal.portal.store.read(lambda tx: list(tx.execute(question).scalars()))
