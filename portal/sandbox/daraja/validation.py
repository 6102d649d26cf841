"""Reads a push and a query as strictly as Daraja's documentation states their fields. A field that is missing
or unknown, of a wrong type, too long or out of its pattern is refused by name.
"""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from portal.sandbox.bodies import json_object
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.account import DarajaAccount
from portal.sandbox.operators import MSISDN
from portal.sandbox.settings import EAT

PAYBILL = "CustomerPayBillOnline"
BUY_GOODS = "CustomerBuyGoodsOnline"
BASE64 = "(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"

Rule = Callable[[object], str]


@dataclass(frozen=True)
class StkPush:
    transaction_type: str
    amount: int
    payer: str
    payee: str
    msisdn: str
    callback_url: str
    reference: str
    description: str


def read_push(body: bytes, account: DarajaAccount, now: datetime) -> StkPush:
    fields = obeyed(read_object(body), PUSH_FIELDS, optional={"TransactionDesc"})
    _check_credentials(fields, account, now)
    return StkPush(
        transaction_type=fields["TransactionType"],
        amount=int(fields["Amount"]),
        payer=fields["PartyA"],
        payee=fields["PartyB"],
        msisdn=fields["PhoneNumber"],
        callback_url=fields["CallBackURL"],
        reference=fields["AccountReference"],
        description=fields.get("TransactionDesc", ""),
    )


def read_query(body: bytes, account: DarajaAccount, now: datetime) -> str:
    """The CheckoutRequestID that is asked about."""
    fields = obeyed(read_object(body), QUERY_FIELDS)
    _check_credentials(fields, account, now)
    return fields["CheckoutRequestID"]


def read_object(body: bytes) -> dict[str, object]:
    try:
        return json_object(body)
    except ValueError:
        raise refusals.invalid_payload() from None


def obeyed(
    fields: Mapping[str, object], rules: Mapping[str, Rule], optional: frozenset[str] | set[str] = frozenset()
) -> dict[str, str]:
    for name in fields:
        if name not in rules:
            raise refusals.invalid(name)
    wanted = [name for name in rules if name in fields or name not in optional]
    return {name: _obeyed(rules[name], name, fields.get(name)) for name in wanted}


def _obeyed(rule: Rule, name: str, value: object) -> str:
    try:
        return rule(value)
    except ValueError:
        raise refusals.invalid(name) from None


def text(pattern: str) -> Rule:
    def rule(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return rule


def numeric(pattern: str) -> Rule:
    """Digits, as number or string: the documentation says Numeric and its sample shows a string."""
    fits = text(pattern)

    def rule(value: object) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return fits(str(value) if is_whole else value)

    return rule


def callback_address(value: object) -> str:
    given = text(r"https?://[!-~]+")(value)
    parts = urlsplit(given)
    host = parts.netloc.rpartition("@")[2]
    if "@" in parts.netloc or not parts.hostname or host != host.lower() or parts.fragment or parts.port == 0:
        raise ValueError
    return given


def _check_credentials(fields: Mapping[str, str], account: DarajaAccount, now: datetime) -> None:
    _check_timestamp(fields["Timestamp"], account, now)
    if fields["BusinessShortCode"] != account.short_code:
        raise refusals.merchant_unknown()
    plain = account.short_code + account.passkey + fields["Timestamp"]
    if not hmac.compare_digest(fields["Password"], base64.b64encode(plain.encode()).decode()):
        raise refusals.wrong_password()


def _check_timestamp(text: str, account: DarajaAccount, now: datetime) -> None:
    try:
        said = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=EAT)
    except ValueError:
        raise refusals.invalid("Timestamp") from None
    if abs((said - now).total_seconds()) > account.timestamp_tolerance:
        raise refusals.invalid("Timestamp")


PUSH_FIELDS: dict[str, Rule] = {
    "BusinessShortCode": numeric("[0-9]{5,6}"),
    "Password": text(BASE64),
    "Timestamp": text("[0-9]{14}"),
    "TransactionType": text(f"{PAYBILL}|{BUY_GOODS}"),
    "Amount": numeric("[1-9][0-9]{0,11}"),
    "PartyA": numeric(MSISDN),
    "PartyB": numeric("[0-9]{5,7}"),
    "PhoneNumber": numeric(MSISDN),
    "CallBackURL": callback_address,
    "AccountReference": text("[A-Za-z0-9]{1,12}"),
    "TransactionDesc": text(".{0,13}"),
}
QUERY_FIELDS: dict[str, Rule] = {
    "BusinessShortCode": numeric("[0-9]{5,7}"),
    "Password": text(BASE64),
    "Timestamp": text("[0-9]{14}"),
    "CheckoutRequestID": text("ws_CO_[0-9]{20,40}"),
}
