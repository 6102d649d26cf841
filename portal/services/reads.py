"""What is only read, for pages that lead from one thing to the next."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.explain import Explain
from portal.services.ledger_books import LedgerBooks
from portal.services.refund_lists import RefundLists
from portal.services.taken_back import TakenBack
from portal.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Lists of refunds and of what was taken back, where an amount comes from, and the ledger."""

    refund_lists: RefundLists
    taken_back: TakenBack
    explain: Explain
    ledger: LedgerBooks


def reads_of(tools: Tools) -> Reads:
    return Reads(
        refund_lists=RefundLists(tools),
        taken_back=TakenBack(tools),
        explain=Explain(tools),
        ledger=LedgerBooks(tools),
    )
