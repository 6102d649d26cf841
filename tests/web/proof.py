"""What holds for every HTML answer, whatever it says (features.md §5.1, §5.9): proved on each one that a test sees."""

from __future__ import annotations

import re
from collections import Counter

import httpx
from lxml import html

NAMED_BY_THEMSELVES = {"hidden", "submit", "button"}
GALLERY = "/dev/gallery"
"""Shows parts of many pages on one, and so has many a heading."""
LEVELS = ("h1", "h2", "h3", "h4")
HEADINGS = "//*[self::h1 or self::h2 or self::h3 or self::h4][not(ancestor::*[@id='errors'])]"


def prove(answer: httpx.Response) -> html.HtmlElement:
    """Raise AssertionError for the first fault; the document otherwise."""
    assert answer.headers["cache-control"] == "no-store"
    document = html.document_fromstring(answer.text)
    _strict(document, answer.headers["content-security-policy"])
    _whole(document)
    _named(document)
    _forms(document)
    if answer.text.lstrip().startswith("<!doctype html>") and answer.url.path != GALLERY:
        _framed(document, answer)
    return document


def _framed(document: html.HtmlElement, answer: httpx.Response) -> None:
    """A page, as against a fragment."""
    assert document.get("lang") == answer.headers["content-language"]
    assert len(document.xpath("//h1")) == 1, "one h1"
    assert document.xpath("//h1")[0].text_content().strip()
    # The summary of errors stands before all else, by its role and not by its place among the headings.
    title = document.findtext("head/title", "").removesuffix("· nest pay").strip()
    assert title, "a title of its own"
    levels = [LEVELS.index(heading.tag) for heading in document.xpath(HEADINGS)]
    assert all(after - before <= 1 for before, after in zip([-1, *levels], levels, strict=False)), (
        f"a heading level is left out: {levels}"
    )


def _strict(document: html.HtmlElement, policy: str) -> None:
    """Nothing that the policy of this very answer would refuse, and nothing from elsewhere but a link that says so."""
    nonce = re.search(r"script-src 'nonce-(\w+)'", policy)
    assert nonce is not None
    assert "unsafe" not in policy
    for element in document.iter(html.etree.Element):
        assert element.tag != "style"
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on") or name == "srcdoc"]
    for script in document.iter("script"):
        assert script.get("src")
        assert script.get("nonce") == nonce[1]
    for element, attribute, address, _ in document.iterlinks():
        if element.tag == "a" and "external" in element.get("rel", "").split():
            assert re.match("https?://", address)
            continue
        assert re.match(r"/(?!/)|#|\?|data:image/|mailto:|tel:|sms:", address), (
            f"{attribute}={address} leads elsewhere"
        )


def _whole(document: html.HtmlElement) -> None:
    """Every id once, and whatever is pointed at is there."""
    ids = Counter(document.xpath("//@id"))
    assert not [name for name, times in ids.items() if times > 1], "an id stands twice"
    pointed = " ".join(document.xpath("//@aria-describedby|//@aria-labelledby|//@for|//@form")).split()
    assert set(pointed) <= set(ids), f"nothing has the id {set(pointed) - set(ids)}"
    anchors = {address[1:] for address in document.xpath("//a/@href") if re.match("#.", address)}
    assert anchors <= set(ids), f"no anchor {anchors - set(ids)}"


def _named(document: html.HtmlElement) -> None:
    """Everything that can be used has a name that is read out."""
    labelled = set(document.xpath("//label/@for"))
    for control in document.xpath("//input|//select|//textarea"):
        if control.get("type") not in NAMED_BY_THEMSELVES:
            named = (
                control.get("id") in labelled or control.get("aria-label") or control.xpath("ancestor::label")
            )
            assert named, f"{html.tostring(control)!r} has no label"
    for control in document.xpath("//button|//a|//legend|//label|//summary|//caption"):
        assert control.text_content().strip() or control.get("aria-label"), html.tostring(control)
    assert all(image.get("alt") is not None for image in document.iter("img"))


def _forms(document: html.HtmlElement) -> None:
    """What changes something proves where it was made; what only asks shows no secret in an address."""
    for form in document.iter("form"):
        tokens = form.xpath(".//input[@name='csrf']/@value")
        assert len(tokens) == (1 if form.method == "POST" else 0), f"csrf of the form to {form.action}"
        assert "formnovalidate" not in _pressed_by_enter(document, form).attrib, "Enter sends what was typed"


def _pressed_by_enter(document: html.HtmlElement, form: html.FormElement) -> html.HtmlElement:
    """The first button in the document that belongs to a form, even if it stands outside of it."""
    buttons = document.xpath("//button[not(@type) or @type='submit']|//input[@type='submit']")
    belonging = (
        button
        for button in buttons
        if (button.get("form") == form.get("id") if button.get("form") else form in button.iterancestors())
    )
    return next(belonging)
