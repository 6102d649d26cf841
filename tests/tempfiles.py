"""Where the databases of the tests lie: in memory, where there is enough of it, for each commit waits for the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  (pytest makes a folder of its own in it)
_ENOUGH = 2 * 1024**3
"""Bytes. What a test leaves is removed when it has passed, so few of them are ever in use."""


def keep_in_memory() -> None:
    """Whoever has named another place keeps it."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
