"""Statements of our banks: handed over as files, read by a job or at once, and remembered with what they brought."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from portal.domain.errors import NotFound, Refused
from portal.domain.person import Person
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import Account
from portal.providers.statement import read_statement
from portal.providers.statement_line import BadLine, StatementLine, StatementUnreadable
from portal.services.booking import Booking
from portal.services.matching import Matching
from portal.services.office import of_the_office
from portal.services.tools import Tools
from portal.store import jobs, people
from portal.store import statements as statement_rows
from portal.store.cursors import Cursors, scope_of
from portal.store.statements import BadEntry, Brought, Progress, Statement
from portal.store.types import Tx

BATCH = 200
"""Lines in one transaction: whoever pays meanwhile waits no longer than for those."""
SLICE = 25 * BATCH
"""Lines that a job reads before it gives its slot back: far less than its lease lasts."""
LARGEST_UPLOAD = 20 * 1024 * 1024
LONGEST_NAME = 120
_IN_MEMORY = 1024 * 1024
Items = Iterator[StatementLine | BadLine]


class Overtaken(Exception):
    """Somebody else has read on in the same statement."""


@dataclass(frozen=True, slots=True)
class Report:
    """A statement with what has become of its money so far. `begun_by` is a name, None for the command line."""

    statement: Statement
    brought: list[Brought]
    begun_by: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of statements; `older` is the signed cursor of the next, if there is one."""

    statements: list[Statement]
    older: str | None


