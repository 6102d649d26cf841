"""Short texts that people type: what is kept of them is what everybody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.short_text import one_line


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Back at six\u202eoga xis ta", "Back at sixoga xis ta"),
        ("\u2067NMB\u2069 \u200bbank\ufeff", "NMB bank"),
        ("one\nline\t of\u2028 it\x7f", "one line of it"),
        (" Mama ", "Mama"),
        ("\u202e", ""),
    ],
)
def test_a_mark_that_nobody_sees_is_not_kept(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@given(st.text())
def test_what_is_kept_is_printable_and_stays_itself(typed: str) -> None:
    kept = one_line(typed)
    assert kept.isprintable()
    assert one_line(kept) == kept
