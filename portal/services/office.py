"""Who is of the office, and the notes that they write; whoever is not finds nothing there."""

from __future__ import annotations

from portal.domain.errors import NotFound, PortalError, Refused
from portal.domain.person import Person, Role
from portal.domain.short_text import one_line

STAFF = (Role.OFFICE, Role.APPROVER)
NOTE_LENGTHS = (10, 500)


class Unchanged(PortalError):
    """Nothing was decided. `problem`: settled, proposed (another waits), gone (no longer waits), own (one's own) or
    disputed (the payer's bank asks the money back).
    """

    status = 409
    code = "unchanged"

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)
        self.problem = problem


def of_the_office(person: Person) -> None:
    """Raises NotFound."""
    if person.role not in STAFF:
        raise NotFound


def approves(person: Person) -> None:
    """Only they confirm what another one has proposed. Raises NotFound."""
    if person.role is not Role.APPROVER:
        raise NotFound


def read_note(field: str, typed: str, lengths: tuple[int, int] = NOTE_LENGTHS) -> str:
    """Raises Refused for the field: empty, length."""
    note, (least, most) = one_line(typed), lengths
    if not note:
        raise Refused(field, "empty")
    if not least <= len(note) <= most:
        raise Refused(field, "length", min=least, max=most)
    return note
