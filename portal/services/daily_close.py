"""The daily close: after midnight in Dar es Salaam the books of the day are summed, checked and kept.

A day on which no worker ran is closed when one runs again. What does not agree is told on the office's first page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.domain.day_close import GRACE, AccountSum, DayClose, day_of, digest_of, ends_at, together
from portal.domain.errors import NotFound
from portal.domain.person import Person
from portal.services.office import of_the_office
from portal.services.tools import Tools
from portal.store import day_closes, jobs, ledger_check
from portal.store.types import Tx
from portal.telemetry.log import get_log

SHOWN = 31
_DAY = timedelta(days=1)
log = get_log("close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """Closed days, the newest first; `older` is the day before which the next page begins."""

    closes: list[DayClose]
    older: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """One day as it was closed, and what the ledger says of it `now`."""

    close: DayClose
    now: tuple[AccountSum, ...]
    drifted: bool


class DailyClose:
    """`plan` when a worker starts, `close` in the worker, and what the office sees of it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def plan(self) -> None:
        """However many workers start, one job waits; at once where a day has not been closed."""
        now = self._tools.clock()
        await self._tools.store.write(lambda tx: jobs.enqueue(tx, "close", "daily", now))

    async def close(self, job: jobs.Job) -> None:
        """The first day that is over and not closed; then the next one, or after the next midnight."""
        close = await self._tools.store.snapshot(self._due)
        if close is not None:
            _tell(close)

        def keep(tx: Tx) -> None:
            now = self._tools.clock()
            if close is not None:
                day_closes.keep(tx, close)
            jobs.again(tx, job, now if close else _after_midnight(now), failures=0)

        await self._tools.store.write(keep)

    async def newest(self, person: Person, before: date | None = None) -> Closes:
        """Raises NotFound."""
        of_the_office(person)
        found = await self._tools.store.read(lambda tx: day_closes.newest(tx, SHOWN + 1, before))
        return Closes(closes=found[:SHOWN], older=found[SHOWN - 1].day if len(found) > SHOWN else None)

    async def of(self, person: Person, day: date) -> ClosedDay:
        """Raises NotFound."""
        of_the_office(person)

        def question(tx: Tx) -> ClosedDay:
            close = day_closes.load(tx, day)
            if close is None:
                raise NotFound
            sums = day_closes.sums_of(tx, day)
            return ClosedDay(close=close, now=together(sums), drifted=digest_of(sums) != close.digest)

        return await self._tools.store.snapshot(question)

    async def alarm(self) -> DayClose | None:
        """The last close, if its books did not agree."""
        last = await self._tools.store.read(lambda tx: day_closes.newest(tx, 1))
        return next((close for close in last if not close.is_sound), None)

    def _due(self, tx: Tx) -> DayClose | None:
        last = day_closes.last_day(tx)
        day = last + _DAY if last else day_closes.first_entry_day(tx)
        if day is None or ends_at(day) + GRACE > self._tools.clock():
            return None
        report, sums = ledger_check.check(tx), day_closes.sums_of(tx, day)
        return DayClose(
            day=day,
            closed_at=self._tools.clock(),
            sums=together(sums),
            digest=digest_of(sums),
            balance=report.balance,
            differences=tuple(report.differences),
        )


def _after_midnight(now: datetime) -> datetime:
    """The next time at which a day can be closed; aware UTC."""
    midnight = ends_at(day_of(now) - _DAY)
    return midnight + GRACE if now < midnight + GRACE else midnight + _DAY + GRACE


def _tell(close: DayClose) -> None:
    facts = {"day": close.day.isoformat(), "entries": close.entries}
    if close.is_sound:
        log.info("day_closed", **facts)
    else:
        log.error("books_do_not_agree", **facts, differences=len(close.differences), balance=close.balance)
