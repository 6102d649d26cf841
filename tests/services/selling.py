"""A home that is sold at a desk: its lease names another landlord from now on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from portal.domain.person import Person, Role
from portal.store import people
from portal.store.tables import leases
from tests.makers import LEASE, a_reference
from tests.services.desk import Desk

NEEMA = Person(a_reference(77), "Neema Kato", Role.LANDLORD, "en")


async def sell(desk: Desk) -> None:
    """Neema lets Asha's home."""

    def work(tx: Any) -> None:
        people.add(tx, desk.portal.tools.vault, NEEMA, email="neema@example.com", landlord_code="NEEM")
        tx.execute(update(leases).where(leases.c.reference == LEASE).values(landlord=NEEMA.id))

    await desk.store.write(work)
