"""Nothing unfinished, switched off or left over. One letter of each word is bracketed, so that this file passes too."""

import re
from pathlib import Path

import pytest

from tests.house.sources import BUILT, ROOT, shown

LEFTOVERS = {
    r"TOD[O]|FIXM[E]|\bXX[X]\b|HAC[K]\b": "do it, or write an issue",
    r"NotImplementedErro[r]": "implement it, or leave it out",
    r"pragma: no cove[r]": "test it, or leave it out",
    r"pytest\.ski[p]|mark\.ski[p]|importorski[p]|xfai[l]|unittest\.ski[p]": "a test runs or goes",
    r"breakpoin[t]\(|import pd[b]|console\.lo[g]|\bdebugge[r]\b": "a trace of looking around",
    r"\bmonkeypatc[h]|\bmock\.patc[h]|MagicMoc[k]": "use the real part, or a fake written by hand",
}
FOLDERS = ["portal", "templates", "static", "migrations", "tests", "bench"]
KINDS = {".py", ".html", ".css", ".js", ".toml"}


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    return [path for path in sorted(found) if BUILT not in path.parents]


@pytest.mark.parametrize("pattern,advice", LEFTOVERS.items(), ids=list(LEFTOVERS.values()))
def test_nothing_is_left_over(pattern: str, advice: str) -> None:
    left = [
        f"{shown(path)}:{number} {line.strip()[:80]}: {advice}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert not left, "\n".join(left)
