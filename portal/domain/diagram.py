"""The states of a payment drawn from the table that rules them, as Mermaid text."""

from __future__ import annotations

from portal.domain import events as e
from portal.domain.events import event_name
from portal.domain.payment import AWAITED, TRANSITIONS, State


def diagram() -> str:
    """One arrow per pair of states, labelled with every event that takes it; events that stay put are left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, kind), following in TRANSITIONS.items():
        accepted = (state, kind) == (State.SUBMITTING, e.PushAccepted)
        for end in AWAITED.values() if accepted else [following]:
            if state is not end:
                arrows.setdefault((state or "[*]", end), []).append(event_name(kind))
    lines = [f"    {start} --> {end}: {', '.join(sorted(names))}" for (start, end), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *sorted(lines), f"    {State.COMPLETED} --> [*]"])
