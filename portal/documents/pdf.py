"""HTML to PDF/UA by WeasyPrint. Only the renderer's own process imports this file: WeasyPrint is heavy, and takes
its fonts from the process (fonts.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher


def render_pdf(html: str, css: str, identifier: bytes) -> bytes:
    """A tagged document in the language of its `html` element; the same input gives the same bytes.

    `section` is the one element whose own `lang` reaches the PDF: let it hold nothing but paragraphs.
    """
    page = weasyprint.HTML(string=html, url_fetcher=NOTHING)
    pdf: bytes = page.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier,
        font_config=_fonts(),
        stylesheets=[_stylesheet(css)],
        finisher=lambda _document, pdf: _complete_tags(pdf, page.etree_element),
    )
    return pdf


class _Nothing(URLFetcher):  # type: ignore[misc]
    """A document here brings everything with it, so whatever it asks for was slipped in by somebody."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:  # noqa: ARG002  (WeasyPrint's signature)
        raise ValueError(f"refused: {url[:80]}")


NOTHING = _Nothing()


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _stylesheet(css: str) -> weasyprint.CSS:
    return weasyprint.CSS(string=css, font_config=_fonts(), url_fetcher=NOTHING)


def _complete_tags(pdf: Any, root: Any) -> None:
    """Add what a reading voice needs and WeasyPrint leaves out: foreign languages, and what a header heads."""
    for part, section in zip(_tagged(pdf, "/Sect"), root.iter("section"), strict=True):
        part["Lang"] = f"({section.get('lang') or root.get('lang')})"
    for part, header in zip(_tagged(pdf, "/TH"), root.iter("th"), strict=True):
        part["A"]["Scope"] = "/Row" if header.get("scope") == "row" else "/Column"


def _tagged(pdf: Any, tag: str) -> Iterator[Any]:
    return (thing for thing in pdf.objects if isinstance(thing, dict) and thing.get("S") == tag)
