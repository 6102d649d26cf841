"""Decisions are pages that can be read in one sitting; see docs/decisions/0001."""

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, shown

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
EVERY_DECISION = pytest.mark.parametrize("path", DECISIONS, ids=shown)


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04d}" for number in range(len(DECISIONS))]


@EVERY_DECISION
def test_a_decision_is_a_page_with_its_reason_first(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# "), "the title is the decision in a sentence"
    assert 0 < text.find("**Why.**") < text.find("**What.**"), "why comes before what"
    assert len(text.split()) < 700, "one page"


@EVERY_DECISION
def test_a_decision_names_what_enforces_it(path: Path) -> None:
    last = path.read_text("utf-8").rstrip().splitlines()[-1]
    assert last.startswith("Enforced by: "), "the last line names what enforces the decision"
    missing = [name for name in re.findall(r"`(tests/[\w/.]+)`", last) if not (ROOT / name).exists()]
    assert not missing, f"no such file: {missing}"
