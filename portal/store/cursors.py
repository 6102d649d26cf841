"""Signed cursors of keyset pages: opaque, bound to the person and the filter."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from portal.store.types import from_micros, micros


class BadCursor(ValueError):
    """Not one of ours, or made for somebody else or for another filter."""


class Cursors:
    """Signs positions in a list ordered by (created_at, reference); older keys still read."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys

    def sign(self, at: datetime, reference: str, *, scope: str) -> str:
        return str(self._serializer(scope).dumps([micros(at), reference]))

    def read(self, cursor: str, *, scope: str) -> tuple[datetime, str]:
        try:
            at, reference = self._serializer(scope).loads(cursor)
        except BadData as error:
            raise BadCursor from error
        return from_micros(at), reference

    def _serializer(self, scope: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._keys, salt=f"cursor:{scope}", signer_kwargs={"digest_method": hashlib.sha256}
        )


def scope_of(person: str, **filters: str | None) -> str:
    """One name for (person, filters), so that a cursor opens only the list it came from."""
    return json.dumps([person, sorted((k, v) for k, v in filters.items() if v)])
