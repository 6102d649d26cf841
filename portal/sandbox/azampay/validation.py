"""Reads a push as strictly as AzamPay's documentation states its fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.sandbox.azampay import refusals
from portal.sandbox.bodies import json_object
from portal.sandbox.operators import AIRTEL, AZAMPESA, HALOPESA, MIXX, MPESA, Operator, is_msisdn

OPERATORS = {"Airtel": AIRTEL, "Tigo": MIXX, "Halopesa": HALOPESA, "Azampesa": AZAMPESA, "Mpesa": MPESA}
"""In the case as written."""
TEXTS = {
    "accountNumber": "(?:255|0)[0-9]{9}",
    "amount": "[1-9][0-9]{0,11}",
    "currency": "TZS",
    "externalId": "[ -~]{1,128}",
    "provider": "|".join(OPERATORS),
    "callbackUrl": "https?://[!-~]+",
}


@dataclass(frozen=True)
class MnoCheckout:
    """`msisdn` in its twelve digits; `provider` is the wallet's word."""

    msisdn: str
    amount: int
    external_id: str
    provider: str
    callback_url: str

    @property
    def operator(self) -> Operator:
        return OPERATORS[self.provider]


def read_object(body: bytes, content_type: str) -> dict[str, object]:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise refusals.invalid_field("Content-Type")
    try:
        return json_object(body)
    except ValueError:
        raise refusals.invalid_field("body") from None


def read_push(fields: Mapping[str, object]) -> MnoCheckout:
    for name in sorted(set(fields) - {*TEXTS, "additionalProperties"}):
        raise refusals.invalid_field(name)
    if not isinstance(fields.get("additionalProperties", {}), dict):
        raise refusals.invalid_field("additionalProperties")
    texts = {name: _text(fields, name) for name in TEXTS}
    msisdn = re.sub("^0", "255", texts["accountNumber"])
    if not is_msisdn(msisdn):
        raise refusals.invalid_field("accountNumber")
    return MnoCheckout(
        msisdn=msisdn,
        amount=int(texts["amount"]),
        external_id=texts["externalId"],
        provider=texts["provider"],
        callback_url=texts["callbackUrl"],
    )


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not re.fullmatch(TEXTS[name], value):
        raise refusals.invalid_field(name)
    return value
