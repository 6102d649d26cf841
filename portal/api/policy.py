"""Who may call which address of the machines' side: one row for every route; a route without a row fails the start."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler


class Caller(StrEnum):
    """PROVIDER proves itself by its address or its signature, which the service checks; INSIDE asks on this machine."""

    ANYONE = "ANYONE"
    PROVIDER = "PROVIDER"
    INSIDE = "INSIDE"


POLICY: Mapping[str, Caller] = {
    "callback": Caller.PROVIDER,
    "callback_without_token": Caller.PROVIDER,
    "menu_call": Caller.PROVIDER,
    "alive": Caller.ANYONE,
    "ready": Caller.ANYONE,
    "metrics": Caller.INSIDE,
}

_BY_A_PROXY = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via")


def admit(connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
    """To whoever asks from another machine, or by a proxy on this one, what is for us alone is not there."""
    # The framework's own answer to OPTIONS has no name, and so is for us alone.
    if POLICY.get(route.name or "", Caller.INSIDE) is Caller.INSIDE and not _asks_on_this_machine(connection):
        raise NotFoundException


def _asks_on_this_machine(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """No address is that of a socket file, where only a proxy knocks."""
    came_by_proxy = any(header in connection.headers for header in _BY_A_PROXY)
    return not came_by_proxy and _is_this_machine(connection.client.host if connection.client else "")


def _is_this_machine(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
