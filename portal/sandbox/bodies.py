"""Reads the body of a request as strictly as JSON is defined."""

import json


def json_object(body: bytes) -> dict[str, object]:
    """Raises ValueError for anything but one object that holds no field twice."""
    try:
        value = json.loads(body, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError from None
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  (whoever sent it is wrong, not the caller)
    return value


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        msg = "a field stands twice"
        raise ValueError(msg)
    return fields


def _no_constant(name: str) -> object:
    msg = f"{name} is not JSON"
    raise ValueError(msg)
