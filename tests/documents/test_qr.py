"""QR codes are decoded again by another library."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from PIL import Image, ImageChops, ImageDraw

from portal.documents.qr import QUIET, qr_svg
from tests.documents.slips import VERIFY_URL

Point = tuple[int, int]


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def painted(svg: str, scale: int = 4) -> Image.Image:
    """The drawing as a browser fills it: what lies inside an odd number of outlines is dark."""
    drawing = html.fragment_fromstring(svg)
    side = int(drawing.get("viewbox").split()[2])
    picture = Image.new("1", (side * scale, side * scale), 1)
    for outline in outlines(drawing.find("path").get("d")):
        area = Image.new("1", picture.size, 0)
        ImageDraw.Draw(area).polygon([((x + QUIET) * scale, (y + QUIET) * scale) for x, y in outline], 1)
        picture = ImageChops.logical_xor(picture, area)
    return picture


def outlines(path: str) -> list[list[Point]]:
    return [outline(part) for part in path.removesuffix("z").split("z")]


def outline(part: str) -> list[Point]:
    start, *steps = re.findall(r"M\d+ \d+|[hv]-?\d+", part)
    x, y = map(int, start[1:].split())
    points = [(x, y)]
    for step in steps:
        length = int(step[1:])
        x, y = (x + length, y) if step[0] == "h" else (x, y + length)
        points.append((x, y))
    return points


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_the_drawing_says_what_it_was_given(text: str) -> None:
    assert read(painted(qr_svg(text, alt="a code"))) == [text]


def test_the_drawing_is_light_enough_for_a_slow_line() -> None:
    assert len(qr_svg(VERIFY_URL, alt="7K29-QXM4-AB1C")) <= 3_000


def test_the_drawing_is_named_and_has_no_style_of_its_own() -> None:
    drawing = html.fragment_fromstring(qr_svg(VERIFY_URL, alt="<7K29>"))
    assert drawing.get("role") == "img"
    assert drawing.findtext("title") == "<7K29>"
    assert not any("style" in element.attrib for element in drawing.iter())


@pytest.mark.parametrize("text", ["a", VERIFY_URL, "HTTPS://" + "A" * 100])
def test_the_same_text_makes_the_same_code(text: str) -> None:
    assert qr_svg(text, "x") == qr_svg(text, "x")
