"""A payout: its table of transitions is complete, its fold takes nothing else, and money moves at the bank's word."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ledger import payout_entries_of
from portal.domain.money import shillings
from portal.domain.payout import (
    PAYOUT_EVENTS,
    PAYOUT_TRANSITIONS,
    UNDER_WAY,
    WAITING_PAYOUT,
    IllegalPayout,
    Payout,
    PayoutEvent,
    PayoutState,
    apply_payout,
    ends_of_payout,
    next_payout_state,
)
from tests.makers import LANDLORD, NOW, OFFICE
from tests.payouts import (
    APPROVED,
    PAID,
    PAYOUT,
    ROADS,
    SENT,
    a_payout,
    an_item,
    came_back,
    dollars_item,
    prepared,
    told_payout,
)

S = PayoutState
STATES = [None, *PayoutState]


@pytest.mark.covers("D17")
@pytest.mark.parametrize("state,kind", list(product(STATES, PAYOUT_EVENTS)))
def test_every_event_in_every_state_is_in_the_table_or_refused(
    state: PayoutState | None, kind: type[PayoutEvent]
) -> None:
    if (state, kind) in PAYOUT_TRANSITIONS:
        assert next_payout_state(state, kind) is PAYOUT_TRANSITIONS[state, kind]
    else:
        with pytest.raises(IllegalPayout, match=kind.__name__):
            next_payout_state(state, kind)


def test_every_state_can_be_reached_and_no_event_leads_out_of_an_end() -> None:
    assert set(PAYOUT_TRANSITIONS.values()) | {S.RETURNED} == set(S)
    assert {kind for _, kind in PAYOUT_TRANSITIONS} == set(PAYOUT_EVENTS)
    assert not {S.DROPPED, S.RETURNED} & {state for state, _ in PAYOUT_TRANSITIONS}
    assert set(WAITING_PAYOUT) < set(UNDER_WAY)


@pytest.mark.parametrize("state", list(PayoutState))
def test_a_payout_is_the_fold_of_its_events(state: PayoutState) -> None:
    payout = a_payout(state)
    assert (payout.state, payout.version) == (state, 1 + len(ROADS[state]))
    assert payout.amount == shillings(452_500)
    has_live_lines = state not in (S.DROPPED, S.RETURNED)
    assert bool(payout.live) is has_live_lines
    assert payout.live_amount == shillings(452_500 if has_live_lines else 0)
    assert payout.with_the_bank is (state in (S.SENT, S.PAID))
    assert (payout.paid_at is not None) is (state is S.PAID)


@given(data=st.data())
@pytest.mark.parametrize("state,kind", list(PAYOUT_TRANSITIONS))
def test_no_event_leads_to_a_state_that_is_not_foretold(
    state: PayoutState | None, kind: type[PayoutEvent], data: st.DataObject
) -> None:
    event: Any = {
        "PayoutPrepared": prepared(),
        "LineReturned": came_back(data.draw(st.integers(1, 2))),
        "PayoutApproved": APPROVED,
    }.get(kind.__name__) or data.draw(st.builds(kind))
    payout = apply_payout(a_payout(state) if state else None, event, NOW, reference=PAYOUT)
    assert payout.state in ends_of_payout(state, kind)


@pytest.mark.covers("D17")
def test_nobody_approves_what_they_have_prepared() -> None:
    with pytest.raises(IllegalPayout, match="nobody approves"):
        told_payout(prepared(), replace(APPROVED, approved_by=OFFICE))
    by_itself = told_payout(prepared(prepared_by=None), replace(APPROVED, approved_by=OFFICE))
    assert by_itself.state is S.APPROVED


@pytest.mark.parametrize(
    "changes,why",
    [
        ({"lines": ()}, "does not begin with"),
        ({"items": (an_item(-5),)}, "sends nothing"),
        ({"items": (an_item(5), an_item(-5, stream="other"))}, "sends nothing"),
        ({"items": (dollars_item(5),)}, "another currency"),
        ({"items": (an_item(5), an_item(6))}, "stands in it twice"),
    ],
)
def test_a_payout_that_cannot_be_is_refused(changes: dict[str, Any], why: str) -> None:
    event = prepared()
    if "items" in changes:
        changes = {"lines": (replace(event.lines[0], **changes),)}
    with pytest.raises(IllegalPayout, match=why):
        told_payout(replace(event, **changes))


def test_a_payout_begins_once_and_a_line_comes_back_once() -> None:
    with pytest.raises(IllegalPayout, match="PayoutSent in None"):
        apply_payout(None, SENT, NOW, reference=PAYOUT)
    once = told_payout(came_back(1), before=a_payout(S.SENT))
    assert (once.state, [line.number for line in once.live]) == (S.SENT, [2])
    with pytest.raises(IllegalPayout, match="comes back once"):
        told_payout(came_back(1), before=once)
    with pytest.raises(LookupError):
        told_payout(came_back(9), before=once)


def balances_of(*events: PayoutEvent) -> Counter[str]:
    """What the ledger has gained by these events; every posting of them sums to zero."""
    payout: Payout | None = None
    sums: Counter[str] = Counter()
    for event in events:
        payout = apply_payout(payout, event, NOW, reference=PAYOUT)
        entries = payout_entries_of(event, payout, NOW)
        assert sum(entry.amount.minor for entry in entries) == 0
        for entry in entries:
            sums[entry.account] += entry.amount.minor
    return sums


@pytest.mark.covers("D17", "D18", "I8")
def test_money_moves_in_the_ledger_when_the_bank_has_done_it_and_not_before() -> None:
    assert not balances_of(prepared(), APPROVED, SENT)
    assert balances_of(prepared(), *ROADS[S.PAID]) == {
        f"payable:{LANDLORD}": 450_000,
        "cash:own": 2_500,
        "cash:bank:CRDB": -452_500,
    }


def test_a_line_that_came_back_is_owed_again_whether_before_or_after_the_bank_told() -> None:
    before = balances_of(prepared(), APPROVED, SENT, came_back(1), PAID)
    after = balances_of(prepared(), APPROVED, SENT, PAID, came_back(1))
    assert +before == +after == {"cash:own": 2_500}
    assert before["cash:bank:CRDB"] == after["cash:bank:CRDB"] == -2_500
    assert not any(balances_of(prepared(), APPROVED, SENT, PAID, came_back(1), came_back(2)).values())
