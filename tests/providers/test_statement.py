"""Statements of any format: told apart by what they hold, read to the same lines, and refused with a reason."""

import bz2
import gzip
import io
import lzma
import re
import tomllib
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.providers.statement import (
    OF_THE_WHOLE_FILE,
    BadLine,
    Fault,
    StatementLine,
    StatementUnreadable,
    Unreadable,
    read_statement,
)
from portal.providers.statement_line import LONGEST_EXCERPT
from portal.providers.statement_text import LONGEST_LINE
from tests.providers.told import told
from tests.statements import ACCOUNT, FORMATS, Booked, camt_of, entries, in_file

SAMPLES = Path(__file__).parent / "statements"
OUTCOMES: dict[str, list[str]] = tomllib.loads((SAMPLES / "outcomes.toml").read_text("utf-8"))
EVERY_FORMAT = pytest.mark.parametrize("format_", FORMATS)
LETTERS = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789./,()+'")
TEXTS = (
    st.text(LETTERS, max_size=150)
    .map(lambda text: " ".join(text.split()))
    # A CSV has no other sign of a line that takes another one back than such a word.
    .filter(lambda text: not re.search("REVERS|RVSL", text, re.IGNORECASE))
)
CODES = st.text(st.sampled_from("ABCDEFGHJK0123456789"), min_size=1, max_size=15).map(lambda code: f"F{code}")

booked = st.builds(
    Booked,
    booked_on=st.integers(0, 400).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
    amount=st.integers(1, 999_999_999_999).map(shillings),
    is_credit=st.booleans(),
    is_reversal=st.booleans(),
    bank_reference=CODES,
    text=TEXTS.map(lambda text: f"RENT {text}".strip()),
    customer_reference=CODES,
)


def read(file: io.BytesIO, **how: Any) -> list[StatementLine | BadLine]:
    return list(read_statement(file, **how))


def lines_in(parts: Iterable[str]) -> list[StatementLine]:
    found = read(in_file(parts))
    assert [bad for bad in found if isinstance(bad, BadLine)] == []
    return [line for line in found if isinstance(line, StatementLine)]


def all_but_its_place(line: StatementLine) -> tuple[object, ...]:
    """A bank's line ends anywhere, in a word too."""
    return (*line.key, line.booked_on, line.is_reversal, "".join(line.text.split()))


def meant(entry: Booked) -> tuple[object, ...]:
    text = f"{'REVERSAL' if entry.is_reversal else ''}{entry.text}{entry.customer_reference}"
    key = (ACCOUNT.lstrip("0"), entry.bank_reference, entry.amount.minor, entry.is_credit)
    return (*key, entry.booked_on, entry.is_reversal, "".join(text.split()))


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_sample_says_what_its_name_says(name: str) -> None:
    assert list(map(told, read(io.BytesIO((SAMPLES / name).read_bytes())))) == OUTCOMES[name]


def test_every_sample_has_an_outcome() -> None:
    files = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*")}
    assert files == set(OUTCOMES)


@EVERY_FORMAT
@given(written=st.lists(booked, max_size=8))
def test_what_is_written_is_read_back(format_: str, written: list[Booked]) -> None:
    assert list(map(all_but_its_place, lines_in(FORMATS[format_](written)))) == list(map(meant, written))


@pytest.mark.covers("I1")
@given(st.lists(booked, min_size=1, max_size=5))
def test_one_list_of_entries_is_the_same_in_every_format(written: list[Booked]) -> None:
    assert len({tuple(map(all_but_its_place, lines_in(write(written)))) for write in FORMATS.values()}) == 1


@EVERY_FORMAT
def test_a_statement_without_entries_is_a_quiet_day(format_: str) -> None:
    assert read(in_file(FORMATS[format_]([]))) == []


@EVERY_FORMAT
def test_the_same_entry_twice_in_a_file_is_given_twice(format_: str) -> None:
    first, second = lines_in(FORMATS[format_]([Booked(), Booked()]))
    assert first.key == second.key
    assert first.line < second.line


