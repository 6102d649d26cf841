"""The log of tests: short lines, and tracebacks as Python writes them."""

from __future__ import annotations

import structlog


def plain_tracebacks() -> None:
    """The usual ones draw every variable of every call: an eighth of the time of all tests that break something."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
