"""How an answer of Daraja is read, whatever was asked (providers.md §1.2 to §1.9)."""

from __future__ import annotations

from portal.providers.mpesa_daraja_callback import result_code
from portal.providers.wire import Answer

OK = 200
SUBMIT_TROUBLE = "500.001.1001"
"""One code for four troubles; only the message tells them apart (§1.6)."""
BAD_TOKEN = frozenset({"400.003.01", "404.001.03"})
"""The token was not taken, so nothing was."""
BAD_CREDENTIALS = frozenset({"400.008.01", "400.008.02"})
"""Whoever asks for a token with a wrong key and secret is told so."""


def error_in(answer: Answer) -> str | None:
    """The code of an error envelope; one that cannot be read is an error all the same."""
    error = answer.body.get("errorCode")
    return None if error is None else result_code(error) or "unreadable errorCode"


def message_in(answer: Answer) -> str:
    return str(answer.body.get("errorMessage", "")).lower()


def is_about_us(answer: Answer) -> bool:
    """That trouble which is our own account's: nothing was taken."""
    return any(words in message_in(answer) for words in ("wrong credentials", "merchant does not exist"))
