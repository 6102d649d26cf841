"""What the machines' side is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal.services.callbacks import Callbacks
from portal.store.writer import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The store is here for the health check alone."""

    callbacks: Callbacks
    store: Store
    clock: Callable[[], datetime]
