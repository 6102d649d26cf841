"""QR codes, as a drawing inside a page or a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import qrcode
from markupsafe import Markup

Point = tuple[int, int]

QUIET = 4
"""Light modules on each side; ISO/IEC 18004 asks for four."""

_SVG = Markup(
    '<svg class="qr" role="img" viewBox="{start} {start} {size} {size}" width="132" height="132">'
    '<title>{alt}</title><path d="{path}"/></svg>'
)


def qr_svg(text: str, alt: str) -> Markup:
    """One path on a transparent ground; nothing in it wants a style, and print keeps its edges sharp."""
    rows = _code(text).get_matrix()
    dark = {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    return _SVG.format(start=-QUIET, size=len(rows) + 2 * QUIET, alt=alt, path=_path(dark))


def _code(text: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    return code


def _path(dark: set[Point]) -> str:
    """The outlines of the dark areas; squares drawn one by one would show seams where they touch."""
    return "".join(_drawn(loop) for loop in _loops(_edges(dark)))


def _edges(dark: set[Point]) -> dict[Point, list[Point]]:
    """From corner to corner, with the dark side always at the right hand."""
    edges: dict[Point, list[Point]] = {}
    for x, y in sorted(dark):
        corners = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y))
        beyond = ((x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y))
        for neighbour, (start, end) in zip(beyond, pairwise(corners), strict=True):
            if neighbour not in dark:
                edges.setdefault(start, []).append(end)
    return edges


def _loops(edges: dict[Point, list[Point]]) -> Iterator[list[Point]]:
    while edges:
        start = next(iter(edges))
        loop = [start]
        while len(loop) == 1 or loop[-1] != start:
            ends = edges[loop[-1]]
            loop.append(ends.pop())
            if not ends:
                del edges[loop[-2]]
        yield loop


def _drawn(loop: list[Point]) -> str:
    steps = [(end[0] - start[0], end[1] - start[1]) for start, end in pairwise(loop)]
    runs = [(step, len(list(run))) for step, run in groupby(steps)]
    # The last run is the way back to the start, which `z` draws.
    lines = "".join(f"h{dx * length}" if dx else f"v{dy * length}" for (dx, dy), length in runs[:-1])
    return f"M{loop[0][0]} {loop[0][1]}{lines}z"
