"""Airtel's status letters and response codes, and the words beside them."""

from portal.sandbox import results

NOT_HONOURED = "DP00800001009"
IN_PROCESS = "DP00800001006"
NOT_FOUND = "DP00800001025"
CODES = {
    results.PAID: "DP00800001001",
    results.CANCELLED: "DP00800001008",
    results.WRONG_PIN: "DP00800001002",
    results.PIN_LOCKED: NOT_HONOURED,
    results.NO_BALANCE: "DP00800001007",
    results.NO_ANSWER: "DP00800001005",
    results.EXPIRED: "DP00800001029",
    results.LIMIT: "DP00800001003",
    results.BELOW_MINIMUM: "DP00800001004",
    results.ABOVE_MAXIMUM: "DP00800001003",
    results.PAYEE_FULL: NOT_HONOURED,
    results.REPEATED: NOT_HONOURED,
    results.LOCKED: NOT_HONOURED,
    results.BUSY: NOT_HONOURED,
    results.PROMPT_NOT_SENT: NOT_HONOURED,
    results.NOT_PERMITTED: "DP00800001010",
    results.UNDOCUMENTED: "DP00800007777",
}

LETTERS = {
    "DP00800001000": "TA",
    "DP00800001001": "TS",
    IN_PROCESS: "TIP",
    "DP00800001024": "TA",
    "DP00800001029": "TE",
    "DP00800007777": "TX",  # letters that no document names
}
"""All other codes stand beside TF."""

CALLED_BACK = {"TE": "TF"}
"""Told so in a callback; all others as they are."""

WORDS = {
    "DP00800001000": "The transaction is still processing and is in ambiguous state.",
    "DP00800001001": "Transaction is successful.",
    "DP00800001002": "Incorrect pin has been entered.",
    "DP00800001003": "Exceeds withdrawal amount limit(s).",
    "DP00800001004": "The amount is less than the minimum amount allowed.",
    "DP00800001005": "User didn't enter the pin.",
    IN_PROCESS: "Transaction in pending state.",
    "DP00800001007": "User wallet does not have enough money.",
    "DP00800001008": "The transaction was refused.",
    NOT_HONOURED: "Do not honor.",
    "DP00800001010": "Transaction not permitted to payee.",
    "DP00800001024": "The transaction was timed out.",
    NOT_FOUND: "The transaction was not found.",
    "DP00800001029": "Transaction has been expired.",
}


def letters(code: str) -> str:
    return LETTERS.get(code, "TF")


def words(code: str) -> str:
    return WORDS.get(code, "A code that nobody documented.")
