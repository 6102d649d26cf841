"""Who is of the office; whoever is not finds nothing there."""

from __future__ import annotations

from portal.domain.errors import NotFound, PortalError
from portal.domain.person import Person, Role

STAFF = (Role.OFFICE, Role.APPROVER)


class Unchanged(PortalError):
    """Nothing was decided. `problem`: settled, proposed (another waits), gone (no longer waits) or own (one's own)."""

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
