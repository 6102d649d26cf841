"""Money that goes back by Mixx by Yas: a disbursement (A2W) to the number that paid, in XML (providers.md §3.C).

It is known by a REFERENCEID of ours, which is taken once. Nobody can be asked about one: an answer that is lost, or
that says HOLD, is for people and for the statement of our account.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portal.domain.outcome import Reason, Unknown
from portal.domain.phone import Phone
from portal.domain.refund_outcome import NotRefunded, RefundAnswer, Refunded, RefundRefusal, RefundRoute
from portal.providers.failed_call import failed_refund
from portal.providers.refund import RefundInstruction, SendsBack, unfit
from portal.providers.tigo_pesa_command import read_command, written_command
from portal.providers.wallet import whole_shillings
from portal.providers.wire import CallFailed, Wire

PAYOUT = SendsBack(route=RefundRoute.PAYOUT, part=True, again=True)
OUTCOMES: dict[str, RefundRefusal | None] = {
    "0": None,
    "200": None,
    "00026": RefundRefusal.NOT_ALLOWED,
    "00031": RefundRefusal.AMOUNT,
    "00042": RefundRefusal.AMOUNT,
    "317": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "410": RefundRefusal.LIMIT,
    "2117": RefundRefusal.NOT_ALLOWED,
    "60014": RefundRefusal.LIMIT,
    "60017": RefundRefusal.AMOUNT,
    "60018": RefundRefusal.LIMIT,
    "60019": RefundRefusal.OUR_BALANCE,
    "60021": RefundRefusal.LIMIT,
    "60024": RefundRefusal.LIMIT,
    "60028": RefundRefusal.LIMIT,
    "60030": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "60074": RefundRefusal.NOT_ALLOWED,
}
"""What TXNSTATUS says; None is "sent". One that is in neither table is unknown, unmapped."""

HOLD = frozenset({"100"})
"""Nobody knows yet: it may be sent or not, and is never sent again."""
_ASKS, _ANSWERS = "REQMFICI", "RESMFICI"
_STATUS = re.compile("[0-9A-Za-z]{1,10}", re.ASCII)
_TXNID = re.compile("[0-9A-Za-z.]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Disbursing:
    """The purse that money is sent from. `address` is the one that Yas issued for it."""

    address: str
    msisdn: str
    pin: str = field(repr=False)


async def pay_out(wire: Wire, purse: Disbursing, instruction: RefundInstruction) -> RefundAnswer:
    """Send once."""
    refusal = unfit(instruction, PAYOUT)
    if refusal or instruction.phone is None:
        return refusal or NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "no number")
    body = _command(purse, instruction, instruction.phone)
    try:
        answer = await wire.exchange(
            "POST", purse.address, _fields, content=body.encode(), headers={"Content-Type": "text/xml"}
        )
    except CallFailed as error:
        return failed_refund(error)
    return _answered(answer, instruction.reference)


def _command(purse: Disbursing, instruction: RefundInstruction, payee: Phone) -> str:
    """Digits alone: there is no support for cents."""
    return written_command(
        {
            "TYPE": _ASKS,
            "REFERENCEID": instruction.reference,
            "MSISDN": purse.msisdn,
            "PIN": purse.pin,
            "MSISDN1": payee.digits,
            "AMOUNT": str(whole_shillings(instruction.amount)),
            "LANGUAGE1": "en",
        }
    )


def _fields(content: bytes) -> dict[str, str] | None:
    """None of what is no answer to a disbursement."""
    fields = read_command(content.decode(errors="replace"))
    return fields if fields.get("TYPE") == _ANSWERS else None


def _answered(fields: dict[str, str], reference: str) -> RefundAnswer:
    if fields.get("REFERENCEID") != reference:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    status, transaction = fields.get("TXNSTATUS", ""), fields.get("TXNID", "")
    if status in HOLD:
        return Unknown(Reason.AMBIGUOUS, status)
    if status not in OUTCOMES:
        word = status if _STATUS.fullmatch(status) else "unreadable TXNSTATUS"
        return Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)
    refusal = OUTCOMES[status]
    if refusal is not None:
        return NotRefunded(refusal, status)
    if not _TXNID.fullmatch(transaction):
        return Unknown(Reason.AMBIGUOUS, "sent without a TXNID")
    return Refunded(transaction)