@EVERY_FORMAT
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]
)
def test_an_encoding_is_known_by_the_file_itself(format_: str, encoding: str) -> None:
    written = "".join(FORMATS[format_]([Booked(text="KODI – NYUMBA")])).replace(
        "UTF-8", encoding.removesuffix("-sig")
    )
    found = read(io.BytesIO(written.encode(encoding)))
    assert [line.text for line in found if isinstance(line, StatementLine)] == ["KODI – NYUMBA"]


@EVERY_FORMAT
def test_a_file_is_read_wherever_it_comes_from(format_: str) -> None:
    """A pipe cannot be rewound, and gives a few bytes at a time."""

    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(7, size) if size and size > 0 else 7)

        def seek(self, *place: int) -> int:
            raise OSError(place)

    piped = Pipe("".join(FORMATS[format_](entries(20))).encode())
    assert read(piped) == lines_in(FORMATS[format_](entries(20)))


@EVERY_FORMAT
def test_what_is_not_final_today_is_no_line_yet(format_: str) -> None:
    written = [Booked(booked_on=date(2026, 7, day)) for day in (1, 2)]
    found = read(in_file(FORMATS[format_](written)), today=date(2026, 7, 1))
    assert [line.reason if isinstance(line, BadLine) else line.booked_on.day for line in found] == [
        1,
        Fault.DATE_AHEAD,
    ]


def test_a_value_date_that_has_come_makes_a_line() -> None:
    file = (SAMPLES / "mt940" / "value_date_ahead.sta").read_bytes()
    eve, day = (read(io.BytesIO(file), today=date(2027, 1, day))[0] for day in (3, 4))
    assert isinstance(eve, BadLine)
    assert eve.reason is Fault.NOT_YET_VALUED
    assert isinstance(day, StatementLine)


def test_a_format_can_be_asked_for() -> None:
    preceded = "BANK\n" * 10 + "".join(FORMATS["mt940"]([Booked()]))
    assert len(read(in_file([preceded]), format_hint="mt940")) == 1
    assert refusal(preceded.encode()) is Unreadable.NO_HEADER


def refusal(file: bytes, **how: Any) -> Unreadable:
    """Told by the call, not by the first line."""
    with pytest.raises(StatementUnreadable) as refused:
        read_statement(io.BytesIO(file), **how)
    return refused.value.reason


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


