"""What holds for every template, whatever it shows: it parses, and a strict content policy finds nothing to refuse."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.house.sources import ROOT, markup, shown, tags, template_files

PARSER = Environment(
    extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True
)
OUTSIDE = re.compile(r"(?:https?:|[\"'(=\s])//(?!www\.w3\.org/)\w[^\"'\s>]*")
EVERY_TEMPLATE = pytest.mark.parametrize("path", template_files(), ids=shown)


@EVERY_TEMPLATE
def test_every_template_can_be_parsed(path: Path) -> None:
    PARSER.parse(path.read_text("utf-8"), filename=shown(path))


@EVERY_TEMPLATE
def test_no_template_holds_inline_script_or_style(path: Path) -> None:
    inline = [(tag, attributes) for tag, attributes in tags(path) if is_inline(tag, attributes)]
    assert not inline, f"{shown(path)}: {inline}; styles and scripts live in static/"


def is_inline(tag: str, attributes: dict[str, str]) -> bool:
    return (
        tag == "style"
        or (tag == "script" and "src" not in attributes)
        or any(name == "style" or name.startswith(("on", "hx-on")) for name in attributes)
        or any(value.strip().lower().startswith("javascript:") for value in attributes.values())
    )


@EVERY_TEMPLATE
def test_no_template_names_another_site(path: Path) -> None:
    assert not OUTSIDE.findall(markup(path)), f"{shown(path)}: an address outside belongs in the settings"


@EVERY_TEMPLATE
def test_what_asks_again_is_a_fragment_named_as_its_file(path: Path) -> None:
    """In `pay/_status.html` that element's id is `status` or `pay-status`; a component is handed its id."""
    stem = path.stem.lstrip("_").replace("_", "-")
    names = {"…"} if path.parent.name == "components" else {stem, f"{path.parent.name}-{stem}"}
    asking = [attributes.get("id") for _, attributes in tags(path) if "hx-trigger" in attributes]
    assert set(asking) <= names, f"{shown(path)}: what asks again has id {asking}, wanted {sorted(names)}"
    assert not asking or names == {"…"} or path.name.startswith("_"), f"{shown(path)}: call it _{path.name}"


def test_style_sheets_fetch_nothing_by_name() -> None:
    """A built file's name changes with its content, and only templates look names up."""
    fetching = [
        f"{shown(path)}: {found}"
        for path in sorted((ROOT / "static").rglob("*.css"))
        for found in re.findall(r"@import[^;]*|url\((?![\"']?(?:data:|#))[^)]*\)", path.read_text("utf-8"))
    ]
    assert not fetching, "\n".join(fetching)
