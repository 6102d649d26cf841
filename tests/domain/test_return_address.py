"""Where a payer may be led back to: a short list of hosts, and no address that open redirects are made of."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.return_address import LONGEST, answered, is_return_host, named_host, return_address
from tests.makers import PAYMENT

HOSTS = frozenset({"nest.co.tz", "app.nest.co.tz:8443"})
GOOD = [
    "https://nest.co.tz",
    "https://nest.co.tz/",
    "https://nest.co.tz?tab=rent",
    "https://nest.co.tz/leases/7?tab=rent&lang=sw",
    "https://nest.co.tz/a%20b/(c)/~d?e=f%2Bg&h",
    "https://nest.co.tz/?next=https://evil.example/",
    "https://nest.co.tz//evil.example",
    "https://app.nest.co.tz:8443/done",
]
BAD = [
    "",
    "/",
    "//evil.example",
    "///nest.co.tz",
    "https:",
    "https:nest.co.tz",
    "https:/nest.co.tz",
    "https:///nest.co.tz",
    "https://",
    "https:///",
    "http://nest.co.tz/",
    "HTTPS://nest.co.tz/",
    "ftp://nest.co.tz/",
    "javascript:alert(1)//nest.co.tz",
    "javascript://nest.co.tz/%0aalert(1)",
    "data:text/html,https://nest.co.tz/",
    "https://evil.example",
    "https://evil.example/https://nest.co.tz/",
    "https://evil.example?https://nest.co.tz",
    "https://evil.example#nest.co.tz",
    "https://nest.co.tz.evil.example/",
    "https://nest.co.tz-evil.example/",
    "https://evilnest.co.tz/",
    "https://evil.nest.co.tz/",
    "https://nest.co.tz:444/",
    "https://nest.co.tz:443/",
    "https://nest.co.tz:/",
    "https://app.nest.co.tz/",
    "https://NEST.co.tz/",
    "https://nest.co.tz./",
    "https://nest.co.tz@evil.example/",
    "https://nest.co.tz:pass@evil.example/",
    "https://evil.example@nest.co.tz/",
    "https://evil.example:443@nest.co.tz/",
    "https://nest.co.tz\\@evil.example/",
    "https://evil.example\\@nest.co.tz/",
    "https://evil.example\\.nest.co.tz",
    "https:\\\\nest.co.tz/",
    "https:/\\nest.co.tz/",
    "\\\\nest.co.tz/",
    "https://nest.co.tz\\.evil.example/",
    "https://nest.co.tz\\evil.example",
    "https://nest.co.tz/\\evil.example",
    "https://nest.co.tz%00.evil.example/",
    "https://nest.co.tz%2eevil.example/",
    "https://nest%2eco.tz/",
    "https://nest.co.tz%40evil.example/",
    "https://nest.co.tz\t.evil.example/",
    "https://nest.co.tz\n/",
    "https://nest.co.tz/\r\nSet-Cookie: a=b",
    "https://nest.co.tz/%",
    "https://nest.co.tz/%0",
    "https://nest.co.tz/%zz",
    " https://nest.co.tz/",
    "https://nest.co.tz/ ",
    "https://nest.co.tz /",
    "https://nest.co.tz/a b",
    "https://nest.co.tz/#done",
    "https://nest.co.tz#@evil.example/",
    "https://nest.co.tz;evil.example/",
    "https://nest.co.tz/;jsessionid=1",
    'https://nest.co.tz/"onmouseover="alert(1)',
    "https://nest.co.tz/<script>",
    "https://nest\u3002co\u3002tz/",
    "https://n\u0435st.co.tz/",
    "https://nest.co.tz\uff0fevil.example/",
    "https://nest.co.tz\u2044evil.example/",
    "https://nest.co.tz/\u202e",
    "https://nest.co.tz/\u00e4",
    "https://[::1]/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://*/",
    "https://nest.co.tz,evil.example/",
    "https://nest.co.tz/" + "a" * LONGEST,
]
plain = st.text("abcdefghijklmnopqrstuvwxyz0123456789-._~", max_size=20)
pairs = st.lists(st.tuples(plain, plain), max_size=5)


@pytest.mark.covers("D73", "A31", "S71")
@pytest.mark.parametrize("text", GOOD)
def test_an_address_of_a_host_on_the_list_stands_as_it_is(text: str) -> None:
    assert return_address(text, HOSTS) == text
    assert named_host(text) in HOSTS


@pytest.mark.covers("D73", "A31")
@pytest.mark.parametrize("text", BAD)
def test_no_address_that_open_redirects_are_made_of_is_led_to(text: str) -> None:
    assert return_address(text, HOSTS) is None


@pytest.mark.covers("D73", "A31")
@pytest.mark.parametrize("text", [*GOOD, *BAD])
def test_without_a_list_nobody_is_led_anywhere(text: str) -> None:
    assert return_address(text, frozenset()) is None


@pytest.mark.covers("D73")
@given(
    st.text()
    | st.text("htps:/\\nest.co.tz@#?%;&=evil example:0\t", max_size=60)
    | st.builds("https://nest.co.tz{}".format, st.text(max_size=30))
    | st.builds("{}://{}nest.co.tz{}".format, st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
)
def test_whatever_passes_is_read_by_everybody_as_a_host_of_the_list(text: str) -> None:
    if return_address(text, HOSTS) is None:
        return
    parts = urlsplit(text)
    assert (parts.scheme, parts.username, parts.password, parts.fragment) == ("https", None, None, "")
    assert parts.netloc in HOSTS
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set('\\@ <>"') - ({"@"} if "@" in parts.path + parts.query else set())


@pytest.mark.covers("A31")
@given(st.sampled_from(sorted(HOSTS)), plain, pairs)
def test_what_the_address_held_is_kept_and_ours_stand_there_once(
    host: str, path: str, held: list[tuple[str, str]]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in held)
    address = return_address(f"https://{host}/{path}?{query}", HOSTS)
    assert address
    back = urlsplit(answered(address, PAYMENT, "COMPLETED"))
    assert (back.netloc, back.path) == (host, f"/{path}")
    kept = [(name, value) for name, value in held if name not in ("reference", "status")]
    told = [("reference", PAYMENT), ("status", "COMPLETED")]
    assert parse_qsl(back.query, keep_blank_values=True) == [*kept, *told]


@pytest.mark.covers("D73", "A31")
@pytest.mark.parametrize(
    "query",
    ["status=COMPLETED&reference=X", "STATUS=PAID", "%73tatus=PAID", "+status=PAID", "status", "status=a=b"],
)
def test_nobody_says_beforehand_how_the_payment_will_stand(query: str) -> None:
    address = return_address(f"https://nest.co.tz/done?a=1&{query}", HOSTS)
    assert address
    assert answered(address, PAYMENT, "FAILED") == (
        f"https://nest.co.tz/done?a=1&reference={PAYMENT}&status=FAILED"
    )


@pytest.mark.parametrize("address", ["https://nest.co.tz", "https://nest.co.tz/", "https://nest.co.tz/?"])
def test_an_address_without_a_question_gets_one(address: str) -> None:
    assert answered(address, PAYMENT, "COMPLETED") == (
        f"{address.rstrip('?')}?reference={PAYMENT}&status=COMPLETED"
    )


@pytest.mark.parametrize("host", ["nest.co.tz", "app.nest.co.tz:8443", "a-b.example", "xn--nst-qla.co.tz"])
def test_a_name_with_or_without_a_port_is_a_host(host: str) -> None:
    assert is_return_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "nest",
        "localhost",
        "NEST.co.tz",
        "nest.co.tz.",
        ".co.tz",
        "-nest.co.tz",
        "nest-.co.tz",
        "nest.co.tz:",
        "nest.co.tz:port",
        "nest.co.tz/",
        "https://nest.co.tz",
        "*.nest.co.tz",
        "127.0.0.1",
        "[::1]",
        "user@nest.co.tz",
        "nest.co.tz\n",
        "n\u0435st.co.tz",
    ],
)
def test_a_pattern_a_number_or_an_address_is_no_host(host: str) -> None:
    assert not is_return_host(host)


@pytest.mark.parametrize(
    "text, host",
    [
        ("https://evil.example/a?token=secret", "evil.example"),
        ("//evil.example", "evil.example"),
        ("https://user:secret@evil.example/", "evil.example"),
        ("evil", None),
    ],
)
def test_a_log_keeps_the_host_of_a_bad_address_and_no_more(text: str, host: str | None) -> None:
    assert named_host(text) == host


@given(st.text())
def test_what_a_log_keeps_is_short_and_in_one_line(text: str) -> None:
    host = named_host(f"//{text}")
    assert host is None or (len(host) <= 100 and not set(host) & set("\n\r /?#@"))
