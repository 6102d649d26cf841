"""Stories in which everybody does anything in any order, with every invariant asked after each step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chance import tries
from tests.services.money_machine import play

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
MANY, AT_ONCE, LONG = 400, 5, 60


@tries(6)
@given(seed=SEEDS)
async def test_in_any_order_of_acts_every_shilling_is_where_the_books_say(
    migrated_sqlite: Path, tmp_path: Path, seed: int
) -> None:
    await play(migrated_sqlite, tmp_path, seed, steps=25)


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, MANY, AT_ONCE))
async def test_long_stories_end_with_every_shilling_where_the_books_say(
    migrated_sqlite: Path, tmp_path: Path, first: int
) -> None:
    for seed in range(first, first + AT_ONCE):
        await play(migrated_sqlite, tmp_path, seed, steps=LONG)
