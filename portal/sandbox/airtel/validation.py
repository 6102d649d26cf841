"""Reads a push as strictly as Airtel's documentation states its fields, and the headers of every call."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from portal.sandbox.airtel import refusals
from portal.sandbox.airtel.refusals import RefusedError
from portal.sandbox.bodies import json_object
from portal.sandbox.operators import is_msisdn

COUNTRY, CURRENCY, COUNTRY_CODE = "TZ", "TZS", "255"
ID = "[A-Za-z0-9]{1,32}"


@dataclass(frozen=True)
class UssdPush:
    """`msisdn` in its twelve digits, as the network knows it."""

    id: str
    reference: str
    msisdn: str
    amount: int


def read_object(body: bytes, content_type: str) -> dict[str, object]:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise refusals.invalid_field("Content-Type")
    try:
        return json_object(body)
    except ValueError:
        raise refusals.invalid_field("body") from None


def check_headers(headers: Mapping[str, str]) -> None:
    """Every call but that for a token says where it is made."""
    country, currency = headers.get("x-country"), headers.get("x-currency")
    if not country:
        raise RefusedError("ROUTER003", "Mandatory parameters are missing either in the header or body.")
    if not currency:
        raise RefusedError("ROUTER119", "Currency is missing.")
    if country != COUNTRY:
        raise RefusedError("ROUTER006", "Invalid country code provided.")
    if currency != CURRENCY:
        raise RefusedError("ROUTER112", "Invalid currency provided.")


def read_push(fields: Mapping[str, object]) -> UssdPush:
    check_names(fields, {"reference", "subscriber", "transaction"})
    subscriber = read_part(fields, "subscriber", {"country", "currency", "msisdn"})
    transaction = read_part(fields, "transaction", {"amount", "country", "currency", "id"})
    _check_place(subscriber)
    _check_place(transaction)
    return UssdPush(
        id=read_text(transaction, "id", ID),
        reference=read_text(fields, "reference", ".{4,64}"),
        msisdn=read_msisdn(subscriber["msisdn"]),
        amount=read_amount(transaction["amount"], "DP00800001004"),
    )


def read_part(fields: Mapping[str, object], name: str, names: AbstractSet[str]) -> Mapping[str, object]:
    part = fields[name]
    if not isinstance(part, dict):
        raise refusals.invalid_field(name)
    check_names(part, names)
    return part


def check_names(fields: Mapping[str, object], names: AbstractSet[str]) -> None:
    for name in sorted(set(fields) ^ names):
        raise refusals.invalid_field(name)


def _check_place(part: Mapping[str, object]) -> None:
    if part["country"] != COUNTRY:
        raise RefusedError("ESB000034", "Invalid Country Name")
    if part["currency"] != CURRENCY:
        raise RefusedError("ESB000035", "Invalid Currency Code")


def read_text(fields: Mapping[str, object], name: str, pattern: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise refusals.invalid_field(name)
    return value


def read_msisdn(value: object) -> str:
    """Nine digits, as text: a number with its country's code in front is too long."""
    if not isinstance(value, str):
        raise refusals.invalid_field("msisdn")
    if len(value) != 9:
        raise RefusedError("ESB000033", "Invalid MSISDN Length. MSISDN Length should be 9.")
    if not is_msisdn(COUNTRY_CODE + value):
        raise RefusedError("ESB000036", "Invalid MSISDN")
    return COUNTRY_CODE + value


def read_amount(value: object, too_small: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value >= 10**12:
        raise refusals.invalid_field("amount")
    if value < 1:
        raise RefusedError(too_small, "Invalid Amount")
    return value
