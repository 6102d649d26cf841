"""Forms prove that they were made for this browser: by a token of its session, and by where they were sent from."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

SALT_BYTES = 8
_FROM_HERE = ("same-origin", "none")


def form_token(secret: bytes, browser: str, salt: bytes) -> str:
    """A token for the forms of one answer: salted, so that no two compressed pages hold the same secret (BREACH)."""
    mac = hmac.new(secret, f"form:{browser}:".encode() + salt, sha256)
    return salt.hex() + mac.hexdigest()


def form_token_fits(secret: bytes, browser: str, token: str) -> bool:
    """Whether we made the token for this browser, in whichever of its pages."""
    try:
        salt = bytes.fromhex(token[: SALT_BYTES * 2])
    except ValueError:
        return False
    return bool(browser) and hmac.compare_digest(form_token(secret, browser, salt).encode(), token.encode())


def sent_from_here(headers: Mapping[str, str], public_url: str) -> bool:
    """What the browser says of the page that sent the form; one that says nothing leaves it to the token."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in _FROM_HERE
    origin = headers.get("origin")
    return origin is None or origin == public_url or origin.partition("://")[2] == headers.get("host")
