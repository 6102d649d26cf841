"""What somebody typed into a form: strings, as they came. Reading them is the services' work."""

from __future__ import annotations

from urllib.parse import parse_qsl

from litestar.exceptions import ClientException

MOST_FIELDS = 200


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
