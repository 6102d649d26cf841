"""All that keeps the books in order beyond single payments: payouts, the daily close, and what providers charge."""

from __future__ import annotations

from dataclasses import dataclass

from portal.providers.registry import Registry
from portal.services.daily_close import DailyClose
from portal.services.matching import Matching
from portal.services.payee_desk import PayeeDesk
from portal.services.payee_statements import PayeeStatements
from portal.services.payout_files import PayoutFiles
from portal.services.payout_views import PayoutViews
from portal.services.payouts import Payouts
from portal.services.provider_costs import ProviderCosts
from portal.services.settlement import Settlement
from portal.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """`views` and `files` are of payouts, `payees` whose accounts they go to, `statements` those of landlords."""

    payouts: Payouts
    views: PayoutViews
    files: PayoutFiles
    payees: PayeeDesk
    statements: PayeeStatements
    close: DailyClose
    costs: ProviderCosts

    async def plan(self) -> None:
        """When a worker starts: what is done each day."""
        await self.payouts.plan()
        await self.close.plan()


def open_books(tools: Tools, registry: Registry, matching: Matching, settlement: Settlement) -> Books:
    return Books(
        payouts=Payouts(tools, matching),
        views=PayoutViews(tools),
        files=PayoutFiles(tools, matching),
        payees=PayeeDesk(tools),
        statements=PayeeStatements(tools),
        close=DailyClose(tools),
        costs=ProviderCosts(tools, registry, settlement),
    )
