"""Bank lines folded again from their events, for the comparison of portal/store/replay.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.domain.bank_line import BankLine, IllegalLine, LineAllocated, apply
from portal.domain.ledger import line_entries_of
from portal.store import codec
from portal.store.bank_lines import LINE_EVENT_BY_NAME, LOG, allocation_row, row_of
from portal.store.projections import entry_row
from portal.store.types import Tx

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class RebuiltLines:
    """The read tables as the events tell them."""

    lines: Rows = field(default_factory=list)
    allocations: Rows = field(default_factory=list)
    entries: Rows = field(default_factory=list)
    events: int = 0
    differences: list[str] = field(default_factory=list)


def rebuilt_lines(tx: Tx) -> RebuiltLines:
    rebuilt = RebuiltLines()
    for id_, stream in LOG.streams(tx):
        rebuilt.events += len(stream)
        _replay(rebuilt, id_, stream)
    return rebuilt


def _replay(rebuilt: RebuiltLines, id_: str, stream: list[Any]) -> None:
    line: BankLine | None = None
    for row, is_chained in LOG.verified(id_, stream):
        place = f"bank_line_events {id_} seq {row.seq}"
        if not is_chained:
            rebuilt.differences.append(f"{place}: the chain is broken")
            return
        try:
            line = _fold(rebuilt, line, row, id_)
        except (IllegalLine, codec.UnknownEvent, ValueError) as error:
            rebuilt.differences.append(f"{place}: {error}")
            return
    if line is not None:
        rebuilt.lines.append(row_of(line))


def _fold(rebuilt: RebuiltLines, before: BankLine | None, row: Any, id_: str) -> BankLine:
    event = codec.decoded(row.type, row.version, row.data, LINE_EVENT_BY_NAME)
    line = apply(before, event, row.at, id=id_)
    rebuilt.entries += [entry_row(entry) for entry in line_entries_of(event, line, row.at)]
    if isinstance(event, LineAllocated):
        rebuilt.allocations.append(allocation_row(event, line, row.at))
    return line
