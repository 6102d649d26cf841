"""
Writes docs/coverage.md: for every row of `rows.toml` the tests that prove it, or the piece of work that still owes one.

Marks are read from the syntax of the test files, so nothing is imported and nothing runs. `make coverage` calls this.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"
ROWS = Path(__file__).with_name("rows.toml")

Tests = dict[str, list[str]]


@dataclass(frozen=True)
class Row:
    """One thing that the finished portal must be shown to do."""

    id: str
    heading: str
    piece: str
    title: str


def main() -> None:
    rows, tests = read_rows(), read_tests()
    PAGE.write_text(page(rows, tests), encoding="utf-8")
    shown = sum(row.id in tests for row in rows)
    print(f"{PAGE.relative_to(ROOT)}: {shown} of {len(rows)} rows shown by a test")


def read_rows() -> list[Row]:
    return [
        Row(id, heading, piece, title)
        for heading, rows in tomllib.loads(ROWS.read_text("utf-8")).items()
        if heading != "finished"
        for id, (piece, title) in rows.items()
    ]


def read_finished() -> list[str]:
    """The pieces of work whose rows must all be shown by now."""
    finished: list[str] = tomllib.loads(ROWS.read_text("utf-8"))["finished"]
    return finished


def read_tests() -> Tests:
    """Every row's id with the node ids of its tests."""
    tests: Tests = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for row, test in marks(ast.parse(file.read_text("utf-8")), file.relative_to(ROOT).as_posix()):
            if test not in tests[row]:
                tests[row].append(test)
    return dict(tests)


def marks(module: ast.Module, file: str) -> Iterator[tuple[str, str]]:
    """Pairs of row and node id. A mark on a class counts for the class, one in `pytestmark` for the file."""
    found = []
    for node, name in [(module, file), *named(module.body, file)]:
        for mark in covers(own_marks(node)):
            found.append(mark)
            yield from ((row, name) for row in words(mark, file))
    for stray in set(covers([module])) - set(found):
        raise ValueError(f"{file}:{stray.lineno}: this mark stands on no test, class or pytestmark")


def named(body: list[ast.stmt], prefix: str) -> Iterator[tuple[ast.AST, str]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield node, f"{prefix}::{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield node, f"{prefix}::{node.name}"
            yield from named(node.body, f"{prefix}::{node.name}")


def own_marks(node: ast.AST) -> list[ast.AST]:
    """Where marks of this very node stand: its decorators, or a module's `pytestmark`."""
    match node:
        case ast.Module(body):
            return [line for line in body if isinstance(line, ast.Assign) and is_pytestmark(line)]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return list(node.decorator_list)
    return []


def is_pytestmark(line: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in line.targets)


def covers(nodes: Iterable[ast.AST]) -> list[ast.Call]:
    """The calls of `pytest.mark.covers`, those within `pytest.param(…, marks=…)` too."""
    return [
        call
        for node in nodes
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.covers"
    ]


def words(mark: ast.Call, file: str) -> list[str]:
    ids = [argument.value for argument in mark.args if isinstance(argument, ast.Constant)]
    if len(ids) != len(mark.args) or mark.keywords or not all(isinstance(id, str) for id in ids):
        raise ValueError(f"{file}:{mark.lineno}: covers takes plain words, such as covers('A1', 'page:7')")
    return [str(id) for id in ids]


def page(rows: list[Row], tests: Tests) -> str:
    return "\n".join([*head(rows, tests), *body(rows, tests), ""])


def head(rows: list[Row], tests: Tests) -> Iterator[str]:
    yield "# Coverage"
    yield ""
    yield "What the finished portal must be shown to do, and the tests that show it. Written by `make coverage` from"
    yield "the `covers` marks of the tests and `tests/tools/rows.toml`. A row in italics has no test yet; it names the"
    yield "piece of work that owes one."
    yield ""
    yield "| piece of work | rows | shown |"
    yield "|---|--:|--:|"
    for piece in [*dict.fromkeys(sorted(row.piece for row in rows)), "all"]:
        owed = [row for row in rows if piece in {row.piece, "all"}]
        yield f"| {piece} | {len(owed)} | {sum(row.id in tests for row in owed)} |"


def body(rows: list[Row], tests: Tests) -> Iterator[str]:
    for heading in dict.fromkeys(row.heading for row in rows):
        yield from ("", f"## {heading}", "", "| row | what | shown by |", "|---|---|---|")
        for row in rows:
            if row.heading == heading:
                yield f"| {row.id} | {row.title} | {proof(row, tests)} |"


def proof(row: Row, tests: Tests) -> str:
    """Each test is a link from docs/ to its file, so the page can be walked."""
    if row.id not in tests:
        return f"*{row.piece}*"
    return "<br>".join(f"[{test}](../{test.partition('::')[0]})" for test in tests[row.id])


if __name__ == "__main__":
    main()
