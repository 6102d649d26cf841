"""TANQR, the national QR of Tanzania: what stands in it, and how it is read.

A text of fields, each a tag of two digits, its length of two digits, and its value: `5303834` says that tag 53, the
currency, is 834. The last field is a checksum over all before it. Source: EMVCo's merchant-presented codes with the
template of the Bank of Tanzania, providers.md §7.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.domain.money import Currency, Money

SCHEME = "tz.go.bot.tips"
EXAMPLE = ("01001", "12345678")
RENTALS = "6513"
"""Merchant category: estate agents and managers, rentals (ISO 18245)."""
LONGEST, LONGEST_VALUE, LONGEST_NAME, LONGEST_CITY, LONGEST_AMOUNT = 512, 99, 25, 15, 13
_STATIC, _DYNAMIC, _SHILLING, _TANZANIA, _FORMAT = "11", "12", "834", "TZ", "01"
_TEMPLATES = [f"{tag:02}" for tag in range(26, 52)]
"""Where merchant accounts stand. Which of them is TANQR's, its first field says; ours is 26."""
_CRC = "6304"
_FIVE, _UP_TO_FIFTEEN = re.compile(r"[0-9]{5}"), re.compile(r"[0-9]{1,15}")
_PRINTABLE = re.compile(r"[ -~]*")
_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")


class TanqrUnreadable(ValueError):
    """`problem` is checksum, length, characters, order, or the field that is missing or wrong."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Who is paid, as the acquirer knows them: both ids are the acquirer's to give.

    A name in other letters, or a longer one, stands in the code as `plain` writes it.
    """

    acquirer_id: str
    merchant_id: str
    merchant_name: str = "NEST PAY"
    merchant_city: str = "DAR ES SALAAM"
    postal_code: str | None = None

    @property
    def is_example(self) -> bool:
        """Of the worked examples: it belongs to nobody, or to somebody else."""
        return (self.acquirer_id, self.merchant_id) == EXAMPLE

    def faults(self) -> dict[str, str]:
        """By field, what is wrong with it."""
        checks = {
            "acquirer_id": (_FIVE.fullmatch(self.acquirer_id), "five digits"),
            "merchant_id": (_UP_TO_FIFTEEN.fullmatch(self.merchant_id), "up to fifteen digits"),
            "merchant_name": (plain(self.merchant_name, LONGEST_NAME), "a name in plain letters"),
            "merchant_city": (plain(self.merchant_city, LONGEST_CITY), "a name in plain letters"),
            "postal_code": (self.postal_code is None or _FIVE.fullmatch(self.postal_code), "five digits"),
        }
        return {name: reason for name, (fits, reason) in checks.items() if not fits}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tanqr:
    """One code. With an amount it is made for one payment; without, whoever scans it types the amount."""

    merchant: Merchant
    category: str = RENTALS
    amount: Money | None = None
    bill_number: str | None = None
    store_label: str | None = None
    terminal_label: str | None = None


_MORE = {"01": "bill_number", "03": "store_label", "07": "terminal_label"}
"""Within tag 62, by what we call it."""


def encoded(code: Tanqr) -> str:
    """The text of the QR. Raises ValueError for what no code can say."""
    merchant = code.merchant
    if merchant.faults() or not re.fullmatch(r"[0-9]{4}", code.category):
        raise ValueError(f"no merchant of TANQR: {merchant.faults() or code.category}")
    text = "".join(
        [
            _field("00", _FORMAT),
            _field("01", _STATIC if code.amount is None else _DYNAMIC),
            _field("26", _fields({"00": SCHEME, "01": merchant.acquirer_id, "02": merchant.merchant_id})),
            _field("52", code.category),
            _field("53", _SHILLING),
            _field("54", _amount_text(code.amount)) if code.amount else "",
            _field("58", _TANZANIA),
            _field("59", plain(merchant.merchant_name, LONGEST_NAME)),
            _field("60", plain(merchant.merchant_city, LONGEST_CITY)),
            _field("61", merchant.postal_code) if merchant.postal_code else "",
            _more(code),
            _CRC,
        ]
    )
    return text + checksum(text)


def decoded(text: str) -> Tanqr:
    """What a TANQR says; fields of other schemes are passed over. Raises TanqrUnreadable."""
    if not _PRINTABLE.fullmatch(text):
        raise TanqrUnreadable("characters")
    if len(text) > LONGEST:
        raise TanqrUnreadable("length")
    if text[-8:-4] != _CRC or checksum(text[:-4]) != text[-4:]:
        raise TanqrUnreadable("checksum")
    found = _parts(text)
    if not text.startswith(_field("00", _FORMAT)):
        raise TanqrUnreadable("format")
    _must_be(found, "53", {_SHILLING}, "currency")
    _must_be(found, "58", {_TANZANIA}, "country")
    account = _account(found)
    more = _parts(found.get("62", ""))
    return Tanqr(
        merchant=_merchant(found, account),
        category=_must_fit(found, "52", r"[0-9]{4}", "category"),
        amount=_amount(found),
        **{name: more[tag] for tag, name in _MORE.items() if tag in more},
    )


