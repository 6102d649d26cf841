"""What the machines' side is built from."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.callbacks import Callbacks
from portal.services.health import HealthCheck
from portal.services.menu_payments import MenuPayments


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The use cases that machines call for."""

    callbacks: Callbacks
    menu_payments: MenuPayments
    health: HealthCheck
