"""The layers of the design, kept by import-linter; its contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

LINTER = Path(sys.executable).parent / "lint-imports"


@pytest.mark.covers("S72", "D82")
def test_imports_point_downwards_and_the_sandbox_stays_outside() -> None:
    # In a process of its own: the linter's own threads have once waited for ever on those of the tests before it.
    linted = subprocess.run(
        [LINTER, "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
