"""The wheel: what hatch_build.py makes, and what of it is served."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.sources import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """Built as `make` builds, with the locked tools of `.venv/build`."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(Path(sys.prefix) / "build")},
        check=True,
        capture_output=True,
    )
    with ZipFile(next(folder.glob("*.whl"))) as file:
        yield file


def test_the_wheel_holds_templates_migrations_and_compiled_catalogues(wheel: ZipFile) -> None:
    names = set(wheel.namelist())
    assert {
        "portal/_templates/base.html",
        "portal/_migrations/env.py",
        "portal/templating/locale/en/LC_MESSAGES/portal.mo",
        "portal/templating/locale/sw/LC_MESSAGES/portal.mo",
    } <= names
    assert not [name for name in names if name.endswith((".po", ".sqlite3")) or name.startswith("tests/")]


def test_every_static_file_has_a_built_form_under_a_hashed_name(wheel: ZipFile) -> None:
    static = {path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static").rglob("*.*")}
    manifest = json.loads(wheel.read("portal/assets/manifest.json"))
    assert set(manifest) == static | {"js/htmx.min.js"}
    assert all(f"portal/assets/{built}" in wheel.namelist() for built in manifest.values())


def test_htmx_is_version_2_and_compressed(wheel: ZipFile) -> None:
    built = json.loads(wheel.read("portal/assets/manifest.json"))["js/htmx.min.js"]
    script = wheel.read(f"portal/assets/{built}")
    assert b'version:"2.' in script
    assert gzip.decompress(wheel.read(f"portal/assets/{built}.gz")) == script
    assert len(wheel.read(f"portal/assets/{built}.br")) < len(script) / 3
