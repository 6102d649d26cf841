"""The built files: in memory, compressed beforehand, kept by browsers for ever, for a changed one has another name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from litestar.types import Send

from portal.templating.assets import read_assets
from portal.web.pages import accepts

PREFIX = "/static/"
CODINGS = {"br": ".br", "gzip": ".gz"}
"""The best first."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file by coding; `identity` is the file itself."""

    media_type: str
    forms: Mapping[str, bytes]

    def best(self, accept_encoding: str) -> tuple[str, bytes]:
        coding = next((c for c in CODINGS if c in self.forms and accepts(accept_encoding, c)), "identity")
        return coding, self.forms[coding]


def read_static(folder: Path) -> dict[str, StaticFile]:
    """Every file of the manifest by its address; nothing else in the folder can be asked for."""
    return {PREFIX + name: _file(folder / name) for name in read_assets(folder).built.values()}


async def send_static(file: StaticFile, accept_encoding: str, send: Send) -> None:
    coding, body = file.best(accept_encoding)
    headers = [
        (b"content-type", file.media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"vary", b"Accept-Encoding"),
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _file(path: Path) -> StaticFile:
    packed = {coding: path.with_name(path.name + suffix) for coding, suffix in CODINGS.items()}
    forms = {coding: form.read_bytes() for coding, form in packed.items() if form.exists()}
    return StaticFile(_media_type(path.name), {"identity": path.read_bytes(), **forms})


def _media_type(name: str) -> str:
    media_type = guess_type(name)[0] or "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
