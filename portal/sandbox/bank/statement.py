"""The statement of an account in the forms that banks give; the three tell the same."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import dedent
from xml.sax.saxutils import escape

from portal.sandbox.bank.account import BankAccount
from portal.sandbox.bank.bank import Entry

OPENING = 1_250_000
"""Whole shillings that lay there before the first entry."""
COLUMNS = ("Transaction Date", "Bank Reference", "Description", "Payer Name", "Debit", "Credit", "Balance")


@dataclass(frozen=True)
class Format:
    """`says` is its name for people, `ending` that of the file's name."""

    name: str
    says: str
    ending: str
    write: Callable[[BankAccount, Sequence[Entry], date], str]


def csv_of(account: BankAccount, entries: Sequence[Entry], today: date) -> str:  # noqa: ARG001
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Account Number", account.number), ("Currency", "TZS"), ()])
    writer.writerow(COLUMNS)
    balance = OPENING
    for entry in entries:
        balance += entry.amount
        debit, credit = ("", _grouped(entry.amount)) if entry.amount > 0 else (_grouped(-entry.amount), "")
        day = f"{entry.booked_on:%d/%m/%Y}"
        writer.writerow(
            (day, entry.reference, entry.text, entry.payer, debit, credit, _grouped(balance)),
        )
    return file.getvalue()


def mt940_of(account: BankAccount, entries: Sequence[Entry], today: date) -> str:
    opened = entries[0].booked_on if entries else today
    lines = [
        ":20:STATEMENT",
        f":25:{account.swift}/{account.number}",
        ":28C:1/1",
        f":60F:C{opened:%y%m%d}TZS{OPENING},00",
    ]
    for entry in entries:
        mark = "RC" if entry.is_reversal else "C"
        day = f"{entry.booked_on:%y%m%d%m%d}"
        lines.append(f":61:{day}{mark}{abs(entry.amount)},00NTRFNONREF//{entry.reference}")
        lines += _narrative(f"{entry.text} FROM {entry.payer}" if entry.payer else entry.text)
    closing = OPENING + sum(entry.amount for entry in entries)
    return "\n".join([*lines, f":62F:C{today:%y%m%d}TZS{closing},00", "-", ""])


def camt_of(account: BankAccount, entries: Sequence[Entry], today: date) -> str:
    closing = OPENING + sum(entry.amount for entry in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId></GrpHdr>\n"
        f"<Stmt><Id>1</Id><Acct><Id><Othr><Id>{account.number}</Id></Othr></Id><Ccy>TZS</Ccy></Acct>\n"
        + _balance("OPBD", OPENING, entries[0].booked_on if entries else today)
        + _balance("CLBD", closing, today)
        + "".join(_ntry(entry) for entry in entries)
        + "</Stmt></BkToCstmrStmt></Document>\n"
    )


FORMATS = {
    one.name: one
    for one in (
        Format("csv", "CSV", "csv", csv_of),
        Format("mt940", "MT940", "sta", mt940_of),
        Format("camt", "camt.053", "xml", camt_of),
    )
}


def _narrative(text: str) -> list[str]:
    """Field 86: lines of 65 signs, of which none after the first begins like a field or an end."""
    first, *more = [text[start : start + 65] for start in range(0, len(text), 65)] or [""]
    return [f":86:{first}", *(line.lstrip(":-{}") for line in more)]


def _grouped(amount: int) -> str:
    return f"{amount:,}.00"


def _balance(code: str, amount: int, day: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="TZS">{amount}.00</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _ntry(entry: Entry) -> str:
    debtor = f"<Dbtr><Pty><Nm>{escape(entry.payer)}</Nm></Pty></Dbtr>" if entry.payer else ""
    return dedent(f"""\
        <Ntry>
          <Amt Ccy="TZS">{abs(entry.amount)}.00</Amt><CdtDbtInd>{"DBIT" if entry.is_reversal else "CRDT"}</CdtDbtInd>
          <RvslInd>{str(entry.is_reversal).lower()}</RvslInd><Sts><Cd>BOOK</Cd></Sts>
          <BookgDt><Dt>{entry.booked_on}</Dt></BookgDt><ValDt><Dt>{entry.booked_on}</Dt></ValDt>
          <AcctSvcrRef>{entry.reference}</AcctSvcrRef>
          <NtryDtls><TxDtls>
            <RltdPties>{debtor}</RltdPties><RmtInf><Ustrd>{escape(entry.text)}</Ustrd></RmtInf>
          </TxDtls></NtryDtls>
        </Ntry>
        """)
