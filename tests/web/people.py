"""Who else there is beside Asha and Juma: a neighbour with nothing due, another landlord, and two in the office."""

from __future__ import annotations

from portal.domain.person import Person, Role
from portal.domain.phone import Phone
from portal.store import people
from portal.store.types import Tx
from portal.store.vault import Vault
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, TENANT, a_reference

APPROVER, OTHER_LANDLORD = a_reference(101), a_reference(102)
ROLES = {TENANT: Role.TENANT, LANDLORD: Role.LANDLORD, OFFICE: Role.OFFICE, APPROVER: Role.APPROVER}
"""One of each."""


def put_more_people(tx: Tx, vault: Vault) -> None:
    neighbour = Person(id=NEIGHBOUR, name="Baraka Juma", role=Role.TENANT, language="en")
    people.add(tx, vault, neighbour, phone=Phone("255784123456"), email="baraka@example.com")
    landlord = Person(id=OTHER_LANDLORD, name="Neema Kimaro", role=Role.LANDLORD, language="en")
    people.add(tx, vault, landlord, email="neema@example.com", landlord_code="KIM")
    office = Person(id=OFFICE, name="Rehema Said", role=Role.OFFICE, language="sw")
    people.add(tx, vault, office, email="rehema@example.com")
    approver = Person(id=APPROVER, name="Daudi Lyimo", role=Role.APPROVER, language="en")
    people.add(tx, vault, approver, email="daudi@example.com")
