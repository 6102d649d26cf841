"""Who may call which address of the machines' side: one row for every route; a route without a row fails the start."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler


class Caller(StrEnum):
    """PROVIDER proves itself by its address or its signature, which the service checks; INSIDE asks by no proxy."""

    ANYONE = "ANYONE"
    PROVIDER = "PROVIDER"
    INSIDE = "INSIDE"


POLICY: Mapping[str, Caller] = {
    "callback": Caller.PROVIDER,
    "callback_without_token": Caller.PROVIDER,
    "alive": Caller.ANYONE,
    "ready": Caller.ANYONE,
    "metrics": Caller.INSIDE,
}

_BY_A_PROXY = ("x-forwarded-for", "forwarded")


def admit(connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
    """Whoever comes by the public address comes by a proxy, and to them what is for us alone is not there."""
    came_by_proxy = any(header in connection.headers for header in _BY_A_PROXY)
    # The framework's own answer to OPTIONS has no name, and so is for us alone.
    if POLICY.get(route.name or "", Caller.INSIDE) is Caller.INSIDE and came_by_proxy:
        raise NotFoundException
