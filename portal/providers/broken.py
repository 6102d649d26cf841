"""What a call that broke on the wire tells of the money that it was about."""

from __future__ import annotations

from portal.domain.outcome import NotSent, Reason, Rejected, Unknown
from portal.domain.refund_outcome import NotRefunded, RefundRefusal
from portal.providers.wire import CredentialsRefused, NeverSent, WireBroke


def broken_start(error: WireBroke) -> NotSent | Rejected | Unknown:
    """Of a request for money."""
    if isinstance(error, CredentialsRefused):
        return Rejected(Reason.PAYEE_PROBLEM, str(error), error.trouble)
    return broken_request(error)


def broken_refund(error: WireBroke) -> NotSent | NotRefunded | Unknown:
    """Of a request that money goes back."""
    if isinstance(error, CredentialsRefused):
        return NotRefunded(RefundRefusal.NOT_ALLOWED, str(error), error.trouble)
    return broken_request(error)


def broken_question(error: WireBroke) -> Unknown:
    """We know no more than before, whatever broke."""
    return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)


def broken_request(error: WireBroke) -> NotSent | Unknown:
    """Of one that only the way there can break."""
    return NotSent(str(error), error.trouble) if isinstance(error, NeverSent) else broken_question(error)
