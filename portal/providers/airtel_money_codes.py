"""Airtel Money's words for how a payment stands, and its codes for why (providers.md §4.4, §4.6, §4.9)."""

from __future__ import annotations

from enum import Enum

from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.domain.refund_outcome import RefundRefusal


class Status(Enum):
    """What the letters mean. A request that expired says so by its letters; only of a failure a code says why."""

    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    IN_PROGRESS = "in progress"
    AMBIGUOUS = "ambiguous"


OUTCOMES = {
    "TS": Status.PAID,
    "TF": Status.FAILED,
    "TE": Status.EXPIRED,
    "TIP": Status.IN_PROGRESS,
    # Not final: libraries that read it as a failure have been wrong about money.
    "TA": Status.AMBIGUOUS,
}
"""The letters alone decide; those that are not here are pending, unmapped."""

REASONS = {
    "DP00800001002": Reason.WRONG_PIN,
    "DP00800001003": Reason.LIMIT_DAILY,
    "DP00800001004": Reason.LIMIT_PER_PAYMENT,
    "DP00800001005": Reason.NO_RESPONSE,
    "DP00800001007": Reason.INSUFFICIENT_FUNDS,
    "DP00800001008": Reason.CANCELLED_OR_TIMED_OUT,
    # "Do not honour" is a failure without a reason.
    "DP00800001009": Reason.NOT_COMPLETED,
    "DP00800001010": Reason.NOT_REGISTERED,
    "DP00800001026": Reason.PAYEE_PROBLEM,
    "DP00800001029": Reason.NO_RESPONSE,
}
"""Why a payment failed. A failure with another code has failed all the same."""

UNDECIDED = frozenset(
    {
        "DP00800001000",  # ambiguous
        "DP00800001001",  # success
        "DP00800001006",  # in process
        "DP00800001024",  # timed out, and may still succeed
        "DP00800001025",  # not found; how long that may last nobody says, so it never becomes a failure
    }
)
"""Beside the letters of a failure or an expiry these deny it: asked again."""

ACCEPTED = frozenset({"DP00800001006", "DP00800001001", "ESB000010"})
"""The prompt is on its way, nothing more, whatever `transaction.status` says beside them."""

REFUSALS = {
    "DP00800001003": Reason.LIMIT_DAILY,
    "DP00800001004": Reason.LIMIT_PER_PAYMENT,
    # Of a push it means that the number is not known; of a payment, that nobody typed a PIN.
    "DP00800001005": Reason.NOT_REGISTERED,
    "DP00800001010": Reason.NOT_REGISTERED,
    "DP00800001026": Reason.PAYEE_PROBLEM,
    "ESB000008": Reason.PAYEE_PROBLEM,
    "ESB000033": Reason.PAYEE_PROBLEM,
    "ESB000034": Reason.PAYEE_PROBLEM,
    "ESB000035": Reason.PAYEE_PROBLEM,
    "ESB000036": Reason.NOT_REGISTERED,
    "ESB000039": Reason.PAYEE_PROBLEM,
    "ROUTER001": Reason.PAYEE_PROBLEM,
    "ROUTER003": Reason.PAYEE_PROBLEM,
    "ROUTER005": Reason.PAYEE_PROBLEM,
    "ROUTER006": Reason.PAYEE_PROBLEM,
    "ROUTER007": Reason.PAYEE_PROBLEM,
    "ROUTER112": Reason.PAYEE_PROBLEM,
    "ROUTER119": Reason.PAYEE_PROBLEM,
}
"""Codes that refuse the push itself, before any prompt. No other code does."""

OPEN_QUESTIONS = frozenset(
    {
        *UNDECIDED,
        *ACCEPTED,
        *REASONS,
        *REFUSALS,
        "ESB000001",  # ambiguous
        "ESB000004",  # error while initiating: nobody says before or after the prompt
        "ESB000011",  # failed, says one page; another reads it otherwise
        "ESB000014",  # error fetching the status; others read it as too little money
        # Our id exists already, so the push that we lost the answer of went out: ask about it, never send another.
        "ESB000041",
        "ESB000045",  # no transaction; others read it as a duplicate
        "ROUTER117",  # time-out behind the router
    }
)
"""Known codes; where one of them refuses nothing, it leaves open what became of the push.

Published tables of the last group contradict each other, so none of it decides anything.
"""


