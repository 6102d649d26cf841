"""The script: light, and nothing that a strict policy would refuse."""

import gzip
import re
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "portal.js"


def test_the_script_weighs_at_most_one_and_a_half_kilobytes() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), mtime=0)) <= 1.5 * 1024


def test_the_script_makes_no_code_from_text_and_keeps_nothing() -> None:
    assert not re.search(
        r"\beval\b|new Function|innerHTML|document\.write|localStorage|sessionStorage|cookie",
        SCRIPT.read_text("utf-8"),
    )
