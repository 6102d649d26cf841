"""The RSA key with which a provider lets us hide what only it may read: a session, a PIN."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

_PADDING = 11


def read_public_key(text: str) -> RSAPublicKey:
    """As the portals show it, base64 of DER. Raises ValueError, whatever it is."""
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, UnsupportedAlgorithm, UnicodeError) as error:
        raise ValueError("no public key") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("no RSA key")  # noqa: TRY004  (a wrong setting, not a wrong caller)
    return key


def room_in(key: RSAPublicKey) -> int:
    """Bytes that it can encrypt at once."""
    return key.key_size // 8 - _PADDING


def encrypted(key: RSAPublicKey, text: str) -> str:
    """Base64, and another one each time."""
    return base64.b64encode(key.encrypt(text.encode(), PKCS1v15())).decode()


def public_key_fault(text: str | None) -> str | None:
    """What is wrong with a setting of such a key."""
    try:
        read_public_key(text or "")
    except ValueError:
        return "an RSA public key as base64 of DER"
    return None