REFUNDED = ("SUCCESS", "ESB000010")
"""The status and the result code of a refund, beside which `success` is false in the documents' own sample."""

_OURS_TO_MEND = dict.fromkeys(
    (
        "ESB000008",
        "ESB000034",
        "ESB000035",
        "ESB000039",
        "ROUTER001",
        "ROUTER003",
        "ROUTER005",
        "ROUTER006",
        "ROUTER007",
        "ROUTER112",
        "ROUTER119",
    ),
    RefundRefusal.NOT_ALLOWED,
)
"""The request or our account: refused before anything moves."""

REFUND_REFUSALS = {
    **_OURS_TO_MEND,
    "DP00800001003": RefundRefusal.LIMIT,
    "DP00800001004": RefundRefusal.AMOUNT,
    "DP00800001007": RefundRefusal.OUR_BALANCE,
    "DP00800001010": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    # Here it is the payment that is not found: what is not there cannot go back.
    "DP00800001025": RefundRefusal.NOT_FOUND,
    "DP00800001026": RefundRefusal.NOT_ALLOWED,
}
"""Codes that refuse a refund. That it "failed" (ESB000011) does not: nobody says why, and a second one fails too."""

REFUND_OPEN = OPEN_QUESTIONS - REFUND_REFUSALS.keys()
"""Known codes that leave open what became of a refund."""

DISBURSED = "DP00900001001"
PAYOUT_UNDER_WAY = frozenset({"DP00900001000", "DP00900001006"})

PAYOUT_REFUSALS = {
    **_OURS_TO_MEND,
    "DP00900001003": RefundRefusal.LIMIT,
    "DP00900001004": RefundRefusal.AMOUNT,
    "DP00900001007": RefundRefusal.OUR_BALANCE,
    "DP00900001009": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "DP00900001010": RefundRefusal.NOT_ALLOWED,
    "DP00900001012": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "DP00900001013": RefundRefusal.REFUSED,
    "DP00900001016": RefundRefusal.NOT_ALLOWED,
    "ESB000033": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "ESB000036": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "ROUTER114": RefundRefusal.NOT_ALLOWED,
    "ROUTER115": RefundRefusal.NOT_ALLOWED,
    "ROUTER116": RefundRefusal.NOT_ALLOWED,
}
"""Codes that refuse a payout, or tell why one failed. A failure with another code has failed all the same."""

PAYOUT_UNDECIDED = frozenset(
    {
        *PAYOUT_UNDER_WAY,
        DISBURSED,
        "DP00900001014",  # timed out
        "DP00900001015",  # not found
    }
)
"""Beside the letters of a failure these deny it: asked again."""

PAYOUT_OPEN = frozenset(
    {
        *PAYOUT_UNDECIDED,
        "DP00900001005",  # failed, says the answer: the enquiry's letters must say so too
        "DP00900001011",  # a similar transaction exists
        "DP00900001017",  # our id exists already: ask about it, never send another
        "ESB000001",
        "ESB000004",
        "ESB000010",
        "ESB000011",
        "ESB000014",
        "ESB000041",
        "ESB000045",
        "ROUTER117",
    }
)
"""Known codes that leave open what became of a payout."""


def outcome(letters: str | None, code: str | None, receipt_code: str | None) -> Outcome:
    """What letters and code say together; the code never decides, it can only tell why or raise a doubt."""
    said = code or letters or "no status"
    match OUTCOMES.get(letters or ""):
        case Status.PAID:
            return Paid(receipt_code=receipt_code)
        case Status.FAILED if code not in UNDECIDED:
            return NotPaid(REASONS.get(said, Reason.NOT_COMPLETED), said)
        case Status.EXPIRED if code not in UNDECIDED:
            return NotPaid(Reason.NO_RESPONSE, said)
        case Status.IN_PROGRESS:
            return Pending(said)
        case Status.FAILED | Status.EXPIRED | Status.AMBIGUOUS:
            return Unknown(Reason.AMBIGUOUS, said)
        case None if letters:
            return Unknown(Reason.UNKNOWN_ERROR, letters, mapped=False)
        case None:
            return Unknown(Reason.AMBIGUOUS, said)
