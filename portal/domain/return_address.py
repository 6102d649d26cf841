"""Where the platform that sent a payer wants them back: an address whose host the settings name, and no other.

What the address is told is a hint for the reader's eyes, for anybody can type it. The platform asks the API.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote_plus, urlencode

LONGEST = 500
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?(?::[0-9]{1,5})?")
_ADDRESS = re.compile(
    r"https://(?P<host>[a-z0-9.:-]+)"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
"""Only what every browser reads as we do: plain signs, no backslash, no user, no fragment."""
_NAMED = re.compile(r"//(?:[^/?#\\\s]*@)?([^/?#@\\\s]{1,100})")
_OURS = ("reference", "status")


def is_return_host(text: str) -> bool:
    """A name in small letters, with its port if it has one; no number, no user, no dot at its end."""
    return _HOST.fullmatch(text) is not None


def return_address(text: str, hosts: Collection[str]) -> str | None:
    """The address as it stands, or None for one that nobody is led to."""
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST else None
    return text if found and found["host"] in hosts else None


def named_host(text: str) -> str | None:
    """What an address, good or bad, calls its host: all of it that a log may keep."""
    found = _NAMED.search(text)
    return found[1] if found else None


def answered(address: str, reference: str, status: str) -> str:
    """With the payment's reference and the word for how it stands, each once; the rest as it was."""
    path, _, query = address.partition("?")
    kept = [pair for pair in query.split("&") if pair and _name_of(pair) not in _OURS]
    return f"{path}?{'&'.join([*kept, urlencode({'reference': reference, 'status': status})])}"


def _name_of(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0]).strip().lower()
