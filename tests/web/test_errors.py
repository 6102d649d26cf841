"""Error pages: the right status, a sentence that helps, a way on, and never a trace of how we are built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from litestar import Request
from litestar.exceptions import HTTPException
from lxml import html
from structlog.testing import capture_logs

from portal.domain import errors
from portal.domain.money import shillings
from portal.domain.person import Person
from portal.store.cursors import BadCursor
from portal.templating.catalogue import read_catalogue
from portal.templating.language import Language
from portal.web.error_pages import PAGES
from portal.web.errors import bad_cursor, broken, refused, turned_away
from portal.web.sentences import PROBLEMS
from portal.web.visit import AnyRequest, Visit
from tests.makers import NOW, PAYMENT, TENANT, a_person
from tests.web.client import Portal

HTMX = {"hx-request": "true"}
TRACES = re.compile(r"traceback|\.py|line \d+|exception|sqlalchemy|litestar|sqlite|jinja", re.IGNORECASE)


def asking(
    portal: Portal, person: Person | None = None, headers: Mapping[str, str] | None = None
) -> AnyRequest:
    """A request that the door has let in."""
    sent = {"accept-language": "en", **(headers or {})}
    scope: dict[str, object] = {
        "type": "http",
        "method": "GET",
        "path": "/pay",
        "query_string": b"",
        "client": ("127.0.0.1", 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "state": {},
    }
    request: AnyRequest = Request(scope)  # type: ignore[arg-type]
    visit = Visit(portal.site, request)
    visit.somebody = person
    scope["state"] = {"visit": visit}
    return request


REFUSALS = [
    (errors.NotFound(), 404, "Page not found", "/"),
    (errors.NotAllowed(), 403, "That form has ended", "/"),
    (
        errors.PaymentInProgress(PAYMENT),
        409,
        "You already have a payment in progress for this",
        f"/pay/{PAYMENT}",
    ),
    (errors.AlreadyPaid(), 409, "This is already paid", "/payments"),
    (errors.KeyReused(), 409, "That form was sent before", "/payments"),
    (
        errors.Refused("amount", "range", min=shillings(1_000), max=shillings(5_000)),
        422,
        "There is a problem",
        "/",
    ),
    (errors.TooMany("verify", NOW + timedelta(seconds=30)), 429, "Too many tries. Wait 1 minute", "/"),
    (errors.TooMany("push", NOW + timedelta(minutes=9)), 429, "Wait a little", "/"),
    (errors.MethodUnavailable(), 503, "That way to pay does not work now", "/pay"),
]


@pytest.mark.covers("page:27")
@pytest.mark.parametrize("error, status, heading, leads_to", REFUSALS)
async def test_a_refusal_is_a_page_that_leads_on(
    portal: Portal, error: errors.PortalError, status: int, heading: str, leads_to: str
) -> None:
    answer = refused(asking(portal, a_person()), error)
    page = html.document_fromstring(answer.content.decode())
    assert (answer.status_code, page.findtext(".//h1")) == (status, heading)
    assert page.xpath("//main//a/@href")[0] == leads_to
    assert not TRACES.search(page.find(".//main").text_content())


async def test_a_refused_field_says_its_own_sentence(portal: Portal) -> None:
    error = errors.Refused("amount", "range", min=shillings(1_000), max=shillings(5_000))
    answer = refused(asking(portal, headers={"accept-language": "sw"}), error)
    assert "Weka kiasi kuanzia TSh\u00a01,000 hadi TSh\u00a05,000" in answer.content.decode()


async def test_too_many_says_when_in_east_africa_time(portal: Portal) -> None:
    answer = refused(asking(portal), errors.TooMany("push", NOW + timedelta(minutes=9)))
    assert answer.headers["Retry-After"] == "540"
    assert "Too many requests to this number. Try again at 12:09" in answer.content.decode()


async def test_an_account_that_asked_too_often_is_told_the_day_too(portal: Portal) -> None:
    soon = refused(asking(portal), errors.TooMany("push by account", NOW + timedelta(minutes=9)))
    assert (soon.status_code, soon.headers["Retry-After"]) == (429, "540")
    sentence = "You have sent many requests. You can send the next one from 3 Mar 2026, 12:09 (EAT)"
    assert sentence in soon.content.decode()
    late = refused(asking(portal), errors.TooMany("push by account in a day", NOW + timedelta(hours=23)))
    assert "from 4 Mar 2026, 11:00 (EAT)" in late.content.decode()


async def test_a_stranger_is_led_to_sign_in_and_a_person_to_the_first_page(portal: Portal) -> None:
    for person, leads_to in ((None, "/sign-in"), (a_person(), "/")):
        answer = refused(asking(portal, person), errors.NotFound())
        assert html.document_fromstring(answer.content.decode()).xpath("//main//a/@href") == [leads_to]


@pytest.mark.covers("M1")
def test_every_sentence_of_errors_is_said_in_swahili() -> None:
    swahili = read_catalogue(Language.SW)
    sentences = [*PROBLEMS.values(), *(text for page in PAGES.values() for text in page)]
    assert not [text for text in sentences if (said := swahili.get(text)) is None or not said.string]


BROKEN = "Something went wrong on our side"


@pytest.mark.parametrize(
    "status, heading",
    [
        (400, "We could not read that request"),
        (413, "That is too large"),
        (503, "The site is not ready now"),
        (500, BROKEN),
        (418, BROKEN),
    ],
)
async def test_what_the_framework_will_not_take_is_a_page_too(
    portal: Portal, status: int, heading: str
) -> None:
    answer = turned_away(asking(portal), HTTPException("a detail of ours", status_code=status))
    page = answer.content.decode()
    assert f"<h1>{heading}</h1>" in page
    assert "a detail of ours" not in page


async def test_a_fault_of_ours_shows_a_code_and_the_log_has_the_rest(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    await portal.store.write(lambda tx: tx.exec_driver_sql("DROP TABLE messages"))
    with capture_logs() as lines:
        answer = await asha.get("/")
    page = html.document_fromstring(answer.text)
    assert (answer.status_code, page.findtext(".//h1")) == (500, "Something went wrong on our side")
    assert "Your money is safe: check your history before paying again" in answer.text
    assert page.xpath("//main//a/@href") == ["/payments", "/"]
    assert not TRACES.search(page.find(".//main").text_content())
    (line,) = [line for line in lines if line["event"] == "broken"]
    assert line["exc_info"] is not None
    assert page.xpath("//main//*[@class='code']/text()") == [line["support"]]


async def test_a_cursor_that_was_tampered_with_is_a_bad_request(portal: Portal) -> None:
    assert bad_cursor(asking(portal), BadCursor()).status_code == 400
    asha = await portal.signed_in(TENANT)
    assert (await asha.get("/payments?after=forged")).status_code in (200, 400)


@pytest.mark.parametrize("asked", ["//pay", "/%2fpay", "///pay"])
async def test_a_page_that_is_asked_for_by_two_slashes_leads_to_no_other_site(
    portal: Portal, asked: str
) -> None:
    answer = await portal.browser().get(f"{portal.site.public_url}{asked}")
    assert answer.headers["location"] == "/sign-in?next=/pay"


async def test_whoever_has_a_session_is_not_told_to_sign_in_where_no_page_is(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    for answer in (await asha.get("/nowhere"), await asha.client.put("/pay")):
        links = html.fromstring(answer.text).xpath("//main//a/@href")
        assert links == ["/"]


async def test_another_verb_is_answered_405_with_those_that_are_allowed(portal: Portal) -> None:
    answer = await portal.browser().client.put("/sign-in")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE", "FOO", "CONNECT"])
async def test_no_verb_breaks_a_page(portal: Portal, verb: str) -> None:
    for path in ("/", "/sign-in", "/payments/x", "/nowhere"):
        assert (await portal.browser().client.request(verb, path)).status_code in (404, 405)


async def test_a_form_of_a_megabyte_is_refused_with_413(portal: Portal) -> None:
    browser = portal.browser()
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", {"address": "0" * 1_000_000})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


@pytest.mark.parametrize(
    "body",
    [b"address=%ED%A0%80", b"address=%FF", b"address=\xff", b"&" * 300, b"a=b&" * 300, b"%", b"=&=", b"\x00"],
)
async def test_a_broken_form_breaks_nothing(portal: Portal, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await portal.browser().client.post("/sign-in", content=body, headers=headers)
    assert answer.status_code in (400, 403)


async def test_a_compressed_form_is_not_unpacked(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    assert (await asha.post("/sign-out", {}, **{"content-encoding": "gzip"})).status_code == 400


async def test_a_poll_of_somebody_signed_out_gets_a_card_that_says_so(portal: Portal) -> None:
    asked_from = {"hx-current-url": f"{portal.site.public_url}/pay/{PAYMENT}"}
    answer = await portal.browser().get(f"/pay/{PAYMENT}/card?v=1", **HTMX, **asked_from)
    assert answer.status_code == 401
    assert "Sign in again to see the result. Your payment is not affected." in answer.text
    assert "<html" not in answer.text
    assert "hx-get" not in answer.text
    assert f'href="/sign-in?next=/pay/{PAYMENT}"' in answer.text
    assert 'hx-swap-oob="innerHTML:#live"' in answer.text


async def test_an_error_that_htmx_asked_for_is_a_fragment(portal: Portal) -> None:
    answer = refused(asking(portal, a_person(), headers={"hx-request": "true"}), errors.NotFound())
    assert "<html" not in answer.content.decode()
    assert broken(asking(portal, headers={"hx-request": "true"}), ValueError("x")).status_code == 500


ODD_ADDRESSES = [
    "/payments/" + "a" * 8_000, "/v/" + "%F0%9F%98%80" * 50, "/r/..%2f..%2fetc%2fpasswd", "/pay/{{7*7}}",
    "/payments/%00", "/pay/%ED%A0%80", "/payments;jsessionid=1", "/v/<script>alert(1)</script>", "//",
    "/?a=%FF&b[]=1&c=%00", "/language?to=xx&to=sw", "/payments?status=%00&month=9999-99", "/v/%0d%0aX:1",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD_ADDRESSES)
async def test_no_address_breaks_a_page_or_is_read_as_markup(portal: Portal, path: str) -> None:
    for browser in (portal.browser(), await portal.signed_in(TENANT)):
        answer = await browser.get(path)
        assert answer.status_code < 500
        assert "<script>alert" not in answer.text
