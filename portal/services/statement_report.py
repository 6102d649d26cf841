"""What a statement brought, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TextIO

from portal.domain.errors import Refused
from portal.services.statements import Report
from portal.store.statements import BadEntry, Progress

READ_ALL, SOME_NOT_BOOKED, UNREADABLE = 0, 1, 2


def progress(terminal: TextIO) -> Callable[[int], None]:
    """Shows how many lines are read, where somebody watches."""

    def show(read: int) -> None:
        terminal.write(f"\r{read:,} lines read")
        terminal.flush()

    return show if terminal.isatty() else lambda _: None


def summary(report: Report) -> Iterator[str]:
    statement = report.statement
    if statement.progress is Progress.UNREADABLE:
        yield f"{statement.name} cannot be read: {_plain(statement.problem or '')}"
        return
    counted = f"{statement.booked:,} new, {statement.known:,} known already"
    others = f"{statement.debits:,} of money that went out, {statement.bad:,} not booked"
    yield f"{statement.read:,} lines read: {counted}, {others}"
    for one in report.brought:
        currency = one.currency
        yield f"{one.matched:,} of the new have found their payment: {currency} {one.matched_sum.major:,}"
        yield f"{one.waiting:,} of the new wait in suspense: {currency} {one.waiting_sum.major:,}"
    yield from map(_told, statement.bad_entries)
    if statement.bad > len(statement.bad_entries):
        yield f"… and {statement.bad - len(statement.bad_entries):,} more that were not booked"


def exit_code(report: Report) -> int:
    if report.statement.progress is Progress.UNREADABLE:
        return UNREADABLE
    return SOME_NOT_BOOKED if report.statement.bad else READ_ALL


def refused(refusal: Refused) -> str:
    """Why nothing was read."""
    if refusal.problem == "off":
        return "BANK_TRANSFER_ACCOUNTS: missing, so no statement can be read"
    return "--account: none of those that BANK_TRANSFER_ACCOUNTS names"


def _told(bad: BadEntry) -> str:
    return f"line {bad.line}: {_plain(bad.reason)}: {bad.excerpt}"


def _plain(reason: str) -> str:
    return reason.replace("_", " ")
