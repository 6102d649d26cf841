"""One request as a page needs it: who asks, in which language, from where, and what was typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import UploadFile

from portal.domain.errors import NotSignedIn, Refused
from portal.domain.ids import ALPHABET
from portal.domain.person import Person
from portal.templating.language import Language, choose_language
from portal.web import cookies, csrf, sentences
from portal.web.addresses import client_address
from portal.web.form import Form
from portal.web.site import Site

AnyRequest = Request[Any, Any, Any]


class Visit:
    """Made at the door of every request; the guard then adds `somebody` and `form`, before any handler runs.

    `file` is what came with the form of a page that takes one; the handler lets go of it.
    """

    def __init__(self, site: Site, request: AnyRequest) -> None:
        self.site = site
        self.headers = request.headers
        self._cookies = request.cookies
        self.path = _path_and_query(request)
        self.nonce = site.random(16).hex()
        self.support = "".join(ALPHABET[byte & 31] for byte in site.random(8))
        self.language = choose_language(self.cookie(cookies.LANGUAGE), self.headers.get("accept-language"))
        self.client = client_address(
            request.client.host if request.client else "",
            self.headers.getall("x-forwarded-for", []),
            site.trusted_proxies,
        )
        self.somebody: Person | None = None
        self.form = Form()
        self.file: UploadFile | None = None
        self.switched = False
        self.new_visitor: str | None = None

    @property
    def person(self) -> Person:
        """Who is signed in. Raises NotSignedIn for a stranger."""
        if self.somebody is None:
            raise NotSignedIn
        return self.somebody

    @property
    def is_htmx(self) -> bool:
        return self.headers.get("hx-request") == "true"

    @property
    def session(self) -> str:
        """The session token that the browser sent, whether or not it is one of ours."""
        return self.cookie(cookies.SESSION)

    def cookie(self, name: str) -> str:
        return cookies.read(self._cookies, name, secure=self.site.secure)

    def say(self, refusal: Refused) -> str:
        """Why a field will not do, in the reader's language."""
        return sentences.problem(refusal, self.language)

    def errors(self, refusal: Refused) -> dict[str, str]:
        """The same by field, as forms show it."""
        return {refusal.field: self.say(refusal)}

    def read(self, form: Form) -> None:
        """Take in a form; the button of the language switch changes the language and nothing else."""
        self.form = form
        if form.get("language") in list(Language):
            self.language, self.switched = Language(form.get("language")), True

    def form_token(self) -> str:
        """For the hidden field of every form. A stranger becomes a visitor, so that it can be bound to a browser."""
        if not self.browser:
            self.new_visitor = self.site.random(16).hex()
        return csrf.form_token(self.site.secret_key, self.browser, self.site.random(csrf.SALT_BYTES))

    def form_is_ours(self) -> bool:
        """The form was made for this browser and sent from one of our pages."""
        token = self.headers.get("x-csrf-token") or self.form.get("csrf")
        return csrf.sent_from_here(self.headers, self.site.public_url) and csrf.form_token_fits(
            self.site.secret_key, self.browser, token
        )

    @property
    def browser(self) -> str:
        """What a form is bound to, and what somebody chose who has no account."""
        if self.somebody:
            return f"session:{self.session}"
        visitor = self.cookie(cookies.VISITOR) or self.new_visitor
        return f"visitor:{visitor}" if visitor else ""


def visit_of(request: AnyRequest) -> Visit:
    """The visit that the door made for a request."""
    visit: Visit = request.scope["state"]["visit"]
    return visit


def _path_and_query(request: AnyRequest) -> str:
    """Not out of `request.url`, which believes any Host header. Two slashes in front would name another site."""
    path = "/" + quote(request.scope["path"]).lstrip("/")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
