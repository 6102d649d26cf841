"""WeasyPrint at work in a process of its own, as in the portal; imported here it would change this process's fonts."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from portal.documents.fonts import choose_fonts


@contextmanager
def a_press() -> Iterator[ProcessPoolExecutor]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=choose_fonts) as press:
        yield press


def printed(html: str, css: str = "") -> tuple[bytes, list[str]]:
    """The PDF, and what WeasyPrint complained about."""
    from portal.documents.pdf import render_pdf  # noqa: PLC0415  (in the press, not where it is ordered)

    complaints = Complaints()
    logging.getLogger("weasyprint").addHandler(complaints)
    try:
        return render_pdf(html, css, b"a test"), complaints.heard
    finally:
        logging.getLogger("weasyprint").removeHandler(complaints)


class Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())
