"""What a provider is asked when money goes back, and what its callbacks tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from portal.domain.money import Money
from portal.domain.phone import Phone
from portal.domain.refund_outcome import RefundOutcome, RefundRoute
from portal.domain.refund_reason import RefundReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundInstruction:
    """A request to send money back, by one `route` of those that the provider has.

    `reference` is the refund's own, of the same form as a payment's, and the key by which nothing is sent twice.
    `payment` is the reference of what was paid, `paid` all that was captured of it, and `amount` goes back of that.
    `receipt_code`, `request_id` and `provider_reference` are the provider's names for the payment; `phone` is the
    number that paid, for a payout. What becomes of it is told at `callback_url`, where an address travels along.
    """

    reference: str
    payment: str
    route: RefundRoute
    amount: Money
    paid: Money
    reason: RefundReason
    callback_url: str
    receipt_code: str | None = None
    request_id: str | None = None
    provider_reference: str | None = None
    phone: Phone | None = None

    @property
    def is_whole(self) -> bool:
        return self.amount == self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundInquiry:
    """A question about one refund: by our reference for it, and by the provider's names where its answer brought them.

    `receipt_code` is the payment's. A provider that answers by a callback alone does so at `callback_url`.
    """

    reference: str
    payment: str
    route: RefundRoute
    amount: Money
    callback_url: str
    request_id: str | None = None
    provider_reference: str | None = None
    receipt_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendsBack:
    """One way back that a provider has, as it is set up.

    Can a `part` of a payment go back, and can a second refund of the same payment follow (`again`)? `within` is the
    time after the payment in which it is taken, None where there is no end. One that `repeats_safely` may be sent the
    same request again until it answers, and moves money once. One that `answers_questions` can be asked how a refund
    ended, not before `earliest_ask`: by its own name for it, and where it is `known_by_our_reference` by ours too.
    """

    route: RefundRoute
    part: bool = False
    again: bool = False
    within: timedelta | None = None
    repeats_safely: bool = False
    answers_questions: bool = False
    known_by_our_reference: bool = False
    earliest_ask: timedelta = timedelta(0)


@runtime_checkable
class TracesRefunds(Protocol):
    """A provider that can be asked how a refund ended, on the routes that say so (`SendsBack.answers_questions`)."""

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        """Never raises. `Pending` also where the answer comes by a callback."""
        ...


class Cause(StrEnum):
    """Who wanted that money goes back."""

    OURS = "OURS"
    """We asked for it: the refund is known by our reference or by the provider's name for it."""
    ELSEWHERE = "ELSEWHERE"
    """Somebody at the provider: in its own console, or the payer by its reversal."""
    DISPUTE = "DISPUTE"
    """The payer's bank claims it; `NotRefunded` says that it was given back to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOfRefund:
    """What one callback says of money that goes back: a hint, unless what brings it is `proved`.

    `reference` is ours for the refund, `request_id` the provider's name for it, for the dispute or the reversal: the
    same thing told twice has the same. `total` is all that went back of the payment so far, where that is told.
    """

    cause: Cause
    outcome: RefundOutcome
    reference: str | None = None
    request_id: str | None = None
    total: Money | None = None