def plain(text: str, longest: int) -> str:
    """A name in the letters that a code takes, cut between words where a word would be cut in two."""
    letters = unicodedata.normalize("NFKD", text)
    ascii_only = "".join(c if " " <= c <= "~" else "" if unicodedata.combining(c) else " " for c in letters)
    words = " ".join(ascii_only.split())
    if len(words) <= longest:
        return words
    whole = words[: longest + 1].rpartition(" ")[0]
    return whole if len(whole) > longest // 2 else words[:longest].rstrip()


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF, nothing turned round; `123456789` gives `29B1`."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return f"{crc:04X}"


def _field(tag: str, value: str) -> str:
    if not 0 < len(value) <= LONGEST_VALUE or not _PRINTABLE.fullmatch(value):
        raise ValueError(f"field {tag} cannot hold that")
    return f"{tag}{len(value):02}{value}"


def _fields(values: Mapping[str, str]) -> str:
    return "".join(_field(tag, value) for tag, value in values.items())


def _more(code: Tanqr) -> str:
    values = {tag: value for tag, name in _MORE.items() if (value := getattr(code, name)) is not None}
    if any(len(value) > LONGEST_NAME for value in values.values()):
        raise ValueError("a label has at most 25 characters")
    return _field("62", _fields(values)) if values else ""


def _amount_text(amount: Money) -> str:
    """Whole shillings: no wallet or note has cents."""
    text = str(amount.minor)
    if amount.currency is not Currency.TZS or amount.minor <= 0 or len(text) > LONGEST_AMOUNT:
        raise ValueError("a TANQR asks for shillings, in at most 13 digits")
    return text


def _parts(text: str) -> dict[str, str]:
    """Tag by tag; a tag stands once."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if not re.fullmatch(r"[0-9]{4}", head):
            raise TanqrUnreadable("length")
        tag, length = head[:2], int(head[2:])
        value = text[at + 4 : at + 4 + length]
        if len(value) != length or not value:
            raise TanqrUnreadable("length")
        if tag in found:
            raise TanqrUnreadable("order")
        found[tag] = value
        at += 4 + length
    return found


def _account(found: Mapping[str, str]) -> dict[str, str]:
    """The merchant account of TANQR among those of other schemes, which may write theirs as they like."""
    mark = _field("00", SCHEME)
    ours = next((found[tag] for tag in _TEMPLATES if found.get(tag, "").startswith(mark)), None)
    if ours is None:
        raise TanqrUnreadable("scheme")
    return _parts(ours)


def _merchant(found: Mapping[str, str], account: Mapping[str, str]) -> Merchant:
    merchant = Merchant(
        acquirer_id=account.get("01", ""),
        merchant_id=account.get("02", ""),
        merchant_name=_must_fit(found, "59", f".{{1,{LONGEST_NAME}}}", "merchant_name"),
        merchant_city=_must_fit(found, "60", f".{{1,{LONGEST_CITY}}}", "merchant_city"),
        postal_code=found.get("61"),
    )
    wrong = merchant.faults()
    if wrong:
        raise TanqrUnreadable(next(iter(wrong)))
    return merchant


def _amount(found: Mapping[str, str]) -> Money | None:
    """A code for one payment says how much, and only it does."""
    kind = _must_be(found, "01", {_STATIC, _DYNAMIC}, "kind")
    text = found.get("54")
    if (text is None) is not (kind == _STATIC):
        raise TanqrUnreadable("amount")
    if text is None:
        return None
    shillings = Decimal(text) if len(text) <= LONGEST_AMOUNT and _AMOUNT.fullmatch(text) else Decimal(0)
    if not shillings or shillings != int(shillings):
        raise TanqrUnreadable("amount")
    return Money(int(shillings), Currency.TZS)


def _must_be(found: Mapping[str, str], tag: str, allowed: Iterable[str], problem: str) -> str:
    value = found.get(tag, "")
    if value not in allowed:
        raise TanqrUnreadable(problem)
    return value


def _must_fit(found: Mapping[str, str], tag: str, pattern: str, problem: str) -> str:
    if not re.fullmatch(pattern, found.get(tag, "")):
        raise TanqrUnreadable(problem)
    return found[tag]
