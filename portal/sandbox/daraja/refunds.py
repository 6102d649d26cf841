"""Reads requests for money back, and questions about them, as strictly as Daraja's documents state their fields."""

from dataclasses import dataclass

from portal.sandbox import results
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.account import DarajaAccount
from portal.sandbox.daraja.validation import (
    BASE64,
    Rule,
    callback_address,
    numeric,
    obeyed,
    read_object,
    text,
)
from portal.sandbox.operators import MSISDN
from portal.sandbox.prompt import Refund

OURS = "OriginatorConversationID"
"""The name, among a refund's ids, of the one that its merchant or Daraja gave it; theirs is the request id."""
CODES = {
    results.NO_BALANCE: "1",
    results.BELOW_MINIMUM: "2",
    results.ABOVE_MAXIMUM: "3",
    results.LIMIT: "4",
    results.PAYEE_FULL: "8",
    results.NOT_PERMITTED: "2028",
    results.PIN_LOCKED: "8006",
    results.UNDOCUMENTED: "7777",
}
"""Of what was sent back; every other end is that the organisation's account is not active."""
NOT_ACTIVE, WRONG_INITIATOR = "2006", "2001"
REVERSED_ALREADY, NO_SUCH_PAYMENT = "R000001", "R000002"

_COMMON: dict[str, Rule] = {
    "SecurityCredential": text(BASE64),
    "ResultURL": callback_address,
    "QueueTimeOutURL": callback_address,
    "Remarks": text(".{2,100}"),
}
REVERSAL_FIELDS: dict[str, Rule] = _COMMON | {
    "Initiator": text(".{1,60}"),
    "CommandID": text("TransactionReversal"),
    "TransactionID": text("[A-Z0-9]{6,20}"),
    "Amount": numeric("[1-9][0-9]{0,11}"),
    "ReceiverParty": numeric("[0-9]{5,7}"),
    "RecieverIdentifierType": text("11"),
}
PAYOUT_FIELDS: dict[str, Rule] = _COMMON | {
    OURS: text("[!-~]{1,60}"),
    "InitiatorName": text(".{1,60}"),
    "CommandID": text("SalaryPayment|BusinessPayment|PromotionPayment"),
    "Amount": numeric("[1-9][0-9]{0,11}"),
    "PartyA": numeric("[0-9]{5,7}"),
    "PartyB": numeric(MSISDN),
    "Occassion": text(".{1,100}"),
}
STATUS_FIELDS: dict[str, Rule] = _COMMON | {
    "Initiator": text(".{1,60}"),
    "CommandID": text("TransactionStatusQuery"),
    "TransactionID": text("[A-Z0-9]{6,20}"),
    "OriginalConversationID": text("[!-~]{1,60}"),
    "PartyA": numeric("[0-9]{5,7}"),
    "IdentifierType": text("4"),
    "Occasion": text(".{1,100}"),
}


@dataclass(frozen=True)
class Wanted:
    """`initiator` and `credential` are looked at only when it is played: a wrong one is a result, and no refusal."""

    initiator: str
    credential: str
    result_url: str
    fields: dict[str, str]

    def is_by(self, account: DarajaAccount) -> bool:
        return (self.initiator, self.credential) == (account.initiator_name, account.security_credential)


def read_reversal(body: bytes, account: DarajaAccount) -> Wanted:
    return _wanted(obeyed(read_object(body), REVERSAL_FIELDS), "Initiator", "ReceiverParty", account)


def read_payout(body: bytes, account: DarajaAccount) -> Wanted:
    fields = obeyed(read_object(body), PAYOUT_FIELDS, optional={"Occassion"})
    return _wanted(fields, "InitiatorName", "PartyA", account)


def read_status_query(body: bytes, account: DarajaAccount) -> Wanted:
    """By the receipt of what moved, or by the originator's id."""
    optional = {"TransactionID", "OriginalConversationID", "Occasion"}
    fields = obeyed(read_object(body), STATUS_FIELDS, optional=optional)
    if not fields.keys() & {"TransactionID", "OriginalConversationID"}:
        raise refusals.invalid("TransactionID")
    return _wanted(fields, "Initiator", "PartyA", account)


def result_of(refund: Refund) -> str:
    """Its result code."""
    result = refund.result or ""
    if result == results.PAID:
        return "0"
    return CODES.get(result, NOT_ACTIVE if result in results.RESULTS else result)


def _wanted(fields: dict[str, str], initiator: str, party: str, account: DarajaAccount) -> Wanted:
    if fields[party] != account.short_code:
        raise refusals.merchant_unknown()
    return Wanted(fields[initiator], fields["SecurityCredential"], fields["ResultURL"], fields)
