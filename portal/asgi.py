"""The portal as a server runs it: its pages, its webhooks and its files on one address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.types import ASGIApp

from portal.api.part import Machines, api_door, api_part
from portal.app import Portal
from portal.places import ASSETS
from portal.services.health import HealthCheck
from portal.store.migrate import is_current
from portal.web.part import ERRORS, Front, web_part
from portal.web.site import Site
from portal.web.static import StaticFile, read_static

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(portal: Portal, *, with_worker: bool) -> ASGIApp:
    """Pages, webhooks and health on one address; `with_worker` also runs the due work in this process."""
    routes = create_routes([lambda _: _running(portal, with_worker=with_worker)])
    return answered_by(portal, routes, read_static(ASSETS))


def create_routes(lifespan: Sequence[Lifespan] = ()) -> Litestar:
    """Every address, for whichever portal answers: the routes themselves know none."""
    return Litestar(
        [web_part(), api_part()],
        exception_handlers=dict(ERRORS),
        lifespan=list(lifespan),
        openapi_config=None,
        logging_config=None,
    )


def answered_by(portal: Portal, routes: ASGIApp, static: Mapping[str, StaticFile]) -> ASGIApp:
    """The routes and the files beside them, as that portal answers."""
    machines = Machines(
        callbacks=portal.callbacks, menu_payments=portal.menu_payments, health=HealthCheck(portal.tools)
    )
    return Front(api_door(routes, machines), _site(portal), static)


@asynccontextmanager
async def _running(portal: Portal, *, with_worker: bool) -> AsyncIterator[None]:
    """Refuses to serve on tables of another time; ends the worker before it lets go of the database."""
    if not await portal.store.read(is_current):
        raise RuntimeError("the database has not the newest tables: run `portal migrate`")
    working = asyncio.create_task(portal.work()) if with_worker else None
    try:
        yield
    finally:
        if working:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        await portal.close()


def _site(portal: Portal) -> Site:
    settings = portal.settings
    return Site(
        sign_in=portal.sign_in,
        checkout=portal.checkout,
        claims=portal.claims,
        menu_payments=portal.menu_payments,
        corrections=portal.corrections,
        excess=portal.excess,
        providers=portal.providers,
        links=portal.links,
        lease_end=portal.lease_end,
        payments=portal.payments,
        receipts=portal.receipts,
        refunds=portal.refunds,
        refund_desk=portal.refund_desk,
        refund_findings=portal.refund_findings,
        reads=portal.reads,
        refund_sending=portal.refund_sending,
        refund_views=portal.refund_views,
        saved=portal.saved,
        statements=portal.statements,
        suspense=portal.suspense,
        books=portal.books,
        views=portal.views,
        environment=portal.environment,
        clock=portal.tools.clock,
        random=portal.tools.random,
        secret_key=settings.secret_key,
        public_url=settings.public_url,
        demo=settings.demo,
        secure=settings.secure,
        trusted_proxies=settings.trusted_proxies,
        tanqr=settings.tanqr,
        return_hosts=settings.return_hosts,
    )
