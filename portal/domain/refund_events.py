"""What happened to the refunds of a payment. They stand in the payment's own stream, and each names its refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.refund_desk_events import RefundDeskEvent
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refund_part import RefundPart
from portal.domain.refund_reason import RefundReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """Somebody asked for money back. From here on it is reserved: no other refund can have it.

    `amount` is all that goes back, and the `parts` say out of what. It may go `instead_of` one that failed.
    """

    refund: str
    reason: RefundReason
    amount: Money
    parts: tuple[RefundPart, ...]
    requested_by: str
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundApproved:
    """Somebody agreed, to all of it or to less. While a second person has to agree it has no `route` yet."""

    refund: str
    amount: Money
    parts: tuple[RefundPart, ...]
    approved_by: str
    route: RefundRoute | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRejected:
    """Somebody declined; their words stand beside the stream."""

    refund: str
    rejected_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDispatched:
    """Committed before the provider is called: from here on money may be on its way."""

    refund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotSent:
    """The request provably never reached the provider."""

    refund: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSubmitted:
    """The provider took it and has a name for it."""

    refund: str
    request_id: str
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundUncertain:
    """Nobody can say whether the provider took it."""

    refund: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded:
    """The money went back, also where it was taken to have failed before.

    `code` is the provider's for it, or the bank's; `sent_by` whoever sent it by hand. Where the office found it,
    `confirmed_by` is the second of the two people.
    """

    refund: str
    code: str | None
    sent_at: datetime | None
    source: Source
    sent_by: str | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """The provider said definitively that no money went back, or two people found it; it is free again."""

    refund: str
    reason: RefundRefusal
    code: str
    source: Source
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReturned:
    """It had succeeded, and came to nothing after all: the money is here again, and free."""

    refund: str
    reason: RefundRefusal
    code: str
    source: Source
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundContradicted:
    """The provider says another end than the one that it had, and the books cannot follow by themselves."""

    refund: str
    says_sent: bool
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEndConfirmed:
    """Asked again, it stands by the end that the refund has."""

    refund: str


RefundEvent = (
    RefundRequested
    | RefundApproved
    | RefundRejected
    | RefundDispatched
    | RefundNotSent
    | RefundSubmitted
    | RefundUncertain
    | RefundSucceeded
    | RefundFailed
    | RefundReturned
    | RefundContradicted
    | RefundEndConfirmed
    | RefundDeskEvent
)
REFUND_EVENTS: tuple[type[RefundEvent], ...] = RefundEvent.__args__
