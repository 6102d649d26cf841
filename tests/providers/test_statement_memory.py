"""A statement of any length is read in the same memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.statements import FORMATS, entries

EVERY_FORMAT = pytest.mark.parametrize("format_", FORMATS)
MOST_GROWTH = 3_000
"""KiB, for the noise of the memory's manager; nine thousand lines held would be six thousand."""
READ_ALL = """
import sys
from portal.providers.statement import StatementLine, read_statement
with open(sys.argv[1], "rb") as file:
    print(sum(isinstance(line, StatementLine) for line in read_statement(file)))
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""


def peak(format_: str, count: int, folder: Path) -> int:
    """KiB that a process of its own holds at most while it reads so many lines."""
    file = folder / f"{count}.{format_}"
    with file.open("w", encoding="utf-8") as written:
        written.writelines(FORMATS[format_](entries(count)))
    told = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(file)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines, most = map(int, told.stdout.split())
    assert lines == count
    return most


@EVERY_FORMAT
def test_ten_thousand_lines_take_the_memory_of_a_thousand(format_: str, tmp_path: Path) -> None:
    assert peak(format_, 10_000, tmp_path) - peak(format_, 1_000, tmp_path) < MOST_GROWTH


@pytest.mark.full
@EVERY_FORMAT
def test_a_hundred_thousand_lines_take_the_memory_of_a_thousand(format_: str, tmp_path: Path) -> None:
    assert peak(format_, 100_000, tmp_path) - peak(format_, 1_000, tmp_path) < MOST_GROWTH
