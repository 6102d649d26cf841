"""The file of a payout for the bank: account numbers leave their seal here, for the office, once it was approved."""

from __future__ import annotations

from portal.documents import payout_file
from portal.documents.payout_file import Order, Transfer
from portal.domain.errors import NotFound
from portal.domain.payout import Payout, PayoutState
from portal.domain.person import Person
from portal.domain.zone import EAST_AFRICA
from portal.services.matching import Matching
from portal.services.office import Unchanged, of_the_office
from portal.services.tools import Tools
from portal.store import payee_accounts
from portal.store import payouts as payout_rows
from portal.store.types import Tx
from portal.telemetry.log import get_log

FORMATS = {"csv": payout_file.as_csv, "xml": payout_file.as_pain}
_READY = (PayoutState.APPROVED, PayoutState.SENT, PayoutState.PAID)
log = get_log("payouts")


class PayoutFiles:
    """As CSV, or as pain.001 in XML."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching

    async def write(self, person: Person, reference: str, format_: str) -> bytes:
        """Raises NotFound, Unchanged (not_approved, account_gone)."""
        of_the_office(person)
        if format_ not in FORMATS:
            raise NotFound
        order = await self._tools.store.read(lambda tx: self._order(tx, reference))
        log.info("payout_file", payout=reference, by=person.id, format=format_)
        return FORMATS[format_](order)

    def _order(self, tx: Tx, reference: str) -> Order:
        payout = payout_rows.load(tx, reference)
        if payout is None:
            raise NotFound
        if payout.state not in _READY:
            raise Unchanged("not_approved")
        ours = next((one for one in self._matching.accounts if one.id == payout.account), None)
        if ours is None:
            raise Unchanged("account_gone")
        now = self._tools.clock().astimezone(EAST_AFRICA)
        return Order(
            payout=reference,
            at=now,
            on=now.date(),
            name=ours.name,
            bank=ours.bank,
            swift=ours.swift,
            account=ours.number,
            transfers=self._transfers(tx, payout),
        )

    def _transfers(self, tx: Tx, payout: Payout) -> list[Transfer]:
        ids = {line.destination for line in payout.live}
        numbers = payee_accounts.numbers(tx, self._tools.vault, ids)
        return [
            Transfer(
                number=line.number,
                holder=numbers[line.destination].holder,
                bank=numbers[line.destination].bank,
                account=numbers[line.destination].number,
                amount=line.amount,
            )
            for line in payout.live
        ]
