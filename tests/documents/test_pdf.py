"""The PDF as others see it: pikepdf its structure, poppler its text and picture, zxing its code."""

from __future__ import annotations

import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from portal.documents.receipt import receipt_html
from portal.places import TEMPLATES
from portal.templating.environment import Environment
from portal.templating.language import Language
from tests.documents.conftest import Pdfs
from tests.documents.press import printed
from tests.documents.slips import SLIPS, VERIFY_URL, a_slip

EN, SW = Language.EN, Language.SW
EVERY_PDF = pytest.mark.parametrize(
    "which", [(name, language) for name in SLIPS for language in Language], ids=str
)

Which = tuple[str, Language]


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


@cache
def picture_of(pdf: bytes) -> Image.Image:
    drawn = subprocess.run(["pdftoppm", "-r", "150", "-png", "-"], input=pdf, capture_output=True, check=True)
    return Image.open(BytesIO(drawn.stdout))


def structure(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Every tag, from the outside in and from the first to the last."""
    return list(_below(pdf.Root.StructTreeRoot.K[0]))


def _below(tag: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    if isinstance(tag, pikepdf.Dictionary):
        yield tag
        for child in tag.get("/K", []):
            yield from _below(child)


def tagged(pdf: pikepdf.Pdf, name: str) -> list[pikepdf.Dictionary]:
    return [tag for tag in structure(pdf) if name == tag.S]


@EVERY_PDF
def test_a_receipt_is_one_sheet_of_a4_that_a_slow_line_can_carry(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        (page,) = pdf.pages
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
        assert len(pdfs[which]) <= 60_000


@EVERY_PDF
def test_a_receipt_is_sound(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.covers("C4")
@pytest.mark.parametrize("language, title", [(EN, "Receipt 26-000123"), (SW, "Risiti 26-000123")])
def test_a_receipt_is_pdf_ua_with_language_and_title(pdfs: Pdfs, language: Language, title: str) -> None:
    with opened(pdfs["part", language]) as pdf, pdf.open_metadata() as metadata:
        assert pdf.Root.Lang == language
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == pdf.docinfo["/Title"] == title


@pytest.mark.covers("C4")
@EVERY_PDF
def test_a_reading_voice_finds_heading_table_and_code(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        count = Counter(str(tag.S) for tag in structure(pdf))
        assert [count[name] for name in ("/Document", "/H1", "/Table", "/Figure")] == [1] * 4
        assert tagged(pdf, "/Figure")[0].Alt == "7K29-QXM4-AB1C"
        assert {str(header.A.Scope) for header in tagged(pdf, "/TH")} == {"/Row"}
        headers = [header.ID for header in tagged(pdf, "/TH")]
        assert [cell.A.Headers[0] for cell in tagged(pdf, "/TD")] == headers


@pytest.mark.covers("C4", "C12")
@pytest.mark.parametrize("language, other", [(EN, SW), (SW, EN)])
def test_a_reading_voice_changes_its_language_where_the_words_do(
    pdfs: Pdfs, language: Language, other: Language
) -> None:
    with opened(pdfs["part", language]) as pdf:
        assert [tag.Lang for tag in structure(pdf) if "/Lang" in tag] == [other] * 3


@EVERY_PDF
def test_everything_drawn_is_tagged_exactly_once(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        tagged_marks = [int(kid) for tag in structure(pdf) for kid in tag.get("/K", []) if is_mark(kid)]
        drawn_marks = re.findall(rb"/MCID (\d+)", pdf.pages[0].Contents.read_bytes())
        assert sorted(tagged_marks) == sorted(int(mark) for mark in drawn_marks)


def is_mark(kid: object) -> bool:
    return not isinstance(kid, pikepdf.Dictionary)


@EVERY_PDF
def test_a_receipt_does_nothing_but_show(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        keys = {key for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) for key in set(thing)}
    active = {
        "/JS",
        "/JavaScript",
        "/OpenAction",
        "/AA",
        "/URI",
        "/Launch",
        "/EmbeddedFiles",
        "/AF",
        "/AcroForm",
    }
    assert not keys & active


@EVERY_PDF
def test_only_parts_of_dejavu_are_embedded(pdfs: Pdfs, which: Which) -> None:
    with opened(pdfs[which]) as pdf:
        fonts = {str(thing.BaseFont) for thing in pdf.objects if is_font(thing)}
    assert 2 <= len(fonts) <= 3
    assert all(re.fullmatch(r"/[A-Z]{6}\+DejaVu-Sans(-Bold|-Mono)?", font) for font in fonts)


def is_font(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and "/BaseFont" in thing


@EVERY_PDF
def test_a_receipt_is_black_on_white(pdfs: Pdfs, which: Which) -> None:
    colours = picture_of(pdfs[which]).convert("RGB").getcolors(100_000)
    assert colours is not None
    assert all(max(shade) == min(shade) for _, shade in colours if isinstance(shade, tuple))


@pytest.mark.covers("C12")
@pytest.mark.parametrize("language", Language)
def test_the_text_of_a_receipt_can_be_copied(pdfs: Pdfs, language: Language) -> None:
    text = text_of(pdfs["part", language])
    assert "26-000123" in text
    assert "302,750" in text
    assert "7K29-QXM4-AB1C" in text
    assert "pay.nest.co.tz/v/7K29QXM4AB1C" in text
    assert "Three hundred and two thousand seven hundred and fifty shillings only" in text
    assert "Shilingi laki tatu na elfu mbili na mia saba na hamsini tu" in text


@EVERY_PDF
def test_the_printed_code_leads_to_the_page_that_proves_it(pdfs: Pdfs, which: Which) -> None:
    assert [code.text for code in zxingcpp.read_barcodes(picture_of(pdfs[which]))] == [VERIFY_URL]


@EVERY_PDF
def test_the_last_line_is_on_the_sheet_whatever_the_names(pdfs: Pdfs, which: Which) -> None:
    assert re.search(r"(version|toleo) 1\b", text_of(pdfs[which]))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SLIPS)
def test_the_slip_gives_weasyprint_nothing_to_complain_about(
    press: ProcessPoolExecutor, environment: Environment, name: str, language: Language
) -> None:
    css = (TEMPLATES / "pdf" / "receipt.css").read_text("utf-8")
    _, complaints = press.submit(printed, receipt_html(SLIPS[name], language, environment), css).result()
    assert [said for said in complaints if "glyph" not in said] == []


# What others wrote

NASTY = (
    r"\) Tj /JavaScript (app.alert\(1\)) \( Tj",
    "/OpenAction << /S /JavaScript /JS (1) >>",
    "\u202e\u0647\u0630\u0627 \u0645\u0633\u062a\u0623\u062c\u0631\u202c",
    "\x00\x07\x1b[31m\ufffe",
    "👩🏾‍🦱🏠" * 10,
    "<script>1</script><base href=http://127.0.0.1/>",
)


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_is_only_a_name(press: ProcessPoolExecutor, environment: Environment, name: str) -> None:
    html = receipt_html(a_slip(tenant=name, place=name, provider_code=name), EN, environment)
    pdf, _ = press.submit(printed, html).result()
    test_a_receipt_is_sound({("nasty", EN): pdf}, ("nasty", EN))
    test_a_receipt_does_nothing_but_show({("nasty", EN): pdf}, ("nasty", EN))


@contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """An address that nobody should ask, and what it was asked."""
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Canary) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


MARKUP = """<html lang="en"><title>t</title><link rel="stylesheet" href="{at}/style.css">
<link rel="attachment" href="file:///etc/passwd"><link rel="attachment" href="{at}/attachment">
<style>@import url({at}/import.css); @font-face {{ font-family: f; src: url({at}/font.ttf) }}
p {{ background: url({at}/background.png); list-style: url(file:///etc/passwd); font-family: f }}</style>
<p>text</p><img alt="a" src="{at}/picture.png"><img alt="b" src="file:///etc/passwd">
<img alt="c" src="data:image/svg+xml,%3Csvg/%3E"><object data="{at}/object"></object><embed src="{at}/embed">
<svg xmlns="http://www.w3.org/2000/svg"><title>s</title><image href="{at}/svg.png"/>
<use href="{at}/use.svg#a"/></svg>"""


def test_even_markup_that_slipped_in_fetches_nothing_and_takes_nothing_along(
    press: ProcessPoolExecutor,
) -> None:
    with canary() as (address, asked):
        css = f"@import '{address}/imported.css'; body {{ background: url({address}/body.png) }}"
        pdf, complaints = press.submit(printed, MARKUP.format(at=address), css).result()
    assert asked == []
    assert sum("refused" in complaint for complaint in complaints) >= 10
    test_a_receipt_does_nothing_but_show({("hostile", EN): pdf}, ("hostile", EN))
    assert "root:" not in text_of(pdf)
