"""Every fate a push can meet, listed once. A fate has four axes: how the push is answered, how and when the
prompt ends, what happens to the callback, and how a query is answered. The n-th row of `FATES` belongs to the number
of each operator that ends with n, such as 255754000003 (M-PESA), 255713000003 (Mixx), 255784000003 (Airtel),
255621000003 (HaloPesa) and 255731000003 (AzamPesa) to the third; every other number waits for a person at the phone,
unless a test gives it a fate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.sandbox.operators import MPESA, OPERATORS, Operator
from portal.sandbox.results import (
    CANCELLED,
    EXPIRED,
    LIMIT,
    NO_ANSWER,
    NO_BALANCE,
    PAID,
    PIN_LOCKED,
    UNDOCUMENTED,
    WRONG_PIN,
)


class Answer(StrEnum):
    """How the push itself is answered. `NOT_ACCEPTED` names those after which no prompt exists."""

    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    REDIRECTED = "redirected"
    ACCEPTED = "accepted"
    LATE = "late"
    LOST = "lost"
    HTML = "html"
    TRUNCATED = "truncated"
    FOREIGN = "foreign"


class When(StrEnum):
    """When the prompt ends. After expiry: the network first says NO_ANSWER, and later the fate's result."""

    AT_ONCE = "at-once"
    AT_EXPIRY = "at-expiry"
    AFTER_EXPIRY = "after-expiry"


class Twist(StrEnum):
    """What happens to the callback. Several combine; with none it comes once and tells the truth."""

    LATE = "late"
    DUPLICATE = "duplicate"
    LOST = "lost"
    CONTRADICTORY = "contradictory"
    EARLY = "early"
    FAILURE_FIRST = "failure-first"
    SMALLER_AMOUNT = "smaller-amount"
    TWO_RECEIPTS = "two-receipts"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    DEEP = "deep"


class Query(StrEnum):
    """How a query about this push is answered."""

    TRUE = "true"
    UNKNOWN = "unknown"
    LAGS = "lags"
    BUSY = "busy"
    HANGS = "hangs"
    PAID_ONLY = "paid-only"
    """It finds what was paid, and nothing else ever."""


@dataclass(frozen=True)
class Fate:
    """`result` is a word of `results` or a provider's raw code; None leaves the prompt to a person."""

    name: str
    says: str
    result: str | None = PAID
    when: When = When.AT_ONCE
    answer: Answer = Answer.ACCEPTED
    twists: frozenset[Twist] = frozenset()
    query: Query = Query.TRUE


def _twisted(name: str, says: str, *twists: Twist, result: str = PAID) -> Fate:
    return Fate(name, says, result=result, twists=frozenset(twists))


