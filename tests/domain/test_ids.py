"""References: made, typed, read aloud, and caught when one letter is wrong."""

from itertools import pairwise, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.ids import (
    ALPHABET,
    LENGTH,
    ReferenceUnreadable,
    check_character,
    new_reference,
    parse_reference,
    shown,
)
from tests.corpus import BAD_REFERENCES
from tests.makers import a_reference, seeded

bodies = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)
references = bodies.map(lambda body: body + check_character(body))


def reads(typed: str) -> bool:
    try:
        parse_reference(typed)
    except ReferenceUnreadable:
        return False
    return True


@given(st.binary(min_size=LENGTH - 1, max_size=LENGTH - 1))
def test_a_new_reference_can_be_read_back(chance: bytes) -> None:
    reference = new_reference(lambda size: chance[:size])
    assert len(reference) == LENGTH
    assert set(reference) <= set(ALPHABET)
    assert parse_reference(reference) == reference


@pytest.mark.covers("N11")
def test_new_references_are_drawn_from_55_random_bits() -> None:
    random = seeded()
    made = {new_reference(random) for _ in range(2_000)}
    assert len(made) == 2_000
    for place in range(LENGTH - 1):
        assert {reference[place] for reference in made} == set(ALPHABET)


@pytest.mark.covers("D37")
@given(references, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_single_wrong_letter_is_caught(reference: str, place: int, letter: str) -> None:
    assume(reference[place] != letter)
    assert not reads(reference[:place] + letter + reference[place + 1 :])


@given(references, st.integers(0, LENGTH - 2))
def test_a_swap_of_neighbours_is_caught_but_for_the_ends_of_the_alphabet(reference: str, place: int) -> None:
    first, second = reference[place], reference[place + 1]
    assume(first != second)
    swapped = reference[:place] + second + first + reference[place + 2 :]
    assert reads(swapped) is ({first, second} == {"0", "Z"})


def test_every_pair_of_letters_in_every_place_keeps_that_promise() -> None:
    uncaught = {
        first + second
        for first in ALPHABET
        for second in ALPHABET
        if first != second
        for place in (0, 1)
        if check_character("7" * place + first + second + "7" * (9 - place))
        == check_character("7" * place + second + first + "7" * (9 - place))
    }
    assert uncaught == {"0Z", "Z0"}


@given(references)
def test_a_reference_is_read_however_it_is_typed(reference: str) -> None:
    for typed in (
        shown(reference),
        shown(reference).lower(),
        f"  {' '.join(reference)} ",
        shown(reference).replace("-", "\u2011"),
        shown(reference).replace("-", " – "),
        shown(reference).replace("-", "\u00a0"),
    ):
        assert parse_reference(typed) == reference


@given(references, st.sampled_from([*product("0", "Oo"), *product("1", "IiLl")]))
def test_letters_that_look_alike_are_read_as_the_digit(reference: str, pair: tuple[str, str]) -> None:
    digit, letter = pair
    assert parse_reference(reference.replace(digit, letter)) == reference


def test_a_reference_is_shown_in_three_blocks_of_four() -> None:
    assert shown("7K29QXM4AB1C") == "7K29-QXM4-AB1C"


@pytest.mark.parametrize("typed", BAD_REFERENCES, ids=ascii)
def test_what_is_no_reference_is_refused(typed: str) -> None:
    with pytest.raises(ReferenceUnreadable):
        parse_reference(typed)


@given(st.text(max_size=50))
def test_any_text_is_a_reference_or_is_refused(typed: str) -> None:
    if reads(typed):
        assert parse_reference(parse_reference(typed)) == parse_reference(typed)


def test_numbered_references_of_the_tests_differ() -> None:
    made = [a_reference(number) for number in range(100)]
    assert all(one < next_one and reads(one) for one, next_one in pairwise(made))
