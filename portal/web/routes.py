"""Every page there is."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from portal.web import (
    appointment,
    claims,
    gallery,
    guidance,
    history,
    home,
    landlord,
    language,
    link,
    menu,
    methods,
    office,
    pay,
    providers,
    receipts,
    refund_desk,
    refunds,
    returned,
    returns,
    sign_in,
    statements,
    status,
    suspense,
    verify,
)

PAGES: list[HTTPRouteHandler] = [
    *home.pages,
    *sign_in.pages,
    *language.pages,
    *gallery.pages,
    *menu.pages,
    *pay.pages,
    *status.pages,
    *claims.pages,
    *methods.pages,
    *appointment.pages,
    *link.pages,
    *returns.pages,
    *history.pages,
    *receipts.pages,
    *refunds.pages,
    *refund_desk.pages,
    *returned.pages,
    *verify.pages,
    *landlord.pages,
    *office.pages,
    *suspense.pages,
    *statements.pages,
    *providers.pages,
    *guidance.pages,
]
