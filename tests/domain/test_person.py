"""People: how much of a name a stranger may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.person import masked_email
from tests.makers import a_person

words = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


@pytest.mark.covers("C6")
@pytest.mark.parametrize(
    "name,short",
    [
        ("Asha Mushi", "Asha M."),
        ("Asha", "Asha"),
        ("Asha Juma Mushi", "Asha M."),
        ("  Asha   Mushi ", "Asha M."),
        ("Ödön Ñandú", "Ödön Ñ."),
    ],
)
def test_a_short_name_is_the_first_name_and_an_initial(name: str, short: str) -> None:
    assert a_person(name=name).short_name == short


@given(st.lists(words, min_size=2, max_size=4))
def test_a_short_name_never_tells_the_last_name(names: list[str]) -> None:
    short = a_person(name=" ".join(names)).short_name
    assert short == f"{names[0]} {names[-1][0]}."


@pytest.mark.parametrize(
    "email, masked", [("asha@example.com", "a•••@example.com"), ("", "•••@"), ("a@b.c", "a•••@b.c")]
)
def test_an_address_is_masked_but_for_its_first_letter_and_its_house(email: str, masked: str) -> None:
    assert masked_email(email) == masked
