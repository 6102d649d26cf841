"""The book of money gives each movement a receipt of its own."""

import re
from datetime import UTC, datetime
from itertools import chain, repeat

from portal.sandbox.book import Book

NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def test_a_receipt_looks_like_the_operators_and_follows_the_east_african_day() -> None:
    receipt = Book(lambda _: "00ff00ff00ff00ff").receipt(NIGHT)
    assert re.fullmatch("[0-9A-Z]{10}", receipt)
    assert receipt.startswith("UKR")  # 2026, November, 25th: it is past midnight there


def test_a_receipt_is_never_given_twice() -> None:
    chance = chain(["0000000000000001"] * 3, repeat("0000000000000002"))
    book = Book(lambda _: next(chance))
    first = book.move("ws_CO_1", "255754123456", 5, "A", NIGHT)
    second = book.move("ws_CO_2", "255754123456", 5, "A", NIGHT)
    assert first.receipt != second.receipt
    assert [movement.amount for movement in book.movements] == [5, 5]
