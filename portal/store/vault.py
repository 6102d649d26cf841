"""Sealed fields: AES-256-GCM with the key's id in the envelope, and the row and column as associated data.

Envelope: `v1:<key id>:<base64url of 12-byte nonce + ciphertext + tag>`. Looked up by a keyed hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Unsealable(Exception):
    """The envelope is not ours, its key is gone, or it was moved from another row or column."""


class Vault:
    """`keys` maps key id to 32 bytes; the first seals, all unseal. `index_key` makes the look-up hashes."""

    def __init__(self, keys: dict[str, bytes], index_key: bytes, random: Callable[[int], bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))
        self._index_key, self._random = index_key, random

    def seal(self, text: str, *, at: str) -> str:
        """`at` names the place, `table.column:row`; the same place must be named to unseal."""
        nonce = self._random(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), at.encode())
        return f"v1:{self._current}:{_text_of(nonce + sealed)}"

    def unseal(self, envelope: str, *, at: str) -> str:
        version, _, rest = envelope.partition(":")
        key_id, _, encoded = rest.partition(":")
        if version != "v1" or key_id not in self._ciphers:
            raise Unsealable(f"no key {key_id!r} for a {version!r} envelope")
        try:
            raw = _bytes_of(encoded)
            return self._ciphers[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], at.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable(at) from error

    def index(self, text: str, *, kind: str) -> str:
        """The look-up hash of a value: equal for equal values of one kind, useless without the key."""
        return hmac.new(self._index_key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes_of(text: str) -> bytes:
    """Raises ValueError for any but the one spelling that base64 gives these bytes."""
    raw = base64.urlsafe_b64decode(text)
    if _text_of(raw) != text:
        raise ValueError("not as we write it")
    return raw
