"""What becomes of a session by each result: the bank's word for why, or how the session itself ended."""

from portal.sandbox import results

PAID, EXPIRED, UNDOCUMENTED = "paid", "expired", "held"
CODES = {
    results.PAID: PAID,
    results.CANCELLED: EXPIRED,
    results.WRONG_PIN: "incorrect_pin",
    results.PIN_LOCKED: "pin_try_exceeded",
    results.NO_BALANCE: "insufficient_funds",
    results.NO_ANSWER: EXPIRED,
    results.EXPIRED: EXPIRED,
    results.LIMIT: "card_velocity_exceeded",
    results.BELOW_MINIMUM: "invalid_amount",
    results.ABOVE_MAXIMUM: "invalid_amount",
    results.PAYEE_FULL: "generic_decline",
    results.REPEATED: "duplicate_transaction",
    results.LOCKED: "generic_decline",
    results.BUSY: "processing_error",
    results.PROMPT_NOT_SENT: "issuer_not_available",
    results.NOT_PERMITTED: "transaction_not_allowed",
    results.UNDOCUMENTED: UNDOCUMENTED,
}
ENDS = (PAID, EXPIRED, UNDOCUMENTED)
"""All others are the words of a bank that did not approve: the session then ends as an expired one."""
