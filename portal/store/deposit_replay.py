"""Returns of deposits folded again from their events, for the comparison of portal/store/replay.py."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from portal.domain.deposit_return import DepositReturn, IllegalReturn, apply_return
from portal.store import codec
from portal.store.deposit_returns import LOG, RETURN_EVENT_BY_NAME, row_of, share_rows_of, waived_by
from portal.store.types import Tx

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class RebuiltReturns:
    """The read tables as the events tell them; `waived` is what bills lose by them."""

    returns: Rows = field(default_factory=list)
    shares: Rows = field(default_factory=list)
    waived: Counter[str] = field(default_factory=Counter)
    events: int = 0
    differences: list[str] = field(default_factory=list)


def rebuilt_returns(tx: Tx) -> RebuiltReturns:
    rebuilt = RebuiltReturns()
    for reference, stream in LOG.streams(tx):
        rebuilt.events += len(stream)
        _replay(rebuilt, reference, stream)
    return rebuilt


def _replay(rebuilt: RebuiltReturns, reference: str, stream: list[Any]) -> None:
    one: DepositReturn | None = None
    for row, is_chained in LOG.verified(reference, stream):
        place = f"deposit_return_events {reference} seq {row.seq}"
        if not is_chained:
            rebuilt.differences.append(f"{place}: the chain is broken")
            return
        try:
            event = codec.decoded(row.type, row.version, row.data, RETURN_EVENT_BY_NAME)
            one = apply_return(one, event, row.at, reference=reference)
        except (IllegalReturn, codec.UnknownEvent, ValueError) as error:
            rebuilt.differences.append(f"{place}: {error}")
            return
        rebuilt.waived.update(waived_by(event))
    if one is not None:
        rebuilt.returns.append(row_of(one))
        rebuilt.shares += share_rows_of(one)
