"""Structured log lines. Numbers, tokens and PIN-like digits are struck out before a line is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_NAMES = frozenset(
    {"token", "secret", "password", "authorization", "cookie", "code_typed", "pin", "phone", "body"}
)
STRUCK = "[redacted]"
_NUMBERS = (
    re.compile(r"(?<!\d)(?:\+?255|0)[67]\d{8}(?!\d)"),
    re.compile(r"(?<!\d)\d{13,19}(?!\d)"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
)
_BREAKS = str.maketrans({"\n": "⏎", "\r": "⏎", "\u2028": "⏎", "\u2029": "⏎", "\x1b": "␛"})


def set_up_logging(*, as_json: bool) -> None:
    """Once, at the start of a process: JSON lines in production, readable ones elsewhere, all to standard error."""
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
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_log(name: str) -> Any:
    """A logger that knows where it writes from."""
    return structlog.get_logger(part=name)


def redact(_: object, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Strike secrets by name and numbers by shape, and keep every record on one line."""
    return {name: STRUCK if name in SECRET_NAMES else _clean(value) for name, value in line.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if not isinstance(value, str):
        return value
    for pattern in _NUMBERS:
        value = pattern.sub(STRUCK, value)
    return value.translate(_BREAKS)
