"""Events as canonical JSON and back, and the hash that chains each event to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from portal.domain.events import SCHEMA_VERSION, event_name
from portal.store.types import micros

Kind = TypeVar("Kind")
GENESIS = bytes(32)


class UnknownEvent(Exception):
    """An event type or schema version this program does not know; it must not guess."""


def encoded(event: object) -> tuple[str, int, str]:
    """(type, schema version, canonical JSON)."""
    data = json.dumps(msgspec.to_builtins(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return event_name(type(event)), SCHEMA_VERSION, data


def decoded(name: str, version: int, data: str, kinds: Mapping[str, type[Kind]]) -> Kind:
    """`kinds` are those of the stream by their names. Raises UnknownEvent."""
    kind = kinds.get(name)
    if kind is None or version != SCHEMA_VERSION:
        raise UnknownEvent(f"{name} version {version}")
    return msgspec.convert(json.loads(data), type=kind)


def as_json(value: object) -> Any:
    """As it comes back out of a JSON column: with lists where there were tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))


def chained(
    previous: bytes, stream: str, seq: int, name: str, version: int, at: datetime, data: str
) -> bytes:
    """SHA-256 over the previous hash and every column of the event, so that a changed past shows."""
    line = "\x1f".join((stream, str(seq), name, str(version), str(micros(at)), data))
    return hashlib.sha256(previous + line.encode()).digest()
