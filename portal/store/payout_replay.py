"""Payouts folded again from their events, for the comparison of portal/store/replay.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.domain.ledger import payout_entries_of
from portal.domain.payout import IllegalPayout, Payout, apply_payout
from portal.store import codec
from portal.store.payouts import LOG, PAYOUT_EVENT_BY_NAME, item_rows_of, line_rows_of, row_of
from portal.store.projections import entry_row
from portal.store.types import Tx

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class RebuiltPayouts:
    """The read tables as the events tell them."""

    payouts: Rows = field(default_factory=list)
    lines: Rows = field(default_factory=list)
    items: Rows = field(default_factory=list)
    entries: Rows = field(default_factory=list)
    events: int = 0
    differences: list[str] = field(default_factory=list)


def rebuilt_payouts(tx: Tx) -> RebuiltPayouts:
    rebuilt = RebuiltPayouts()
    for reference, stream in LOG.streams(tx):
        rebuilt.events += len(stream)
        _replay(rebuilt, reference, stream)
    return rebuilt


def _replay(rebuilt: RebuiltPayouts, reference: str, stream: list[Any]) -> None:
    payout: Payout | None = None
    for row, is_chained in LOG.verified(reference, stream):
        place = f"payout_events {reference} seq {row.seq}"
        if not is_chained:
            rebuilt.differences.append(f"{place}: the chain is broken")
            return
        try:
            event = codec.decoded(row.type, row.version, row.data, PAYOUT_EVENT_BY_NAME)
            payout = apply_payout(payout, event, row.at, reference=reference)
        except (IllegalPayout, codec.UnknownEvent, LookupError, ValueError) as error:
            rebuilt.differences.append(f"{place}: {error}")
            return
        rebuilt.entries += [entry_row(entry) for entry in payout_entries_of(event, payout, row.at)]
    if payout is not None:
        rebuilt.payouts.append(row_of(payout))
        rebuilt.lines += line_rows_of(payout)
        rebuilt.items += item_rows_of(payout)
