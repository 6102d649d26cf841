"""What a landlord sees: what was paid to them, with the receipt of each."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.domain.money import Money
from portal.domain.received import held_of, received_of
from portal.store.owed import Share
from portal.store.queries import Listed
from portal.web.explained import explains_of
from portal.web.history import day_of
from portal.web.pages import page
from portal.web.visit import Visit


@get("/landlord", name="landlord")
async def show_received(
    visit: NamedDependency[Visit], after: FromQuery[str | None] = None
) -> Response[bytes]:
    listing = await visit.site.views.received(visit.person, after)
    references = [row.payment.reference for row in listing.rows]
    shares = await visit.site.books.views.settled(visit.person, references)
    earned = await visit.site.books.views.earned(visit.person, references)
    older = f"/landlord?{urlencode({'after': listing.older})}" if listing.older else None
    context = {
        "rows": [
            _row(visit, row, shares.get(row.payment.reference, []), earned.get(row.payment.reference))
            for row in listing.rows
        ],
        "balances": await visit.site.books.views.of_landlord(visit.person),
        "payee": await visit.site.books.payees.own(visit.person),
        "older": older,
        "continued": after is not None,
        "wide": True,
    }
    return page(visit, "landlord/received.html", context)


def _row(visit: Visit, row: Listed, shares: Sequence[Share], earned: Money | None) -> dict[str, object]:
    """With when it was sent to the landlord's bank account, or that a payout has it.

    What a tenant kept pays whoever lets the home by then: only they read of it, whoever lets the home now.
    """
    paid_at = row.payment.completed_at or row.payment.updated_at
    arrived = [share.paid_at for share in shares if share.paid_at]
    money, held = received_of(row.payment), held_of(row.payment)
    return {
        "gone": bool(money.back) and not (earned or held),
        "held": bool(held) and not earned,
        "barred": bool(row.payment.disputes.open and earned),
        "beyond": not (earned or held),
        "settled_on": day_of(max(arrived)) if arrived else None,
        "under_way": bool(shares) and not arrived,
        "payment": row.payment,
        "explains": explains_of(row.payment, visit.person, row.lets),
        "uses": [use for use in row.payment.credit_uses if use.payee == visit.person.id],
        "place": row.place,
        "payer_name": row.payer_name,
        "money": money,
        "day": day_of(paid_at),
    }


pages = [show_received]
