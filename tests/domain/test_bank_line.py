"""A line of a statement: what came, what of it waits and why, and where it went; nothing is used twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bank_line import (
    BankLine,
    Held,
    IllegalLine,
    LineAllocated,
    LineBooked,
    LineCancelledOut,
    LineEvent,
    LineHeld,
    apply,
)
from portal.domain.ledger import line_entries_of
from portal.domain.money import Money, shillings
from tests.makers import NOW, PAYMENT, a_reference

LINE, OTHER = a_reference(70), a_reference(71)


def booked(amount: int = 453_500, *, bank_reference: str = "FT26062ABCDE") -> LineBooked:
    return LineBooked(
        statement=a_reference(72),
        account="CRDB",
        bank_reference=bank_reference,
        booked_on=date(2026, 3, 2),
        amount=shillings(amount),
        is_reversal=amount < 0,
        names=(PAYMENT,),
    )


def allocation(amount: int, payment: str = PAYMENT) -> LineAllocated:
    return LineAllocated(payment=payment, provider="bank_transfer", amount=shillings(amount))


def held(reason: Held = Held.TOO_LITTLE, payment: str | None = PAYMENT) -> LineHeld:
    return LineHeld(reason=reason, payment=payment)


def line_after(*events: LineEvent) -> BankLine:
    line: BankLine | None = None
    for number, event in enumerate(events):
        line = apply(line, event, NOW + timedelta(seconds=number), id=LINE)
    assert line
    return line


def test_a_booked_line_waits_whole() -> None:
    line = line_after(booked())
    assert (line.id, line.version, line.account, line.names) == (LINE, 1, "CRDB", (PAYMENT,))
    assert (line.amount, line.waiting, line.held, line.payment) == (
        shillings(453_500),
        shillings(453_500),
        None,
        None,
    )
    assert line.untouched


def test_what_waits_says_why_and_for_which_payment() -> None:
    line = line_after(booked(), held())
    assert (line.held, line.payment, line.updated_at) == (
        Held.TOO_LITTLE,
        PAYMENT,
        NOW + timedelta(seconds=1),
    )


def test_what_is_used_waits_no_more_and_the_rest_keeps_its_reason() -> None:
    line = line_after(booked(), held(), allocation(300_000))
    assert (line.waiting, line.held, line.payment) == (shillings(153_500), Held.TOO_LITTLE, PAYMENT)
    assert not line.untouched
    line = line_after(booked(), held(), allocation(300_000), allocation(153_500))
    assert (line.waiting, line.held, line.payment) == (shillings(0), None, None)


def test_a_credit_and_its_reversal_leave_nothing() -> None:
    for amount in (453_500, -453_500):
        line = line_after(booked(amount), held(), LineCancelledOut(line=OTHER))
        assert (line.waiting, line.held) == (shillings(0), None)


@pytest.mark.parametrize(
    "events",
    [
        [held()],
        [allocation(1)],
        [booked(0)],
        [booked(), booked()],
        [booked(), allocation(453_501)],
        [booked(), allocation(0)],
        [booked(), allocation(-1)],
        [booked(-5), allocation(1)],
        [booked(), allocation(453_500), held()],
        [booked(), allocation(1), LineCancelledOut(line=OTHER)],
        [booked(), allocation(453_500), allocation(1)],
    ],
    ids=str,
)
def test_a_history_that_cannot_be_is_refused(events: list[LineEvent]) -> None:
    with pytest.raises(IllegalLine):
        line_after(*events)


def test_a_reference_that_the_bank_gave_is_the_receipt_code_and_no_other() -> None:
    assert line_after(booked()).receipt_code == "FT26062ABCDE"
    assert line_after(booked(bank_reference="~9f3a")).receipt_code is None


@pytest.mark.covers("D18", "I3")
@given(st.integers(1, 10**9), st.lists(st.integers(1, 10**9), max_size=6))
def test_suspense_is_exactly_what_waits_and_every_posting_sums_to_zero(amount: int, uses: list[int]) -> None:
    line: BankLine | None = None
    suspense, cash, used = 0, 0, 0
    events: list[LineEvent] = [booked(amount), held(), *map(allocation, uses)]
    for event in events:
        if isinstance(event, LineAllocated) and event.amount > _waiting(line):
            continue
        line = apply(line, event, NOW, id=LINE)
        entries = line_entries_of(event, line, NOW)
        assert sum(entry.amount.minor for entry in entries) == 0
        assert all((entry.stream, entry.seq) == (LINE, line.version) for entry in entries)
        moved = {entry.account: entry.amount.minor for entry in entries}
        suspense += moved.get("suspense", 0)
        cash += moved.get("cash:bank:CRDB", 0)
        used -= moved.get("cash:bank_transfer", 0)
    assert line
    assert (-suspense, cash, used) == (line.waiting.minor, amount, amount - line.waiting.minor)


def _waiting(line: BankLine | None) -> Money:
    assert line
    return line.waiting
