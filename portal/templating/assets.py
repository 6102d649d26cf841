"""The built files of `static/`, each under an address that changes with its content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Assets:
    """From a file's own name to its built one: `css/portal.css` to `css/portal.3f2a9c.css`."""

    built: Mapping[str, str]

    def address(self, name: str) -> str:
        """Where a page finds the file; a name that was never built raises `KeyError`."""
        return f"/static/{self.built[name]}"


def read_assets(folder: Path) -> Assets:
    """The manifest that the build wrote."""
    return Assets(json.loads((folder / "manifest.json").read_text("utf-8")))
