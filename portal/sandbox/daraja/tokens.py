"""Access tokens: one is valid at a time, and asking for a new one ends the one before."""

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.account import DarajaAccount


@dataclass
class Tokens:
    account: DarajaAccount
    clock: Callable[[], datetime]
    token_source: Callable[[int], str]
    _current: str = ""
    _ends_at: datetime | None = field(default=None)

    def issue(self, authorization: str | None, grant_type: str | None) -> str:
        plain = f"{self.account.consumer_key}:{self.account.consumer_secret}"
        wanted = "Basic " + base64.b64encode(plain.encode()).decode()
        if authorization is None or not hmac.compare_digest(authorization.encode(), wanted.encode()):
            raise refusals.invalid_authentication_type()
        if grant_type != "client_credentials":
            raise refusals.invalid_grant_type()
        self._current = self.token_source(14)
        self._ends_at = self.clock() + timedelta(seconds=self.account.token_lifetime)
        return self._current

    def check(self, authorization: str | None) -> None:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not token:
            raise refusals.invalid_header()
        if not self._ends_at or self.clock() >= self._ends_at:
            raise refusals.invalid_token()
        if not hmac.compare_digest(token.encode(), self._current.encode()):
            raise refusals.invalid_token()
