"""A simulated Airtel beside the portal: its numbers, and callbacks by hand."""

from __future__ import annotations

from typing import Any

from portal.domain.method import PaymentMethod
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL
from tests.portal import CALLBACK_KEY, RunningPortal

ADDRESS = f"/webhooks/airtel/{CALLBACK_KEY}"
NEEMA = "255784123456"


async def pay(portal: RunningPortal, payer: str, **details: Any) -> str:
    """By the number of a fate, or by that of a person."""
    number = NEEMA if payer == "person" else number_of(payer, AIRTEL)
    return await portal.pay(number, method=PaymentMethod.AIRTEL_MONEY, **details)


def told(reference: str, letters: str, **more: Any) -> dict[str, Any]:
    """A callback in Airtel's shape."""
    return {"transaction": {"id": reference, "message": "As the forger says.", "status_code": letters} | more}
