"""Signed cursors of keyset pages: opaque, bound to the person and the filter."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from portal.store.types import from_micros, micros


class BadCursor(ValueError):
    """Not one of ours, or made for somebody else or for another filter."""


class Cursors:
    """Signs positions in a list ordered by (created_at, reference). The last key signs, all of them read."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys

    def sign(self, at: datetime, reference: str, *, scope: str) -> str:
        return _signed([micros(at), reference], self._keys, scope)

    def read(self, cursor: str, *, scope: str) -> tuple[datetime, str]:
        try:
            at, reference = _serializer(self._keys, scope).loads(cursor)
        except (BadData, UnicodeError) as error:
            raise BadCursor from error
        # Base64 has several spellings of the same bytes; only our own is a cursor.
        if cursor not in [_signed([at, reference], [key], scope) for key in self._keys]:
            raise BadCursor
        return from_micros(at), reference


def _signed(position: list[Any], keys: list[str], scope: str) -> str:
    return str(_serializer(keys, scope).dumps(position))


def _serializer(keys: list[str], scope: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys, salt=f"cursor:{scope}", signer_kwargs={"digest_method": hashlib.sha256})


def scope_of(person: str, **filters: str | None) -> str:
    """One name for (person, filters), so that a cursor opens only the list it came from."""
    return json.dumps([person, sorted((k, v) for k, v in filters.items() if v)])
