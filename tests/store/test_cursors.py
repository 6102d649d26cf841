"""Cursors: opaque, ours, and good for one list of one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.store.cursors import BadCursor, Cursors, scope_of
from tests.makers import NEIGHBOUR, NOW, PAYMENT, TENANT

OLD, NEW = "an old key of 32 bytes.........", "a new key of 32 bytes.........."
SCOPE = scope_of(TENANT, status="COMPLETED")
MINE = Cursors([NEW]).sign(NOW, PAYMENT, scope=SCOPE)


def refused(cursor: str, scope: str = SCOPE, keys: tuple[str, ...] = (NEW,)) -> bool:
    try:
        Cursors([*keys]).read(cursor, scope=scope)
    except BadCursor:
        return True
    return False


@pytest.mark.covers("D3", "D32")
def test_a_cursor_leads_back_to_its_place() -> None:
    assert Cursors([NEW]).read(MINE, scope=SCOPE) == (NOW, PAYMENT)
    assert NOW.isoformat() not in MINE


@pytest.mark.covers("D3", "D32")
def test_every_flipped_bit_of_a_cursor_is_refused() -> None:
    for place, letter in enumerate(MINE):
        for bit in range(7):
            flipped = chr(ord(letter) ^ 1 << bit)
            assert refused(MINE[:place] + flipped + MINE[place + 1 :]), (place, bit)


@pytest.mark.covers("D3", "D32", "D33")
@pytest.mark.parametrize(
    "scope",
    [
        scope_of(NEIGHBOUR, status="COMPLETED"),
        scope_of(TENANT, status="FAILED"),
        scope_of(TENANT),
        scope_of(TENANT, month="COMPLETED"),
        scope_of(TENANT, status="COMPLETED", month="2026-03"),
        "",
    ],
)
def test_a_cursor_of_another_person_or_another_filter_is_refused(scope: str) -> None:
    assert refused(MINE, scope)


def test_a_filter_that_is_not_set_is_no_filter() -> None:
    assert scope_of(TENANT, status="FAILED", month=None) == scope_of(TENANT, month="", status="FAILED")


@pytest.mark.parametrize("change", ["{}=", "{} ", " {}", "{}\n", "{}.", ".{}", "{0}{0}"])
def test_a_cursor_spelled_otherwise_is_refused(change: str) -> None:
    assert refused(change.format(MINE))


@given(st.text(max_size=120))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    assert refused(text)
    assert refused("\ud800")


def test_a_cursor_of_the_key_before_still_reads() -> None:
    before = Cursors([OLD]).sign(NOW, PAYMENT, scope=SCOPE)
    assert not refused(before, keys=(OLD, NEW))
    assert refused(before, keys=(NEW,))
    assert Cursors([OLD, NEW]).sign(NOW, PAYMENT, scope=SCOPE) == MINE
