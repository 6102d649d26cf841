"""Access tokens by the password grant: several may be valid at a time, each until its own end."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.mixx.refusals import OAuthError


@dataclass
class Tokens:
    account: MixxAccount
    clock: Callable[[], datetime]
    token_source: Callable[[int], str]
    ends: dict[str, datetime] = field(default_factory=dict)

    def issue(self, form: Mapping[str, str]) -> str:
        if form.get("grant_type") != "password":
            raise OAuthError(400, "unsupported_grant_type")
        wanted = {"username": self.account.username, "password": self.account.password}
        if set(form) != {*wanted, "grant_type"} or not all(
            _same(form[name], wanted[name]) for name in wanted
        ):
            raise OAuthError(400, "invalid_grant")
        token = self.token_source(20)
        self.ends[token] = self.clock() + timedelta(seconds=self.account.token_lifetime)
        return token

    def check(self, authorization: str | None) -> None:
        """The scheme is seen in both cases."""
        scheme, _, token = (authorization or "").partition(" ")
        ends_at = self.ends.get(token)
        if scheme.lower() != "bearer" or ends_at is None or self.clock() >= ends_at:
            raise OAuthError(401, "invalid_token")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
