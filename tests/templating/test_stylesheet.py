"""The stylesheet: its weight, and whether what it colours can be read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

STYLESHEET = Path(__file__).parents[2] / "static" / "css" / "portal.css"
SHADES = dict[str, str]

ON_PAPER = ["ink", "muted", "accent", "strong", "good", "wait", "bad"]
TEXT_PAIRS = [
    *((text, ground) for text in ON_PAPER for ground in ("paper", "surface")),
    *((text, "tint") for text in ("ink", "muted", "accent")),
    *((text, f"{state}-tint") for state in ("good", "wait", "bad") for text in (state, "ink")),
    *(("on-accent", ground) for ground in ("accent", "strong")),
]
SHAPE_PAIRS = [(shape, ground) for shape in ("edge", "focus") for ground in ("paper", "surface", "tint")]


def schemes() -> dict[str, SHADES]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLESHEET.read_text("utf-8"), re.DOTALL)[:2]
    return {"light": shades(light), "dark": shades(dark)}


def shades(block: str) -> SHADES:
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", block))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text, ground", TEXT_PAIRS)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape, ground", SHAPE_PAIRS)
def test_the_edges_of_what_can_be_pressed_and_the_focus_stand_out(
    scheme: str, shape: str, ground: str
) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[shape], colours[ground]) >= 3


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = schemes().values()
    assert light.keys() == dark.keys()


def test_the_stylesheet_weighs_at_most_seven_kilobytes_and_fetches_nothing() -> None:
    assert len(gzip.compress(STYLESHEET.read_bytes(), mtime=0)) <= 7 * 1024
    assert not re.search(r"url\(|@import|@font-face", STYLESHEET.read_text("utf-8"))


def test_motion_is_only_for_those_who_did_not_refuse_it() -> None:
    before, _, _ = STYLESHEET.read_text("utf-8").partition("prefers-reduced-motion: no-preference")
    assert not re.search(r"animation|transition", before)


def test_every_class_that_a_template_names_is_known_to_the_stylesheet() -> None:
    known = set(re.findall(r"\.([a-z][\w-]*)", STYLESHEET.read_text("utf-8")))
    templates = STYLESHEET.parents[2] / "templates"
    for page in [*templates.glob("components/*.html"), templates / "base.html"]:
        plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", page.read_text("utf-8"), flags=re.DOTALL)
        named = {name for group in re.findall(r'class="([^"]*)"', plain) for name in group.split()}
        assert named <= known, page.name
