"""What the office sees of money that moves by itself: open disputes, and what went back without us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from portal.domain.dispute import Dispute
from portal.domain.person import Person
from portal.services.office import of_the_office
from portal.services.tools import Tools
from portal.store import disputes, refund_lists, refunds
from portal.store.queries import Listed, several_listed
from portal.store.refund_lists import ListedRefund
from portal.store.types import Tx

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ListedDispute:
    """One that nobody has decided, with the payment that it is about."""

    dispute: Dispute
    paid: Listed


class TakenBack:
    """Reads only."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def disputes(self, person: Person) -> list[ListedDispute]:
        """Those that nobody has decided, the most urgent first. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(_open_disputes)

    async def refunds(self, person: Person) -> list[ListedRefund]:
        """The newest of what went back by itself. Raises NotFound."""
        of_the_office(person)
        return (await self._tools.store.read(refund_lists.by_themselves)).rows

    async def lately(self) -> tuple[int, int]:
        """How many disputes are open, and how often money went back by itself in the last days."""
        since = self._tools.clock() - LATELY
        return await self._tools.store.read(
            lambda tx: (disputes.count_open(tx), refunds.gone_by_themselves(tx, since))
        )


def _open_disputes(tx: Tx) -> list[ListedDispute]:
    named = disputes.open_ones(tx)
    listed = several_listed(tx, [payment for payment, _ in named])
    found = ((listed[payment], listed[payment].payment.disputes.find(id_)) for payment, id_ in named)
    return [ListedDispute(dispute, paid) for paid, dispute in found if dispute]