A_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(9))
    + ']><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>&j;</BkToCstmrStmt></Document>'
)
AN_ENTITY_FROM_OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>&f;</BkToCstmrStmt></Document>'
)
LATE = f"<?xml version='1.0'?><!--{' ' * 70_000}-->"
REFUSED = {
    "nothing": (b"", Unreadable.EMPTY),
    "blank lines": (b"\r\n \r\n", Unreadable.EMPTY),
    "a byte order mark alone": (b"\xef\xbb\xbf", Unreadable.EMPTY),
    "xlsx": (zipped("xl/workbook.xml"), Unreadable.SPREADSHEET),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Unreadable.SPREADSHEET),
    "a spreadsheet in XML": (
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        Unreadable.SPREADSHEET,
    ),
    "a web page": (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", Unreadable.WEB_PAGE),
    "a table named .xls": (b"\n\n<table border=1><tr><td>Date</td></tr></table>", Unreadable.WEB_PAGE),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", Unreadable.PDF),
    "gzip": (gzip.compress(b"Date"), Unreadable.COMPRESSED),
    "bzip2": (bz2.compress(b"Date"), Unreadable.COMPRESSED),
    "xz": (lzma.compress(b"Date"), Unreadable.COMPRESSED),
    "RTF": (b"{\\rtf1\\ansi Date}", Unreadable.NOT_TEXT),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4 + bytes(600), Unreadable.NOT_TEXT),
    "zeros": (bytes(5_000), Unreadable.NOT_TEXT),
    "a letter": (b"Dear customer,\nyour statement is ready.\n", Unreadable.NO_HEADER),
    "JSON": (b'{"error": "session expired"}', Unreadable.NO_HEADER),
    "a line without end": (b"Date,Details," * 20_000, Unreadable.NO_HEADER),
    "columns of something else": (b"Name,Phone\nAsha,0754123456\n", Unreadable.NO_HEADER),
    "no account": (b"Date,Details,Debit,Credit\n01/07/2026,RENT,,450000\n", Unreadable.NO_ACCOUNT),
    "other XML": (b"<rss><item/></rss>", Unreadable.OTHER_XML),
    "other XML without end": (b"<a>" + b"<b>x</b>" * 2_000_000 + b"</a>", Unreadable.OTHER_XML),
    "an order to pay": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>',
        Unreadable.OTHER_MESSAGE,
    ),
    "a report within the day": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"><BkToCstmrAcctRpt/></Document>',
        Unreadable.OTHER_MESSAGE,
    ),
    "a version to come": ("".join(camt_of([Booked()], "053.001.13")).encode(), Unreadable.OTHER_MESSAGE),
    "a bomb": (A_BOMB.encode(), Unreadable.XML_DEFINES),
    "a bomb in UTF-16": (A_BOMB.encode("utf-16"), Unreadable.XML_DEFINES),
    "a late bomb": (f"{LATE}{A_BOMB[21:]}".encode(), Unreadable.CUT_OFF),
    "a late document type": (
        f"{LATE}<!DOCTYPE d>{''.join(camt_of([]))[39:]}".encode(),
        Unreadable.XML_DEFINES,
    ),
    "an entity from outside": (AN_ENTITY_FROM_OUTSIDE.encode(), Unreadable.XML_DEFINES),
    "cut off in the head": (b'<?xml version="1.0"?><Document xmlns="urn:iso', Unreadable.CUT_OFF),
    "an encoding of nobody": (b'<?xml version="1.0" encoding="x-none"?><Document/>', Unreadable.CUT_OFF),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_statement_is_refused_with_its_reason(name: str) -> None:
    file, reason = REFUSED[name]
    assert refusal(file) is reason


def test_every_reason_to_refuse_a_file_is_met_by_a_test() -> None:
    met = {reason for _, reason in REFUSED.values()}
    assert met | {Unreadable.TOO_LARGE} == set(Unreadable)


def test_every_fault_of_a_line_is_met_by_a_sample_or_a_test() -> None:
    met = {outcome.split()[-1] for outcomes in OUTCOMES.values() for outcome in outcomes}
    assert met | {Fault.DATE_AHEAD, Fault.LINE_TOO_LONG} >= set(Fault)


def damaged(file: bytes, places: list[tuple[int, bytes]]) -> bytes:
    for place, put in places:
        at = place % (len(file) + 1)
        file = file[:at] + put + file[at + len(put) :]
    return file


def survives(file: bytes, format_hint: str | None = None) -> None:
    """Nothing is raised but our own refusal, and what is given is fit for a page and a database."""
    with suppress(StatementUnreadable):
        for line in read_statement(io.BytesIO(file), format_hint, account=ACCOUNT):
            if isinstance(line, BadLine):
                assert len(line.excerpt) <= LONGEST_EXCERPT
                assert line.excerpt.isprintable()
            else:
                assert line.amount.minor > 0
                assert line.bank_reference
                assert f"{line.text}{line.payer}{line.bank_reference}".replace("\n", "").isprintable()
                assert line.account.isdigit()


@given(st.binary(max_size=2_000), st.sampled_from([None, *FORMATS]))
def test_bytes_of_any_kind_are_read_or_refused(file: bytes, format_hint: str | None) -> None:
    survives(file, format_hint)


@EVERY_FORMAT
@given(places=st.lists(st.tuples(st.integers(0), st.binary(max_size=12)), max_size=6), length=st.integers(0))
@example(places=[], length=0)
def test_a_damaged_statement_is_read_or_refused(
    format_: str, places: list[tuple[int, bytes]], length: int
) -> None:
    whole = "".join(FORMATS[format_](entries(12))).encode()
    survives(damaged(whole, places))
    survives(whole[: length % len(whole)])


@EVERY_FORMAT
@given(st.text(max_size=200), st.text(max_size=50))
def test_a_text_of_any_kind_is_read_or_refused(format_: str, text: str, reference: str) -> None:
    written = "".join(FORMATS[format_]([Booked(text=text, bank_reference=reference, payer=reference)]))
    survives(written.encode("utf-8", "replace"))


