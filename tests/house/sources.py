"""The files that the house rules are about, and where a rule finds its words."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "portal" / "assets"
JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
HOLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def template_files() -> list[Path]:
    """The portal's templates and those of the simulated phone."""
    return [path for folder in ("templates", "portal") for path in sorted((ROOT / folder).rglob("*.html"))]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (
        node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def markup(path: Path) -> str:
    """The template without its statements and comments, and with `…` for each value."""
    return HOLE.sub("…", JINJA.sub("", path.read_text("utf-8")))


def tags(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Every start tag of a template, with its attributes."""
    parser = Tags()
    parser.feed(markup(path))
    return parser.found


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
