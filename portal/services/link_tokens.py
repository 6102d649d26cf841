"""What an address that pays bills carries: those of which payment, until when, and our signature over it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import Signer

_SALT = "a link that pays what a payment is for"
_MINUTE = timedelta(minutes=1)
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """Good until `ends`, a whole minute: so what a page says of it is exact, and its QR stays small."""

    payment: str
    ends: datetime


def link_until(payment: str, ends: datetime) -> Link:
    """Rounded down to the minute that is shown."""
    return Link(payment, ends.replace(second=0, microsecond=0))


def link_token(keys: Sequence[bytes], link: Link) -> str:
    """Signed by the newest key, which comes first."""
    return _signed(f"{link.payment}.{(link.ends - _BEGAN) // _MINUTE}", keys[0])


def read_link_token(keys: Sequence[bytes], token: str) -> Link | None:
    """None for what no key of ours has signed, spelt as we spell it; whether it has ended is not asked here."""
    if not token.isascii():
        return None
    value, _, _ = token.rpartition(".")
    # A list, so that every key is tried and the time tells nobody which one fitted. Signed anew and not decoded:
    # base64 has several spellings of the same bytes.
    fits = [hmac.compare_digest(token.encode(), _signed(value, key).encode()) for key in keys]
    if not any(fits):
        return None
    payment, minutes = value.split(".")
    return Link(payment, _BEGAN + int(minutes) * _MINUTE)


def _signed(value: str, key: bytes) -> str:
    return Signer(key, salt=_SALT, digest_method=hashlib.sha256).sign(value).decode()
