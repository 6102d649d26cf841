"""The lists of refunds: what waits for a landlord or for the office, and what is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.holder import one_holder
from portal.domain.person import Person
from portal.services.office import STAFF, of_the_office
from portal.services.tools import Tools
from portal.store import refund_lists
from portal.store.cursors import Cursors, scope_of
from portal.store.refund_lists import ListedRefund, Place, RefundPage
from portal.store.types import Tx


@dataclass(frozen=True, slots=True)
class RefundList:
    """One page; `more` is the signed cursor of the next page, if there is one."""

    rows: list[ListedRefund]
    more: str | None


class RefundLists:
    """Reads only; a landlord finds their own and the office all."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    async def waiting(self, person: Person, cursor: str | None) -> RefundList:
        """A landlord's that nobody has ended, the oldest first. Raises BadCursor."""
        return await self._page(
            person, "waiting", cursor, lambda tx, after: refund_lists.waiting(tx, person.id, after)
        )

    async def over(self, person: Person, cursor: str | None) -> RefundList:
        """A landlord's that are over, the newest first. Raises BadCursor."""
        return await self._page(
            person, "over", cursor, lambda tx, after: refund_lists.ended(tx, person.id, after)
        )

    async def queue(self, person: Person, cursor: str | None) -> RefundList:
        """All that are not over, and what failed until somebody sees to it, the oldest first.

        Raises NotFound, BadCursor.
        """
        of_the_office(person)
        return await self._page(person, "refunds", cursor, refund_lists.for_the_office)

    async def _page(
        self, person: Person, name: str, cursor: str | None, ask: Callable[[Tx, Place | None], RefundPage]
    ) -> RefundList:
        scope = scope_of(person.id, list=f"refunds {name}")
        after = self._cursors.read(cursor, scope=scope) if cursor else None
        page = await self._tools.store.read(lambda tx: _theirs(tx, person, ask, after))
        more = self._cursors.sign(*page.next_after, scope=scope) if page.next_after else None
        return RefundList(page.rows, more)


def _theirs(
    tx: Tx, person: Person, ask: Callable[[Tx, Place | None], RefundPage], after: Place | None
) -> RefundPage:
    """The next page on which there is one that takes their money; the office is shown each as it is."""
    page = ask(tx, after)
    while person.role not in STAFF:
        page = RefundPage([row for row in page.rows if _holds(person, row)], page.next_after)
        if page.rows or page.next_after is None:
            break
        page = ask(tx, page.next_after)
    return page


def _holds(person: Person, row: ListedRefund) -> bool:
    return one_holder(row.paid.payment, row.refund.parts, row.paid.lets) == person.id
