"""The file of a payout for the bank, as CSV and as an ISO 20022 credit transfer (pain.001.001.09).

Each transfer carries `{payout}-{line}`, by which the bank and we name it. Source of the schema: ISO 20022, Payments
Initiation 2019. Tanzanian accounts have no IBAN, so they stand as `Othr`, and banks by their names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from portal.documents.spreadsheet import csv_of
from portal.domain.money import Money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_HEADINGS = ("Transfer", "Name", "Bank", "Account", "Currency", "Amount", "Purpose")
_TEXT = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
"""What may not stand in a text that banks pass on (SWIFT's set)."""
_LONGEST_NAME, _LONGEST_TEXT = 70, 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`number` is that of its line."""

    number: int
    holder: str
    bank: str
    account: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """From which account of ours, on which day, and what is to be sent."""

    payout: str
    at: datetime
    on: date
    name: str
    bank: str
    swift: str
    account: str
    transfers: Sequence[Transfer]

    def name_of(self, transfer: Transfer) -> str:
        return f"{self.payout}-{transfer.number}"

    @property
    def total(self) -> Decimal:
        return sum((one.amount.major for one in self.transfers), Decimal(0))


def as_csv(order: Order) -> bytes:
    """One row for each transfer. An account number is text, and stays so."""
    rows = [
        (
            order.name_of(one),
            one.holder,
            one.bank,
            one.account,
            one.amount.currency.value,
            one.amount.major,
            _purpose(order),
        )
        for one in order.transfers
    ]
    return csv_of([_HEADINGS, *rows])


def as_pain(order: Order) -> bytes:
    """`CstmrCdtTrfInitn` with one `PmtInf`."""
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    start = ET.SubElement(root, "CstmrCdtTrfInitn")
    head = ET.SubElement(start, "GrpHdr")
    _put(head, "MsgId", order.payout)
    _put(head, "CreDtTm", order.at.isoformat(timespec="seconds"))
    _put(head, "NbOfTxs", str(len(order.transfers)))
    _put(head, "CtrlSum", str(order.total))
    _put(head, "InitgPty/Nm", _plain(order.name, _LONGEST_NAME))
    group = ET.SubElement(start, "PmtInf")
    _put(group, "PmtInfId", order.payout)
    _put(group, "PmtMtd", "TRF")
    _put(group, "NbOfTxs", str(len(order.transfers)))
    _put(group, "CtrlSum", str(order.total))
    _put(group, "ReqdExctnDt/Dt", order.on.isoformat())
    _put(group, "Dbtr/Nm", _plain(order.name, _LONGEST_NAME))
    _put(group, "DbtrAcct/Id/Othr/Id", order.account)
    _put(group, "DbtrAgt/FinInstnId/BICFI", order.swift)
    for one in order.transfers:
        _transfer(group, order, one)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _transfer(group: ET.Element, order: Order, one: Transfer) -> None:
    sent = ET.SubElement(group, "CdtTrfTxInf")
    _put(sent, "PmtId/EndToEndId", order.name_of(one))
    amount = _put(sent, "Amt/InstdAmt", str(one.amount.major))
    amount.set("Ccy", one.amount.currency)
    _put(sent, "CdtrAgt/FinInstnId/Nm", _plain(one.bank, _LONGEST_TEXT))
    _put(sent, "Cdtr/Nm", _plain(one.holder, _LONGEST_NAME))
    _put(sent, "CdtrAcct/Id/Othr/Id", one.account)
    _put(sent, "RmtInf/Ustrd", _plain(_purpose(order), _LONGEST_TEXT))


def _put(place: ET.Element, path: str, text: str) -> ET.Element:
    """The element at the end of the path, which is made new."""
    for name in path.split("/"):
        place = ET.SubElement(place, name)
    place.text = text
    return place


def _purpose(order: Order) -> str:
    return f"Rent paid through Nest Pay {order.payout}"


def _plain(text: str, longest: int) -> str:
    """Letters without their accents, and nothing that a bank's system refuses."""
    bare = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(_TEXT.sub(" ", letters).split())[:longest].strip()
