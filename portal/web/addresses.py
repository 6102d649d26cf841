"""Addresses that came from outside: where a link may lead back to, and whom a request comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from portal.domain.errors import NotFound
from portal.domain.ids import ReferenceUnreadable, parse_reference

LONGEST_PATH = 2_000
_HOUSEHOLD = 64
_WITH_PORT = re.compile(r"(?:([\d.]+)|\[([\da-fA-F:.]+)\])(?::\d{1,5})?", re.ASCII)
"""`1.2.3.4:5678` or `[2001:db8::1]:5678`, as some proxies write it."""


def own_path(text: str, otherwise: str = "/") -> str:
    """A path of this site, as it stands; anything that a browser could read as another site gives `otherwise`."""
    plain = text.isascii() and text.isprintable() and not set(text) & {" ", "\\"}
    rooted = text.startswith("/") and not text.startswith("//")
    return text if plain and rooted and len(text) <= LONGEST_PATH else otherwise


def path_within(address: str) -> str:
    """The path and query of a whole address, whichever site it names."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def read_reference(text: str) -> str:
    """A payment's reference as somebody wrote it into an address, with or without dashes. Raises NotFound."""
    try:
        return parse_reference(text)
    except ReferenceUnreadable:
        raise NotFound from None


def renamed(path: str, text: str, reference: str) -> str:
    """The same path with the reference as it is stored in place of what was written."""
    return path.replace(quote(text), reference, 1)


def number_of(text: str) -> int:
    """A whole number that we wrote into an address ourselves; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**32)) else 0


def instant_of(text: str) -> datetime:
    """Seconds since 1970; what cannot be read was long ago."""
    return datetime.fromtimestamp(number_of(text), UTC)


def client_address(
    peer: str, forwarded_for: Iterable[str], trusted: Sequence[IPv4Network | IPv6Network]
) -> str:
    """Who asks: the nearest address that is no proxy of ours. A household's IPv6 network counts as one."""
    nearest = _read(peer)
    if nearest is None:
        return peer
    for text in reversed(",".join(forwarded_for).split(",")):
        before = _read(text.strip())
        if before is None or not any(nearest in network for network in trusted):
            break
        nearest = before
    return _counted(nearest)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(found[1] or found[2] if found else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _HOUSEHOLD), strict=False))
