"""Structured log lines. What has the name of a secret, or the shape of a phone, a card, an address or an announced
PIN or token, is struck out before a line is written; bare digits that nothing announces are not known for a code.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_NAMES = frozenset(
    "authorization body code_typed cookie cookies email msisdn passkey password phone pin secret token".split()
)
SECRET_ENDINGS = ("_token", "_secret", "_password", "_phone", "_cookie")
STRUCK = "[redacted]"
LONGEST = 20_000
"""Characters of one value that are worth keeping; the search for secrets takes its time."""
_SEPARATED = r"[ .()\u00a0-]{0,2}"
_SHAPES = (
    # A mobile number as people and machines write it: 255…, +255 754 …, 0754-123-456.
    re.compile(
        rf"(?<!\d)(?:\+?25[45]|0){_SEPARATED}[167]\d{{2}}{_SEPARATED}\d{{3}}{_SEPARATED}\d{{3}}(?!\d)"
    ),
    # A card.
    re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)"),
    # What follows a word that announces a secret, in a header, an address, JSON or a sentence.
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
    re.compile(r"(?i)(?<=basic )[\w.~+/=-]+"),
    re.compile(
        r"""(?i)\b(?:pin|otp|passkey|password|secret|\w{0,40}token)["']?(?:\s*[:=]\s*|\s+(?:is|ni)\s+)["']?[^\s"'&,;}]{3,}"""
    ),
    re.compile(r"(?i)\bpin\s*\d{4,8}"),
    re.compile(r"(?<=/webhooks/)[\w-]+/[^\s\"'?]+"),
    re.compile(r"(?<=://)[^\s/@]+(?=@)"),
    # An e-mail address.
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"),
)
_BREAKS = {
    **dict.fromkeys((10, 13, 11, 12, 133, 8232, 8233), "⏎"),
    0x1B: "␛",
    0x9B: "␛",
    0x08: "␈",
}


def set_up_logging(*, as_json: bool, least: int = logging.INFO) -> None:
    """Once, at the start of a process: JSON lines in production, readable ones elsewhere, all to standard error.

    What is less than `least` is not told.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_log(name: str) -> Any:
    """A logger that knows where it writes from."""
    return structlog.get_logger(part=name)


def redact(_: object, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Strike secrets by name and numbers by shape, and keep every record on one line."""
    return {name: _clean(value, name) for name, value in line.items()}


def _clean(value: Any, name: str = "") -> Any:
    if _is_secret(name) and value is not None:
        return STRUCK
    if isinstance(value, Mapping):
        return {_struck(str(key)): _clean(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    clean = _struck(text)
    # A number stays one, unless it is somebody's.
    return value if isinstance(value, int | float) and clean == text else clean


def _is_secret(name: str) -> bool:
    lower = name.lower()
    return lower in SECRET_NAMES or lower.endswith(SECRET_ENDINGS)


def _struck(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    for shape in _SHAPES:
        text = shape.sub(STRUCK, text)
    return text.translate(_BREAKS)
