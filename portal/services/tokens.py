"""The unguessable last part of a payment's callback address: reference and MAC, so that a forgery touches no table."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from portal.domain.ids import LENGTH

_MAC_DIGITS = 32


def callback_token(keys: Sequence[bytes], provider: str, reference: str) -> str:
    """Twelve characters of reference and 128 bits of MAC by the newest key."""
    return reference + _mac(keys[0], provider, reference)


def read_callback_token(keys: Sequence[bytes], provider: str, token: str) -> str | None:
    """The reference, or None for a token that no key of ours has made for this provider."""
    reference, mac = token[:LENGTH], token[LENGTH:]
    # A list, so that every key is tried and the time tells nobody which one fitted.
    fits = [hmac.compare_digest(mac.encode(), _mac(key, provider, reference).encode()) for key in keys]
    return reference if any(fits) else None


def _mac(key: bytes, provider: str, reference: str) -> str:
    return hmac.new(key, f"callback:{provider}:{reference}".encode(), hashlib.sha256).hexdigest()[
        :_MAC_DIGITS
    ]
