"""Errors that a person meets: each knows its status and a code that the pages turn into a sentence."""

from __future__ import annotations

from datetime import datetime


class PortalError(Exception):
    """A refusal with a status. `facts` fill the placeholders of its sentence."""

    status = 500
    code = "internal"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code)
        self.facts = facts


class NotFound(PortalError):
    """Not there, or not theirs: both look the same."""

    status = 404
    code = "not_found"


class NotSignedIn(PortalError):
    """A page for somebody we do not know yet."""

    status = 401
    code = "not_signed_in"


class NotAllowed(PortalError):
    """A form that was not made for this session."""

    status = 403
    code = "not_allowed"


class PaymentInProgress(PortalError):
    """The bill has an attempt in flight; its reference leads to it."""

    status = 409
    code = "payment_in_progress"

    def __init__(self, reference: str) -> None:
        super().__init__(reference=reference)
        self.reference = reference


class AlreadyPaid(PortalError):
    """Nothing is left to pay on the bill."""

    status = 409
    code = "already_paid"


class LinkEnded(PortalError):
    """The time of a link that pays a bill is over."""

    status = 410
    code = "link_ended"


class KeyReused(PortalError):
    """The idempotency key was used before, for something else."""

    status = 409
    code = "key_reused"


class DraftUsed(PortalError):
    """The draft has become a payment, whose reference leads to it: one draft is one payment."""

    status = 409
    code = "draft_used"

    def __init__(self, reference: str) -> None:
        super().__init__(reference=reference)
        self.reference = reference


class Refused(PortalError):
    """A field that will not do: `field` names it and `problem` picks the sentence."""

    status = 422
    code = "refused"

    def __init__(self, field: str, problem: str, **facts: object) -> None:
        super().__init__(**facts)
        self.field, self.problem = field, problem


class TooMany(PortalError):
    """Too many tries; `until` says when the next one may come."""

    status = 429
    code = "too_many"

    def __init__(self, what: str, until: datetime) -> None:
        super().__init__(what=what, until=until)
        self.what, self.until = what, until


class NoExchangeRate(PortalError):
    """A bill in dollars, and no rate is in force by which it could be paid in shillings."""

    status = 503
    code = "no_exchange_rate"


class MethodUnavailable(PortalError):
    """The provider behind the method is off, or takes no request now."""

    status = 503
    code = "method_unavailable"
