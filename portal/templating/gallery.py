"""The figures and days that the component gallery shows; its words come from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from portal.domain.money import Currency, Money, shillings

SAMPLE: Mapping[str, object] = {
    "deposit": shillings(450_000),
    "fee": shillings(3_500),
    "total": shillings(453_500),
    "price": Money(20_000, Currency.USD),
    "due": date(2026, 3, 1),
    "today": date(2026, 3, 4),
    "at": datetime(2026, 11, 24, 11, 5, tzinfo=UTC),
}
"""What `templates/dev/gallery.html` calls `sample`."""
