"""The states of payments, refunds, returned deposits and payouts, drawn from the tables that rule them, as Mermaid."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.deposit_return import RETURN_TRANSITIONS, ReturnState
from portal.domain.events import event_name
from portal.domain.payment_state import TRANSITIONS, State, ends_of
from portal.domain.payout import PAYOUT_TRANSITIONS, PayoutState, ends_of_payout
from portal.domain.refund import REFUND_TRANSITIONS, RefundState, ends_of_refund
from portal.domain.refund_events import REFUND_EVENTS

_Edge = tuple[str | None, str, str]
"""Where from, where to, by which event."""


def diagram() -> str:
    """That of a payment. What becomes of its refunds moves it nowhere, and has a diagram of its own."""
    edges = (
        (state, end, event_name(kind))
        for state, kind in TRANSITIONS
        if kind not in REFUND_EVENTS
        for end in ends_of(state, kind)
    )
    return _drawn(edges, [State.COMPLETED])


def refund_diagram() -> str:
    """That of a refund."""
    edges = (
        (state, end, event_name(kind))
        for state, kind in REFUND_TRANSITIONS
        for end in ends_of_refund(state, kind)
    )
    return _drawn(edges, [RefundState.SUCCEEDED, RefundState.FAILED, RefundState.REJECTED])


def return_diagram() -> str:
    """That of the return of a deposit."""
    edges = (
        (state, end, event_name(kind)) for (state, kind), ends in RETURN_TRANSITIONS.items() for end in ends
    )
    return _drawn(edges, [ReturnState.SETTLED])


def payout_diagram() -> str:
    """That of a payout to landlords."""
    edges = (
        (state, end, event_name(kind))
        for state, kind in PAYOUT_TRANSITIONS
        for end in ends_of_payout(state, kind)
    )
    return _drawn(edges, [PayoutState.PAID, PayoutState.RETURNED, PayoutState.DROPPED])


def _drawn(edges: Iterable[_Edge], ends: Iterable[str]) -> str:
    """One arrow per pair of states, labelled with every event that takes it; events that stay put are left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for start, end, name in edges:
        if start != end:
            arrows.setdefault((start or "[*]", end), []).append(name)
    lines = [f"    {start} --> {end}: {', '.join(sorted(names))}" for (start, end), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *sorted(lines), *(f"    {end} --> [*]" for end in ends)])
