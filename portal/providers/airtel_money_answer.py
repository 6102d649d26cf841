"""How an answer of Airtel Money is read, whatever was asked (providers.md §4.3 to §4.7)."""

from __future__ import annotations

from typing import Any

from portal.providers.airtel_money_callback import code_of
from portal.providers.wire import Answer

OK, BAD_TOKEN, SERVER_ERROR = 200, 401, 500


def said_code(answer: Answer) -> str | None:
    """The code of the payment before the one of the request; a router in between answers in a form of its own."""
    status = status_in(answer)
    said = (status.get("response_code"), status.get("result_code"), answer.body.get("status_code"))
    return next((code for code in map(code_of, said) if code), None)


def status_in(answer: Answer) -> dict[str, Any]:
    return _object(answer.body, "status")


def transaction_in(answer: Answer) -> dict[str, Any]:
    return _object(_object(answer.body, "data"), "transaction")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
