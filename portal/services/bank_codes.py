"""Money on our statements by the bank's own id, for a payer who says that they have sent it and types that id."""

from __future__ import annotations

from portal.domain.outcome import Paid
from portal.domain.payment import Payment
from portal.domain.receipt_code import spellings
from portal.services.matching import Matching, noon
from portal.services.tools import Tools
from portal.store import bank_lines


class BankCodes:
    """A place where claims look. What waits in suspense under the id may be the payer's: two people decide that."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching

    def serves(self, payment: Payment) -> bool:
        return payment.provider == self._matching.provider

    async def find(self, payment: Payment, code: str) -> Paid | None:  # noqa: ARG002
        """Money that waits under that id. It never names the payment: its text did not, or it would be paid."""
        line = await self._tools.store.read(lambda tx: bank_lines.waiting_under(tx, spellings(code)))
        return Paid(line.waiting, line.receipt_code, noon(line.booked_on)) if line else None
