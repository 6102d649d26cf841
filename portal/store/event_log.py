"""A table of append-only events: each stream is numbered from one, and each event chained by hash to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, select

from portal.store import codec
from portal.store.types import Tx, insert_once
from portal.store.writer import VersionConflict


@dataclass(frozen=True, slots=True)
class EventLog:
    """`stream` is the column that names the stream."""

    table: Table
    stream: str

    def tip(self, tx: Tx, stream: str, version: int) -> bytes:
        """The hash of the stream's last event. Raises VersionConflict unless that is the one of that number."""
        if version == 0:
            return codec.GENESIS
        columns = self.table.c
        question = select(columns.seq, columns.hash).where(columns[self.stream] == stream)
        row = tx.execute(question.order_by(columns.seq.desc()).limit(1)).one()
        if row.seq != version:
            raise VersionConflict(stream)
        return bytes(row.hash)

    def row(self, stream: str, seq: int, event: object, at: datetime, chain: bytes) -> dict[str, Any]:
        """The event as it is stored, `chain` being the hash of the one before it."""
        name, version, data = codec.encoded(event)
        told = {"type": name, "version": version, "at": at, "data": data}
        hash_ = codec.chained(chain, stream, seq, name, version, at, data)
        return {self.stream: stream, "seq": seq, **told, "hash": hash_}

    def write(self, tx: Tx, row: dict[str, Any]) -> bytes:
        """Store it; its hash. Raises VersionConflict where one of that number stands."""
        if not insert_once(tx, self.table, **row):
            raise VersionConflict(row[self.stream])
        return bytes(row["hash"])

    def streams(self, tx: Tx) -> Iterator[tuple[str, list[Any]]]:
        """Every stream with its rows in order."""
        columns = self.table.c
        ordered = select(self.table).order_by(columns[self.stream], columns.seq)
        for stream, rows in groupby(tx.execute(ordered), key=attrgetter(self.stream)):
            yield stream, list(rows)

    def verified(self, stream: str, rows: list[Any]) -> Iterator[tuple[Any, bool]]:
        """Each row, and whether its number and its hash are what they must be."""
        chain = codec.GENESIS
        for seq, row in enumerate(rows, start=1):
            chain = codec.chained(chain, stream, seq, row.type, row.version, row.at, row.data)
            yield row, row.seq == seq and bytes(row.hash) == chain
