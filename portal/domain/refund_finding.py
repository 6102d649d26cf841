"""What somebody of the office found about a refund, as long as nobody has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFinding:
    """That the money `went` has its `code`; why they say so stands beside the stream, under `name`."""

    name: str
    went: bool
    code: str | None
    found_by: str
    found_at: datetime
