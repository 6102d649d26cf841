"""ISO 20022 camt.053 (a day's statement) and camt.054 (single credits and debits as they happen), versions 02 to 12.

Entities, document types and the network are off. The tree of the file is taken down as it grows: what has been read
of a statement is dropped at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from portal.providers.statement_balance import BalanceCheck
from portal.providers.statement_camt_entry import (
    BatchFault,
    Node,
    account_in,
    entry_in,
    signed_balance_in,
    transfers_in,
)
from portal.providers.statement_entry import Judge
from portal.providers.statement_line import (
    BadLine,
    Fault,
    StatementLine,
    StatementUnreadable,
    Unreadable,
    bad_line,
)
from portal.providers.statement_text import BLOCK, Rewound

LARGEST_PIECE = 8_000_000
"""Bytes between two things that are finished with, an entry or a balance. A batch of ten thousand transfers fits."""
_MESSAGES = {"BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"}
_STATEMENTS = {"Stmt", "Ntfctn"}
_PIECES = {"Acct", "Bal", "Ntry"}
_VERSIONS = re.compile(r"(?:urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.(?:0[2-9]|1[0-2]))?")


def read_camt(file: Rewound, account: str, judge: Judge, head: str) -> Iterator[StatementLine | BadLine]:
    if "<!DOCTYPE" in head:
        raise StatementUnreadable(Unreadable.XML_DEFINES)
    reading, has_told = _Reading(account, judge), False
    try:
        for line in reading.read_all(file):
            has_told = True
            yield line
    except etree.XMLSyntaxError:
        if not reading.is_message:
            raise StatementUnreadable(Unreadable.CUT_OFF) from None
        yield bad_line(reading.next_line, Fault.FILE_CUT_OFF, "")
    except StatementUnreadable:
        if not has_told:
            raise
        yield bad_line(reading.next_line, Fault.LINE_TOO_LONG, "")
    if not reading.is_message:
        is_iso = "iso:std:iso:20022" in head
        raise StatementUnreadable(Unreadable.OTHER_MESSAGE if is_iso else Unreadable.OTHER_XML)


class _Reading:
    def __init__(self, account: str, judge: Judge) -> None:
        self._given_account, self._judge = account, judge
        self._balance = BalanceCheck()
        self._namespace = ""
        self._begin()
        self.is_message = False
        self.next_line = 1

    def read_all(self, file: Rewound) -> Iterator[StatementLine | BadLine]:
        """Raises XMLSyntaxError where the file ends or breaks too early, StatementUnreadable where it is too large."""
        parser = _parser()
        self._held = 0
        while block := file.read(BLOCK):
            parser.feed(block)
            self._held += len(block)
            for event, element in parser.read_events():
                if event == "start":
                    self._start(element)
                else:
                    yield from self._end(element)
            if self._held > LARGEST_PIECE:
                if not self.is_message:
                    return
                raise StatementUnreadable(Unreadable.TOO_LARGE)
        parser.close()

    def _start(self, element: Any) -> None:
        name = etree.QName(element)
        if name.localname in _MESSAGES:
            if element.getroottree().docinfo.internalDTD is not None:
                raise StatementUnreadable(Unreadable.XML_DEFINES)
            if _VERSIONS.fullmatch(name.namespace or ""):
                self._namespace, self.is_message = name.namespace or "", True
        elif name.localname in _STATEMENTS and (name.namespace or "") == self._namespace:
            self._begin()

    def _end(self, element: Any) -> Iterator[StatementLine | BadLine]:
        name, parent = etree.QName(element), element.getparent()
        inside = etree.QName(parent).localname if parent is not None else ""
        if not self.is_message or (name.namespace or "") != self._namespace:
            return
        if name.localname in _PIECES and inside in _STATEMENTS:
            yield from self._read_piece(name.localname, Node(element, self._namespace))
            self._drop(element)
        elif name.localname in _STATEMENTS and inside in _MESSAGES:
            fault = self._balance.ends(self._account, self._opening, self._closing)
            if fault:
                yield bad_line(self.next_line, fault, self._account)
            self._drop(element)

    def _read_piece(self, name: str, node: Node) -> Iterator[StatementLine | BadLine]:
        match name:
            case "Acct":
                self._account = account_in(node) or self._given_account
            case "Bal":
                self._read_balance(node)
            case "Ntry":
                yield from self._read_entry(node)

    def _read_balance(self, node: Node) -> None:
        match node.text("Tp/CdOrPrtry/Cd"):
            case "OPBD":
                self._opening = signed_balance_in(node)
            case "PRCD":
                self._opening = self._opening if self._opening is not None else signed_balance_in(node)
            case "CLBD":
                self._closing = signed_balance_in(node)

    def _read_entry(self, node: Node) -> Iterator[StatementLine | BadLine]:
        entry = entry_in(node, self.next_line, self._account)
        if entry.is_booked:
            self._balance.moves(entry.amount, is_credit=entry.is_credit)
        try:
            entries = transfers_in(node, entry)
        except BatchFault as refused:
            yield bad_line(entry.line, refused.fault, entry.said)
            self.next_line += 1
        else:
            self.next_line += len(entries)
            yield from map(self._judge, entries)

    def _begin(self) -> None:
        self._account, self._opening, self._closing = self._given_account, None, None
        self._balance.begins()

    def _drop(self, element: Any) -> None:
        """What has been read, and all before it, leaves the tree."""
        element.clear()
        parent = element.getparent()
        while element.getprevious() is not None:
            del parent[0]
        self._held = 0


def _parser() -> Any:
    return etree.XMLPullParser(
        ("start", "end"),
        tag=["{*}" + name for name in (*_MESSAGES, *_STATEMENTS, *_PIECES)],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
