"""Reads requests as strictly as Vodacom's documentation states their fields: all of them text, each with its pattern
and a code of its own for what breaks it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.sandbox.bodies import json_object
from portal.sandbox.vodacom.refusals import RefusedError

WORD = r"[0-9a-zA-Z \w+]"
CONVERSATION = "input_ThirdPartyConversationID"
COUNTRY = "TZN"


@dataclass(frozen=True)
class Rule:
    pattern: str
    code: str
    is_optional: bool = False


AMOUNT = Rule(r"\d*\.?\d+", "INS-15")
MSISDN = Rule("[0-9]{12,14}", "INS-2051")
COMMON = {
    "input_Country": Rule(COUNTRY, "INS-998"),
    "input_ServiceProviderCode": Rule("[0-9A-Za-z]{4,12}", "INS-13"),
    CONVERSATION: Rule(WORD + "{1,40}", "INS-28"),
}
TRANSFER = COMMON | {
    "input_Amount": AMOUNT,
    "input_Currency": Rule("TZS", "INS-26"),
    "input_CustomerMSISDN": MSISDN,
    "input_TransactionReference": Rule(WORD + "{1,20}", "INS-17"),
}
PUSH_FIELDS = TRANSFER | {"input_PurchasedItemsDesc": Rule(WORD + "{1,256}", "INS-30")}
PAYOUT_FIELDS = TRANSFER | {"input_PaymentItemsDesc": Rule(WORD + "{1,256}", "INS-31")}
REVERSAL_FIELDS = COMMON | {
    "input_ReversalAmount": Rule(AMOUNT.pattern, AMOUNT.code, is_optional=True),
    "input_TransactionID": Rule("[0-9a-zA-Z]{1,20}", "INS-18"),
}
QUERY_FIELDS = COMMON | {
    "input_QueryReference": Rule("[A-Za-z0-9]{10,20}|[A-Za-z0-9]{1,9}|[A-Za-z0-9]{21,32}", "INS-21"),
}


def read_body(body: bytes, rules: Mapping[str, Rule]) -> dict[str, str]:
    try:
        fields = json_object(body)
    except ValueError:
        raise RefusedError("INS-21") from None
    return checked(fields, rules)


def checked(fields: Mapping[str, object], rules: Mapping[str, Rule]) -> dict[str, str]:
    """Raises the code of the first rule that is broken."""
    conversation = _conversation(fields)
    if any(name not in fields for name, rule in rules.items() if not rule.is_optional):
        raise RefusedError("INS-20", conversation)
    if not all(name in rules and isinstance(value, str) for name, value in fields.items()):
        raise RefusedError("INS-21", conversation)
    texts = {name: str(value) for name, value in fields.items()}
    for name, text in texts.items():
        if not re.fullmatch(rules[name].pattern, text, re.ASCII):
            raise RefusedError(rules[name].code, conversation)
    return texts


def shillings(text: str) -> int | None:
    """None for cents, or nothing at all: the pattern allows both, and no wallet holds them."""
    whole, _, cents = text.partition(".")
    return int(whole or "0") or None if not cents.strip("0") and len(whole) < 13 else None


def _conversation(fields: Mapping[str, object]) -> str:
    """The request's own id, if it is one."""
    given = fields.get(CONVERSATION)
    is_good = isinstance(given, str) and re.fullmatch(COMMON[CONVERSATION].pattern, given, re.ASCII)
    return str(given) if is_good else "N/A"
