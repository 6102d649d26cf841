"""The book of money gives each movement a receipt of its own."""

import re
from datetime import UTC, datetime
from itertools import chain, repeat

import pytest

from portal.sandbox.book import REVERSAL, Book, Movement
from portal.sandbox.operators import AIRTEL, AZAMPESA, HALOPESA, MIXX, MPESA, Operator

NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def test_a_receipt_looks_like_the_operators_and_follows_the_east_african_day() -> None:
    receipt = Book(lambda _: "00ff00ff00ff00ff").receipt(NIGHT)
    assert re.fullmatch("[0-9A-Z]{10}", receipt)
    assert receipt.startswith("UKR")  # 2026, November, 25th: it is past midnight there


def test_a_receipt_is_never_given_twice() -> None:
    chance = chain(["0000000000000001"] * 3, repeat("0000000000000002"))
    book = Book(lambda _: next(chance))
    assert book.receipt(NIGHT) != book.receipt(NIGHT)


@pytest.mark.parametrize(
    "operator, form",
    [
        (MPESA, "UKR[0-9A-Z]{7}"),
        (MIXX, r"CO261125\.0130\.A\d{5}"),
        (AIRTEL, r"MP261125\.0130\.L\d{5}"),
        (HALOPESA, r"HP261125\.0130\.H\d{5}"),
        (AZAMPESA, r"AZ261125\.0130\.Z\d{5}"),
    ],
    ids=lambda value: getattr(value, "wallet", ""),
)
def test_each_operator_has_a_form_of_receipt_of_its_own(operator: Operator, form: str) -> None:
    assert re.fullmatch(form, Book(lambda _: "00ff00ff00ff00ff").receipt(NIGHT, operator))


def test_what_was_taken_back_is_left_no_more() -> None:
    book = Book(lambda _: "0000000000000001")
    paid = book.move(Movement("1", "255754123456", 500, "RECEIPT", "A", NIGHT))
    book.move(Movement("2", "255754123456", -200, "OTHER", "A", NIGHT, kind=REVERSAL, of="RECEIPT"))
    assert book.payment("RECEIPT") == paid
    assert book.payment("OTHER") is None
    assert book.left_of(paid) == 300
