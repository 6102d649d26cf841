"""The drawing of the states follows from the table."""

import re

import pytest

from portal.domain.diagram import diagram
from portal.domain.events import event_name
from portal.domain.payment import AWAITED, TRANSITIONS, State


@pytest.mark.covers("P5")
def test_every_edge_that_moves_a_payment_is_drawn_and_no_other() -> None:
    drawn = {
        (start, end, name)
        for start, end, names in re.findall(r"^    (\S+) --> (\S+): (.+)$", diagram(), re.MULTILINE)
        for name in names.split(", ")
    }
    edges = {(state or "[*]", end, event_name(kind)) for (state, kind), end in TRANSITIONS.items()}
    waits = {(State.SUBMITTING, end, "PUSH_ACCEPTED") for end in AWAITED.values()}
    waits |= {(State.SUBMITTING, State.PROCESSING, "PUSH_ACCEPTED")}
    again = {(State.UNCERTAIN, State.AWAITING_CARD, "PUSH_ACCEPTED")}
    assert drawn == {(start, end, name) for start, end, name in edges | waits | again if start != end}


def test_the_diagram_begins_and_ends_as_mermaid_wants_it() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert lines[-1] == "    COMPLETED --> [*]"
