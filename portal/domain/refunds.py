"""All refunds of one payment together: what has gone back of it, and what is reserved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.domain.money import Money, sum_of
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_events import RefundEvent
from portal.domain.refund_fold import after
from portal.domain.refund_outcome import Cause
from portal.domain.refund_part import Pot


@dataclass(frozen=True, slots=True)
class Refunds:
    """In the order in which they were asked for."""

    every: tuple[Refund, ...] = ()

    def __iter__(self) -> Iterator[Refund]:
        return iter(self.every)

    @property
    def live(self) -> list[Refund]:
        """Those whose money is reserved, or gone."""
        return [one for one in self.every if one.is_live]

    def out_of(self, pot: Pot) -> list[Money]:
        """What is reserved of it, or gone, refund by refund."""
        return [one.of(pot) for one in self.live]

    @property
    def open(self) -> list[Refund]:
        """Those that nobody has ended."""
        return [one for one in self.every if one.is_open]

    @property
    def sent_back(self) -> list[Refund]:
        return [one for one in self.every if one.state is RefundState.SUCCEEDED]

    @property
    def by_itself(self) -> list[Refund]:
        """Those that went back without anybody's agreement here."""
        return [one for one in self.sent_back if one.by_itself]

    @property
    def sum_sent(self) -> Money | None:
        """What went back as refunds or may have, because somebody was asked to send it; None where nobody was."""
        refunded = [one for one in self.live if one.cause is not Cause.DISPUTE]
        sent = [one.amount for one in refunded if one.state is not RefundState.REQUESTED]
        return sum_of(sent) if sent else None

    @property
    def newest(self) -> Refund:
        """Of those that were asked for, at least one: an open one before those that are over."""
        return (self.open or self.every)[-1]

    @property
    def sum_back(self) -> Money | None:
        """What has gone back, fees included; None where nothing has."""
        return sum_of([one.amount for one in self.sent_back]) if self.sent_back else None

    @property
    def last_back_at(self) -> datetime | None:
        """When the newest of it went."""
        return max((one.went_at for one in self.sent_back if one.went_at), default=None)

    @property
    def last_moved_at(self) -> datetime | None:
        """When money last went back, or was ours again."""
        moved = (
            one.returned_at or one.ended_at for one in self.every if one in self.sent_back or one.returned_at
        )
        return max((at for at in moved if at), default=None)

    @property
    def lost(self) -> list[Refund]:
        """Those of whose money some is in no pot of the payment."""
        return [one for one in self.sent_back if one.lost]

    def find(self, reference: str) -> Refund | None:
        return next((one for one in self.every if one.reference == reference), None)

    def with_request(self, request_id: str) -> Refund | None:
        """The one that goes by this name of the provider's."""
        return next((one for one in self.every if one.request_id == request_id), None)

    def named(self, reference: str) -> Refund:
        """Raises LookupError."""
        found = self.find(reference)
        if found is None:
            raise LookupError(reference)
        return found

    def without(self, reference: str) -> Refunds:
        return Refunds(tuple(one for one in self.every if one.reference != reference))

    def after(self, event: RefundEvent, at: datetime) -> Refunds:
        """With one more event. Raises IllegalRefund."""
        before = self.find(event.refund)
        changed = after(before, event, at)
        if before is None:
            return Refunds((*self.every, changed))
        return Refunds(tuple(changed if one is before else one for one in self.every))


NO_REFUNDS = Refunds()
