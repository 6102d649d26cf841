"""A stage on which deposits go back: one waits for its tenant, one for the office, one is settled and one is held."""

from __future__ import annotations

from portal.domain.bill import Bill, PaymentType
from portal.domain.money import shillings
from portal.domain.person import Person
from portal.services.deposit_wish import TypedAnswer, TypedClaim, TypedClaims
from portal.store import leases
from tests.journeys.stage import ASHA, BARAKA, MOLLEL, NEEMA, OFFICE, REHEMA, Stage
from tests.makers import a_reference

KWEKA = "Grace Kweka"
DEPOSIT, SECURITY = PaymentType.DEPOSIT, PaymentType.SECURITY_DEPOSIT
CLEANING = TypedClaim(
    kind="CLEANING",
    amount="60,000",
    note="Jiko na bafu havikusafishwa; fundi wa usafi alilipwa tarehe 1 Machi.",
)
DAMAGE = TypedClaim(kind="DAMAGE", amount="85,000", note="Mlango wa chumba cha pili umevunjika bawaba.")
LARGE = TypedClaim(kind="DAMAGE", amount="1,100,000", note="The roof of the veranda came down.")
AGREE = TypedAnswer(choice="AGREE", note="")
DISPUTE = TypedAnswer(choice="DISPUTE", note="It was so when I moved in. I sent pictures on the first day.")


async def lease_of(stage: Stage, tenant: str) -> str:
    """The lease of which somebody has paid the deposit."""
    (found,) = await stage.portal.lease_end.views.of_tenant(await stage.person(tenant))
    return found.lease.reference


async def end(stage: Stage, landlord: Person, lease: str, *rows: TypedClaim) -> None:
    """The landlord ends it with these lines, and what no line names is sent back."""
    held = (await stage.portal.lease_end.views.case(landlord, lease)).of.to_itemise
    assert held
    typed = TypedClaims(rows=rows, shown=str(held.minor))
    await stage.portal.lease_end.deposits.itemise(landlord, lease, typed)
    await stage.work()


async def answer(stage: Stage, tenant: str, lease: str, *answers: TypedAnswer) -> None:
    typed = dict(enumerate(answers, start=1))
    await stage.portal.lease_end.deposits.answer(await stage.person(tenant), lease, typed)
    await stage.work()


async def add_deposit(stage: Stage, tenant: str, minor: int, number: int = 4_000) -> None:
    """A smaller one for somebody whose own is more than a phone can pay at once."""
    due = (await stage.portal.views.home(await stage.person(tenant))).dues[0]
    bill = Bill(
        reference=a_reference(number),
        lease=due.lease.reference,
        type=DEPOSIT,
        amount=shillings(minor),
        paid=shillings(0),
        due_on=due.bill.due_on,
    )
    await stage.portal.store.write(lambda tx: leases.add_bill(tx, bill))


async def decided(stage: Stage, lease: str, line: int, amount: str) -> None:
    desk, office = stage.portal.lease_end.desk, await stage.person(OFFICE)
    await desk.decide(office, lease, line, amount=amount, note="The pictures show half of it.")
    await stage.work()


async def put_deposits(stage: Stage) -> dict[str, str]:
    """Everybody's deposit is paid already; the leases by the names of their states."""
    mollel, kweka = await stage.person(MOLLEL), await stage.person(KWEKA)
    known = {
        "itemised": await lease_of(stage, ASHA),
        "with-office": await lease_of(stage, BARAKA),
        "settled": await lease_of(stage, NEEMA),
        "held": await lease_of(stage, REHEMA),
    }
    await end(stage, mollel, known["itemised"], CLEANING, DAMAGE)
    await end(stage, mollel, known["with-office"], LARGE, CLEANING)
    await answer(stage, BARAKA, known["with-office"], DISPUTE, AGREE)
    await decided(stage, known["with-office"], 1, "550,000")
    await end(stage, kweka, known["settled"], CLEANING, DAMAGE)
    await answer(stage, NEEMA, known["settled"], AGREE, DISPUTE)
    await decided(stage, known["settled"], 2, "40,000")
    return known
