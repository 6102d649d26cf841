"""
What a wheel needs and git does not keep: assets with hashed names, and compiled catalogues.

Hatchling runs this for every build, editable ones too. `make assets` runs it alone, after an edit of `static/`
or of a catalogue. htmx comes out of the `django-htmx` wheel, which the build requires and nothing else does.
"""

import gzip
import hashlib
import io
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import brotli
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HTMX = "js/htmx.min.js"
IN_WHEEL = {"templates": "portal/_templates", "migrations": "portal/_migrations"}


class CustomBuildHook(BuildHookInterface):
    """Hatchling finds this class by its name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        build(root)
        if version != "editable":
            build_data["force_include"] |= {
                str(root / source): target for source, target in IN_WHEEL.items() if (root / source).is_dir()
            }


def build(root: Path) -> None:
    """Write `portal/assets/` and every `.mo` below `portal/templating/locale/`."""
    for catalogue in sorted(root.glob("portal/templating/locale/*/LC_MESSAGES/*.po")):
        compile_catalogue(catalogue)
    write_assets(sources(root / "static"), root / "portal" / "assets")


def compile_catalogue(source: Path) -> None:
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=source.parts[-3]))
    put(source.with_suffix(".mo"), compiled.getvalue())


def sources(static: Path) -> dict[str, bytes]:
    """Every asset by the name that templates call it, such as `css/base.css`."""
    files = {
        path.relative_to(static).as_posix(): path.read_bytes()
        for path in static.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    return {HTMX: htmx(), **files}


def htmx() -> bytes:
    """Version 2. The package is looked up and never imported, for importing it wants Django set up."""
    spec = find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise SystemExit("django-htmx is missing; run `make assets`, which brings the build's requirements")
    return Path(spec.origin).with_name("static").joinpath("django_htmx", "htmx-2.min.js").read_bytes()


def write_assets(files: dict[str, bytes], folder: Path) -> None:
    """The manifest comes after what it names; files that it no longer names go."""
    manifest = {name: hashed(name, content) for name, content in sorted(files.items())}
    kept = {folder / "manifest.json"}
    for name, content in files.items():
        kept |= write_asset(folder / manifest[name], content)
    put(folder / "manifest.json", json.dumps(manifest, indent=2).encode())
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept and not path.name.startswith("."):
            path.unlink()


def hashed(name: str, content: bytes) -> str:
    """`css/base.css` -> `css/base.3f1c9a0b52.css`."""
    path = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:10]
    return path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()


def write_asset(path: Path, content: bytes) -> set[Path]:
    """The file, and beside it each compressed form that is smaller."""
    forms = {
        path: content,
        path.with_name(path.name + ".gz"): gzip.compress(content, mtime=0),
        path.with_name(path.name + ".br"): brotli.compress(content),
    }
    written = {form for form, packed in forms.items() if form == path or len(packed) < len(content)}
    for form in written:
        put(form, forms[form])
    return written


def put(path: Path, content: bytes) -> None:
    """In one move, so that nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


if __name__ == "__main__":
    build(Path(__file__).parent)
    print("portal/assets and the catalogues are built")
