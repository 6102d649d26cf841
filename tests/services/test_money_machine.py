"""Thousands of stories in which everybody does anything in any order, with every invariant asked after each step."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.chance import tries
from tests.services.money_machine import play

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


@tries(40)
@given(seed=SEEDS)
async def test_in_any_order_of_acts_every_shilling_is_where_the_books_say(
    migrated_sqlite: Path, tmp_path: Path, seed: int
) -> None:
    await play(migrated_sqlite, tmp_path, seed, steps=30)
