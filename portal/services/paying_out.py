"""All that has to do with the money that leaves for landlords, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.matching import Matching
from portal.services.payee_desk import PayeeDesk
from portal.services.payee_statements import PayeeStatements
from portal.services.payout_files import PayoutFiles
from portal.services.payout_views import PayoutViews
from portal.services.payouts import Payouts
from portal.services.tools import Tools


@dataclass(frozen=True, slots=True)
class PayingOut:
    """What is done, what is shown, the bank's files, whose accounts they go to, and the statements of landlords."""

    payouts: Payouts
    views: PayoutViews
    files: PayoutFiles
    payees: PayeeDesk
    statements: PayeeStatements


def paying_out(tools: Tools, matching: Matching) -> PayingOut:
    return PayingOut(
        payouts=Payouts(tools, matching),
        views=PayoutViews(tools),
        files=PayoutFiles(tools, matching),
        payees=PayeeDesk(tools),
        statements=PayeeStatements(tools),
    )
