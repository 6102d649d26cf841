"""What the office has to end: another amount than was asked for, a refund that cannot leave, one that may have gone all
the same, and one of two landlords' money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from portal.domain.bill import PaymentType
from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Paid, Source
from portal.domain.refund_outcome import Cause, NotRefunded, RefundAccepted, RefundRefusal
from portal.providers.refund import HeardOfRefund
from portal.store.tables import leases
from tests.journeys.refund_exhibit import asked_back, paid_by_airtel, sent_back
from tests.journeys.stage import ASHA, BARAKA, MOLLEL, NEEMA, OFFICE, REHEMA
from tests.journeys.taken_back import went_back

if TYPE_CHECKING:
    from tests.journeys.exhibits import Exhibit

SECURITY, RENT = PaymentType.SECURITY_DEPOSIT, PaymentType.RENT
OTHER_PHONE = "255754900077"


async def prepare_ended(exhibit: Exhibit) -> None:
    await exhibit.settle("wrong", BARAKA, RENT, "smaller-amount")
    await exhibit.stage.sandbox.give_fate(OTHER_PHONE, fate="smaller-amount")
    given_back = await exhibit.settle("given-back", NEEMA, RENT, OTHER_PHONE)
    waiting = (await exhibit.stage.payment(given_back)).in_question
    assert waiting
    await went_back(exhibit.stage, given_back, "TC36BACK11", str(waiting.minor))
    exhibit.known["doubtful"] = await _only_told(exhibit)
    exhibit.known["of-two"] = await _of_two_landlords(exhibit)
    deposit = await paid_by_airtel(exhibit, ASHA, PaymentType.DEPOSIT, "MP2603.3")
    exhibit.known["overtaken"] = await _found_right(exhibit, deposit)
    off = [NotSent("provider switched off")] * 9
    # What is sent back overtakes what was found.
    exhibit.known["stuck"] = await sent_back(exhibit, ASHA, deposit, *off)


async def _found_right(exhibit: Exhibit, payment: str) -> str:
    """Another amount was told of it afterwards, and the office says that it is right."""
    portal, office = exhibit.stage.portal, await exhibit.stage.person(OFFICE)
    await portal.payments.record_outcome(payment, Paid(shillings(1_000), "MP2603.9"), Source.WORKER)
    await portal.corrections.stands(office, payment, "Airtel says that one amount came, ticket 4711.")
    return payment


async def _only_told(exhibit: Exhibit) -> str:
    """A message says that it failed, and nobody can be asked."""
    payment = await paid_by_airtel(exhibit, ASHA, RENT, "MP2603.1")
    refund = await sent_back(exhibit, ASHA, payment, RefundAccepted("MP260303.7"))
    failed = NotRefunded(RefundRefusal.OUR_BALANCE, "DP00800001007")
    heard = HeardOfRefund(cause=Cause.OURS, outcome=failed, reference=refund, proved=True)
    await exhibit.stage.portal.refund_news.hear("airtel", heard)
    await exhibit.stage.work()
    return refund


async def _of_two_landlords(exhibit: Exhibit) -> str:
    """Rehema's home was sold to Juma after she had paid, and she asks for rent and deposit."""
    stage = exhibit.stage
    payment = await paid_by_airtel(exhibit, REHEMA, (SECURITY, RENT), "MP2603.2")
    lease, buyer = (await stage.payment(payment)).lease, (await stage.person(MOLLEL)).id
    sold = update(leases).where(leases.c.reference == lease).values(landlord=buyer)
    await stage.portal.store.write(lambda tx: tx.execute(sold))
    office = await stage.person(OFFICE)
    await stage.portal.corrections.money_went_back(office, payment, "MP2603.8", "20,000")
    return await asked_back(exhibit, REHEMA, payment, "1,000,000")
