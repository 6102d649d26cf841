"""What a provider says of a payment, in one small vocabulary; nothing here knows any provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.trouble import Trouble


class Reason(StrEnum):
    """Why a payment stands where it stands: one table for all providers (features.md §5.6)."""

    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    WRONG_PIN = "WRONG_PIN"
    PIN_LOCKED = "PIN_LOCKED"
    CANCELLED_OR_TIMED_OUT = "CANCELLED_OR_TIMED_OUT"
    NO_RESPONSE = "NO_RESPONSE"
    PHONE_UNREACHABLE = "PHONE_UNREACHABLE"
    SESSION_BUSY = "SESSION_BUSY"
    PROMPT_NOT_SENT = "PROMPT_NOT_SENT"
    LIMIT_PER_PAYMENT = "LIMIT_PER_PAYMENT"
    LIMIT_DAILY = "LIMIT_DAILY"
    NOT_REGISTERED = "NOT_REGISTERED"
    PAYEE_PROBLEM = "PAYEE_PROBLEM"
    PROVIDER_BUSY = "PROVIDER_BUSY"
    NOT_COMPLETED = "NOT_COMPLETED"
    """Certainly not paid, and the provider does not say why."""
    CARD_DECLINED = "CARD_DECLINED"
    CARD_EXPIRED = "CARD_EXPIRED"
    CARD_DETAILS = "CARD_DETAILS"
    """The number, the date or the code of the card was not right."""
    DUPLICATE = "DUPLICATE"
    AMBIGUOUS = "AMBIGUOUS"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    CONTRADICTION = "CONTRADICTION"
    UNKNOWN_ERROR = "UNKNOWN_ERROR"
    REVERSED = "REVERSED"
    """Paid, and then the money went back by itself."""
    DISPUTED = "DISPUTED"
    """Paid, and the payer's bank asks the money back."""


ASK_BEFORE_RESEND = frozenset({Reason.NO_RESPONSE, Reason.PHONE_UNREACHABLE, Reason.CANCELLED_OR_TIMED_OUT})
"""A prompt that ended so may still be answered late: ask the provider once more before another is sent."""


class Awaits(StrEnum):
    """Where the payer goes on once a request is accepted."""

    PHONE = "PHONE"
    CARD = "CARD"
    """On a page of the provider's, whose address came with the acceptance; without one a saved card is being asked."""
    TRANSFER = "TRANSFER"
    """At their own bank, with our account number and the payment's reference."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request reached the provider: nothing is paid yet, unless it `ended` at once.

    `page` is the address at which the payer goes on, where that is a page of the provider's.
    """

    request_id: str
    provider_reference: str | None = None
    ended: Paid | NotPaid | None = None
    awaits: Awaits = Awaits.PHONE
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider said no to the request itself, so no prompt was sent and no money can move.

    `trouble`, here and below, is what that tells of the provider; of the payment it tells nothing.
    """

    reason: Reason
    code: str
    trouble: Trouble | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request provably never reached the provider, so it may be sent again."""

    code: str
    trouble: Trouble | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Paid:
    """Money moved. `amount`, `receipt_code`, `paid_at`, `payee` and `reference` where the provider tells them.

    `payee` is the account that received, as the provider names it: a short code, a biller, a merchant. `reference` is
    what it was paid for, in our own names: only an answer about a receipt code has to tell it.
    """

    amount: Money | None = None
    receipt_code: str | None = None
    paid_at: datetime | None = None
    payee: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class NotPaid:
    """Definitively no money moved, and why."""

    reason: Reason
    code: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Not decided yet, says the provider. `reason` tells why a first try failed, where another one may follow."""

    code: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """No readable answer: never a failure, always asked again. `mapped` is False for a code not in the table."""

    reason: Reason
    code: str
    mapped: bool = True
    trouble: Trouble | None = field(default=None, compare=False)


Outcome = Paid | NotPaid | Pending | Unknown
StartOutcome = Accepted | Rejected | NotSent | Unknown


class Source(StrEnum):
    """Who brings an outcome to the door."""

    ANSWER = "ANSWER"
    """The answer to the request for money itself, from a provider that answers when the payer has."""
    CALLBACK = "CALLBACK"
    RETURN = "RETURN"
    STATEMENT = "STATEMENT"
    """A line of the bank's own statement."""
    CLAIM = "CLAIM"
    """A receipt code that the payer typed, and that the provider or a statement knows."""
    WORKER = "WORKER"
    OFFICE = "OFFICE"
    """Two people of the office, where no provider answers."""
