"""Deposits at a desk: a landlord who ends a lease, a tenant who answers, an office that decides."""

from __future__ import annotations

from portal.domain.deposit_pots import deducted_of, deposit_left
from portal.domain.deposit_return import DepositReturn
from portal.domain.deposit_standing import Standing, standing_of
from portal.domain.money import shillings, sum_of
from portal.domain.outcome import Paid
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import RefundState
from portal.domain.refund_reason import RefundReason
from portal.services.deposit_views import DepositCase
from portal.services.deposit_wish import TypedAnswer, TypedClaim, TypedClaims
from portal.store import payments as payment_rows
from tests.makers import LEASE, some_fees
from tests.services.desk import Desk
from tests.services.refunding import ASHA, JUMA, SALMA

AGREE, DISPUTE = TypedAnswer(choice="AGREE", note=""), TypedAnswer(choice="DISPUTE", note="It was so before.")
CLEANING = TypedClaim(kind="CLEANING", amount="120,000", note="The kitchen was left dirty.")
DAMAGE = TypedClaim(kind="DAMAGE", amount="80,000", note="The door is broken.")


async def pay_deposit(desk: Desk, *amounts: int, bill: str | None = None) -> list[str]:
    """A deposit of the sum of these, paid by so many payments."""
    owed = shillings(sum(amounts))
    name = bill or (await desk.add_bill(type="DEPOSIT", period=None, amount=owed)).reference
    paid = []
    for number, minor in enumerate(amounts):
        amount = shillings(minor)
        outcome = Paid(amount + some_fees(amount).total, f"UC35DEP{name[-3:]}{number}", desk.clock.now)
        paid.append(await desk.start_and_settle(outcome, bill=name, amount=amount))
    desk.sink.letters.clear()
    return paid


async def itemise(desk: Desk, *rows: TypedClaim, person: Person = JUMA, shown: str | None = None) -> None:
    """What the landlord has typed and seen."""
    held = (await case(desk)).of.to_itemise
    typed = TypedClaims(rows=rows, shown=shown or (str(held.minor) if held else ""))
    await desk.portal.lease_end.deposits.itemise(person, LEASE, typed)


async def answer(desk: Desk, *answers: TypedAnswer, person: Person = ASHA) -> None:
    typed = dict(enumerate(answers, start=1))
    await desk.portal.lease_end.deposits.answer(person, LEASE, typed)


async def decide(desk: Desk, line: int, amount: str, person: Person = SALMA) -> None:
    await desk.portal.lease_end.desk.decide(person, LEASE, line, amount=amount, note="Photos show it.")


async def case(desk: Desk, person: Person = SALMA) -> DepositCase:
    return await desk.portal.lease_end.views.case(person, LEASE)


async def returned(desk: Desk) -> DepositReturn:
    one = (await case(desk)).of.one
    assert one
    return one


async def standing(desk: Desk) -> Standing:
    """Where the money is, after making sure that nothing of it is lost, doubled or in two places."""
    one = await returned(desk)
    references = [share.payment for share in one.shares]
    payments = (await desk.read(lambda tx: payment_rows.several(tx, references))).values()
    found = standing_of(one, list(payments))
    places = [found.sent_back, found.on_the_way, found.unsent, found.waiting, found.deducted]
    places.append(found.taken)
    assert sum_of(places) == found.deposit
    assert found.deposit == one.deposit or (found.deposit > one.deposit and any(map(_came_back, payments)))
    assert all(place.minor >= 0 for place in places)
    assert found.deducted == one.deducted
    assert found.held == sum_of([deposit_left(payment) for payment in payments])
    assert sum_of([deducted_of(each) or shillings(0) for each in payments]) == one.deducted
    return found


def _came_back(payment: Payment) -> bool:
    """Money that had gone before the lease ended is here again, and is the tenant's with the rest."""
    failed = (one for one in payment.refunds if one.state is RefundState.FAILED)
    return any(one.reason is not RefundReason.LEASE_ENDED for one in failed)


def sums(found: Standing) -> dict[str, int]:
    """Those that are not nothing."""
    names = ("sent_back", "on_the_way", "unsent", "waiting", "deducted", "taken")
    return {name: money.minor for name in names if (money := getattr(found, name))}


def told(desk: Desk) -> list[str]:
    """What people were told since the last look."""
    kinds = sorted(letter.key.partition(":")[0] for letter in desk.sink.letters)
    desk.sink.letters.clear()
    return kinds
