"""Addresses from outside: a way back that stays here, and whom a request is counted against."""
# ruff: noqa: RUF001  (look-alike letters are what this file is about)

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.addresses import client_address, own_path, path_within

ELSEWHERE = [
    "", " ", "//", "///", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
    "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
    "\t//evil.example", " //evil.example", "/ /evil.example", "http:evil.example", "https:evil.example",
    "https:/evil.example", "https://evil.example", "HTTPS://EVIL.EXAMPLE",
    "https://127.0.0.1:8000@evil.example", "https://127.0.0.1:8000.evil.example",
    "https://good#@evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)",
    "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "evil.example", "evil", "?next=//evil",
    "#//evil", "..", "../evil", "./evil", "%2f%2fevil.example", "%2F%2Fevil.example", "/\u2028/evil",
    "/\u3002evil", "/。evil", "／／evil.example", "/\u200b/evil", "/\x00/evil", "/\x7f", "/é",
    "/" + "a" * 2_000, "@evil", ":80",
]  # fmt: skip
HERE = [
    "/", "/pay", "/pay/7K29QXM4AB1C", "/payments?status=COMPLETED&month=2026-03", "/v/7K29-QXM4-AB1C",
    "/a%2fb", "/%2f%2fevil.example", "/..//evil.example", "/pay#total", "/pay?back=//evil.example",
    "/@evil", "/:80", "/" + "a" * 1_999,
]  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_what_may_lead_elsewhere_leads_home(address: str) -> None:
    assert own_path(address) == "/"


@pytest.mark.parametrize("address", HERE)
def test_a_path_of_ours_stays_as_it_is(address: str) -> None:
    assert own_path(address, otherwise="/home") == address


@given(st.text())
def test_no_text_leads_to_another_host(text: str) -> None:
    path = own_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize(
    "address, path",
    [
        ("http://127.0.0.1:8000/pay/7K29?auto=1#status", "/pay/7K29?auto=1"),
        ("https://evil.example//evil.example/", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_of_a_whole_address_only_the_path_is_taken(address: str, path: str) -> None:
    assert path_within(address) == path


PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    "peer, forwarded, client",
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:5678"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:5678, 10.0.0.2:443"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:1:2:3:4:5:6]:5678"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["[2001:db8:1:2:3:4:5:6]"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["198.51.100.1:x"], "10.0.0.1"),
        ("10.0.0.1", ["[198.51.100.1"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("fd00::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", [], "203.0.113.5"),
        ("testclient", ["198.51.100.1"], "testclient"),
        ("", [], ""),
    ],
)
def test_a_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == client
