"""The environment: two languages side by side, nothing unescaped, nothing missing unnoticed."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.templating.environment import create_environment, render
from portal.templating.language import Language
from tests.templating.rendering import ASSETS


def written(folder: Path, source: str, language: Language, **context: object) -> str:
    (folder / "page.html").write_text(source, "utf-8")
    return render(create_environment(ASSETS, folder), "page.html", language, context)


@pytest.mark.covers("M1")
def test_the_same_template_speaks_both_languages(tmp_path: Path) -> None:
    source = '{{ _("Back") }} {{ language }}'
    assert written(tmp_path, source, Language.EN) == "Back en"
    assert written(tmp_path, source, Language.SW) == "Rudi sw"


def test_a_placeholder_keeps_its_markup_and_a_stranger_s_is_escaped(tmp_path: Path) -> None:
    source = (
        "{% trans total=total | money %}Pay {{ total }}{% endtrans %}"
        "{% trans whom=whom %}to {{ whom }}{% endtrans %}"
    )
    text = written(tmp_path, source, Language.SW, total=shillings(5), whom="<b>")
    assert text == 'Lipa <span class="money"><span class="unit">TSh</span>\u00a05</span>kwa &lt;b&gt;'


def test_a_missing_variable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="nobody"):
        written(tmp_path, "{{ nobody }}", Language.EN)


@given(text=st.text())
def test_whatever_a_stranger_wrote_stays_text(text: str) -> None:
    jinja = create_environment(ASSETS).by_language[Language.EN]
    page = jinja.from_string("{{ text }}").render(text=text)
    assert not set("<>\"'") & set(page)
