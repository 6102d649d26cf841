"""The body of a request: a form whose names are paths, such as `line_items[0][price_data][currency]`."""

import re
from urllib.parse import parse_qsl

from portal.sandbox.stripe import refusals

Tree = dict[str, object]
MOST_FIELDS = 500
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def read_form(text: str) -> Tree:
    """A tree of texts; lists come as the trees of their numbers. Raises RefusedError for what is no such form."""
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise refusals.invalid("Invalid request body.") from None
    tree: Tree = {}
    for name, value in pairs:
        _put(tree, _path(name), name, value)
    return tree


def _path(name: str) -> list[str]:
    parts = _NAME.fullmatch(name)
    if not parts:
        raise refusals.unknown_parameter(name)
    return [parts[1], *_STEP.findall(parts[2])]


def _put(tree: Tree, path: list[str], name: str, value: str) -> None:
    """No field twice, and none that is both a text and a tree."""
    *above, last = path
    for step in above:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            raise refusals.unknown_parameter(name)
        tree = inner
    if last == "":
        last = str(len(tree))
    if last in tree:
        raise refusals.unknown_parameter(name)
    tree[last] = value
