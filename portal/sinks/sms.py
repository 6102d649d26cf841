"""An SMS gateway: one HTTP POST of JSON `{key, to, text}`; any 2xx takes the message."""

from __future__ import annotations

import httpx

from portal.sinks.sink import Letter, NotDelivered

_SECONDS = 10.0


class SmsSink:
    """`url` may carry the gateway's credentials; it is never logged."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=False)

    async def deliver(self, letter: Letter) -> None:
        if letter.phone is None:
            raise NotDelivered("no phone")
        body = {"key": letter.key, "to": f"+{letter.phone}", "text": letter.text}
        try:
            answer = await self._client.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise NotDelivered(type(error).__name__) from error
        if not answer.is_success:
            raise NotDelivered(f"HTTP {answer.status_code}")

    async def close(self) -> None:
        await self._client.aclose()
