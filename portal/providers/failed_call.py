"""What a call to a provider that failed tells of the money that it was about."""

from __future__ import annotations

from portal.domain.outcome import NotSent, Reason, Rejected, Unknown
from portal.domain.refund_outcome import NotRefunded, RefundRefusal
from portal.providers.wire import CallFailed, CredentialsRefused, NeverSent


def failed_start(error: CallFailed) -> NotSent | Rejected | Unknown:
    """Of a request for money."""
    if isinstance(error, CredentialsRefused):
        return Rejected(Reason.PAYEE_PROBLEM, str(error), error.trouble)
    return failed_request(error)


def failed_refund(error: CallFailed) -> NotSent | NotRefunded | Unknown:
    """Of a request that money goes back."""
    if isinstance(error, CredentialsRefused):
        return NotRefunded(RefundRefusal.NOT_ALLOWED, str(error), error.trouble)
    return failed_request(error)


def failed_request(error: CallFailed) -> NotSent | Unknown:
    """Of any other: sent again only where it never left."""
    never_left = isinstance(error, NeverSent | CredentialsRefused)
    return NotSent(str(error), error.trouble) if never_left else failed_question(error)


def failed_question(error: CallFailed) -> Unknown:
    """We know no more than before."""
    return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
