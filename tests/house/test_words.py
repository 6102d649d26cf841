"""Names that say nothing, kept out of modules and classes."""

import ast
import re

from tests.house.sources import python_files, shown, tree

EMPTY = {"base", "common", "handler", "helper", "manager", "misc", "service", "stuff", "thing", "util"}
ADVICE = "name it by what it is or does"


def empty(name: str) -> set[str]:
    """`PaymentManager` and `payment_utils` -> {"manager"} and {"util"}."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {part.lower().removesuffix("s") for part in parts} & EMPTY


def test_no_module_has_an_empty_name() -> None:
    named = [
        f"{shown(path)}: {ADVICE}"
        for path in python_files("portal", "tests")
        if empty(path.stem) and path.parent.name != "house"
    ]
    assert not named, "\n".join(named)


def test_no_class_has_an_empty_name() -> None:
    named = [
        f"{shown(path)}:{node.lineno} {node.name}: {ADVICE}"
        for path in python_files("portal", "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and empty(node.name)
    ]
    assert not named, "\n".join(named)
