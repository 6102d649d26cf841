"""The layers of the design, kept by import-linter; its contracts stand in pyproject.toml."""

import pytest
from importlinter.cli import lint_imports

from tests.house.sources import ROOT


@pytest.mark.covers("S72", "D82")
def test_imports_point_downwards_and_the_sandbox_stays_outside(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out
