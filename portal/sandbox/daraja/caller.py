"""Who may ask the simulated Daraja, and what was asked."""

from portal.sandbox.answers import SandboxRequest
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.twin import Daraja


async def read_body(request: SandboxRequest, daraja: Daraja) -> bytes:
    daraja.tokens.check(request.headers.get("authorization"))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise refusals.invalid_payload()
    return await request.body()
