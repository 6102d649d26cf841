"""Sessions: each call proves by RSA that it knows the API key, or a session that has begun and is not over."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from portal.sandbox.vodacom.account import VodacomAccount
from portal.sandbox.vodacom.refusals import RefusedError, UnauthorizedError


@dataclass
class Sessions:
    """A new session ends none of those before it."""

    account: VodacomAccount
    clock: Callable[[], datetime]
    token_source: Callable[[int], str]
    _given_at: dict[str, datetime] = field(default_factory=dict)

    def open(self, authorization: str | None) -> str:
        if not hmac.compare_digest(self._secret(authorization), self.account.api_key.encode()):
            raise RefusedError("INS-989")
        session = self.token_source(16)
        self._given_at[session] = self.clock()
        return session

    def check(self, authorization: str | None) -> None:
        given_at = self._given_at.get(self._secret(authorization).decode("ascii", "replace"))
        if given_at is None:
            raise UnauthorizedError
        age = self.clock() - given_at
        lifetime = timedelta(seconds=self.account.session_lifetime)
        if not timedelta(seconds=self.account.session_delay) <= age < lifetime:
            raise UnauthorizedError

    def end_all(self) -> None:
        self._given_at.clear()

    def _secret(self, authorization: str | None) -> bytes:
        """What the bearer holds under the public key; nothing that we know where it was encrypted otherwise."""
        scheme, _, bearer = (authorization or "").partition(" ")
        if scheme != "Bearer":
            return b""
        try:
            encrypted = base64.b64decode(bearer, validate=True)
            return _private_key(self.account.private_key).decrypt(encrypted, PKCS1v15())
        except (binascii.Error, ValueError):
            return b""


@cache
def _private_key(encoded: str) -> RSAPrivateKey:
    return cast("RSAPrivateKey", load_der_private_key(base64.b64decode(encoded), password=None))
