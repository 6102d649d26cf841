"""The alphabet of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.templating.gsm7 import in_alphabet, septets

STRANGE = {
    "Nyumba 3º": "Nyumba 3o",
    "café": "café",
    "Mwâka": "Mwaka",
    "\u2018A3\u2019": "'A3'",
    "TSh\u00a05": "TSh 5",
    "名": "?",
    "e\u0301": "e",
}


@pytest.mark.parametrize("text", STRANGE)
def test_a_letter_that_is_not_there_is_read_as_its_nearest(text: str) -> None:
    assert in_alphabet(text) == STRANGE[text]


def test_what_is_there_stays_as_it_is() -> None:
    text = "NEST: Umelipa TSh 450,000 kodi Machi 2026, nyumba A3. Hakiki: pay.nest.co.tz/v"
    assert in_alphabet(text) == text
    assert septets(text) == len(text)


def test_signs_of_the_extension_count_twice() -> None:
    assert septets("[A3]") == 6


@given(st.text())
def test_any_text_can_be_sent(text: str) -> None:
    sent = in_alphabet(text)
    assert in_alphabet(sent) == sent
    assert septets(sent) >= len(sent)
