"""A simulated AzamPay beside the portal: its numbers, and callbacks by hand."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from portal.domain.method import PaymentMethod
from portal.sandbox.azampay.signing import first_key, new_key, sign
from portal.sandbox.fates import number_of
from portal.sandbox.operators import HALOPESA
from portal.services.tokens import callback_token
from tests.portal import RunningPortal

SHOP = "255621987654"


async def pay(portal: RunningPortal, payer: str, **details: Any) -> str:
    """By the number of a fate, or by that of a person."""
    number = SHOP if payer == "person" else number_of(payer, HALOPESA)
    return await portal.pay(number, **{"method": PaymentMethod.HALOPESA} | details)


def address_of(portal: RunningPortal, reference: str) -> str:
    """The unguessable path that only AzamPay was told with this request."""
    path = f"/webhooks/azampay/{callback_token(portal.settings.signing_keys, 'azampay', reference)}"
    told_at = [urlsplit(p.push.callback_url).path for p in portal.sandbox.world.network.prompts.values()]
    assert path in told_at
    return path


def told(reference: str, word: str, *, signed: bool | None = None, **changes: str) -> str:
    """A callback in AzamPay's shape, of the older kind, or signed by its key or, where False, by a forger's."""
    body = {
        "msisdn": SHOP,
        "amount": "453500",
        "message": "As the forger says.",
        "utilityref": reference,
        "operator": "Halopesa",
        "reference": "7d0e1c5f9a2b4c8d",
        "transactionstatus": word,
        "submerchantAcc": "",
    }
    if signed is not None:
        body["externalreference"] = "HP260303.1200.H06941"
        body["signature"] = sign(body, first_key() if signed else new_key())
    return json.dumps(body | changes)
