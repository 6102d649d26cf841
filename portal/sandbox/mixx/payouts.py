"""Reads a disbursement (A2W) as strictly as what is documented of its fields, and words its answer."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from portal.sandbox import results
from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.operators import is_msisdn

SENT, HOLD, DUPLICATE = "200", "100", "2018"
PIN_EXPIRED, BAD_AMOUNT, PAYEE_BARRED, SENDER_BARRED = "00026", "00031", "317", "2117"
STATUSES = {
    results.PAID: SENT,
    results.NO_BALANCE: "60019",
    results.PAYEE_FULL: "60030",
    results.LIMIT: "60014",
    results.BELOW_MINIMUM: "60017",
    results.ABOVE_MAXIMUM: "60018",
    results.NOT_PERMITTED: "60074",
    results.UNDOCUMENTED: "7777",
}
"""Of a disbursement; every other end is that the receiver is barred."""
FORMS = {
    "TYPE": "REQMFICI",
    "REFERENCEID": "[0-9A-Za-z]{1,20}",
    "MSISDN": "(?:255|0)[0-9]{8,9}",
    "PIN": "[0-9]{4,8}",
    "MSISDN1": "(?:255|0)[0-9]{9}",
    "AMOUNT": "[0-9]{1,12}",
    "LANGUAGE1": "en|sw",
}


@dataclass(frozen=True)
class Disbursement:
    """`msisdn` in its twelve digits, as the network knows it."""

    reference_id: str
    msisdn: str
    amount: int


@dataclass
class RefusedPayoutError(Exception):
    """`reference_id` is the one that the request named, as far as it could be read."""

    status: str
    reference_id: str = ""


def read_disbursement(body: bytes, account: MixxAccount) -> Disbursement:
    fields = _fields(body)
    reference = fields.get("REFERENCEID", "")
    fits = fields.keys() == FORMS.keys() and all(re.fullmatch(FORMS[name], fields[name]) for name in FORMS)
    if not fits or not int(fields["AMOUNT"]):
        raise RefusedPayoutError(BAD_AMOUNT, reference)
    if fields["MSISDN"] != account.payout_msisdn:
        raise RefusedPayoutError(SENDER_BARRED, reference)
    if fields["PIN"] != account.payout_pin:
        raise RefusedPayoutError(PIN_EXPIRED, reference)
    msisdn = re.sub("^0", "255", fields["MSISDN1"])
    if not is_msisdn(msisdn):
        raise RefusedPayoutError(PAYEE_BARRED, reference)
    return Disbursement(reference, msisdn, int(fields["AMOUNT"]))


def status_of(result: str | None) -> str:
    return STATUSES.get(result or "", PAYEE_BARRED)


def answer(reference_id: str, status: str, transaction: str = "") -> str:
    told = {
        "TYPE": "RESMFICI",
        "REFERENCEID": reference_id,
        "TXNID": transaction,
        "TXNSTATUS": status,
        "MESSAGE": "Success" if status == SENT else "Failed",
    }
    return (
        f"<COMMAND>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in told.items())}</COMMAND>"
    )


def _fields(body: bytes) -> dict[str, str]:
    try:
        command = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return {}
    return {str(field.tag): field.text or "" for field in command} if command.tag == "COMMAND" else {}
