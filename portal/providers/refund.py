"""What a provider is asked when money goes back, and what its callbacks tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Money
from portal.domain.phone import Phone
from portal.domain.refund_outcome import Cause, NotRefunded, RefundOutcome, RefundRefusal, RefundRoute
from portal.domain.refund_reason import RefundReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundInstruction:
    """A request to send money back, by one `route` of those that the provider has.

    `reference` is the refund's own, of the same form as a payment's, and the key by which nothing is sent twice.
    `payment` is the reference of what was paid, `paid` all that was captured of it, and `amount` goes back of that.
    `receipt_code`, `request_id` and `provider_reference` are the provider's names for the payment: without the first
    nothing can be reversed. `phone` is the number that paid, without which nothing can be paid out. What becomes of it
    is told at `callback_url`, where an address travels along.
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
    ended, not before `earliest_ask`: by its own name for it, and where it is `known_by_our_reference` by ours too. One
    that `answers_by_callback` can be asked so, too, but says at once no more than that the question was taken: to ask
    about what a callback has told would only bring the next one, so that is believed, and the silent are asked about.
    """

    route: RefundRoute
    part: bool = False
    again: bool = False
    within: timedelta | None = None
    repeats_safely: bool = False
    answers_questions: bool = False
    answers_by_callback: bool = False
    known_by_our_reference: bool = False
    earliest_ask: timedelta = timedelta(0)


def way_of(ways: Sequence[SendsBack], route: RefundRoute) -> SendsBack | None:
    """The one of that route, if the provider has it."""
    return next((way for way in ways if way.route is route), None)


def unfit(instruction: RefundInstruction, way: SendsBack) -> NotRefunded | None:
    """Why this way can never carry that: said before anything is sent, for not every provider would notice."""
    if not 0 < instruction.amount.minor <= instruction.paid.minor:
        return NotRefunded(RefundRefusal.AMOUNT, "more than was paid, or nothing")
    if not way.part and not instruction.is_whole:
        return NotRefunded(RefundRefusal.AMOUNT, "only the whole goes back this way")
    return None


@runtime_checkable
class TracesRefunds(Protocol):
    """A provider that can be asked how a refund ended, on the routes that say so (`SendsBack`)."""

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        """Never raises. `Pending` also where the answer comes by a callback."""
        ...


@runtime_checkable
class FindsRefunds(Protocol):
    """A provider that can be asked about a refund that we did not ask for."""

    async def find_refund(self, request_id: str, receipt_code: str) -> RefundOutcome:
        """By its own name for it, and for the payment. Never raises; `Unknown` of one that is of another payment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """How much the payer's bank asks back, until when it can be answered, and who was right, once that is decided.

    `fee` is what the provider keeps of ours for it until then; None where it does not tell.
    """

    amount: Money | None = None
    due_by: datetime | None = None
    verdict: DisputeVerdict | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOfRefund:
    """What one callback says of money that goes back: a hint, unless it is `proved`, by a signature.

    `reference` is ours for the refund, `request_id` the provider's name for it, for the dispute or the reversal: the
    same thing told twice has the same. What names neither as we know them is about something else, such as a question
    of ours, whatever address it came to. `at` is when the provider says that it stood so; of two, the later counts.
    `total` is all that went back of the payment until then, where that is told; where nothing else is, `cause` is None.
    Of a dispute `claim` says how that stands, beside what became of the money.
    """

    cause: Cause | None
    outcome: RefundOutcome
    reference: str | None = None
    request_id: str | None = None
    at: datetime | None = None
    total: Money | None = None
    claim: Claim | None = None
    proved: bool = False
