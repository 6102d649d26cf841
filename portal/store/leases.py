"""Leases and their bills: what is owed, by whom, to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select

from portal.domain.bill import Bill, BillStatus, PartPolicy, PartTerms, PaymentType, paid_notice
from portal.domain.money import Currency, Money, sum_of
from portal.store.tables import bills, lease_notices, leases, people, properties
from portal.store.types import Tx, insert_once


class ForeignCurrency(ValueError):
    """A lease that nothing exempts, and money that is no shillings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who rents what from whom. `rent` is that of a month, where the policy of parts needs it.

    To quote, demand or receive foreign currency for what is given in Tanzania is an offence (Bank of Tanzania (Use of
    Foreign Currency) Regulations 2025, GN 198 of 28 March 2025), but for whom they exempt. `exemption` says on which
    ground a lease is; without one it and its bills are in shillings.
    """

    reference: str
    property_id: str
    property_name: str
    unit: str
    tenant: str
    landlord: str
    landlord_name: str
    currency: Currency
    part_policy: PartPolicy
    rent: Money | None = None
    exemption: str | None = None

    def __post_init__(self) -> None:
        if self.currency is not Currency.TZS and not self.exemption:
            raise ForeignCurrency(self.reference)

    @property
    def part_terms(self) -> PartTerms:
        return PartTerms(self.part_policy, self.rent)

    @property
    def place(self) -> str:
        """`Unit A3, Mikocheni` without the word for unit: `A3, Mikocheni`."""
        return f"{self.unit}, {self.property_name}"


@dataclass(frozen=True, slots=True)
class Due:
    """A bill with the lease it belongs to."""

    bill: Bill
    lease: Lease

    @property
    def takes_parts(self) -> bool:
        return self.lease.part_terms.smallest_of(self.bill) is not None


@dataclass(frozen=True, slots=True)
class Basket:
    """Bills of one lease, in one currency, that are paid together; there is at least one."""

    bills: tuple[Bill, ...]
    lease: Lease

    @property
    def rest(self) -> Money:
        """All that is still owed of them."""
        return sum_of([bill.rest for bill in self.bills])

    @property
    def amount(self) -> Money:
        """What they came to before anything was paid."""
        return sum_of([bill.amount for bill in self.bills])

    @property
    def due_on(self) -> date:
        """The first day on which some of that is due."""
        return min(bill.due_on for bill in self.bills if bill.rest or not self.rest)

    @property
    def takes_parts(self) -> bool:
        """Whether less can be paid than all: a part of one bill, or fewer of several."""
        return len(self.bills) > 1 or Due(self.bills[0], self.lease).takes_parts


def add_property(tx: Tx, property_id: str, landlord: str, name: str) -> None:
    tx.execute(insert(properties).values(id=property_id, landlord=landlord, name=name))


def add_lease(tx: Tx, lease: Lease) -> None:
    tx.execute(
        insert(leases).values(
            reference=lease.reference,
            property=lease.property_id,
            unit=lease.unit,
            tenant=lease.tenant,
            landlord=lease.landlord,
            currency=lease.currency,
            part_policy=lease.part_policy,
            rent=lease.rent.minor if lease.rent else None,
            exemption=lease.exemption,
        )
    )


def add_bill(tx: Tx, bill: Bill) -> None:
    """Raises ForeignCurrency for one in dollars, unless its lease is exempt."""
    exempt = select(leases.c.exemption).where(leases.c.reference == bill.lease)
    if bill.amount.currency is not Currency.TZS and not tx.execute(exempt).scalar():
        raise ForeignCurrency(bill.reference)
    tx.execute(
        insert(bills).values(
            reference=bill.reference,
            lease=bill.lease,
            type=bill.type,
            period=bill.period,
            due_on=bill.due_on,
            amount=bill.amount.minor,
            currency=bill.amount.currency,
            paid=bill.paid.minor,
        )
    )


def bill(tx: Tx, reference: str) -> Bill | None:
    row = tx.execute(select(bills).where(bills.c.reference == reference)).mappings().first()
    return _bill(row) if row else None


def hold_bills(tx: Tx, references: Collection[str]) -> dict[str, Bill]:
    """Bills by reference, held until the transaction ends (PostgreSQL): taken in one order, nobody waits in a ring."""
    question = select(bills).where(bills.c.reference.in_(references)).order_by(bills.c.reference)
    held = tx.execute(question.with_for_update()).mappings()
    return {row["reference"]: _bill(row) for row in held}


def rest_of(tx: Tx, references: Collection[str]) -> Money:
    """What is still owed of these bills together."""
    rows = tx.execute(select(bills).where(bills.c.reference.in_(references))).mappings()
    return sum_of([_bill(row).rest for row in rows])


def dues(tx: Tx, references: Collection[str]) -> list[Due]:
    """Bills with their leases, whatever is left of them, the most urgent first; one that is not there is left out."""
    question = _DUES.where(bills.c.reference.in_(references)).order_by(*_MOST_URGENT_FIRST)
    return [_due(row) for row in tx.execute(question).mappings()]


def open_dues(tx: Tx, tenant: str) -> list[Due]:
    """What a tenant still owes, the most urgent first."""
    question = _DUES.where(leases.c.tenant == tenant, _STILL_OWED).order_by(*_MOST_URGENT_FIRST).limit(100)
    return [_due(row) for row in tx.execute(question).mappings()]


def load(tx: Tx, reference: str) -> Lease | None:
    """The lease of that reference, which is also what its tenant types in the menu of a wallet."""
    row = tx.execute(_LEASES.where(leases.c.reference == reference)).mappings().first()
    return lease_of(row) if row else None


def several(tx: Tx, references: Collection[str]) -> dict[str, Lease]:
    """Those of these leases that there are."""
    rows = tx.execute(_LEASES.where(leases.c.reference.in_(references))).mappings()
    return {row["lease"]: lease_of(row) for row in rows}


def of_tenant(tx: Tx, tenant: str) -> list[Lease]:
    """What somebody rents, by place."""
    question = _LEASES.where(leases.c.tenant == tenant).order_by(properties.c.name, leases.c.unit)
    return [lease_of(row) for row in tx.execute(question).mappings()]


def open_bills(tx: Tx, lease: Lease, most: int) -> list[Bill]:
    """What is still owed of a lease in its own currency, the most urgent first; held as by `hold_bills`."""
    columns = bills.c
    owed = (
        columns.lease == lease.reference,
        columns.currency == lease.currency,
        _STILL_OWED,
    )
    question = select(columns.reference).where(*owed).order_by(*_MOST_URGENT_FIRST).limit(most)
    references = tx.execute(question).scalars().all()
    held = hold_bills(tx, references)
    return [held[reference] for reference in references if held[reference].rest]


def rent_days(tx: Tx, tenant: str) -> list[date]:
    """When a tenant's rent was and will be due, as far as there are bills; the latest first."""
    question = (
        select(bills.c.due_on)
        .join(leases, bills.c.lease == leases.c.reference)
        .where(leases.c.tenant == tenant, bills.c.type == PaymentType.RENT)
        .order_by(bills.c.due_on.desc())
        .limit(24)
    )
    return list(tx.execute(question).scalars())


