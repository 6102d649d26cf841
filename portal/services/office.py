"""Who is of the office, and the notes that they write; whoever is not finds nothing there."""

from __future__ import annotations

import re
from collections.abc import Collection

from portal.domain.errors import NotFound, PortalError, Refused
from portal.domain.person import Person, Role
from portal.domain.short_text import one_line

STAFF = (Role.OFFICE, Role.APPROVER)
NOTE_LENGTHS = (10, 500)
_BANK_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/. -]{2,38}[A-Za-z0-9]", re.ASCII)


class Unchanged(PortalError):
    """Nothing was decided. `problem`: settled, proposed (another waits), gone (no longer waits) or own (one's own).

    Of a refund also second (not the person to be it), taken (another sends it), spent (its money is elsewhere),
    went (the one before it went after all), gone_after_all (so did this one), moving (its provider still sends it),
    look (first somebody looks whether it went), deposit (it is sent from its deposit's page). Of a deposit also short
    (less is held) and finding (one about a refund of it waits); of money also disputed (its bank asks it back).
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


def completes(person: Person, others: Collection[Person]) -> bool:
    """Two different people decide, of whom one at least is an approver: whoever of the two comes last is of the office.

    So a house with one approver is no dead end, and two who may not approve decide nothing.
    """
    pair = [person, *others]
    is_other = all(person.id != other.id for other in others)
    return is_other and person.role in STAFF and any(one.role is Role.APPROVER for one in pair)


def read_note(field: str, typed: str, lengths: tuple[int, int] = NOTE_LENGTHS) -> str:
    """Raises Refused for the field: empty, length."""
    note, (least, most) = one_line(typed), lengths
    if not note:
        raise Refused(field, "empty")
    if not least <= len(note) <= most:
        raise Refused(field, "length", min=least, max=most)
    return note


def read_bank_reference(typed: str) -> str:
    """Raises Refused (bank_reference): empty, format."""
    code = typed.strip()
    if not code:
        raise Refused("bank_reference", "empty")
    if not _BANK_REFERENCE.fullmatch(code):
        raise Refused("bank_reference", "format")
    return code
