"""The first page: what is due, a payment that is under way, the last receipt, and what we have told the tenant."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from portal.domain.money import Currency
from portal.domain.person import Role
from portal.domain.zone import EAST_AFRICA
from portal.services.views import Home
from portal.store.leases import Due
from portal.web.pages import page, see_other
from portal.web.sign_in import HOMES
from portal.web.visit import Visit


@get("/", name="home")
async def show_home(visit: NamedDependency[Visit]) -> Response[bytes]:
    person = visit.person
    if person.role is not Role.TENANT:
        return see_other(HOMES[person.role])
    deposits = {"deposits": await visit.site.lease_end.views.of_tenant(person)}
    return page(visit, "home/home.html", home_context(visit, await visit.site.views.home(person)) | deposits)


def home_context(visit: Visit, home: Home) -> dict[str, object]:
    """Payments under way stand first; a bill that has one has no button."""
    return {
        "dues": home.dues,
        "busy": home.busy,
        "payable": home.payable,
        "under_way": home.under_way,
        "extras": home.extras,
        "kept": home.kept,
        "last_receipt": home.last_paid.receipt if home.last_paid else None,
        "last_paid": home.last_paid,
        "messages": home.messages,
        "notices": home.notices,
        "has_menu": visit.site.menu_payments.offered and any(_is_in_shillings(due) for due in home.dues),
        "today": visit.site.clock().astimezone(EAST_AFRICA).date(),
    }


def _is_in_shillings(due: Due) -> bool:
    """As all is that a wallet's own menu can pay."""
    return due.bill.amount.currency is Currency.TZS


pages = [show_home]
