"""What several bills together are called, on pages and in one text message."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.allocation import Allocation
from portal.domain.bill import PaymentType
from portal.domain.money import shillings
from portal.templating.language import Language
from tests.makers import a_reference
from tests.templating.rendering import Drawn

EN, SW = Language.EN, Language.SW
DEPOSIT, RENT = PaymentType.DEPOSIT, PaymentType.RENT
FEE, SECURITY = PaymentType.SERVICE_FEE, PaymentType.SECURITY_DEPOSIT
MARCH, APRIL, MAY = (date(2026, month, 1) for month in (3, 4, 5))
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
Named = tuple[PaymentType, date | None]


def bills(*named: Named) -> list[Allocation]:
    return [
        Allocation(bill=a_reference(100 + number), type=kind, period=period, amount=shillings(1_000))
        for number, (kind, period) in enumerate(named)
    ]


@pytest.mark.covers("A20", "A33")
@pytest.mark.parametrize(
    "named, english, swahili",
    [
        ([(DEPOSIT, None)], "Deposit", "Amana"),
        ([(RENT, MARCH)], "Rent, March 2026", "Kodi, Machi 2026"),
        ([(DEPOSIT, None), (RENT, MARCH)], "Deposit and rent, March 2026", "Amana na kodi, Machi 2026"),
        (
            [(RENT, MARCH), (FEE, MARCH)],
            "Rent and service fee, March 2026",
            "Kodi na ada ya huduma, Machi 2026",
        ),
        (
            [(RENT, MARCH), (FEE, APRIL)],
            "Rent, March 2026 and service fee, April 2026",
            "Kodi, Machi 2026 na ada ya huduma, Aprili 2026",
        ),
        ([(RENT, MARCH), (RENT, APRIL)], "Rent, March and April 2026", "Kodi, Machi na Aprili 2026"),
        (
            [(RENT, DECEMBER), (RENT, JANUARY)],
            "Rent, December 2026 and January 2027",
            "Kodi, Desemba 2026 na Januari 2027",
        ),
        ([(RENT, MARCH), (RENT, APRIL), (RENT, MAY)], "Rent, 3 months", "Kodi, miezi 3"),
        ([(DEPOSIT, None), (RENT, MARCH), (RENT, APRIL)], "3 bills", "Bili 3"),
        ([(SECURITY, None), (SECURITY, None)], "2 bills", "Bili 2"),
        ([(RENT, MARCH), (RENT, None), (RENT, APRIL)], "3 bills", "Bili 3"),
    ],
)
def test_several_bills_have_one_short_name(
    drawn: Drawn, named: list[Named], english: str, swahili: str
) -> None:
    source = '{% from "payments/_words.html" import bills_name %}<p>{{ bills_name(bills) }}</p>'
    for language, name in ((EN, english), (SW, swahili)):
        assert drawn(source, language, bills=bills(*named)).xpath("string(//p)") == name