@EVERY_FORMAT
@pytest.mark.parametrize(
    "text",
    [
        "\0", "\u202e7K29", "a\u0301" * 60, "\ud800", "\x1b[31m", "{{7*7}}", "${jndi:ldap://x}", "<script>", "]]>",
        "&lol;", "=HYPERLINK(1)", "+cmd|' /C'!A0", "@SUM(1)", "\r\n:61:2607010701C9,00NTRFX//Y\r\n", '","",9,9,"',
        "%s%n", "-}", "-", "🏠" * 40,
    ],
)  # fmt: skip
def test_a_hostile_text_is_text(format_: str, text: str) -> None:
    survives("".join(FORMATS[format_]([Booked(text=text, payer=text)])).encode("utf-8", "replace"))


@EVERY_FORMAT
@given(length=st.integers(1))
def test_no_line_of_a_file_that_was_cut_off_is_another_than_in_the_whole(format_: str, length: int) -> None:
    """A digit fewer in the amount, or in the reference, would be another payment."""
    whole = "".join(FORMATS[format_](entries(30))).encode()
    cut = whole[: length % len(whole)]
    keys = {line.key for line in read(io.BytesIO(whole)) if isinstance(line, StatementLine)}
    try:
        found = read(io.BytesIO(cut))
    except StatementUnreadable:
        return
    assert {line.key for line in found if isinstance(line, StatementLine)} <= keys


@pytest.mark.parametrize("format_", ["csv", "mt940"])
@pytest.mark.parametrize(
    "spoilt,fault",
    [("X" * (5 * LONGEST_LINE), Fault.LINE_TOO_LONG), ("HOUSE\0 7", Fault.LINE_UNREADABLE)],
    ids=["a line without end", "a zero byte"],
)
def test_what_spoils_a_line_spoils_no_other(format_: str, spoilt: str, fault: Fault) -> None:
    whole = "".join(FORMATS[format_](entries(200)))
    found = read(in_file([re.sub(r'HOUSE 7(?=["\n])', spoilt, whole, count=1)]))
    assert [line.reason for line in found if isinstance(line, BadLine)] == [fault]
    # In MT940 it is the text alone that is spoilt, not the entry.
    assert sum(isinstance(line, StatementLine) for line in found) == (199 if format_ == "csv" else 200)


def test_an_entry_that_a_payer_s_text_forges_shows_in_the_balance() -> None:
    """The bank's line is 65 characters wide, and the payer can count."""
    forged = "R" * 65 + ":61:2607010701C999999,00NTRFNONREF//FT9"
    found = read(in_file(FORMATS["mt940"]([Booked(text=forged)])))
    assert {line.reason for line in found if isinstance(line, BadLine)} == {Fault.BALANCE_DIFFERS}
    assert Fault.BALANCE_DIFFERS in OF_THE_WHOLE_FILE


def test_a_zero_byte_in_the_field_of_an_entry_spoils_the_entry() -> None:
    found = read(in_file(["".join(FORMATS["mt940"](entries(3))).replace("NTRF", "NTRF\0", 1)]))
    assert [line.reason if isinstance(line, BadLine) else "line" for line in found] == [
        Fault.LINE_UNREADABLE, "line", "line",
    ]  # fmt: skip


def test_one_entry_larger_than_any_bank_writes_is_not_held() -> None:
    begins, ends = "".join(camt_of([Booked()])).split("<AcctSvcrRef>")
    junk = "<X>" + "y" * 1_000 + "</X>"
    assert refusal((begins + junk * 9_000 + ends).encode()) is Unreadable.TOO_LARGE
    whole = "".join(camt_of([Booked(), Booked()]))
    at = whole.rindex("<AcctSvcrRef>")
    found = read(in_file([whole[:at], junk * 9_000, whole[at:]]))
    assert [line.reason if isinstance(line, BadLine) else "line" for line in found] == [
        "line",
        Fault.LINE_TOO_LONG,
    ]
