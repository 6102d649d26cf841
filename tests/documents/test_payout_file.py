"""The bank's file: every transfer with its own name, sums that agree, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from importlib.resources import files
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portal.documents.payout_file import NAMESPACE, Order, Transfer, as_csv, as_pain
from portal.documents.spreadsheet import csv_of
from portal.domain.money import Currency, Money, shillings
from portal.domain.zone import EAST_AFRICA
from tests.makers import NOW
from tests.payouts import PAYOUT

JUMA = Transfer(
    number=1, holder="Juma Mollel", bank="CRDB", account="0150998877600", amount=shillings(450_000)
)
OWN = Transfer(number=2, holder="Nest Pay Limited", bank="NMB", account="2011", amount=shillings(3_500))
ORDER = Order(
    payout=PAYOUT,
    at=NOW.astimezone(EAST_AFRICA),
    on=date(2026, 3, 3),
    name="Nest Pay Limited",
    bank="CRDB Bank",
    swift="CORUTZTZ",
    account="0150123456700",
    transfers=(JUMA, OWN),
)
SCHEMA = etree.XMLSchema(file=str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))
"""ISO 20022's own, as a library of others carries it."""
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
WRITTEN = st.builds(
    Transfer,
    number=st.integers(1, 9_999),
    holder=LINE.map("J".__add__),
    bank=LINE.map("B".__add__),
    account=st.text("0123456789", min_size=1, max_size=34),
    amount=st.builds(Money, st.integers(1, 10**12), st.sampled_from(Currency)),
)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_csv_has_one_row_for_each_transfer() -> None:
    heading, *rows = rows_of(as_csv(ORDER))
    assert heading[:4] == ["Transfer", "Name", "Bank", "Account"]
    assert [row[:6] for row in rows] == [
        [f"{PAYOUT}-1", "Juma Mollel", "CRDB", "0150998877600", "TZS", "450000"],
        [f"{PAYOUT}-2", "Nest Pay Limited", "NMB", "2011", "TZS", "3500"],
    ]


def test_dollars_have_their_cents_in_both_files() -> None:
    order = replace(ORDER, transfers=(replace(JUMA, amount=Money(80_050, Currency.USD)),))
    assert rows_of(as_csv(order))[1][4:6] == ["USD", "800.50"]
    assert b'<InstdAmt Ccy="USD">800.50</InstdAmt>' in as_pain(order)


@pytest.mark.covers("J13")
@pytest.mark.parametrize("typed", ["=1+1", "+255", "-1", "@sum", "\t=1", "  =1", "\r=1"])
def test_text_that_a_spreadsheet_would_calculate_stays_text(typed: str) -> None:
    assert rows_of(csv_of([(typed, -5, 7)]))[0] == [f"'{typed}", "-5", "7"]


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1))
def test_whatever_is_written_no_cell_begins_as_a_formula_and_nothing_is_lost(cells: list[str]) -> None:
    (row,) = rows_of(csv_of([cells])) or [[""]]
    assert all(not cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in row)
    assert [cell.removeprefix("'") for cell in row] == [cell.removeprefix("'") for cell in cells]


def test_the_credit_transfer_tells_what_the_order_says_and_its_sums_agree() -> None:
    root = etree.fromstring(as_pain(ORDER))
    names = {None: NAMESPACE}
    for place in ("GrpHdr", "PmtInf"):
        found = root.find(f".//{place}", names)
        assert found is not None
        assert (found.findtext("NbOfTxs", None, names), found.findtext("CtrlSum", None, names)) == (
            "2",
            "453500",
        )
    assert root.findtext(".//CreDtTm", None, names) == "2026-03-03T12:00:00+03:00"
    assert root.findtext(".//DbtrAgt/FinInstnId/BICFI", None, names) == "CORUTZTZ"
    sent = root.findall(".//CdtTrfTxInf", names)
    assert [one.findtext(".//EndToEndId", None, names) for one in sent] == [f"{PAYOUT}-1", f"{PAYOUT}-2"]
    assert [one.findtext("CdtrAcct/Id/Othr/Id", None, names) for one in sent] == ["0150998877600", "2011"]


@given(transfers=st.lists(WRITTEN, min_size=1, max_size=5), name=LINE.map("N".__add__))
def test_whatever_people_and_banks_are_called_the_credit_transfer_keeps_to_its_schema(
    transfers: list[Transfer], name: str
) -> None:
    SCHEMA.assertValid(etree.fromstring(as_pain(replace(ORDER, transfers=transfers, name=name))))


def test_names_hold_only_what_banks_pass_on() -> None:
    order = replace(ORDER, transfers=(replace(JUMA, holder="Ngũgĩ & <Söhne> ☂ " + "x" * 80),))
    root = etree.fromstring(as_pain(order))
    name = root.findtext(".//Cdtr/Nm", None, {None: NAMESPACE})
    assert name is not None
    assert name.startswith("Ngugi Sohne xxx")
    assert len(name) == 70
