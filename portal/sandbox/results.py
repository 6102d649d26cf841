"""Daraja's result codes with their words, which differ between callback and query: only the code counts."""

PAID = "0"
ABOVE_MAXIMUM = "3"
RULE_LIMITED = "17"
PUSH_NOT_SENT = "1025"
CANCELLED = "1032"
NO_ANSWER = "1037"
WRONG_PIN = "2001"
NOT_PERMITTED = "2028"
PROCESSING = "4999"

WORDS = {
    PAID: "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    ABOVE_MAXIMUM: "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    RULE_LIMITED: "Rule limited.",
    "26": "System busy. Try again in few minutes.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
    "1019": "Transaction has expired.",
    PUSH_NOT_SENT: "An error occurred while sending a push request.",
    "1031": "Request cancelled by user.",
    CANCELLED: "Request cancelled by user",
    NO_ANSWER: "DS timeout user cannot be reached",
    WRONG_PIN: "The initiator information is invalid.",
    NOT_PERMITTED: "The request is not permitted according to product assignment.",
    PROCESSING: "The transaction is still under processing",
    "8006": "The security credential is locked.",
    "9999": "An error occurred while sending a push request.",
    "SFC_IC0003": "The operator does not exist.",
}
WORDS_OF_THE_QUERY = WORDS | {NO_ANSWER: "No response from user."}


def words(code: str, *, in_query: bool = False) -> str:
    table = WORDS_OF_THE_QUERY if in_query else WORDS
    return table.get(code, "The transaction ended with a code that nobody documented.")