def tell(tx: Tx, bill_: Bill, payment: str, now: datetime) -> bool:
    """Tell the lease that a bill is paid or, when it was told so, that it is not any more; False when it knew."""
    last = select(func.max(lease_notices.c.turn)).where(lease_notices.c.bill == bill_.reference)
    turn = (tx.execute(last).scalar() or 0) + 1
    # By turns: the first time it is paid, the second time it is not.
    paid = bill_.status is BillStatus.PAID
    if paid != (turn % 2 == 1):
        return False
    notice = paid_notice(bill_.type, paid=paid)
    return insert_once(
        tx,
        lease_notices,
        lease=bill_.lease,
        notice=notice,
        bill=bill_.reference,
        period=bill_.period,
        payment=payment,
        turn=turn,
        at=now,
    )


_STILL_OWED = bills.c.paid < bills.c.amount - bills.c.released
_MOST_URGENT_FIRST = (bills.c.due_on, bills.c.type, bills.c.reference)
_OF_LEASE = (
    leases.c.property,
    leases.c.unit,
    leases.c.tenant,
    leases.c.landlord,
    leases.c.currency.label("lease_currency"),
    leases.c.part_policy,
    leases.c.rent,
    leases.c.exemption,
    properties.c.name.label("property_name"),
    people.c.name.label("landlord_name"),
)
_LEASES = (
    select(leases.c.reference.label("lease"), *_OF_LEASE)
    .join(properties, leases.c.property == properties.c.id)
    .join(people, leases.c.landlord == people.c.id)
)
_DUES = (
    select(bills, *_OF_LEASE)
    .join(leases, bills.c.lease == leases.c.reference)
    .join(properties, leases.c.property == properties.c.id)
    .join(people, leases.c.landlord == people.c.id)
)


def _due(row: RowMapping) -> Due:
    return Due(bill=_bill(row), lease=lease_of(row))


def lease_of(row: RowMapping | dict[str, Any]) -> Lease:
    currency = Currency(row["lease_currency"])
    return Lease(
        reference=row["lease"],
        property_id=row["property"],
        property_name=row["property_name"],
        unit=row["unit"],
        tenant=row["tenant"],
        landlord=row["landlord"],
        landlord_name=row["landlord_name"],
        currency=currency,
        part_policy=PartPolicy(row["part_policy"]),
        rent=None if row["rent"] is None else Money(row["rent"], currency),
        exemption=row["exemption"],
    )


def _bill(row: RowMapping) -> Bill:
    currency = Currency(row["currency"])
    return Bill(
        reference=row["reference"],
        lease=row["lease"],
        type=PaymentType(row["type"]),
        amount=Money(row["amount"], currency),
        paid=Money(row["paid"], currency),
        due_on=row["due_on"],
        period=row["period"],
        released=Money(row["released"], currency) if row["released"] else None,
    )
