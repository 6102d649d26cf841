"""Every component on one page, for those who build and look; only in a demo."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from portal.domain.errors import NotFound
from portal.templating.gallery import SAMPLE
from portal.web.pages import page
from portal.web.visit import Visit


@get("/dev/gallery", name="gallery")
async def show_gallery(visit: NamedDependency[Visit]) -> Response[bytes]:
    if not visit.site.demo:
        raise NotFound
    return page(visit, "dev/gallery.html", {"sample": SAMPLE, "use_htmx": True})


pages = [show_gallery]
