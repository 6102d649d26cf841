"""What Daraja posts to a ResultURL: how money that went back ended, and the answer to a question about it."""

import json
from collections.abc import Sequence

from portal.sandbox.book import REVERSAL, Movement
from portal.sandbox.daraja.refunds import OURS, result_of
from portal.sandbox.prompt import Refund
from portal.sandbox.settings import EAT
from portal.sandbox.twin import Letter

HEADERS = {"Content-Type": "application/json;charset=UTF-8"}
FAILED = "R0000000000"
"""The transaction of a failure, as the documents print one: it is nobody's."""
Parameters = Sequence[tuple[str, object]]


def told_of_end(refund: Refund, movement: Movement | None) -> Letter:
    code = result_of(refund)
    facts = _facts(refund, movement) if movement else ()
    return _result(code, refund.request_id, refund.ids[OURS], movement.receipt if movement else FAILED, facts)


def told_of_status(refund: Refund, conversation: str, ours: str) -> Letter:
    """The question has ids of its own; those of what was asked about stand among the parameters."""
    movement = refund.movement
    facts: list[tuple[str, object]] = [
        ("DebitPartyName", "174379 - Nest Pay"),
        ("DebitPartyName", f"{refund.push.msisdn} - A TENANT"),
        (OURS, refund.ids[OURS]),
        ("ConversationID", refund.request_id),
        ("TransactionStatus", "Completed" if movement else "Failed"),
        ("Amount", str(refund.push.amount)),
        ("ReasonType", None),
    ]
    if movement:
        facts += [
            ("ReceiptNo", movement.receipt),
            ("FinalisedTime", f"{movement.at.astimezone(EAT):%Y%m%d%H%M%S}"),
        ]
    return _result("0", conversation, ours, FAILED, facts)


def _facts(refund: Refund, movement: Movement) -> Parameters:
    at, amount = movement.at.astimezone(EAT), float(-movement.amount)
    if refund.kind == REVERSAL:
        return (
            ("DebitAccountBalance", "Utility Account|TZS|7722179.62|7722179.62|0.00|0.00"),
            ("Amount", amount),
            ("TransCompletedTime", int(f"{at:%Y%m%d%H%M%S}")),
            ("OriginalTransactionID", refund.of),
            ("Charge", 0.0),
            ("CreditPartyPublicName", f"{movement.msisdn} - A TENANT"),
        )
    return (
        ("TransactionAmount", amount),
        ("TransactionReceipt", movement.receipt),
        ("ReceiverPartyPublicName", f"{movement.msisdn} - A TENANT"),
        ("TransactionCompletedDateTime", f"{at:%d.%m.%Y %H:%M:%S}"),
        ("B2CRecipientIsRegisteredCustomer", "Y"),
    )


def _result(code: str, conversation: str, ours: str, transaction: str, facts: Parameters) -> Letter:
    """A parameter without a value has none; a code of digits is a number, any other a text."""
    result: dict[str, object] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdecimal() else code,
        "ResultDesc": "The service request is processed." if code == "0" else "The request failed.",
        OURS: ours,
        "ConversationID": conversation,
        "TransactionID": transaction,
    }
    if facts:
        listed = [{"Key": key} | ({"Value": value} if value is not None else {}) for key, value in facts]
        result["ResultParameters"] = {"ResultParameter": listed}
    return Letter(json.dumps({"Result": result}).encode(), HEADERS)
