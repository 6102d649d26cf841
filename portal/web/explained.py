"""Where the amounts of a payment are explained: what pages ask for the address of each."""

from __future__ import annotations

from collections.abc import Callable

from portal.domain.figures import figures_of
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.reader import Reader

Explains = Callable[[str], str | None]
"""The address that explains a figure of one payment, by its name; None where the reader has no such page."""


def explains_of(payment: Payment, person: Person, lets: str | None = None) -> Explains:
    """For the pages that show amounts of a payment; `lets` is the landlord of its lease, where landlords come."""
    reader = Reader(person, payment, lets)
    names = {name for name, figure in figures_of(payment).items() if reader.may_read(figure)}

    def address(name: str) -> str | None:
        of_an_event = name.startswith("event-") and not reader.is_landlord
        return f"/why/{payment.reference}/{name}" if name in names or of_an_event else None

    return address
