"""The demo's sink: the log says which message went to whom, masked; what it says may be a code, and does not."""

from __future__ import annotations

from portal.sinks.sink import Letter
from portal.telemetry.log import get_log

log = get_log("messages")


class LogSink:
    """Delivers to the log."""

    async def deliver(self, letter: Letter) -> None:
        log.info("message", key=letter.key, to=letter.masked, characters=len(letter.text))

    async def close(self) -> None:
        return None
