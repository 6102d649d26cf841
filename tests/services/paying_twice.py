"""A deposit that was paid twice at a desk: the second payment's money waits for Asha's word."""

from __future__ import annotations

from typing import Any

from portal.domain.money import Money, shillings
from portal.domain.outcome import NotPaid, Paid, Reason, Source
from portal.domain.person import Person
from portal.services.excess import Choice
from portal.store import ledger_check
from tests.makers import LEASE
from tests.services.desk import CODE, Desk
from tests.services.refunding import ASHA

NO_RESPONSE = NotPaid(Reason.NO_RESPONSE, "1037")
CREDIT = f"credit:{LEASE}"
WHOLE = shillings(450_000)


async def paid_twice(desk: Desk, *, codes: tuple[str, str] = (CODE, "LATE123456"), **changes: Any) -> str:
    """The payment that came too late: its prompt was answered when another one had paid the bill."""
    late = await desk.start_and_settle(NO_RESPONSE, **changes)
    await desk.start_and_settle(Paid(receipt_code=codes[0]), **changes)
    door = desk.portal.payments.record_outcome
    await door(late, Paid(receipt_code=codes[1]), Source.WORKER)
    await desk.work()
    desk.sink.letters.clear()
    return late


async def choose(
    desk: Desk,
    payment: str,
    choice: Choice | str,
    *,
    amount: Money = WHOLE,
    key: str = "key",
    person: Person = ASHA,
) -> str:
    """The page has shown that amount."""
    shown = str(amount.minor)
    return await desk.portal.excess.choose(person, payment, choice, shown=shown, key=key)


async def the_books_agree(desk: Desk) -> None:
    report = await desk.store.snapshot(ledger_check.check)
    assert report.sound, report
