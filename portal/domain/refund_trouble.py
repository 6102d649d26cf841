"""What an answer about money that goes back tells of the provider, and what is over once it has said so.

What keeps our account from sending money back keeps nobody from paying us: payers are told nothing of it.
"""

from __future__ import annotations

from portal.domain.outcome import NotSent, Pending, Unknown
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
)
from portal.domain.trouble import LINE, Trouble

_OUR_ACCOUNT = frozenset({RefundRefusal.OUR_BALANCE, RefundRefusal.NOT_ALLOWED})
_REFUSED = frozenset({Trouble.CREDENTIALS_REFUSED, Trouble.ACCOUNT_REFUSED})
_NONE: frozenset[Trouble] = frozenset()


def trouble_in_refund(told: RefundAnswer | RefundOutcome) -> Trouble | None:
    """What a person has to see to."""
    match told:
        case NotSent() | Unknown() | NotRefunded() if told.trouble:
            return Trouble.CANNOT_SEND_BACK if told.trouble in _REFUSED else told.trouble
        case NotRefunded() if told.reason in _OUR_ACCOUNT:
            return Trouble.CANNOT_SEND_BACK
        case Unknown(mapped=False):
            return Trouble.UNKNOWN_CODE
        case _:
            return None


def mended_by_refund(told: RefundAnswer | RefundOutcome) -> frozenset[Trouble]:
    """What is over once a provider has said this, where it tells of no trouble."""
    match told:
        case RefundAccepted() | Refunded():
            return LINE | {Trouble.CANNOT_SEND_BACK}
        case NotRefunded() | Pending():
            return LINE
        case _:
            return _NONE