class Statements:
    """`accept` an upload and `work` on it in the worker, `read_in` a file at once, and look at all of them."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching
        self._booking = Booking(tools, matching)
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Ours, one of which a file may be said to be of; none where bank transfer is off."""
        return self._matching.accounts

    async def accept(self, person: Person, file: BinaryIO | None, name: str, size: int, account: str) -> str:
        """Keep a file that somebody of the office brings, with the work of reading it; the statement's id.

        `account` is empty where the file says itself whose it is. Raises NotFound, Refused (account, file).
        """
        of_the_office(person)
        statement = self._begun(name, account, size=size, begun_by=person.id)
        if file is None or not size:
            raise Refused("file", "empty")
        if size > LARGEST_UPLOAD:
            raise Refused("file", "too_large")

        def keep(tx: Tx) -> None:
            file.seek(0)
            statement_rows.begin(tx, self._tools.vault, statement)
            statement_rows.keep_file(tx, self._tools.vault, statement.id, file)
            jobs.enqueue(tx, "statement", statement.id, self._tools.clock(), statement=statement.id)

        await self._tools.store.write(keep)
        return statement.id

    async def work(self, job: jobs.Job) -> None:
        """Read on in an upload, a slice at a time: whatever interrupts it, the next one goes on where it stopped."""
        id_ = job.payload["statement"]
        statement = await self._load(id_)
        if statement.ended_at is None:
            with SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
                file = cast("BinaryIO", spooled)
                await self._unpack(id_, file)
                statement = await self._read(statement, file, SLICE)

        def ended(tx: Tx) -> None:
            if statement.ended_at is None:
                jobs.again(tx, job, self._tools.clock())
            else:
                statement_rows.drop_file(tx, id_)
                jobs.done(tx, job)

        await self._tools.store.write(ended)

    async def read_in(
        self, file: BinaryIO, name: str, account: str, on_progress: Callable[[int], None]
    ) -> Report:
        """Read a whole file now; `on_progress` hears how many entries are dealt with. Raises Refused (account)."""
        statement = self._begun(name, account)
        await self._tools.store.write(lambda tx: statement_rows.begin(tx, self._tools.vault, statement))
        await self._read(statement, file, None, on_progress)
        return await self._tools.store.read(lambda tx: self._report(tx, statement.id))

    async def show(self, person: Person, id_: str) -> Report:
        """Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._report(tx, id_))

    async def newest(self, person: Person, cursor: str | None) -> Listing:
        """Raises NotFound, BadCursor."""
        of_the_office(person)
        scope = scope_of(person.id, list="statements")
        after = self._cursors.read(cursor, scope=scope) if cursor else None
        shown, next_after = await self._tools.store.read(
            lambda tx: statement_rows.newest(tx, self._tools.vault, after)
        )
        return Listing(shown, self._cursors.sign(*next_after, scope=scope) if next_after else None)

    def _begun(
        self, name: str, account: str, *, size: int | None = None, begun_by: str | None = None
    ) -> Statement:
        known = {one.id for one in self.accounts}
        if not known:
            raise Refused("account", "off")
        if account and account not in known:
            raise Refused("account", "unknown")
        return Statement(
            id=self._tools.reference(),
            name=_short(name),
            begun_at=self._tools.clock(),
            begun_by=begun_by,
            account=account or None,
            size=size,
        )

    async def _read(
        self,
        statement: Statement,
        file: BinaryIO,
        most: int | None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> Statement:
        """From where it stands, so many entries on; the file is parsed beside the event loop."""
        try:
            items = await asyncio.to_thread(self._opened, statement, file)
        except StatementUnreadable as error:
            return await self._ended(statement, Progress.UNREADABLE, error.reason)
        goal = None if most is None else statement.read + most
        while goal is None or statement.read < goal:
            batch = await asyncio.to_thread(lambda: list(islice(items, BATCH)))
            if not batch:
                return await self._ended(statement, Progress.DONE)
            statement = await self._book(statement, batch)
            on_progress(statement.read)
        return statement

    def _opened(self, statement: Statement, file: BinaryIO) -> Items:
        """The entries that are not dealt with yet."""
        file.seek(0)
        number = next((one.number for one in self.accounts if one.id == statement.account), "")
        today = self._tools.clock().astimezone(EAST_AFRICA).date()
        return islice(read_statement(file, account=number, today=today), statement.read, None)

    async def _book(self, statement: Statement, batch: Sequence[StatementLine | BadLine]) -> Statement:
        lines = [item for item in batch if isinstance(item, StatementLine)]
        bad = tuple(_bad(item) for item in batch if isinstance(item, BadLine))

        def book(tx: Tx) -> Statement:
            self._stands(tx, statement)
            after = self._booking.book(tx, replace(statement, progress=Progress.READING), lines)
            after = after.with_entries(bad=bad)
            statement_rows.update_row(tx, self._tools.vault, after)
            return after

        return await self._tools.store.write(book)

    async def _ended(self, statement: Statement, progress: Progress, problem: str | None = None) -> Statement:
        ended = replace(statement, progress=progress, problem=problem, ended_at=self._tools.clock())

        def write(tx: Tx) -> Statement:
            self._stands(tx, statement)
            statement_rows.update_row(tx, self._tools.vault, ended)
            return ended

        return await self._tools.store.write(write)

    def _stands(self, tx: Tx, statement: Statement) -> None:
        """Nobody has read on meanwhile, so that no entry is dealt with twice. Raises Overtaken."""
        now = statement_rows.load(tx, self._tools.vault, statement.id, lock=True)
        if now is None or (now.read, now.progress) != (statement.read, statement.progress):
            raise Overtaken(statement.id)

    async def _load(self, id_: str) -> Statement:
        found = await self._tools.store.read(lambda tx: statement_rows.load(tx, self._tools.vault, id_))
        if found is None:
            raise NotFound
        return found

    async def _unpack(self, id_: str, file: BinaryIO) -> None:
        number = 0
        part_of = partial(statement_rows.part_of_file, vault=self._tools.vault, statement=id_)
        while (part := await self._tools.store.read(partial(part_of, number=number))) is not None:
            file.write(part)
            number += 1

    def _report(self, tx: Tx, id_: str) -> Report:
        statement = statement_rows.load(tx, self._tools.vault, id_)
        if statement is None:
            raise NotFound
        person = people.load(tx, statement.begun_by) if statement.begun_by else None
        return Report(statement, statement_rows.brought(tx, id_), person.name if person else None)


def _short(name: str) -> str:
    """The file's name alone, in letters that can be shown."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter if letter.isprintable() else " " for letter in bare)[-LONGEST_NAME:].strip()


def _bad(item: BadLine) -> BadEntry:
    return BadEntry(item.line, item.reason, item.excerpt)
