"""Vodacom's codes: what each result is called, with which HTTP status and words, and what a query says of it."""

from portal.sandbox import results

CODES = {
    results.PAID: "INS-0",
    results.CANCELLED: "INS-6",  # the Tanzanian table has no code of its own for a payer's no or a wrong PIN
    results.WRONG_PIN: "INS-6",
    results.PIN_LOCKED: "INS-6",
    results.LOCKED: "INS-6",
    results.NO_BALANCE: "INS-2006",
    results.NO_ANSWER: "INS-9",
    results.EXPIRED: "INS-9",
    results.BELOW_MINIMUM: "INS-15",
    results.ABOVE_MAXIMUM: "INS-995",
    results.LIMIT: "INS-990",
    results.REPEATED: "INS-991",
    results.PAYEE_FULL: "INS-994",
    results.BUSY: "INS-1",
    results.PROMPT_NOT_SENT: "INS-1",
    results.NOT_PERMITTED: "INS-997",
    results.UNDOCUMENTED: "INS-7777",
}

STATUSES = {
    "INS-0": 201,
    "INS-6": 401,
    "INS-9": 408,
    "INS-10": 409,
    "INS-23": 200,
    "INS-2006": 422,
}
"""All others come with 400."""

WORDS = {
    "INS-0": "Request processed successfully",
    "INS-1": "Internal Error",
    "INS-6": "Transaction Failed",
    "INS-9": "Request timeout",
    "INS-10": "Duplicate Transaction",
    "INS-13": "Invalid Shortcode Used",
    "INS-15": "Invalid Amount Used",
    "INS-17": "Invalid Transaction Reference. Length Should Be Between 1 and 20.",
    "INS-18": "Invalid TransactionID Used",
    "INS-20": "Not All Parameters Provided. Please try again.",
    "INS-21": "Parameter validations failed. Please try again.",
    "INS-23": "Transaction not found. Contact M-Pesa Support",
    "INS-26": "Invalid Currency Used",
    "INS-28": "Invalid ThirdPartyConversationID Used",
    "INS-30": "Invalid Purchased Items Description Used",
    "INS-31": "Invalid Payment Items Description Used",
    "INS-35": "This transaction do not belong to you.",
    "INS-989": "Session Creation Failed",
    "INS-990": "Customer Transaction Value Limit Breached",
    "INS-991": "Customer Transaction Count Limit Breached",
    "INS-994": "Organization Transaction Value Limit Breached",
    "INS-995": "API Single Transaction Limit Breached",
    "INS-997": "API Not Enabled",
    "INS-998": "Invalid Market",
    "INS-2006": "Insufficient balance",
    "INS-2051": "MSISDN invalid",
}

QUERY_WORDS = {
    results.PAID: "Completed",
    results.NO_ANSWER: "Expired",
    results.EXPIRED: "Expired",
    results.UNDOCUMENTED: "Suspended",  # a word that no document names
}
"""Every other end is `Cancelled`."""
IN_FLIGHT = "N/A"


def status_of(code: str) -> int:
    return STATUSES.get(code, 400)


def words(code: str) -> str:
    return WORDS.get(code, "A code that nobody documented")


def query_word(result: str | None) -> str:
    return QUERY_WORDS.get(result, "Cancelled") if result else IN_FLIGHT
