"""Files that a page gives away: named by us, never shown in the browser, and kept by no cache."""

from __future__ import annotations

from litestar import Response


def download(data: bytes, name: str, media_type: str) -> Response[bytes]:
    """`name` is never taken from the address, so no browser can be told another."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)
