"""The portal at a simulated Airtel: its settings, its numbers, and callbacks by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from portal.domain.method import PaymentMethod
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL
from tests.makers import FakeClock
from tests.portal import RunningPortal, playing
from tests.sandbox.running import RunningSandbox

CALLBACK_KEY = "an-unguessable-end-of-an-address"
ADDRESS = f"/webhooks/airtel/{CALLBACK_KEY}"
HASH_KEY = "a private key of the application"
NEEMA = "255784123456"


def settings_of_airtel(sandbox: RunningSandbox) -> Mapping[str, str]:
    account = sandbox.settings.airtel
    told = {
        "AIRTEL_MONEY_BASE_URL": sandbox.airtel_url,
        "AIRTEL_MONEY_CLIENT_ID": account.client_id,
        "AIRTEL_MONEY_CLIENT_SECRET": account.client_secret,
        "AIRTEL_MONEY_CALLBACK_KEY": CALLBACK_KEY,
    }
    return told | ({"AIRTEL_MONEY_HASH_KEY": account.hash_key} if account.hash_key else {})


@asynccontextmanager
async def playing_airtel(
    database_url: str, clock: FakeClock, account: AirtelAccount | None = None, **options: Any
) -> AsyncIterator[RunningPortal]:
    """As `playing`, with the portal's address registered at Airtel."""
    chosen = account or AirtelAccount()
    async with playing(database_url, clock, also=settings_of_airtel, airtel=chosen, **options) as portal:
        await portal.sandbox.register(airtel=portal.base_url + ADDRESS)
        yield portal


async def pay(portal: RunningPortal, payer: str, **details: Any) -> str:
    """By the number of a fate, or by that of a person."""
    number = NEEMA if payer == "person" else number_of(payer, AIRTEL)
    return await portal.pay(number, method=PaymentMethod.AIRTEL_MONEY, **details)


def told(reference: str, letters: str, **more: Any) -> dict[str, Any]:
    """A callback in Airtel's shape."""
    return {"transaction": {"id": reference, "message": "As the forger says.", "status_code": letters} | more}
