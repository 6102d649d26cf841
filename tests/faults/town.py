"""A town of tenants who owe: enough people, phones and bills for a minute of chaos."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from portal.domain.bill import Bill, PartPolicy, PaymentType
from portal.domain.money import shillings
from portal.domain.person import Person, Role
from portal.domain.phone import Phone
from portal.store import leases, people
from portal.store.types import Tx
from portal.store.vault import Vault
from tests.makers import LANDLORD, a_bill, a_lease, a_person, a_reference

TENANTS = 60
BILLS = 12
SECOND_LANDLORD = a_reference(900)
CLERK = Person(a_reference(901), "Salma Othman", Role.OFFICE, "en")
"""Of the office, who agrees to refunds."""
TYPES = (PaymentType.RENT, PaymentType.SERVICE_FEE, PaymentType.DEPOSIT, PaymentType.SECURITY_DEPOSIT)


@dataclass(frozen=True)
class Household:
    """A tenant with a phone and bills."""

    tenant: Person
    msisdn: str
    bills: tuple[Bill, ...]


def households() -> list[Household]:
    return [_household(number) for number in range(TENANTS)]


def move_in(tx: Tx, vault: Vault) -> None:
    """Adds them all to Asha's world; every second one rents from another landlord."""
    grace = a_person(id=SECOND_LANDLORD, name="Grace Kweka")
    people.add(tx, vault, replace(grace, role=grace.role), email="grace@example.com", landlord_code="KWE")
    people.add(tx, vault, CLERK, email="salma@example.com")
    for number, household in enumerate(households()):
        tenant, reference = household.tenant, household.bills[0].lease
        people.add(tx, vault, tenant, phone=Phone(household.msisdn), email=f"tenant{number}@example.com")
        landlord = SECOND_LANDLORD if number % 2 else LANDLORD
        lease = a_lease(
            reference=reference,
            property_id=a_reference(2_000 + number),
            tenant=tenant.id,
            landlord=landlord,
            part_policy=PartPolicy.ANY_PART if number % 3 else PartPolicy.FULL_ONLY,
        )
        leases.add_property(tx, lease.property_id, landlord, f"House {number}")
        leases.add_lease(tx, lease)
        for bill in household.bills:
            leases.add_bill(tx, bill)


def _household(number: int) -> Household:
    lease = a_reference(1_000 + number)
    bills = tuple(
        a_bill(
            reference=a_reference(10_000 + number * 100 + month),
            lease=lease,
            type=TYPES[month % len(TYPES)],
            amount=shillings(10_000 + 1_000 * number + 100 * month),
            period=date(2026, 1 + month % 12, 1),
        )
        for month in range(BILLS)
    )
    tenant = a_person(id=a_reference(3_000 + number), name=f"Tenant {number}")
    return Household(tenant, f"2557651000{number:02}", bills)
