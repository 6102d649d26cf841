"""The demo's sink: the text goes to the log, where numbers and codes are struck out."""

from __future__ import annotations

from portal.sinks.sink import Letter
from portal.telemetry.log import get_log

log = get_log("messages")


class LogSink:
    """Delivers to the log."""

    async def deliver(self, letter: Letter) -> None:
        log.info("message", key=letter.key, characters=len(letter.text))

    async def close(self) -> None:
        return None
