"""What a callback of Daraja says: read by name, strictly, and whatever it is, with no other error than ours."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.domain.money import Currency, Money
from portal.domain.outcome import Paid
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import CallbackUnreadable
from portal.providers.wallet import NOT_AN_AMOUNT

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_ID = re.compile(r"[!-~]{1,80}")
_RECEIPT_CODE = re.compile(r"[A-Za-z0-9]{4,40}")
_LONGEST_MOMENT = 19
_FIRST_YEAR = 2000
_MOST_DIGITS = 13


@dataclass(frozen=True, slots=True)
class StkCallback:
    """`facts` are the items of its metadata by name, all of them optional."""

    request_id: str
    code: str
    facts: dict[str, Any]

    def paid(self) -> Paid:
        """The facts of a success."""
        return Paid(
            amount=amount_of(self.facts.get("Amount")),
            receipt_code=receipt_of(self.facts.get("MpesaReceiptNumber")),
            paid_at=moment_of(self.facts.get("TransactionDate")),
        )


def read_callback(body: str) -> StkCallback:
    """Raises CallbackUnreadable, whatever the body is."""
    try:
        callback = json.loads(body, parse_float=Decimal)["Body"]["stkCallback"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CallbackUnreadable("no Body.stkCallback") from error
    if not isinstance(callback, dict):
        raise CallbackUnreadable("no Body.stkCallback")
    request_id, code = wire_id(callback.get("CheckoutRequestID")), result_code(callback.get("ResultCode"))
    if request_id is None or code is None:
        raise CallbackUnreadable("no CheckoutRequestID" if code else "no ResultCode")
    return StkCallback(request_id, code, _items(callback))


def result_code(value: object) -> str | None:
    """The query writes "0" and the callback 0; `false`, `0.0` and what is no single word are neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return text if _CODE.fullmatch(text) else None


def wire_id(value: object) -> str | None:
    """An id that fits the table and comes back unchanged: visible ASCII."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def receipt_of(value: object) -> str | None:
    """The number in the payer's own message."""
    return value if isinstance(value, str) and _RECEIPT_CODE.fullmatch(value) else None


def _items(callback: dict[str, Any]) -> dict[str, Any]:
    """Read by name, never by place: the order varies, all are optional, and some have no value."""
    metadata = callback.get("CallbackMetadata")
    items = metadata.get("Item") if isinstance(metadata, dict) else None
    listed = items if isinstance(items, list) else []
    return {item["Name"]: item.get("Value") for item in listed if isinstance(item, dict) and _named(item)}


def _named(item: dict[str, Any]) -> bool:
    return isinstance(item.get("Name"), str)


def amount_of(value: object) -> Money | None:
    """Whole shillings, None where nothing is stated. A fraction is never rounded to what we may have asked."""
    if value is None:
        return None
    try:
        exact = Decimal(value if isinstance(value, int | Decimal | str) else "NaN")
    except InvalidOperation:
        return NOT_AN_AMOUNT
    # The size is looked at first: 1e999999999 fits in a few bytes as long as nobody writes it out.
    if not (
        exact.is_finite() and abs(exact.adjusted()) < _MOST_DIGITS and exact == exact.to_integral_value()
    ):
        return NOT_AN_AMOUNT
    return Money(int(exact), Currency.TZS)


def moment_of(value: object, form: str = "%Y%m%d%H%M%S") -> datetime | None:
    """East Africa Time; None for what is no moment in that form."""
    text = str(value) if isinstance(value, int | str) else ""
    if len(text) > _LONGEST_MOMENT or not text.isascii():
        return None
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=EAST_AFRICA)
    except ValueError:
        return None
    # Digits that are missing would be read out of those that are there.
    return moment if moment.strftime(form) == text and moment.year >= _FIRST_YEAR else None
