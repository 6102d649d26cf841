"""Names that nobody expected: one word longer than the phone is wide, for landlord, house and unit."""

from __future__ import annotations

from sqlalchemy import update

from portal.domain.bill import PaymentType
from portal.sandbox.fates import NUMBER_OF
from portal.store.tables import leases, people, properties
from portal.store.types import Tx
from tests.journeys.conftest import Arriving
from tests.journeys.proofs import layout
from tests.journeys.stage import ASHA, BARAKA, OFFICE, Stage
from tests.journeys.visitor import Visitor

SMALLEST = 320
LANDLORD = "Namelok" * 9
WORD = "Kilimanjaro" * 6


def rename(tx: Tx) -> None:
    tx.execute(update(people).where(people.c.name == "Juma Mollel").values(name=LANDLORD))
    tx.execute(update(properties).values(name=WORD))
    tx.execute(update(leases).values(unit=WORD[:40]))


async def faults(visitor: Visitor, *paths: str) -> list[str]:
    found = []
    for path in paths:
        await visitor.open(path)
        found += [f"{path} {fault}" for fault in (await layout(visitor.page, SMALLEST)).faults()]
    return found


async def test_the_longest_name_makes_no_page_wider_than_a_phone(town: Stage, arrive: Arriving) -> None:
    await town.portal.store.write(rename)
    paid = await town.ask(ASHA, PaymentType.DEPOSIT, NUMBER_OF["approves"])
    asha, landlord, office = [await arrive(width=SMALLEST) for _ in range(3)]
    await asha.sign_in(ASHA)
    await landlord.sign_in(LANDLORD)
    await office.sign_in(OFFICE)
    await town.until_printed(paid)
    receipt = (await town.payment(paid)).receipt
    assert receipt
    open_one = await town.ask(ASHA, PaymentType.RENT, "255754900001")
    draft = await town.draft(ASHA, PaymentType.SERVICE_FEE, "255754900002")
    wide = await faults(
        asha,
        *("/", "/pay", "/payments", f"/r/{receipt.address}"),
        *(f"/{page}/{payment}" for page in ("pay", "payments") for payment in (paid, open_one)),
        *(f"/pay/{step}?draft={draft}" for step in ("method", "details", "check")),
    )
    wide += await faults(landlord, "/landlord", f"/r/{receipt.address}")
    await town.ask(BARAKA, PaymentType.RENT, NUMBER_OF["undocumented"])
    town.clock.advance(minutes=16)
    await office.open("/ops")
    while not await office.page.locator("td").count():
        await office.page.reload()
    wide += await faults(office, "/ops")
    assert not wide, "\n".join(wide)
