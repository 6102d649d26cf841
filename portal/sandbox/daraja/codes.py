"""Daraja's result codes, with their words, which differ between callback and query: only the code counts."""

from portal.sandbox import results

CODES = {
    results.PAID: "0",
    results.NO_BALANCE: "1",
    results.BELOW_MINIMUM: "2",
    results.ABOVE_MAXIMUM: "3",
    results.LIMIT: "4",
    results.PAYEE_FULL: "8",
    results.REPEATED: "17",
    results.BUSY: "26",
    results.LOCKED: "1001",
    results.EXPIRED: "1019",
    results.PROMPT_NOT_SENT: "1025",
    results.CANCELLED: "1032",
    results.NO_ANSWER: "1037",
    results.WRONG_PIN: "2001",
    results.NOT_PERMITTED: "2028",
    results.PIN_LOCKED: "8006",
    results.UNDOCUMENTED: "7777",
}
PROCESSING = "4999"

WORDS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "17": "Rule limited.",
    "26": "System busy. Try again in few minutes.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
    "1019": "Transaction has expired.",
    "1025": "An error occurred while sending a push request.",
    "1031": "Request cancelled by user.",
    "1032": "Request cancelled by user",
    "1037": "DS timeout user cannot be reached",
    "2001": "The initiator information is invalid.",
    "2028": "The request is not permitted according to product assignment.",
    PROCESSING: "The transaction is still under processing",
    "8006": "The security credential is locked.",
    "9999": "An error occurred while sending a push request.",
    "SFC_IC0003": "The operator does not exist.",
}
WORDS_OF_THE_QUERY = WORDS | {"1037": "No response from user."}


def words(code: str, *, in_query: bool = False) -> str:
    table = WORDS_OF_THE_QUERY if in_query else WORDS
    return table.get(code, "The transaction ended with a code that nobody documented.")
