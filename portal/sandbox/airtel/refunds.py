"""Reads requests for money back as strictly as Airtel's documentation states them: a refund, and a disbursement."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from portal.sandbox import results
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.airtel.refusals import RefusedError
from portal.sandbox.airtel.validation import (
    CURRENCY,
    ID,
    check_names,
    read_amount,
    read_msisdn,
    read_part,
    read_text,
)

UNDER_WAY, DUPLICATE, NOT_FOUND = "DP00900001006", "DP00900001017", "DP00900001015"
CODES = {
    results.PAID: "DP00900001001",
    results.NO_BALANCE: "DP00900001007",
    results.LIMIT: "DP00900001003",
    results.ABOVE_MAXIMUM: "DP00900001003",
    results.BELOW_MINIMUM: "DP00900001004",
    results.NOT_PERMITTED: "DP00900001010",
    results.PAYEE_FULL: "DP00900001013",
    results.UNDOCUMENTED: "DP00900007777",
}
"""Of a disbursement; every other result is "failed"."""
FAILED = "DP00900001005"
LETTERS = {UNDER_WAY: "TIP", "DP00900001001": "TS", "DP00900007777": "TX"}
"""All other codes stand beside TF."""
LONGEST_PIN = 512


@dataclass(frozen=True)
class Disbursement:
    """`msisdn` in its twelve digits, as the network knows it."""

    id: str
    reference: str
    msisdn: str
    amount: int


def read_refund(fields: Mapping[str, object]) -> str:
    """The code of the payment."""
    check_names(fields, {"transaction"})
    return read_text(
        read_part(fields, "transaction", {"airtel_money_id"}), "airtel_money_id", "[A-Za-z0-9.]{4,40}"
    )


def read_disbursement(fields: Mapping[str, object], account: AirtelAccount) -> Disbursement:
    check_names(fields, {"payee", "reference", "pin", "transaction"})
    payee = read_part(fields, "payee", {"currency", "msisdn", "name"})
    transaction = read_part(fields, "transaction", {"amount", "id", "type"})
    if payee["currency"] != CURRENCY:
        raise RefusedError("ESB000035", "Invalid Currency Code")
    read_text(payee, "name", ".{0,64}")
    read_text(transaction, "type", "B2C")
    _check_pin(read_text(fields, "pin", f".{{1,{LONGEST_PIN}}}"), account)
    return Disbursement(
        id=read_text(transaction, "id", ID),
        reference=read_text(fields, "reference", ".{4,64}"),
        msisdn=read_msisdn(payee["msisdn"]),
        amount=read_amount(transaction["amount"], "DP00900001004"),
    )


def code_of(result: str | None) -> str:
    if result is None:
        return UNDER_WAY
    return CODES.get(result, result if result not in results.RESULTS else FAILED)


def duplicate() -> RefusedError:
    return RefusedError(DUPLICATE, "Duplicate Transaction Id.")


def not_found() -> RefusedError:
    return RefusedError(NOT_FOUND, "Transaction not found.", 200)


def _check_pin(hidden: str, account: AirtelAccount) -> None:
    key = cast(
        "RSAPrivateKey", load_der_private_key(base64.b64decode(account.disbursement_private_key), None)
    )
    try:
        pin = key.decrypt(base64.b64decode(hidden, validate=True), PKCS1v15())
    except (binascii.Error, ValueError):
        raise RefusedError("ROUTER116", "Pin is not encrypted properly.") from None
    if not hmac.compare_digest(pin, account.disbursement_pin.encode()):
        raise RefusedError("ROUTER115", "Incorrect Pin.")
