"""What every page gets, and the shapes of the fixtures that render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

from lxml import html

from portal.templating.assets import Assets

ASSETS = Assets({name: name for name in ("css/portal.css", "js/portal.js", "js/htmx.min.js", "img/icon.svg")})

EVERY_PAGE: Mapping[str, object] = {
    "nonce": "a-nonce",
    "path": "/payments?status=paid&month=2026-03",
    "demo": True,
    "csrf": "a-token",
    "person": SimpleNamespace(name="Asha Juma", role="tenant"),
}

Rendered = Callable[..., str]
Drawn = Callable[..., html.HtmlElement]
