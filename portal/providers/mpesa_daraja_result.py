"""What Daraja posts to a ResultURL (providers.md §1.7 to §1.9): the end of a reversal, of a payout, or an answer to a
question about one. One envelope for all three; whatever it is, no other error than ours comes out of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.domain.ids import ALPHABET
from portal.domain.outcome import Pending, Reason, Unknown
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundOutcome, RefundRefusal
from portal.domain.trouble import Trouble
from portal.providers.mpesa_daraja_callback import amount_of, moment_of, receipt_of, result_code, wire_id
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.refund import HeardOfRefund

RESULTS: dict[str, RefundRefusal | None] = {
    "0": None,
    "1": RefundRefusal.OUR_BALANCE,
    "2": RefundRefusal.LIMIT,
    "3": RefundRefusal.LIMIT,
    "4": RefundRefusal.LIMIT,
    "8": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "11": RefundRefusal.NOT_ALLOWED,
    "21": RefundRefusal.NOT_ALLOWED,
    # In a push the payer's PIN; here our own initiator.
    "2001": RefundRefusal.NOT_ALLOWED,
    "2006": RefundRefusal.NOT_ALLOWED,
    "2028": RefundRefusal.NOT_ALLOWED,
    "2040": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "8006": RefundRefusal.NOT_ALLOWED,
    "R000002": RefundRefusal.NOT_FOUND,
    "SFC_IC0003": RefundRefusal.PAYEE_CANNOT_RECEIVE,
}
"""Result codes of reversals and payouts (§1.7, §1.8). None is "sent back"; one in neither table is unmapped."""

UNDECIDED = frozenset({"R000001"})
"""Reversed already: by us, whose answer was lost, or by somebody else? That is asked, and never guessed."""
INITIATOR_REFUSED = frozenset({"2001", "8006"})
STATUSES = frozenset({"Completed"})
"""Words of Transaction Status for money that moved. No other is documented, so any other decides nothing."""
WAITING = 1
"""The `ResultType` of a message after which another one comes."""
_STATUS = "TransactionStatus"
_REFERENCE = re.compile(f"[{ALPHABET}]{{12}}")


@dataclass(frozen=True, slots=True)
class Result:
    """`facts` are its parameters by key, the first of each: some come twice, some without a value."""

    code: str
    conversation: str | None
    ours: str | None
    transaction: str | None
    is_final: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_result(body: str) -> Result | None:
    """None of what is no Result, such as the callback of a push. Raises CallbackUnreadable."""
    try:
        told = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise CallbackUnreadable("not JSON") from error
    result = told.get("Result") if isinstance(told, dict) else None
    if not isinstance(result, dict):
        return None
    code = result_code(result.get("ResultCode"))
    if code is None:
        raise CallbackUnreadable("no ResultCode")
    return Result(
        code=code,
        conversation=wire_id(result.get("ConversationID")),
        ours=wire_id(result.get("OriginatorConversationID")),
        transaction=receipt_of(result.get("TransactionID")),
        is_final=result.get("ResultType") != WAITING,
        facts=_facts(result),
    )


def heard_in(result: Result) -> Heard:
    """A refund is known by either id; an answer to a question names the refund's among its parameters, if at all."""
    of_status = _STATUS in result.facts
    names = (result.facts if of_status else {}).get
    told = HeardOfRefund(
        cause=Cause.OURS,
        outcome=_standing(result) if of_status else _outcome(result),
        reference=_ours(names("OriginatorConversationID") if of_status else result.ours),
        request_id=wire_id(names("ConversationID")) if of_status else result.conversation,
    )
    return Heard(None, Pending(result.code), result.code, says_paid=False, for_people=True, refund=told)


def _ours(value: object) -> str | None:
    """A reversal has an id of their own there."""
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def _outcome(result: Result) -> RefundOutcome:
    if not result.is_final:
        return Pending(result.code)
    if result.code in UNDECIDED:
        return Unknown(Reason.AMBIGUOUS, result.code)
    if result.code not in RESULTS:
        return Unknown(Reason.UNKNOWN_ERROR, result.code, mapped=False)
    refusal = RESULTS[result.code]
    if refusal is not None:
        trouble = Trouble.CREDENTIALS_REFUSED if result.code in INITIATOR_REFUSED else None
        return NotRefunded(refusal, result.code, trouble)
    if result.transaction is None:
        return Unknown(Reason.AMBIGUOUS, "sent back without a TransactionID")
    facts = result.facts
    return Refunded(
        result.transaction,
        amount_of(facts.get("Amount", facts.get("TransactionAmount"))),
        moment_of(facts.get("TransCompletedTime"))
        or moment_of(facts.get("TransactionCompletedDateTime"), "%d.%m.%Y %H:%M:%S"),
    )


def _standing(result: Result) -> RefundOutcome:
    """Of a question: a code that is not 0 is about the question, never about the money."""
    word = result_code(result.facts.get(_STATUS))
    if result.code != "0" or not result.is_final:
        return Unknown(Reason.AMBIGUOUS, result.code)
    if word not in STATUSES:
        return Unknown(Reason.UNKNOWN_ERROR, word or "no status", mapped=False)
    facts = result.facts
    return Refunded(
        receipt_of(facts.get("ReceiptNo")),
        amount_of(facts.get("Amount")),
        moment_of(facts.get("FinalisedTime")),
    )


def _facts(result: dict[str, Any]) -> dict[str, Any]:
    parameters = result.get("ResultParameters")
    listed = parameters.get("ResultParameter") if isinstance(parameters, dict) else None
    facts: dict[str, Any] = {}
    for item in listed if isinstance(listed, list) else [listed]:
        if isinstance(item, dict) and isinstance(item.get("Key"), str):
            facts.setdefault(item["Key"], item.get("Value"))
    return facts
