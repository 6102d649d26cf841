"""A dispute: the payer's bank asks the money of a payment back, and in the end somebody was right.

What becomes of the money is another matter, and told by events of its own: mostly it is taken first and asked about
later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.domain.money import Money


class DisputeVerdict(StrEnum):
    """Who was right."""

    WON = "WON"
    """We were: the money stays, or comes back to us."""
    LOST = "LOST"
    """The payer was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """`id` is the provider's name for it, `due_by` until when it can be answered there. `told_at` is when the provider
    says that it stood so. `fee` is what the provider keeps of ours for it, less what it has given back, in its own
    currency, as it was `fee_told_at`.
    """

    id: str
    amount: Money | None
    opened_at: datetime
    due_by: datetime | None = None
    verdict: DisputeVerdict | None = None
    ended_at: datetime | None = None
    told_at: datetime | None = None
    fee: Money | None = None
    fee_told_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.verdict is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened:
    """The payer's bank asks it back."""

    dispute: str
    amount: Money | None
    due_by: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWon:
    """The bank found for us, or withdrew the question."""

    dispute: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLost:
    """The bank found for the payer: what was taken stays with them."""

    dispute: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeCharged:
    """The provider keeps `amount` of ours for it; below zero, it has given that back. Nobody else pays it."""

    dispute: str
    amount: Money
    told_at: datetime | None


DisputeEvent = DisputeOpened | DisputeWon | DisputeLost | DisputeCharged
DISPUTE_EVENTS: tuple[type[DisputeEvent], ...] = DisputeEvent.__args__
VERDICT_EVENTS: dict[DisputeVerdict, type[DisputeWon | DisputeLost]] = {
    DisputeVerdict.WON: DisputeWon,
    DisputeVerdict.LOST: DisputeLost,
}
_VERDICTS = {kind: verdict for verdict, kind in VERDICT_EVENTS.items()}


class IllegalDispute(ValueError):
    """Opened twice, or ended without a beginning: a fault of ours, so its transaction is undone."""


@dataclass(frozen=True, slots=True)
class Disputes:
    """All of one payment, in the order in which they were opened."""

    every: tuple[Dispute, ...] = ()

    @property
    def open(self) -> list[Dispute]:
        """Those that nobody has decided."""
        return [one for one in self.every if one.is_open]

    def find(self, id_: str) -> Dispute | None:
        return next((one for one in self.every if one.id == id_), None)

    def after(self, event: DisputeEvent, at: datetime) -> Disputes:
        """With one more event; a later verdict replaces an earlier one. Raises IllegalDispute."""
        known = self.find(event.dispute)
        if isinstance(event, DisputeOpened):
            return self._with(known, event, at)
        if known is None:
            raise IllegalDispute(event.dispute)
        changed = replace(known, **_changes(known, event, at))
        return Disputes(tuple(changed if one is known else one for one in self.every))

    def _with(self, known: Dispute | None, event: DisputeOpened, at: datetime) -> Disputes:
        if known is not None:
            raise IllegalDispute(event.dispute)
        opened = Dispute(
            id=event.dispute, amount=event.amount, opened_at=at, due_by=event.due_by, told_at=event.told_at
        )
        return Disputes((*self.every, opened))


def _changes(
    known: Dispute, event: DisputeWon | DisputeLost | DisputeCharged, at: datetime
) -> dict[str, Any]:
    if isinstance(event, DisputeCharged):
        fee = event.amount if known.fee is None else known.fee + event.amount
        return {"fee": fee, "fee_told_at": event.told_at}
    return {"verdict": _VERDICTS[type(event)], "ended_at": at, "told_at": event.told_at}


NO_DISPUTES = Disputes()
