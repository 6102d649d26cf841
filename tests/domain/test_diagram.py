"""The drawing of the states follows from the table."""

import re

import pytest

from portal.domain.deposit_return import RETURN_TRANSITIONS
from portal.domain.diagram import diagram, payout_diagram, refund_diagram, return_diagram
from portal.domain.events import event_name
from portal.domain.payment_state import AWAITED, TRANSITIONS, State
from portal.domain.payout import PAYOUT_TRANSITIONS
from portal.domain.refund import REFUND_TRANSITIONS


@pytest.mark.covers("P5")
def test_every_edge_that_moves_a_payment_is_drawn_and_no_other() -> None:
    drawn = _drawn(diagram())
    edges = {(state or "[*]", end, event_name(kind)) for (state, kind), end in TRANSITIONS.items()}
    waits = {(State.SUBMITTING, end, "PUSH_ACCEPTED") for end in AWAITED.values()}
    waits |= {(State.SUBMITTING, State.PROCESSING, "PUSH_ACCEPTED")}
    again = {(State.UNCERTAIN, State.AWAITING_CARD, "PUSH_ACCEPTED")}
    assert drawn == {(start, end, name) for start, end, name in edges | waits | again if start != end}


@pytest.mark.covers("D55")
def test_the_states_of_a_refund_have_a_drawing_of_their_own() -> None:
    edges = {(state or "[*]", end, event_name(kind)) for (state, kind), end in REFUND_TRANSITIONS.items()}
    never_left = {("UNKNOWN", "APPROVED", "REFUND_NOT_SENT")}
    told = {(start, end, name) for start, end, name in edges if start != end}
    assert _drawn(refund_diagram()) == told | never_left
    assert refund_diagram().splitlines()[-3:] == [
        "    SUCCEEDED --> [*]",
        "    FAILED --> [*]",
        "    REJECTED --> [*]",
    ]


@pytest.mark.covers("F13")
def test_the_states_of_a_returned_deposit_have_a_drawing_too() -> None:
    edges = {
        (state or "[*]", end, event_name(kind))
        for (state, kind), ends in RETURN_TRANSITIONS.items()
        for end in ends
    }
    assert _drawn(return_diagram()) == {(start, end, name) for start, end, name in edges if start != end}
    assert return_diagram().endswith("    SETTLED --> [*]")


def test_the_states_of_a_payout_have_a_drawing_of_their_own() -> None:
    edges = {(state or "[*]", end, event_name(kind)) for (state, kind), end in PAYOUT_TRANSITIONS.items()}
    forks = {("SENT", "RETURNED", "LINE_RETURNED"), ("PAID", "RETURNED", "LINE_RETURNED")}
    assert _drawn(payout_diagram()) == {each for each in edges | forks if each[0] != each[1]}


def _drawn(text: str) -> set[tuple[str, str, str]]:
    return {
        (start, end, name)
        for start, end, names in re.findall(r"^    (\S+) --> (\S+): (.+)$", text, re.MULTILINE)
        for name in names.split(", ")
    }


def test_the_diagram_begins_and_ends_as_mermaid_wants_it() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert lines[-1] == "    COMPLETED --> [*]"
