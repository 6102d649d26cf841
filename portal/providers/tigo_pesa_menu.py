"""What Mixx by Yas asks while a payer stands in its menu, SYNC_BILLPAY, and how it is answered (providers.md §3.B).

XML in and out; whatever comes, there is no error but None.
What nobody outside Yas can tell us, and a first call on its test system will:
1. how it proves itself: no document names a signature, so the unguessable end of the address does it, as for callbacks;
2. what follows an answer that was lost: we take it to ask again with the same TXNID, and answer the same;
3. what FLAG means: its sample has Y beside a text, so we say Y where the payer is to read one;
4. SYNC_LOOKUP, which may come before: its fields are written nowhere, so it is answered as unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.domain.menu import Refusal
from portal.domain.money import Currency, Money
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.providers.menu import MenuAnswer, MenuCall
from portal.providers.tigo_pesa_command import read_command, written_command

CODES: Mapping[Refusal | None, str] = {
    None: "error000",
    Refusal.UNAVAILABLE: "error001",
    Refusal.UNKNOWN_REFERENCE: "error010",
    Refusal.NOT_HERE: "error011",
    Refusal.NOTHING_DUE: "error011",
    # Not "retry" (error111): the payer must not try again before the other payment is over.
    Refusal.IN_PROGRESS: "error011",
    Refusal.WRONG_AMOUNT: "error012",
    Refusal.TOO_MUCH: "error014",
    Refusal.TOO_LITTLE: "error015",
    Refusal.UNREADABLE: "error016",
    Refusal.ID_REUSED: "error100",
}
COMPANY = "[0-9A-Za-z]{1,6}"
LONGEST_TEXT = 140
LONGEST_REFERENCE = 50
_TXNID = re.compile(r"[A-Za-z0-9.-]{4,20}")
_SENDER = re.compile(r"\+?[0-9]{1,15}")
_SHILLINGS = re.compile(r"([0-9]{1,13})(?:\.0{1,9})?")
_FIELDS = frozenset({"TYPE", "TXNID", "MSISDN", "AMOUNT", "COMPANYNAME", "CUSTOMERREFERENCEID"})


class TigoPesaMenu:
    """Yas' menu, in which `company` is our number."""

    def __init__(self, company: str) -> None:
        self.company = company

    def read(self, body: str) -> MenuCall | None:
        fields = read_command(body)
        if not fields.keys() >= _FIELDS or fields["TYPE"] != "SYNC_BILLPAY_REQUEST":
            return None
        txnid, sender, reference = (fields[name] for name in ("TXNID", "MSISDN", "CUSTOMERREFERENCEID"))
        if not _TXNID.fullmatch(txnid) or not _SENDER.fullmatch(sender) or len(reference) > LONGEST_REFERENCE:
            return None
        return MenuCall(
            id=txnid,
            sender=sender,
            company=fields["COMPANYNAME"],
            reference=reference,
            phone=_phone(sender),
            amount=_amount(fields["AMOUNT"]),
        )

    def answer(self, call: MenuCall | None, answer: MenuAnswer) -> str:
        """Of a call that nobody can read, the fields that name it stay empty."""
        told = {
            "TYPE": "SYNC_BILLPAY_RESPONSE",
            "TXNID": call.id if call else "",
            "REFID": answer.reference,
            "RESULT": "TF" if answer.refusal else "TS",
            "ERRORCODE": CODES[answer.refusal],
            "ERRORDESC": answer.refusal or "",
            "MSISDN": call.sender if call else "",
            "FLAG": "Y" if answer.text else "N",
            # The bar is the one letter that must not stand in it.
            "CONTENT": answer.text.replace("|", "/")[:LONGEST_TEXT],
        }
        return written_command(told)


def _phone(sender: str) -> Phone | None:
    try:
        return parse_phone(sender)
    except PhoneUnreadable:
        return None


def _amount(typed: str) -> Money | None:
    exact = _SHILLINGS.fullmatch(typed)
    return Money(int(exact[1]), Currency.TZS) if exact else None
