"""The link that changes the language, on pages that hold nothing typed (a form changes it by a button of its own)."""

from __future__ import annotations

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.templating.language import Language
from portal.web import cookies
from portal.web.addresses import own_path
from portal.web.pages import see_other
from portal.web.visit import Visit


@get("/language", name="language")
async def change_language(
    visit: NamedDependency[Visit], to: FromQuery[str] = "", back: FromQuery[str] = "/"
) -> Response[bytes]:
    """An unknown language changes nothing."""
    kept = [_kept(visit, Language(to))] if to in list(Language) else []
    return see_other(own_path(back), *kept)


def _kept(visit: Visit, language: Language) -> Cookie:
    return cookies.kept(cookies.LANGUAGE, language, secure=visit.site.secure, lives=cookies.LANGUAGE_LIVES)


pages = [change_language]
