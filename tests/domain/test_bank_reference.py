"""Our reference, found in what banks and payers make of it."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.bank_reference import LONGEST_TEXT, MOST_FOUND, references_in
from portal.domain.ids import ALPHABET, LENGTH, check_character, new_reference, shown
from tests.corpus import BAD_AMOUNTS, BAD_PHONES, BAD_REFERENCES
from tests.makers import seeded

REFERENCE = "7K29QXM4AB1" + check_character("7K29QXM4AB1")
WORDS = (
    "TIPS CREDIT FROM TRANSFER RENT KODI YA NYUMBA JULAI AGOSTI MWEZI HOUSE FLAT ASHA MUSHI JUMA MWAKYUSA PAYMENT "
    "MALIPO DEPOSIT CRDB TO ACCOUNT REF NO TZS INV FOR AND KWA MOBILE BANKING AGENT WAKALA UNIT PLOT GHOROFA"
).split()

references = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1).map(
    lambda body: body + check_character(body)
)
surroundings = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
separators = st.sampled_from([" ", "-", "\u2013", ".", "/", "_", " - ", "\n", "\u00a0"])


def misread(reference: str) -> str:
    """What somebody copies from paper."""
    return reference.translate(str.maketrans("01", "ol"))


def cut(reference: str, places: set[int], separator: str) -> str:
    return "".join(letter + separator * (place in places) for place, letter in enumerate(reference, 1))


@pytest.mark.covers("A10")
@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        REFERENCE.lower(),
        shown(REFERENCE),
        shown(REFERENCE).replace("-", " "),
        shown(REFERENCE).replace("-", "\u2013"),
        f"RENT{REFERENCE}",
        f"RENT{REFERENCE}TIPS",
        f"{REFERENCE}2026",
        f"0754123456{REFERENCE}",
        f"{REFERENCE[:4]} {REFERENCE[4:8]} {REFERENCE[8:]}",
        f"REF:{shown(REFERENCE).lower()}/TIPS",
        f"RENT{shown(REFERENCE)}JULY",
        f"TIPS CREDIT FROM 255754123456 JOHN DOE REF {REFERENCE} RENT",
        f"TRANSFER RENT {REFERENCE[:7]}\n{REFERENCE[7:]} HOUSE 12",
        f"TRANSFER RENT{REFERENCE[:7]}\n{REFERENCE[7:]}HOUSE 12",
        f"kodi ya julai, {misread(REFERENCE)}",
        f"/ROC/{REFERENCE}//",
        f"{REFERENCE};{REFERENCE}",
    ],
)
def test_a_mangled_reference_is_found(text: str) -> None:
    assert REFERENCE in references_in(text)


@given(references, surroundings, surroundings)
def test_a_whole_reference_among_words_comes_first(reference: str, before: str, after: str) -> None:
    others = set(references_in(f"{before} {after}"))
    assume(not others)
    assert references_in(f"{before} | {reference} | {after}")[0] == reference


@given(references, surroundings, surroundings, st.sets(st.integers(1, LENGTH - 1), max_size=3), separators)
def test_a_reference_is_found_wherever_it_is_cut(
    reference: str, before: str, after: str, places: set[int], separator: str
) -> None:
    assert reference in references_in(f"{before} {cut(reference.lower(), places, separator)} {after}")


@given(references, st.sampled_from(WORDS), st.sampled_from(WORDS), surroundings, surroundings)
def test_a_reference_is_found_with_words_glued_to_both_ends(
    reference: str, left: str, right: str, before: str, after: str
) -> None:
    assert reference in references_in(f"{before} {left}{reference}{right} {after}")
    assert reference in references_in(f"{before} {left}{shown(reference)}{right} {after}")


@given(references, st.integers(0, LENGTH), surroundings, surroundings)
def test_a_reference_is_found_over_the_end_of_a_bank_s_line(
    reference: str, place: int, before: str, after: str
) -> None:
    text = f"{before}X{reference}X{after}"
    end = len(before) + 1 + place
    assert reference in references_in(text[:end] + "\r\n" + text[end:])


@given(references)
def test_letters_that_look_like_digits_are_read_as_these(reference: str) -> None:
    assert references_in(misread(reference)) == [reference]


@given(st.integers(1, 3), st.text("0123456789", min_size=10, max_size=10), surroundings)
def test_zeros_that_a_spreadsheet_took_are_put_back(lost: int, digits: str, before: str) -> None:
    body = ("0" * lost + "1" + digits)[: LENGTH - 1]
    reference = body + check_character(body)
    assume(any(letter.isdigit() for letter in reference[lost:]))
    assert reference in references_in(f"{before} {reference[lost:]}")


def test_several_bills_in_one_transfer_are_all_found_in_their_order() -> None:
    fresh = seeded("several")
    several = [new_reference(fresh) for _ in range(7)]
    for text in (" ".join(several), ", ".join(map(shown, several)), "RENT\n" + "\n".join(several)):
        assert [found for found in references_in(text) if found in several] == several


@given(references, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_reference_with_a_wrong_letter_is_not_found(reference: str, place: int, letter: str) -> None:
    assume(reference[place] != letter)
    assert references_in(reference[:place] + letter + reference[place + 1 :]) == []


@given(st.text(max_size=300))
def test_whatever_is_found_passes_the_check_and_is_little(text: str) -> None:
    found = references_in(text)
    assert len(found) == len(set(found)) <= MOST_FOUND
    assert all(check_character(reference[:-1]) == reference[-1] for reference in found)


def test_nothing_is_found_in_what_is_no_text_of_a_bank() -> None:
    nonsense = [*BAD_REFERENCES, *BAD_AMOUNTS, *(phone for kind in BAD_PHONES.values() for phone in kind)]
    zeros = {"0" * LENGTH}
    assert [text for text in nonsense if set(references_in(text)) - zeros] == []


def test_a_text_that_never_ends_is_cut_and_answers_little() -> None:
    assert len(references_in("7K29" * 1_000_000)) <= MOST_FOUND
    assert references_in(" " * LONGEST_TEXT + REFERENCE) == []


def a_text_without_a_reference(random: Random) -> str:
    """Words, phone numbers, the bank's ids, amounts and long numbers, as transfers have them."""
    return random.choice([" ", "/", " - "]).join(noise(random, random.randint(4, 14)))


def noise(random: Random, words: int) -> Iterator[str]:
    for _ in range(words):
        yield random.choices(
            [
                random.choice(WORDS),
                f"2557{random.randint(0, 10**8):08}",
                f"FT{random.randint(10**4, 10**5 - 1)}{''.join(random.choices('ABCDEFGHJK', k=5))}",
                str(random.randint(1, 10 ** random.randint(1, 7))),
                str(random.randint(10**19, 10**20)),
            ],
            [75, 8, 7, 7, 3],
        )[0]


def test_noise_gives_a_candidate_in_one_text_of_eight_and_none_is_ours() -> None:
    """Each is one that the check character lets through by chance, 1 of 32; the look-up refuses them all."""
    random = Random(20_260_701)  # noqa: S311  (noise, no secret)
    fresh = seeded("noise")
    ours = {new_reference(fresh) for _ in range(10_000)}
    found = [references_in(a_text_without_a_reference(random)) for _ in range(4_000)]
    assert 0 < sum(map(bool, found)) / len(found) < 0.16
    assert all(ours.isdisjoint(some) for some in found)