FATES = (
    Fate("approves", "Approves at once."),
    Fate("cancels", "Cancels at once.", result=CANCELLED),
    Fate("wrong-pin", "Types a wrong PIN.", result=WRONG_PIN),
    Fate("no-balance", "Has too little money.", result=NO_BALANCE),
    Fate("unreachable", "Phone is off: the network says so at once.", result=NO_ANSWER),
    Fate("nobody-answers", "Nobody answers until the prompt expires.", result=NO_ANSWER, when=When.AT_EXPIRY),
    _twisted("callback-never", "Approves; the callback never comes, only a query tells.", Twist.LOST),
    _twisted("callback-five-times", "Approves; the callback comes five times at once.", Twist.DUPLICATE),
    _twisted("callback-first", "Approves; the callback comes before the answer to the push.", Twist.EARLY),
    Fate("approves-late", "Approves after the prompt has expired.", when=When.AFTER_EXPIRY),
    _twisted(
        "callback-lies-paid",
        "Cancels; the callback says paid, the query says cancelled.",
        Twist.CONTRADICTORY,
        result=CANCELLED,
    ),
    _twisted(
        "smaller-amount", "Half of the amount is moved, and the callback says so.", Twist.SMALLER_AMOUNT
    ),
    Fate("answer-lost", "Approves; the connection closes without an answer to the push.", answer=Answer.LOST),
    Fate("answer-late", "Approves; the push is answered after the client's patience.", answer=Answer.LATE),
    Fate("unavailable", "The push meets HTTP 503 and is not accepted.", answer=Answer.UNAVAILABLE),
    Fate("busy", "The push is refused: the provider is busy.", answer=Answer.BUSY),
    _twisted("callback-malformed", "Approves; the callback is broken JSON.", Twist.MALFORMED),
    _twisted("callback-oversized", "Approves; the callback is far too large.", Twist.OVERSIZED),
    _twisted("callback-deep", "Approves; the callback is nested a hundred thousand deep.", Twist.DEEP),
    Fate("query-unknown", "Approves; no query ever knows of it.", query=Query.UNKNOWN),
    _twisted(
        "two-receipts",
        "Approves; two callbacks with different receipts, money moves once.",
        Twist.TWO_RECEIPTS,
    ),
    Fate("answer-html", "Approves; the push is answered with a page of HTML.", answer=Answer.HTML),
    Fate(
        "failed-then-paid",
        "The callback says no answer; a later one says paid.",
        when=When.AFTER_EXPIRY,
        twists=frozenset({Twist.FAILURE_FIRST}),
    ),
    Fate("query-lags", "Approves; queries say still processing for a while after the end.", query=Query.LAGS),
    Fate("query-busy", "Approves; every query is refused: the provider is busy.", query=Query.BUSY),
    Fate("query-hangs", "Approves; a query is answered after the client's patience.", query=Query.HANGS),
    Fate(
        "answer-truncated", "Approves; the answer to the push is half of its JSON.", answer=Answer.TRUNCATED
    ),
    Fate(
        "answer-foreign", "Approves; the answer to the push is JSON of another shape.", answer=Answer.FOREIGN
    ),
    Fate("redirected", "The push meets a redirect and is not accepted.", answer=Answer.REDIRECTED),
    _twisted(
        "callback-lies-cancelled",
        "Approves; the callback says cancelled, the query says paid.",
        Twist.CONTRADICTORY,
    ),
    Fate("expired", "The prompt expires at once.", result=EXPIRED),
    Fate("pin-locked", "The payer's PIN is locked.", result=PIN_LOCKED),
    Fate("undocumented", "Ends with a code that no document names.", result=UNDOCUMENTED),
    Fate("limit", "Has reached the limit of the day.", result=LIMIT),
    Fate(
        "failure-unseen",
        "Has too little money; a query finds nothing, for it knows only what was paid.",
        result=NO_BALANCE,
        query=Query.PAID_ONLY,
    ),
)
PERSON = Fate("person", "The prompt waits on the phone page for a person.", result=None)


def number_of(fate: str, operator: Operator) -> str:
    """The operator's number with the fate of that name."""
    return f"{operator.fated}{_POSITIONS[fate]:03}"


_POSITIONS = {fate.name: position for position, fate in enumerate(FATES, start=1)}
BY_NUMBER = {number_of(fate.name, operator): fate for operator in OPERATORS for fate in FATES}
BY_NAME = {fate.name: fate for fate in (*FATES, PERSON)}
NUMBER_OF = {fate.name: number_of(fate.name, MPESA) for fate in FATES}

NOT_ACCEPTED = frozenset({Answer.UNAVAILABLE, Answer.BUSY, Answer.REDIRECTED})


def composed(
    *,
    result: str | None = PAID,
    when: str = When.AT_ONCE,
    answer: str = Answer.ACCEPTED,
    twists: Iterable[str] = (),
    query: str = Query.TRUE,
) -> Fate:
    """A fate out of its four axes; raises ValueError for a word that no axis knows."""
    chosen = frozenset(Twist(twist) for twist in twists)
    return Fate("composed", "Made by a test.", result, When(when), Answer(answer), chosen, Query(query))
