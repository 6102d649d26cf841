"""The one shape of every table of events, which `event_log.py` writes and reads."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

from portal.store.types import BigKey, Instant


def event_table(name: str, metadata: MetaData, stream: str) -> Table:
    """`stream` is the column that names the stream; in each of them events are numbered from one."""
    return Table(
        name,
        metadata,
        Column("position", BigKey, primary_key=True),
        Column(stream, String(12), nullable=False),
        Column("seq", Integer, nullable=False),
        Column("type", String(32), nullable=False),
        Column("version", Integer, nullable=False),
        Column("at", Instant, nullable=False),
        Column("data", Text, nullable=False),
        Column("hash", LargeBinary(32), nullable=False),
        UniqueConstraint(stream, "seq"),
    )
