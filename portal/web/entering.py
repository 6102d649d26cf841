"""Between "send me a code" and the code: where it went, kept signed in the visitor's own browser for ten minutes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from litestar.datastructures import Cookie

from portal.services.sign_in import CODE_LIVES
from portal.web import cookies
from portal.web.site import Site
from portal.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Entering:
    """`address` as it was typed; `code` only in a demo, which prints it; `next` is where the person wanted to go."""

    address: str
    next: str
    code: str | None


def keep_entering(visit: Visit, entering: Entering) -> Cookie:
    until = visit.site.clock() + CODE_LIVES
    value = str(_signer(visit.site).dumps({**asdict(entering), "until": until.isoformat()}))
    return cookies.kept(cookies.ENTERING, value, secure=visit.site.secure, lives=CODE_LIVES)


def read_entering(visit: Visit) -> Entering | None:
    """None when no code is on its way, or it has been too long."""
    try:
        read = _signer(visit.site).loads(visit.cookie(cookies.ENTERING))
    except BadSignature:
        return None
    if datetime.fromisoformat(read.pop("until")) <= visit.site.clock():
        return None
    return Entering(**read)


def _signer(site: Site) -> URLSafeSerializer:
    return URLSafeSerializer(site.secret_key, salt="entering")
