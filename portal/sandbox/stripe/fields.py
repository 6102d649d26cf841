"""Reads a form as strictly as the documents state its fields: what stands in no schema is refused by its name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.form import Tree

Read = Callable[[object, str], Any]
Schema = Mapping[str, Read]
MOST_METADATA = 50
LONGEST_METADATA = 500


@dataclass(frozen=True)
class Fields:
    """A tree of named fields, of which some must be there."""

    schema: Schema
    required: frozenset[str] = frozenset()

    def __call__(self, value: object, path: str) -> dict[str, Any]:
        tree = _tree(value, path)
        for name in tree:
            if name not in self.schema:
                raise refusals.unknown_parameter(_inside(path, name))
        for name in sorted(self.required - tree.keys()):
            raise refusals.missing_parameter(_inside(path, name))
        return {name: self.schema[name](inner, _inside(path, name)) for name, inner in tree.items()}


def listed(read: Read) -> Read:
    """Each element is read so; they are numbered from 0 on."""

    def elements(value: object, path: str) -> list[Any]:
        tree = _tree(value, path)
        if [*tree] != [str(number) for number in range(len(tree))]:
            raise refusals.wrong_parameter(path, "array")
        return [read(inner, f"{path}[{number}]") for number, inner in tree.items()]

    return elements


def text(longest: int) -> Read:
    def read(value: object, path: str) -> str:
        if not isinstance(value, str):
            raise refusals.wrong_parameter(path, "string")
        if not value:
            raise refusals.wrong_parameter(path, "string_empty")
        if len(value) > longest:
            raise refusals.wrong_parameter(path, "string_short")
        return value

    return read


def one_of(*words: str) -> Read:
    def read(value: object, path: str) -> str:
        if value not in words:
            raise refusals.wrong_parameter(path, "enum")
        return str(value)

    return read


def integer(value: object, path: str) -> int:
    if not isinstance(value, str) or not re.fullmatch("-?[0-9]{1,15}", value):
        raise refusals.wrong_parameter(path, "integer")
    return int(value)


def boolean(value: object, path: str) -> bool:
    if value not in ("true", "false"):
        raise refusals.wrong_parameter(path, "boolean")
    return value == "true"


def address(value: object, path: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s\"<>]{1,2000}", value):
        raise refusals.invalid("Not a valid URL", code="url_invalid", param=path)
    return value


def metadata(value: object, path: str) -> dict[str, str]:
    tree = _tree(value, path)
    fits = len(tree) <= MOST_METADATA and all(
        isinstance(inner, str) and len(inner) <= LONGEST_METADATA for inner in tree.values()
    )
    if not fits:
        raise refusals.wrong_parameter(path, "hash")
    return {name: str(inner) for name, inner in tree.items()}


def _tree(value: object, path: str) -> Tree:
    if not isinstance(value, dict):
        raise refusals.wrong_parameter(path, "hash")
    return value


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
