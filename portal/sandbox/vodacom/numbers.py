"""The numbers that Vodacom's own sandbox gives a fate, beside those that every operator here has."""

from portal.sandbox.fates import BY_NAME, Answer, Fate

_WORDS = "As Vodacom's own sandbox does."
DOCUMENTED = {
    "000000000001": BY_NAME["approves"],
    "000000000002": BY_NAME["unreachable"],
    "000000000003": BY_NAME["nobody-answers"],
    "000000000004": BY_NAME["wrong-pin"],
    "000000000005": Fate("internal-error", _WORDS, result="INS-1"),
    "000000000006": Fate("failed", _WORDS, result="INS-6"),
    "000000000007": Fate("invalid-amount", _WORDS, result="INS-15"),
    "000000000008": BY_NAME["no-balance"],
    "000000000009": Fate("no-service", _WORDS, answer=Answer.UNAVAILABLE),
}
