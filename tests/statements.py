"""Bank statements of any length, written by us in the formats that banks give: for what reads and what imports them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from textwrap import dedent
from xml.sax.saxutils import escape

from portal.domain.money import Money, shillings
from tests.makers import a_reference

ACCOUNT = "0150123456700"
OPENED = date(2026, 7, 1)
OPENING = Decimal(1_250_000)
COLUMNS = (
    *("Transaction Date", "Value Date", "Bank Reference", "Description", "Customer Reference", "Payer Name"),
    *("Debit", "Credit", "Balance"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry as the bank knows it."""

    booked_on: date = OPENED
    amount: Money = field(default_factory=lambda: shillings(450_000))
    is_credit: bool = True
    is_reversal: bool = False
    bank_reference: str = "FT26182ABCDE"
    text: str = "TIPS CREDIT FROM ASHA JUMA"
    customer_reference: str = ""
    payer: str = ""

    @property
    def moved(self) -> Decimal:
        return self.amount.major if self.is_credit else -self.amount.major


def entries(count: int, reference: Callable[[int], str] = a_reference) -> Iterator[Booked]:
    """Rents with the references of 1, 2, 3…, every tenth a fee; a thousand a day, the same in every run."""
    for number in range(1, count + 1):
        is_fee = number % 10 == 0
        yield Booked(
            booked_on=OPENED + timedelta(days=number // 1_000),
            amount=shillings(2_360 if is_fee else 300_000 + number),
            is_credit=not is_fee,
            bank_reference=f"FT26182{number:07}",
            text="LEDGER FEE" if is_fee else f"TIPS CREDIT RENT {reference(number)} HOUSE {number % 50}",
            payer="" if is_fee else f"TENANT {number}",
        )


def in_file(parts: Iterable[str], encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO("".join(parts).encode(encoding))


def csv_of(booked: Iterable[Booked], delimiter: str = ",", *, decimals: str = ".") -> Iterator[str]:
    """Preamble, every column that we read, a running balance, totals."""
    yield f'Account Number{delimiter}"{ACCOUNT}"\nCurrency{delimiter}TZS\n\n'
    yield _row(delimiter, *COLUMNS)
    balance, debited, credited = OPENING, Decimal(0), Decimal(0)
    for entry in booked:
        balance += entry.moved
        written = _written(entry.amount.major, decimals)
        debited, credited = debited + max(-entry.moved, Decimal(0)), credited + max(entry.moved, Decimal(0))
        yield _row(
            delimiter,
            f"{entry.booked_on:%d/%m/%Y}",
            f"{entry.booked_on:%d-%b-%Y}",
            entry.bank_reference,
            f"REVERSAL {entry.text}" if entry.is_reversal else entry.text,
            entry.customer_reference,
            entry.payer,
            "" if entry.is_credit else written,
            written if entry.is_credit else "",
            _written(balance, decimals),
        )
    yield _row(
        delimiter, "Total", "", "", "", "", "", _written(debited, decimals), _written(credited, decimals)
    )


def mt940_of(booked: Iterable[Booked]) -> Iterator[str]:
    yield f":20:STMT2607\n:25:CORUTZTZ/{ACCOUNT}\n:28C:00182/001\n:60F:C260701TZS{_comma(OPENING)}\n"
    balance, day = OPENING, OPENED
    for entry in booked:
        balance, day = balance + entry.moved, entry.booked_on
        mark = {(True, False): "C", (False, False): "D", (False, True): "RC", (True, True): "RD"}
        yield (
            f":61:{day:%y%m%d%m%d}{mark[entry.is_credit, entry.is_reversal]}{_comma(entry.amount.major)}NTRF"
            f"{entry.customer_reference or 'NONREF'}//{entry.bank_reference}\n:86:"
        )
        text = f"REVERSAL {entry.text}" if entry.is_reversal else entry.text
        yield from (text[start : start + 65] + "\n" for start in range(0, max(len(text), 1), 65))
    yield f":62F:{'C' if balance >= 0 else 'D'}{day:%y%m%d}TZS{_comma(abs(balance))}\n-\n"


def camt_of(booked: Iterable[Booked], version: str = "053.001.08") -> Iterator[str]:
    """The closing balance stands before the entries: they are held."""
    booked = list(booked)
    closing = sum((entry.moved for entry in booked), OPENING)
    message, statement = (
        ("BkToCstmrStmt", "Stmt") if version.startswith("053") else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    )
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}"><{message}>'
    yield "<GrpHdr><MsgId>1</MsgId></GrpHdr>\n"
    yield f"<{statement}><Id>1</Id><Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>TZS</Ccy></Acct>\n"
    if statement == "Stmt":
        yield _balance("OPBD", OPENING) + _balance("CLBD", closing)
    for entry in booked:
        yield _ntry(entry, is_coded=int(version[-2:]) >= 8)
    yield f"</{statement}></{message}></Document>\n"


FORMATS = {"csv": csv_of, "mt940": mt940_of, "camt": camt_of}


def _written(amount: Decimal, decimals: str) -> str:
    english = f"{amount:,.2f}"
    return english if decimals == "." else english.translate(str.maketrans(",.", ".,"))


def _row(delimiter: str, *cells: str) -> str:
    return delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells) + "\n"


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _balance(code: str, amount: Decimal) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='TZS'>{abs(amount):.2f}</Amt>"
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>2026-07-01</Dt></Dt></Bal>\n"
    )


def _ntry(entry: Booked, *, is_coded: bool) -> str:
    status = "<Cd>BOOK</Cd>" if is_coded else "BOOK"
    text = f"REVERSAL {entry.text}" if entry.is_reversal else entry.text
    name = f"<Nm>{escape(entry.payer)}</Nm>"
    debtor = f"<Dbtr>{f'<Pty>{name}</Pty>' if is_coded else name}</Dbtr>" if entry.payer else ""
    return dedent(f"""\
        <Ntry>
          <Amt Ccy="TZS">{entry.amount.major:.2f}</Amt><CdtDbtInd>{"CRDT" if entry.is_credit else "DBIT"}</CdtDbtInd>
          <RvslInd>{str(entry.is_reversal).lower()}</RvslInd><Sts>{status}</Sts>
          <BookgDt><Dt>{entry.booked_on}</Dt></BookgDt><ValDt><Dt>{entry.booked_on}</Dt></ValDt>
          <AcctSvcrRef>{escape(entry.bank_reference)}</AcctSvcrRef>
          <NtryDtls><TxDtls>
            <Refs><EndToEndId>{escape(entry.customer_reference) or "NOTPROVIDED"}</EndToEndId></Refs>
            <RltdPties>{debtor}</RltdPties><RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf>
          </TxDtls></NtryDtls>
        </Ntry>
        """)
