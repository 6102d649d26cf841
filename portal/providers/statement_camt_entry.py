"""What one `Ntry` of camt.053 or camt.054 says: one entry, or each transfer of a batch booked as one sum."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from portal.domain.zone import EAST_AFRICA
from portal.providers.statement_date import read_date
from portal.providers.statement_entry import Entry, stated_reference
from portal.providers.statement_line import Fault

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,5})?", re.ASCII)
_TWO, _DAY = 2, len("2026-07-01")
_DIRECTIONS = {"CRDT": True, "DBIT": False}


class BatchFault(Exception):
    """The details of a batch are missing or do not come to its sum."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Node:
    """An element of the message's own namespace; paths as the standard writes them, `RmtInf/Strd/CdtrRefInf/Ref`."""

    def __init__(self, element: Any, namespace: str) -> None:
        self._element, self._namespace = element, namespace

    def all(self, path: str) -> list[Node]:
        found = self._element.findall(_in_namespace(path, self._namespace))
        return [Node(element, self._namespace) for element in found]

    def text(self, *paths: str) -> str:
        """Of the first that is there and not empty."""
        for path in paths:
            found = self._element.findtext(_in_namespace(path, self._namespace))
            if text := str(found or "").strip():
                return text
        return ""

    def texts(self, path: str) -> list[str]:
        return [node.text(".") for node in self.all(path)]

    def attribute(self, path: str, name: str) -> str:
        found = self._element.find(_in_namespace(path, self._namespace))
        return found.get(name, "") if found is not None else ""


def account_in(node: Node) -> str:
    """Of `Acct`: Tanzania has no IBAN, its account numbers are in `Othr`."""
    return re.sub("[^0-9]", "", node.text("Id/Othr/Id", "Id/IBAN"))


def amount_in(node: Node, path: str = "Amt") -> Decimal | None:
    written = node.text(path)
    return Decimal(written) if _AMOUNT.fullmatch(written) else None


def signed_balance_in(node: Node) -> Decimal | None:
    """Of `Bal`: below zero where the account is overdrawn."""
    amount, is_credit = amount_in(node), _DIRECTIONS.get(node.text("CdtDbtInd"))
    return None if amount is None or is_credit is None else amount if is_credit else -amount


def entry_in(node: Node, line: int, account: str) -> Entry:
    """Of `Ntry`, as it is booked: one sum."""
    details = node.all("NtryDtls/TxDtls")
    reference = node.text("AcctSvcrRef")
    whole = Entry(
        line=line,
        said="",
        account=account,
        booked_on=_date(node, "BookgDt") or _date(node, "ValDt"),
        valued_on=_date(node, "ValDt"),
        amount=amount_in(node),
        currency=node.attribute("Amt", "Ccy"),
        is_credit=_DIRECTIONS.get(node.text("CdtDbtInd")),
        is_reversal=node.text("RvslInd") in {"true", "1"},
        # Text in version 02, a code below it from 08 on.
        is_booked=node.text("Sts/Cd", "Sts") == "BOOK",
        bank_reference=reference,
        text=node.text("AddtlNtryInf"),
    )
    if len(details) == 1:
        reference = reference or details[0].text("Refs/AcctSvcrRef")
        whole = replace(_with(details[0], whole), bank_reference=reference)
    return replace(whole, said=_said(whole, node))


def transfers_in(node: Node, whole: Entry) -> list[Entry]:
    """Each transfer of a credit that the bank booked as one sum. Raises BatchFault.

    What we paid in one sum concerns no tenant, and stays one entry.
    """
    details = node.all("NtryDtls/TxDtls")
    count = node.text("NtryDtls/Btch/NbOfTxs")
    if not whole.is_credit or (len(details) < _TWO and count in {"", "0", "1"}):
        return [whole]
    if len(details) < _TWO:
        raise BatchFault(Fault.BATCH_WITHOUT_DETAILS)
    transfers = _named([_transfer(detail, whole) for detail in details], whole)
    if sum((_signed(transfer, whole.currency) for transfer in transfers), Decimal(0)) != whole.amount:
        raise BatchFault(Fault.BATCH_DOES_NOT_ADD_UP)
    return transfers


def _transfer(detail: Node, whole: Entry) -> Entry:
    amount_path = "Amt" if detail.text("Amt") else "AmtDtls/TxAmt/Amt"
    transfer = replace(
        _with(detail, whole),
        amount=amount_in(detail, amount_path),
        currency=detail.attribute(amount_path, "Ccy"),
        is_credit=_DIRECTIONS.get(detail.text("CdtDbtInd"), whole.is_credit),
        bank_reference=detail.text("Refs/AcctSvcrRef"),
    )
    return replace(transfer, said=_said(transfer, detail))


def _named(transfers: list[Entry], whole: Entry) -> list[Entry]:
    """With the bank's own ids, where each has another; else with the id of the batch and the place in it."""
    batch = stated_reference(whole.bank_reference)
    own = {stated_reference(transfer.bank_reference) for transfer in transfers} - {"", batch}
    has_own = len(own) == len(transfers)
    return [
        replace(
            transfer,
            line=whole.line + place,
            bank_reference=transfer.bank_reference if has_own else f"{batch}/{place + 1}" if batch else "",
        )
        for place, transfer in enumerate(transfers)
    ]


def _signed(transfer: Entry, currency: str) -> Decimal:
    if transfer.amount is None or transfer.currency != currency:
        raise BatchFault(Fault.BATCH_DOES_NOT_ADD_UP)
    return transfer.amount if transfer.is_credit else -transfer.amount


def _with(detail: Node, entry: Entry) -> Entry:
    """Of `TxDtls`: what the payer wrote, and who it was."""
    told = [
        *detail.texts("RmtInf/Ustrd"),
        *detail.texts("RmtInf/Strd/CdtrRefInf/Ref"),
        *detail.texts("RmtInf/Strd/AddtlRmtInf"),
        detail.text("AddtlTxInf"),
        entry.text,
        stated_reference(detail.text("Refs/EndToEndId")),
    ]
    name = detail.text("RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm")
    number = detail.text("RltdPties/DbtrAcct/Id/Othr/Id", "RltdPties/DbtrAcct/Id/IBAN")
    payer = " ".join(filter(None, (name, number))) if entry.is_credit else ""
    return replace(entry, text="\n".join(filter(None, told)), payer=payer)


def _said(entry: Entry, node: Node) -> str:
    told = (node.text("Amt"), entry.currency, node.text("CdtDbtInd"), entry.bank_reference, entry.text)
    return " ".join(filter(None, told))


def _date(node: Node, path: str) -> date | None:
    """A day, which may have a zone behind it that changes nothing, or a moment, whose day is that of East Africa."""
    day, moment = node.text(f"{path}/Dt"), node.text(f"{path}/DtTm")
    try:
        if not moment:
            return read_date(day[:_DAY])
        at = datetime.fromisoformat(moment)
        return read_date((at.astimezone(EAST_AFRICA) if at.tzinfo else at).date().isoformat())
    except (ValueError, OverflowError):
        return None


@cache
def _in_namespace(path: str, namespace: str) -> str:
    if not namespace or path == ".":
        return path
    return "/".join(f"{{{namespace}}}{step}" for step in path.split("/"))
