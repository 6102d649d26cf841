"""Which language a reader gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.templating.language import Language, choose_language


@pytest.mark.parametrize(
    "cookie, header, expected",
    [
        ("en", "sw", Language.EN),
        ("sw", "en", Language.SW),
        ("fr", "en", Language.EN),
        (None, "en-GB,en;q=0.9", Language.EN),
        (None, "sw-TZ,en;q=0.8", Language.SW),
        (None, "en;q=0.3, sw;q=0.7", Language.SW),
        (None, "fr, de;q=0.9, en;q=0.1", Language.EN),
        (None, "en;q=0, sw;q=0.1", Language.SW),
        (None, "en;q=0", Language.SW),
        (None, "EN", Language.EN),
        (None, "en;q=nonsense", Language.SW),
        (None, "fr", Language.SW),
        (None, "*", Language.SW),
        (None, "", Language.SW),
        (None, None, Language.SW),
    ],
)
@pytest.mark.covers("M1")
def test_the_cookie_goes_before_the_browser_and_swahili_before_nothing(
    cookie: str | None, header: str | None, expected: Language
) -> None:
    assert choose_language(cookie, header) is expected


@given(st.text(), st.text())
def test_any_cookie_and_header_give_a_language(cookie: str, header: str) -> None:
    assert choose_language(cookie, header) in Language
