"""What every answer carries, whatever it is: headers, no store, HEAD, compression, and one line of log."""

from __future__ import annotations

import gzip
import re

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
from structlog.testing import capture_logs

from portal.places import ASSETS
from portal.templating.assets import read_assets
from portal.web.front import FEATURES
from portal.web.routes import PAGES
from tests.makers import TENANT
from tests.web.client import Portal
from tests.web.test_policy import address, asked

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": FEATURES,
    "x-frame-options": "DENY",
}
POLICY = re.compile(
    r"default-src 'none'; script-src 'nonce-[0-9a-f]{32}'; style-src 'self'; img-src 'self' data:; "
    r"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OTHERS = ("/nowhere", "/healthz", "/readyz", "/static/nothing.css", "/webhooks/mpesa/x", "/payments/%00")


def faults(answer: httpx.Response) -> list[str]:
    wrong = [name for name, value in EXPECTED.items() if answer.headers.get(name) != value]
    if not POLICY.fullmatch(answer.headers.get("content-security-policy", "")):
        wrong.append("content-security-policy")
    if answer.headers.get("cache-control") != "no-store":
        wrong.append("cache-control")
    return wrong


@pytest.mark.covers("N3", "N4")
async def test_every_route_answers_with_every_header(portal: Portal) -> None:
    asha, wrong = await portal.signed_in(TENANT), []
    for route in PAGES:
        browser = portal.browser() if route.name == "sign_out" else asha
        if found := faults(await asked(browser, route)):
            wrong.append((route.name, found))
    assert not wrong


@pytest.mark.covers("N3", "N4")
@pytest.mark.parametrize("path", OTHERS)
@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_what_is_no_page_answers_with_every_header_too(portal: Portal, verb: str, path: str) -> None:
    answer = await portal.browser().client.request(verb, path)
    assert answer.status_code in (200, 204, 303, 400, 403, 404, 405)
    assert not faults(answer)


async def test_a_nonce_is_never_used_twice(portal: Portal) -> None:
    browser = portal.browser()
    policies = {(await browser.get("/sign-in")).headers["content-security-policy"] for _ in range(5)}
    assert len(policies) == 5


async def test_by_http_nobody_is_told_to_come_by_https(portal: Portal) -> None:
    assert "strict-transport-security" not in (await portal.browser().get("/sign-in")).headers


async def test_by_https_browsers_are_told_to_stay_there(secure_portal: Portal) -> None:
    answer = await secure_portal.browser().get("/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_a_page_names_its_alphabet_once(portal: Portal) -> None:
    assert (await portal.browser().get("/help")).headers["content-type"] == "text/html; charset=utf-8"


async def test_head_answers_what_get_would_without_the_body(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    wrong = []
    for route in PAGES:
        if "GET" not in route.http_methods:
            continue
        got, head = await asha.get(address(route)), await asha.client.head(address(route))
        if head.content or head.status_code != got.status_code:
            wrong.append(route.name)
    assert not wrong


@pytest.mark.parametrize("name", ["css/portal.css", "js/portal.js", "js/htmx.min.js", "img/icon.svg"])
async def test_a_static_file_is_kept_for_ever_and_comes_compressed(portal: Portal, name: str) -> None:
    path = read_assets(ASSETS).address(name)
    client = portal.browser().client
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-length"] == str(len(plain.content))
    for coding in ("br", "gzip"):
        packed = await client.get(path, headers={"accept-encoding": f"{coding}, identity"})
        assert packed.content == plain.content
    assert (await client.head(path)).content == b""


async def test_a_static_file_is_asked_for_by_its_built_name_only(portal: Portal) -> None:
    client = portal.browser().client
    for path in (
        "/static/manifest.json",
        "/static/css/portal.css",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "accepted, coding, unpack",
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("identity", None, bytes),
        ("gzip;q=0", None, bytes),
    ],
)
async def test_a_page_comes_as_compressed_as_the_browser_wants(
    portal: Portal, accepted: str, coding: str | None, unpack: object
) -> None:
    client = portal.browser().client
    async with client.stream("GET", "/sign-in", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert callable(unpack)
    assert b"<!doctype html>" in unpack(raw)
    assert int(answer.headers["content-length"]) == len(raw)


@pytest.mark.covers("D81", "N10")
async def test_a_request_is_logged_by_its_route_and_never_by_its_address(portal: Portal) -> None:
    with capture_logs() as lines:
        await portal.browser().client.get(
            "/payments/7K29QXM4AB1C?token=secret", headers={"cookie": "session=secret"}
        )
        await portal.browser().client.post("/webhooks/mpesa/secret", content="secret 0754123456")
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes == ["/payments/{reference}", "/webhooks/{provider}/{token}"]
    assert not [line for line in lines if "secret" in str(line) or "0754" in str(line) or "7K29" in str(line)]


async def test_a_host_header_changes_no_address(portal: Portal) -> None:
    answer = await portal.browser().client.get("/sign-in", headers={"host": "evil.example"})
    assert "evil.example" not in answer.text
    for host in ("[", "a b", "evil.example:port", ""):
        assert (await portal.browser().client.get("/sign-in", headers={"host": host})).status_code in (
            200,
            400,
        )


@pytest.mark.parametrize("path, kilobytes", [("/", 6), ("/sign-in", 4), ("/nowhere", 3)])
async def test_a_page_of_the_ground_is_as_light_as_promised(
    portal: Portal, path: str, kilobytes: int
) -> None:
    asha = await portal.signed_in(TENANT)
    headers = {"accept-encoding": "gzip"}
    async with asha.client.stream("GET", path, headers=headers) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert len(raw) <= kilobytes * 1024
