"""How to pay in the menu of a wallet, without the internet: the steps, and the reference that a home keeps for good."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from portal.web.pages import page, see_other
from portal.web.visit import Visit
from portal.web.wallets import WALLETS


@get("/pay/menu", name="pay_menu")
async def show_menu(visit: NamedDependency[Visit]) -> Response[bytes]:
    if not visit.site.menu_payments.offered:
        return see_other("/")
    guide = await visit.site.menu_payments.guide(visit.person)
    wallet = next(wallet for wallet in WALLETS.values() if wallet.method is guide.method)
    return page(visit, "pay/menu.html", {"guide": guide, "wallet": wallet})


pages = [show_menu]
