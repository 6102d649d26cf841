"""Between "send me a code" and the code: where it went, sealed in the visitor's own browser for ten minutes."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar.datastructures import Cookie

from portal.services.one_time_codes import CODE_LIVES
from portal.web import cookies
from portal.web.site import Site
from portal.web.visit import Visit

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Entering:
    """`address` as it was typed; `code` only in a demo, which prints it; `next` is where the person wanted to go."""

    address: str
    next: str
    code: str | None


def keep_entering(visit: Visit, entering: Entering, cookie: str = cookies.ENTERING) -> Cookie:
    """Whoever finds the browser's cookies learns no phone number from this one."""
    until = visit.site.clock() + CODE_LIVES
    note = json.dumps({**asdict(entering), "until": until.isoformat()}).encode()
    nonce = visit.site.random(_NONCE_BYTES)
    value = urlsafe_b64encode(nonce + _cipher(visit.site).encrypt(nonce, note, None)).decode()
    return cookies.kept(cookie, value.rstrip("="), secure=visit.site.secure, lives=CODE_LIVES)


def read_entering(visit: Visit, cookie: str = cookies.ENTERING) -> Entering | None:
    """None when no code is on its way, or it has been too long."""
    try:
        value = visit.cookie(cookie)
        sealed = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        read = json.loads(_cipher(visit.site).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
    except (ValueError, InvalidTag):
        return None
    if datetime.fromisoformat(read.pop("until")) <= visit.site.clock():
        return None
    return Entering(**read)


def _cipher(site: Site) -> AESGCM:
    return AESGCM(hmac.new(site.secret_key, b"entering", sha256).digest())
