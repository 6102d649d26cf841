"""Who may ask the simulated Airtel, what was asked, and the head of an answer that is no refusal."""

from portal.sandbox.airtel.twin import Airtel
from portal.sandbox.airtel.validation import check_headers, read_object
from portal.sandbox.answers import SandboxRequest


async def fields_of(request: SandboxRequest) -> dict[str, object]:
    return read_object(await request.body(), request.headers.get("content-type", ""))


def check_caller(request: SandboxRequest, airtel: Airtel) -> None:
    airtel.tokens.check(request.headers.get("authorization"))
    check_headers(request.headers)


def fine(code: str) -> dict[str, object]:
    return {
        "code": "200",
        "message": "SUCCESS",
        "result_code": "ESB000010",
        "response_code": code,
        "success": True,
    }
