"""Short texts that people type: names of their own, and notes."""

from __future__ import annotations


def one_line(typed: str) -> str:
    """As it is seen. Marks that nobody sees go: one that turns a line round would lie about the rest of it."""
    return " ".join("".join(c for c in typed if c.isprintable() or c.isspace()).split())
