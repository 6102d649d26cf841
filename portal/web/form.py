"""What somebody typed into a form: strings, as they came. Reading them is the services' work."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from litestar.exceptions import ClientException

MOST_FIELDS = 200
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Form:
    """The fields of a form; one that is missing reads as empty."""

    def __init__(self, fields: list[tuple[str, str]] | None = None) -> None:
        self._fields = fields or []

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self._fields)

    def get(self, name: str) -> str:
        """The first value."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._fields if key == name]

    @property
    def has_controls(self) -> bool:
        return any(has_controls(key + value) for key, value in self._fields)


def has_controls(text: str) -> bool:
    """Anything but tabs and ends of lines that stands for no letter."""
    return _CONTROLS.search(text) is not None


def read_form(content_type: str, body: bytes) -> Form:
    """A body that is no form holds no fields; one that is broken raises a 400."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return Form()
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise ClientException("form unreadable") from None
    return Form(fields)
