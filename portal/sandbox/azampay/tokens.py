"""Access tokens of 24 hours; several are valid at a time."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.sandbox.azampay import refusals
from portal.sandbox.azampay.account import AzamPayAccount


@dataclass
class Tokens:
    """`ends` by token."""

    account: AzamPayAccount
    clock: Callable[[], datetime]
    token_source: Callable[[int], str]
    ends: dict[str, datetime] = field(default_factory=dict)

    def issue(self, fields: Mapping[str, object]) -> tuple[str, datetime]:
        own = {
            "appName": self.account.app_name,
            "clientId": self.account.client_id,
            "clientSecret": self.account.client_secret,
        }
        for name in sorted(set(fields) - set(own)):
            raise refusals.invalid_field(name)
        if any(not _same(fields.get(name), value) for name, value in own.items()):
            raise refusals.invalid_credentials()
        token = self.token_source(20)
        self.ends[token] = self.clock() + timedelta(seconds=self.account.token_lifetime)
        return token, self.ends[token]

    def check(self, authorization: str | None, api_key: str | None) -> None:
        scheme, _, token = (authorization or "").partition(" ")
        ends = self.ends.get(token)
        if scheme != "Bearer" or ends is None or self.clock() >= ends:
            raise refusals.unauthorized()
        if self.account.api_key and not _same(api_key, self.account.api_key):
            raise refusals.unauthorized()


def _same(given: object, own: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), own.encode())
