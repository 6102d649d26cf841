"""Access tokens of 180 seconds: one is valid at a time, and asking for a new one ends the one before."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.sandbox.airtel import refusals
from portal.sandbox.airtel.account import AirtelAccount


@dataclass
class Tokens:
    account: AirtelAccount
    clock: Callable[[], datetime]
    token_source: Callable[[int], str]
    _current: str = ""
    _ends_at: datetime | None = None

    def issue(self, fields: Mapping[str, object]) -> str:
        own = {"client_id": self.account.client_id, "client_secret": self.account.client_secret}
        for name in fields:
            if name not in {*own, "grant_type"}:
                raise refusals.invalid_field(name)
        if any(not _same(fields.get(name), value) for name, value in own.items()):
            raise refusals.invalid_client()
        if fields.get("grant_type") != "client_credentials":
            raise refusals.invalid_grant()
        self._current = self.token_source(20)
        self._ends_at = self.clock() + timedelta(seconds=self.account.token_lifetime)
        return self._current

    def check(self, authorization: str | None) -> None:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not self._ends_at or self.clock() >= self._ends_at:
            raise refusals.invalid_token()
        if not _same(token, self._current):
            raise refusals.invalid_token()


def _same(given: object, own: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), own.encode())
