"""Reads a push as strictly as what is documented of its fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.sandbox.bodies import json_object
from portal.sandbox.mixx import codes
from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.mixx.refusals import RefusedError

TEXTS = ("CustomerMSISDN", "BillerMSISDN", "Remarks", "ReferenceID")
FIELDS = {*TEXTS, "Amount"}
LONGEST_REFERENCE = 20


@dataclass(frozen=True)
class PushBillPay:
    """`reference` is what follows the biller code in `reference_id`."""

    msisdn: str
    amount: int
    reference_id: str
    reference: str


def read_push(body: bytes, account: MixxAccount) -> PushBillPay:
    """Raises the code of the first rule that is broken."""
    fields = _fields(body)
    reference_id = str(fields.get("ReferenceID", ""))
    broken = _broken(fields, account)
    if broken:
        raise RefusedError(broken, reference_id)
    amount = fields["Amount"]
    return PushBillPay(
        msisdn=str(fields["CustomerMSISDN"]),
        amount=amount if isinstance(amount, int) else 0,
        reference_id=reference_id,
        reference=reference_id.removeprefix(account.biller_code),
    )


def _fields(body: bytes) -> dict[str, object]:
    try:
        return json_object(body)
    except ValueError:
        raise RefusedError(codes.INTERNAL) from None


def _broken(fields: Mapping[str, object], account: MixxAccount) -> str | None:
    for name, code in (("CustomerMSISDN", codes.NO_PAYER), ("BillerMSISDN", codes.NO_BILLER)):
        if not fields.get(name):
            return code
    if not set(fields) <= FIELDS or not all(isinstance(fields.get(name, ""), str) for name in TEXTS):
        return codes.INTERNAL
    if fields["BillerMSISDN"] != account.biller_msisdn:
        return codes.WRONG_BILLER
    if not re.fullmatch("255[0-9]{9}", str(fields["CustomerMSISDN"])):
        return codes.INVALID_PAYER
    if not _is_reference(str(fields.get("ReferenceID", "")), account.biller_code):
        return codes.INVALID_REFERENCE
    return None if _is_amount(fields.get("Amount")) else codes.OUT_OF_RANGE


def _is_reference(text: str, biller_code: str) -> bool:
    form = f"{re.escape(biller_code)}[A-Za-z0-9]+"
    return len(text) <= LONGEST_REFERENCE and re.fullmatch(form, text) is not None


def _is_amount(value: object) -> bool:
    """A JSON number of whole shillings."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
