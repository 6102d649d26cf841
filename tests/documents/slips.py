"""Receipts to look at: a deposit paid whole, a part of a rent, money that came late and twice, endless names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from portal.documents.receipt import ReceiptFacts, ReceiptLine
from portal.domain.bill import PaymentType
from portal.domain.exchange import Exchange
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
from portal.domain.receipt import ReceiptNumber

CODE = "7K29QXM4AB1C"
VERIFY_URL = f"https://pay.nest.co.tz/v/{CODE}"

FULL = ReceiptFacts(
    number=ReceiptNumber("MOL", 2026, 123),
    code=CODE,
    completed_at=datetime(2026, 3, 3, 11, 5, 2, tzinfo=UTC),
    provider_paid_at=datetime(2026, 3, 3, 11, 4, 30, tzinfo=UTC),
    landlord="Joseph Mollel",
    tenant="Asha Mushi",
    place="A3, Mikocheni",
    lines=(
        ReceiptLine(
            type=PaymentType.DEPOSIT,
            period=None,
            amount=shillings(450_000),
            balance=shillings(0),
            excess=None,
        ),
    ),
    fees=Fees(shillings(2_250), shillings(250), shillings(1_000)),
    method=PaymentMethod.MPESA,
    phone="0754•••456",
    provider_code="QK12AB34CD",
    late=False,
    verify_url=VERIFY_URL,
    version=1,
    rendered_at=datetime(2026, 3, 3, 11, 5, 9, tzinfo=UTC),
)


LINE = ("type", "period", "amount", "balance", "excess")


def a_slip(facts: ReceiptFacts = FULL, **changes: Any) -> ReceiptFacts:
    """Changes of the slip, or of the line of its one bill."""
    (line,) = facts.lines
    its = {name: changes.pop(name) for name in LINE if name in changes}
    return replace(facts, **{"lines": (replace(line, **its),)} | changes)


PART = a_slip(
    type=PaymentType.RENT,
    period=date(2026, 3, 1),
    amount=shillings(300_000),
    fees=Fees(shillings(1_500), shillings(250), shillings(1_000)),
    balance=shillings(150_000),
)
LATE_AND_TWICE = a_slip(
    late=True, excess=shillings(450_000), completed_at=datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
)
LONGEST = a_slip(
    PART,
    late=True,
    amount=shillings(888_888_888_888),
    landlord="Mwanahamisi binti Abdulrahman Mwinyimkuu " * 20,
    landlord_tin="123-456-789",
    tenant="W" * 10_000,
    place="Ghorofa ya kumi na tatu, نيروبي, 东非, 🏠 " * 20,
    provider_code="X" * 40,
    by_link=True,
)
_DEPOSIT, _RENT = FULL.lines[0], PART.lines[0]
SEVERAL = replace(FULL, lines=(_DEPOSIT, replace(_RENT, amount=shillings(350_000), balance=shillings(0))))
_LONG_LINE = replace(
    _DEPOSIT,
    type=PaymentType.SECURITY_DEPOSIT,
    period=date(2026, 9, 1),
    amount=shillings(12_345_678),
    balance=shillings(1_234_567),
)
MANY = replace(
    LONGEST,
    lines=tuple(
        replace(_LONG_LINE, period=date(2026, month, 1), excess=shillings(month) if month > 9 else None)
        for month in range(1, 13)
    ),
)
"""As many bills as one payment may have."""


def _in_dollars(line: ReceiptLine) -> ReceiptLine:
    excess = line.excess and _dollars(line.excess)
    return replace(line, amount=_dollars(line.amount), balance=_dollars(line.balance), excess=excess)


def _dollars(amount: Money) -> Money:
    return Money(amount.minor, Currency.USD)


DOLLARS = replace(
    MANY,
    exchange=Exchange(
        id="AB1C7K29QXM4",
        rate=Decimal("99999.123456"),
        source="Benki ya Maendeleo ya Wafanyabiashara TZ",
        quoted_at=datetime(2026, 3, 3, 11, 2, tzinfo=UTC),
        valid_until=datetime(2026, 3, 3, 11, 17, tzinfo=UTC),
    ),
    lines=tuple(map(_in_dollars, MANY.lines)),
)
"""The same in dollars, with the longest rate."""
SLIPS = {
    "full": FULL,
    "part": PART,
    "late": LATE_AND_TWICE,
    "longest": LONGEST,
    "several": SEVERAL,
    "many": MANY,
    "dollars": DOLLARS,
}
