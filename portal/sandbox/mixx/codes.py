"""The codes of Mixx by Yas: with which a push is answered, and the words beside them. A callback has none: it says yes
or no, and why in prose alone.
"""

from portal.sandbox import results

ACCEPTED = "BILLER-18-0000-S"
OUT_OF_RANGE = "BILLER-18-3019-E"
TOO_FREQUENT = "BILLER-18-3020-E"
WRONG_BILLER = "BILLER-18-3040-E"
INTERNAL = "DebitMandate-10-1000-E"
NO_USERNAME = "DebitMandate-10-2001-E"
NO_PAYER = "DebitMandate-10-2002-E"
NO_PASSWORD = "DebitMandate-10-2003-E"  # noqa: S105  (a code)
INVALID_PAYER = "DebitMandate-10-2004-V"
UNREGISTERED_PAYER = "DebitMandate-10-2005-E"
INVALID_REFERENCE = "DebitMandate-10-2020-V"
NO_BILLER = "DebitMandate-10-2038-V"
INVALID_CREDENTIALS = "DebitMandate-10-3000-E"

WORDS = {
    ACCEPTED: "Successful",
    OUT_OF_RANGE: "Amount below minimum or above maximum",
    TOO_FREQUENT: "Frequency limit exceeded",
    WRONG_BILLER: "Invalid biller MSISDN",
    INTERNAL: "Internal error",
    NO_USERNAME: "Username missing",
    NO_PAYER: "Customer MSISDN missing",
    NO_PASSWORD: "Password missing",
    INVALID_PAYER: "Invalid customer MSISDN",
    UNREGISTERED_PAYER: "Customer not registered",
    INVALID_REFERENCE: "Invalid ReferenceID",
    NO_BILLER: "Biller MSISDN missing",
    INVALID_CREDENTIALS: "Invalid credentials",
}

DESCRIPTIONS = {
    results.PAID: "Transaction successful",
    results.CANCELLED: "Transaction cancelled by customer",
    results.WRONG_PIN: "Wrong PIN entered",
    results.PIN_LOCKED: "PIN locked",
    results.NO_BALANCE: "Insufficient balance",
    results.NO_ANSWER: "Transaction timed out",
    results.EXPIRED: "Transaction expired",
}
"""Of a result that is not here, it says that the transaction failed."""
