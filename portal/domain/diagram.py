"""The states of a payment drawn from the table that rules them, as Mermaid text."""

from __future__ import annotations

from portal.domain.events import event_name
from portal.domain.payment import TRANSITIONS, State, ends_of


def diagram() -> str:
    """One arrow per pair of states, labelled with every event that takes it; events that stay put are left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, kind in TRANSITIONS:
        for end in ends_of(state, kind):
            if state is not end:
                arrows.setdefault((state or "[*]", end), []).append(event_name(kind))
    lines = [f"    {start} --> {end}: {', '.join(sorted(names))}" for (start, end), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *sorted(lines), f"    {State.COMPLETED} --> [*]"])
