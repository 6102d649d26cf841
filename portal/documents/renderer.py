"""Receipts are rendered in a process of their own: no answer waits for one, and what kills it kills nothing else.

The process is spawned, so it has none of our sockets and database files. WeasyPrint is imported there alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from hashlib import sha256
from threading import Thread
from typing import ParamSpec, TypeVar

from portal.documents.fonts import choose_fonts, require_fonts
from portal.documents.receipt import ReceiptFacts, receipt_html
from portal.places import TEMPLATES
from portal.templating.assets import Assets
from portal.templating.environment import Environment, create_environment
from portal.templating.language import Language

P = ParamSpec("P")
T = TypeVar("T")

LIMIT = 5.0
"""Seconds that one receipt may take; a warm process needs a tenth of one."""


class RenderFailed(RuntimeError):
    """The process died, or took too long and was ended."""


class Renderer:
    """Renders one receipt after another; the process starts with the first, or with `warm`."""

    def __init__(self, seconds: float = LIMIT) -> None:
        require_fonts()
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        """The PDF; the same facts give the same bytes."""
        return await self._run(_print, facts, language, self._seconds)

    async def warm(self) -> None:
        """Start the process now, so that the first tenant does not wait for it."""
        await self._run(_warm_up)

    async def close(self) -> None:
        """End the process; what it renders now is finished first."""
        if pool := self._forget():
            await asyncio.to_thread(pool.shutdown)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._turn:
            for _ in range(2):  # it may have died before this receipt came
                try:
                    # To start a process takes some 20 ms, so even that is done beside the event loop.
                    future = await asyncio.to_thread(self._process().submit, work, *args, **kwargs)
                    return await asyncio.wrap_future(future)
                except BrokenProcessPool:
                    self._forget()
        raise RenderFailed(f"the rendering process died, or took longer than {self._seconds} s")

    def _process(self) -> ProcessPoolExecutor:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=_settle_in)
        return self._pool

    def _forget(self) -> ProcessPoolExecutor | None:
        pool, self._pool = self._pool, None
        return pool


def _settle_in() -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches everybody in a terminal; our parent will tell us
    choose_fonts()
    os.nice(5)  # people who wait for a page go first
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A parent that was killed says no farewell, and its pool would wait for work for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(0)


def _print(facts: ReceiptFacts, language: Language, seconds: float) -> bytes:
    from portal.documents.pdf import render_pdf  # noqa: PLC0415  (here and nowhere else: it loads WeasyPrint)

    # When the time is up the signal ends the process, wherever it hangs.
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        html = receipt_html(facts, language, _environment())
        return render_pdf(html, _stylesheet(), _identifier(facts, language))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _warm_up() -> None:
    from portal.documents.pdf import render_pdf  # noqa: PLC0415

    _environment()
    render_pdf('<html lang="en"><title>0</title><p>0</p></html>', _stylesheet(), b"0")


@cache
def _environment() -> Environment:
    return create_environment(Assets({}))


@cache
def _stylesheet() -> str:
    return (TEMPLATES / "pdf" / "receipt.css").read_text("utf-8")


def _identifier(facts: ReceiptFacts, language: Language) -> bytes:
    named = f"{facts.number.address} {facts.code} {facts.version} {language} {facts.read_by or ''}".rstrip()
    return sha256(named.encode()).hexdigest()[:32].encode()
