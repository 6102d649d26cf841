"""Lock files say what is installed by version and hash, and never where it came from."""

import re
import tomllib

import pytest

from tests.house.sources import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-build.lock", "requirements-uv.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
    "requirements-build.lock": PROJECT["build-system"]["requires"],
}


def requirements(lock: str) -> list[str]:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def name(requirement: str) -> str:
    return re.split(r"[\[<>=;! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text("utf-8"), f"{lock} names addresses; write it with `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    loose = [
        line[:60]
        for line in requirements(lock)
        if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert not loose, f"{lock}: {loose}; write it with `make lock`"


@pytest.mark.parametrize("lock", WANTED)
def test_every_dependency_of_the_project_is_locked(lock: str) -> None:
    missing = {name(wanted) for wanted in WANTED[lock]} - {name(line) for line in requirements(lock)}
    assert not missing, f"{lock} lacks {sorted(missing)}; write it with `make lock`"
