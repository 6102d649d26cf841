"""Whole pages of the look's own: the gallery with every component, and the error page."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from lxml import html
from tinyhtml5.parser import HTMLParser

from portal.templating.language import Language
from portal.web.gallery import gallery_context
from tests.templating.rendering import EVERY_PAGE, Rendered

NOT_FOUND = {
    "code": 404,
    "heading": "We cannot find that page or you may not see it",
    "sentence": "It may have moved.",
    "links": [("/", "Your rent")],
    "support": "PM-1037",
}
PAGES: dict[str, Callable[[Language], dict[str, object]]] = {
    "dev/gallery.html": gallery_context,
    "errors/page.html": lambda _: NOT_FOUND,
}

SWAHILI_TEXT = "//text()[ancestor::*[@lang][1][@lang='sw']]"
"""A receipt says its most important words in the other language too, and marks them."""
PageText = Callable[[], str]


@pytest.fixture(params=list(Language))
def language(request: pytest.FixtureRequest) -> Language:
    return Language(request.param)


@pytest.fixture(params=list(PAGES))
def page(request: pytest.FixtureRequest, rendered: Rendered, language: Language) -> str:
    return rendered(request.param, language, **PAGES[request.param](language))


def test_a_page_is_html_that_no_parser_complains_about(page: str) -> None:
    parser = HTMLParser()
    parser.parse(page)
    assert parser.errors == []


def test_a_page_names_its_language_and_has_one_heading_of_the_first_rank(
    page: str, language: Language
) -> None:
    document = html.document_fromstring(page)
    assert document.get("lang") == language
    assert page.startswith("<!doctype html>")
    assert len(document.xpath("//main//h1[not(ancestor::article)]")) == 1


@pytest.mark.covers("N3")
def test_a_page_obeys_a_policy_without_anything_inline(page: str) -> None:
    document = html.document_fromstring(page)
    assert document.xpath("//@style | //style | //script[not(@src)]") == []
    assert not [name for element in document.iter() for name in element.attrib if name.startswith("on")]
    assert all(script.get("nonce") == "a-nonce" for script in document.iter("script"))


def test_a_page_asks_nobody_else_for_anything(page: str) -> None:
    document = html.document_fromstring(page)
    fetched = document.xpath("//@src | //link/@href | //@action | //@formaction")
    assert [address for address in fetched if not address.startswith("/") or address.startswith("//")] == []


def test_each_id_stands_once_and_each_reference_finds_its_own(page: str) -> None:
    document = html.document_fromstring(page)
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    referred = " ".join(document.xpath("//@for | //@aria-describedby | //@aria-labelledby | //@form")).split()
    referred += [
        address[1:] for address in document.xpath("//a/@href[starts-with(., '#')]") if address != "#"
    ]
    assert set(referred) <= set(ids)


def test_every_field_has_a_label_and_every_picture_a_word(page: str) -> None:
    document = html.document_fromstring(page)
    fields = document.xpath("//input[not(@type='hidden')] | //select | //textarea")
    assert {field.get("id") for field in fields} <= set(document.xpath("//label/@for"))
    assert all(picture.get("alt") for picture in document.iter("img"))
    assert all(
        drawing.get("aria-hidden") or drawing.xpath("title/text()") for drawing in document.iter("svg")
    )


def test_each_landmark_stands_once(page: str) -> None:
    document = html.document_fromstring(page)
    assert [len(document.xpath(f"/html/body/{mark}")) for mark in ("header", "main", "footer")] == [1, 1, 1]
    assert document.xpath("/html/body/*[1]/@href") == ["#main"]


@pytest.mark.covers("M1")
def test_a_swahili_page_has_no_english_left(rendered: Rendered) -> None:
    document = html.document_fromstring(
        rendered("dev/gallery.html", Language.SW, **gallery_context(Language.SW))
    )
    words = set(re.findall(r"[a-z]+", " ".join(document.xpath(SWAHILI_TEXT)).lower()))
    assert not words & {
        "the",
        "your",
        "pay",
        "and",
        "help",
        "please",
        "receipt",
        "phone",
        "error",
        "paid",
    } - {"pay"}


def test_the_bare_page_is_light(rendered: Rendered) -> None:
    text = rendered("errors/page.html", Language.SW, **NOT_FOUND)
    assert len(gzip.compress(text.encode(), mtime=0)) <= 3 * 1024


def test_the_language_link_comes_back_to_where_it_was_pressed(rendered: Rendered) -> None:
    document = html.document_fromstring(rendered("errors/page.html", Language.EN, **NOT_FOUND))
    (link,) = document.xpath("//header//a[@hreflang]")
    assert (link.text, link.get("lang")) == ("Kiswahili", "sw")
    assert link.get("href") == "/language?to=sw&back=/payments%3Fstatus%3Dpaid%26month%3D2026-03"


def test_a_page_with_a_form_switches_language_by_that_form(rendered: Rendered) -> None:
    text = rendered(
        "errors/page.html", Language.SW, **NOT_FOUND, switch_form="main-form", switch_action="/pay/details"
    )
    (button,) = html.document_fromstring(text).xpath("//header//button[@name='language']")
    assert dict(button.attrib) == {
        "type": "submit", "class": "lang", "form": "main-form", "name": "language", "value": "en", "lang": "en",
        "formnovalidate": "", "formaction": "/pay/details",
    }  # fmt: skip


def test_a_stranger_has_no_account_menu(rendered: Rendered) -> None:
    context = {**NOT_FOUND, "person": None}
    assert "/sign-out" not in rendered("errors/page.html", Language.EN, **context)


@pytest.mark.parametrize(
    "role, place", [("tenant", "/payments"), ("landlord", "/landlord"), ("office", "/ops")]
)
def test_the_account_menu_leads_where_the_role_works(rendered: Rendered, role: str, place: str) -> None:
    person = type("Person", (), {"name": "Asha", "role": role})
    document = html.document_fromstring(rendered("errors/page.html", Language.EN, **NOT_FOUND, person=person))
    assert place in document.xpath("//nav//a/@href")


@pytest.mark.covers("A32")
def test_only_the_demo_says_that_no_money_moves(rendered: Rendered) -> None:
    sentence = "No money moves here"
    assert sentence in rendered("errors/page.html", **NOT_FOUND)
    assert sentence not in rendered("errors/page.html", **NOT_FOUND, demo=False)


def test_htmx_comes_only_to_the_pages_that_use_it(rendered: Rendered) -> None:
    assert "htmx.min.js" not in rendered("errors/page.html", **NOT_FOUND)
    assert "htmx.min.js" in rendered("errors/page.html", **NOT_FOUND, use_htmx=True)


def test_an_error_is_heard_in_the_title_first(rendered: Rendered) -> None:
    text = rendered("errors/page.html", Language.SW, **NOT_FOUND, errors={"phone": "Weka namba ya simu"})
    assert html.document_fromstring(text).findtext("head/title").startswith("Kosa: ")


@pytest.mark.covers("M14")
def test_help_stands_in_the_same_places_on_every_page(page: str) -> None:
    document = html.document_fromstring(page)
    assert document.xpath("//header/div/a[last()]/@href") == ["/help"]
    assert document.xpath("//footer//li[1]/a/@href") == ["/help"]


def test_the_context_of_every_page_is_what_the_skeleton_needs(rendered: Rendered) -> None:
    assert set(EVERY_PAGE) == {"nonce", "path", "demo", "csrf", "person"}
