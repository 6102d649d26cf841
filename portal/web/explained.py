"""Where the amounts of a payment are explained: what pages ask for the address of each."""

from __future__ import annotations

from collections.abc import Callable

from portal.domain.figures import figures_of, may_read
from portal.domain.payment import Payment
from portal.domain.person import Role

Explains = Callable[[str], str | None]
"""The address that explains a figure of one payment, by its name; None where the reader has no such page."""


def explains_of(payment: Payment, role: Role) -> Explains:
    """For the pages that show amounts of a payment."""
    names = {name for name, figure in figures_of(payment).items() if may_read(role, figure)}

    def address(name: str) -> str | None:
        of_an_event = name.startswith("event-") and role is not Role.LANDLORD
        return f"/why/{payment.reference}/{name}" if name in names or of_an_event else None

    return address
