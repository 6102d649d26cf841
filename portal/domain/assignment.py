"""What two people of the office decide about money that waits: whose it is, or that it goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.correction import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A proposal about a bank line and what came of it. Without a `payment` the money goes back to its sender."""

    id: str
    line: str
    payment: str | None
    note: str
    proposed_by: str
    proposed_at: datetime
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
