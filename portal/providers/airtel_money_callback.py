"""What a callback of Airtel Money says (providers.md §4.6), and whether its hash proves who says it.

It states neither amount nor number, and no more than "paid" or "not paid": a hint, always confirmed by an enquiry.

The amount in its prose ("Paid UGX 5,000 to … Charge UGX 140, …", the one sample there is) is not read, not even as a
doubt. Nobody says in which words and language Tanzania is told it, how its numbers are written, or whether the charge
is in it. A payment of the right sum would stand in question for a wording, and a sum out of prose would be booked as
money that came. What proves the amount is the success of our id, under which our own push asked for exactly that; the
prose stays in the inbox, sealed, for people.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.providers.provider import CallbackUnreadable

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_RECEIPT_CODE = re.compile(r"[A-Za-z0-9.]{4,40}")
_HASH = re.compile(r',\s*"hash"\s*:\s*"[^"\\]*"|"hash"\s*:\s*"[^"\\]*"\s*,\s*')
_TRANSACTION = re.compile(r'"transaction"\s*:\s*')


@dataclass(frozen=True, slots=True)
class Callback:
    """`reference` is the id that we gave; `code` is there in one gateway's wrapping only.

    `is_proved` where no key is agreed on, too: then nobody promised a hash.
    """

    reference: str
    letters: str
    code: str | None
    receipt_code: str | None
    is_proved: bool


def read_callback(body: str, key: str | None) -> Callback:
    """`key` is the private one of callback authentication. Raises CallbackUnreadable, whatever the body is."""
    try:
        told = json.loads(body)
        # One gateway of the country wraps all of it.
        transaction = told.get("payload", told)["transaction"]
        reference, letters = id_of(transaction["id"]), code_of(transaction["status_code"])
        is_proved = key is None or _is_proved(told, transaction, body, key)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CallbackUnreadable("no transaction with id and status_code") from error
    if reference is None or letters is None:
        raise CallbackUnreadable("no id" if letters else "no status_code")
    code, receipt_code = transaction.get("code"), transaction.get("airtel_money_id")
    return Callback(reference, letters, code_of(code), receipt_code_of(receipt_code), is_proved)


def code_of(value: object) -> str | None:
    """A code or status: one word that fits the table."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def id_of(value: object) -> str | None:
    """An id of ours as it comes back; `false` stands for none."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def receipt_code_of(value: object) -> str | None:
    """What the payer's message calls "Trans ID": `MP210603.1234.L06941`."""
    return value if isinstance(value, str) and _RECEIPT_CODE.fullmatch(value) else None


def _is_proved(told: dict[str, Any], transaction: object, body: str, key: str) -> bool:
    given = str(told.get("hash")).encode(errors="replace")
    return any(hmac.compare_digest(given, _hash(key, text)) for text in _candidates(body, transaction))


def _candidates(body: str, transaction: object) -> Iterator[str]:
    """Which bytes are hashed is documented nowhere: all but the hash itself, or the transaction alone."""
    yield _HASH.sub("", body, count=1).strip()
    found = _TRANSACTION.search(body)
    if found:
        value, end = json.JSONDecoder().raw_decode(body, found.end())
        # Of two transactions in one body, the proved one must be the one that was read.
        if value == transaction:
            yield body[found.end() : end]


def _hash(key: str, text: str) -> bytes:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(errors="replace"), hashlib.sha256))
