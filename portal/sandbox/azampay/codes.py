"""AzamPay's words for how a payment ended, and the prose beside them."""

from portal.sandbox import results

SUCCESS, FAILURE = "success", "failure"
CODES = dict.fromkeys(results.RESULTS, FAILURE) | {
    results.PAID: SUCCESS,
    results.UNDOCUMENTED: "reversed",  # a word that no document names
}

PROSE = {
    results.PAID: "The transaction was successful.",
    results.CANCELLED: "The customer has cancelled the request.",
    results.WRONG_PIN: "The customer has typed a wrong PIN.",
    results.NO_BALANCE: "The customer has too little money.",
    results.NO_ANSWER: "The customer has not answered.",
    results.LIMIT: "The customer has reached a limit.",
}


def words(result: str) -> str:
    return PROSE.get(result, "The transaction was not successful.")
