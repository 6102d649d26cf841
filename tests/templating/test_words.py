"""Amounts in words, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Currency, Money, shillings
from portal.templating.language import Language
from portal.templating.words import LARGEST, amount_in_words, english_number, swahili_number

ENGLISH = """
0 zero
1 one
9 nine
10 ten
11 eleven
12 twelve
13 thirteen
15 fifteen
19 nineteen
20 twenty
21 twenty-one
40 forty
45 forty-five
80 eighty
99 ninety-nine
100 one hundred
101 one hundred and one
110 one hundred and ten
119 one hundred and nineteen
200 two hundred
342 three hundred and forty-two
999 nine hundred and ninety-nine
1000 one thousand
1001 one thousand and one
1010 one thousand and ten
1100 one thousand one hundred
1101 one thousand one hundred and one
2500 two thousand five hundred
9999 nine thousand nine hundred and ninety-nine
10000 ten thousand
12345 twelve thousand three hundred and forty-five
50003 fifty thousand and three
53000 fifty-three thousand
100000 one hundred thousand
150000 one hundred and fifty thousand
450000 four hundred and fifty thousand
453500 four hundred and fifty-three thousand five hundred
999999 nine hundred and ninety-nine thousand nine hundred and ninety-nine
1000000 one million
1000001 one million and one
1200000 one million two hundred thousand
3000000 three million
23000000 twenty-three million
1000000000 one billion
1001001001 one billion one million one thousand and one
"""

SWAHILI = """
0 sifuri
1 moja
2 mbili
3 tatu
4 nne
5 tano
6 sita
7 saba
8 nane
9 tisa
10 kumi
11 kumi na moja
15 kumi na tano
20 ishirini
21 ishirini na moja
30 thelathini
44 arobaini na nne
50 hamsini
60 sitini
70 sabini
80 themanini
99 tisini na tisa
100 mia moja
103 mia moja na tatu
110 mia moja na kumi
567 mia tano na sitini na saba
1000 elfu moja
1003 elfu moja na tatu
1500 elfu moja na mia tano
2026 elfu mbili na ishirini na sita
3500 elfu tatu na mia tano
10000 elfu kumi
10003 elfu kumi, na tatu
13000 elfu kumi na tatu
15000 elfu kumi na tano
50000 elfu hamsini
50003 elfu hamsini, na tatu
53000 elfu hamsini na tatu
53500 elfu hamsini na tatu na mia tano
99000 elfu tisini na tisa
100000 laki moja
100003 laki moja na tatu
103000 laki moja na elfu tatu
150000 laki moja na elfu hamsini
450000 laki nne na elfu hamsini
453500 laki nne na elfu hamsini na tatu na mia tano
999999 laki tisa na elfu tisini na tisa na mia tisa na tisini na tisa
1000000 milioni moja
1200000 milioni moja na laki mbili
1234567 milioni moja na laki mbili na elfu thelathini na nne na mia tano na sitini na saba
3000000 milioni tatu
20000003 milioni ishirini, na tatu
23000000 milioni ishirini na tatu
100000023 milioni mia moja, na ishirini na tatu
123000000 milioni mia moja na ishirini na tatu
1000000000 bilioni moja
"""


def table(text: str) -> list[tuple[int, str]]:
    rows = [line.split(" ", 1) for line in text.strip().splitlines()]
    return [(int(number), words) for number, words in rows]


@pytest.mark.parametrize("number, words", table(ENGLISH))
def test_numbers_are_written_in_english(number: int, words: str) -> None:
    assert english_number(number) == words


@pytest.mark.parametrize("number, words", table(SWAHILI))
def test_numbers_are_written_in_swahili(number: int, words: str) -> None:
    assert swahili_number(number) == words


@given(st.integers(0, LARGEST))
def test_english_reads_back_to_the_same_number(number: int) -> None:
    assert read_english(english_number(number)) == number


@given(
    st.one_of(
        st.integers(0, LARGEST),
        st.integers(0, 10**6),
        st.builds(lambda a, b: a * 10**4 + b, st.integers(0, 10**7), st.integers(0, 120)),
    )
)
def test_swahili_reads_back_to_the_same_number(number: int) -> None:
    assert read_swahili(swahili_number(number)) == number


def test_no_two_amounts_up_to_a_hundred_and_twenty_thousand_read_alike() -> None:
    assert len({swahili_number(number) for number in range(120_000)}) == 120_000
    assert len({english_number(number) for number in range(120_000)}) == 120_000


@pytest.mark.parametrize(
    "amount, english, swahili",
    [
        (
            shillings(450_000),
            "Four hundred and fifty thousand shillings only",
            "Shilingi laki nne na elfu hamsini tu",
        ),
        (shillings(1), "One shilling only", "Shilingi moja tu"),
        (Money(20_000, Currency.USD), "Two hundred US dollars only", "Dola za Marekani mia mbili tu"),
        (
            Money(101, Currency.USD),
            "One US dollar and one cent only",
            "Dola ya Marekani moja na senti moja tu",
        ),
        (
            Money(250, Currency.USD),
            "Two US dollars and fifty cents only",
            "Dola za Marekani mbili na senti hamsini tu",
        ),
    ],
)
def test_a_receipt_names_the_currency_and_closes_the_amount(
    amount: Money, english: str, swahili: str
) -> None:
    assert amount_in_words(amount, Language.EN) == english
    assert amount_in_words(amount, Language.SW) == swahili


@pytest.mark.parametrize("minor", [-1, LARGEST + 1])
def test_an_amount_without_words_is_refused(minor: int) -> None:
    with pytest.raises(ValueError, match="no words"):
        amount_in_words(shillings(minor), Language.SW)


SMALL_NAMES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
SMALL = {name: number for number, name in enumerate(SMALL_NAMES.split())}
TENS_NAMES = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL |= {name: 10 * tens for tens, name in enumerate(TENS_NAMES.split(), start=2)}
SCALES = {"thousand": 1000, "million": 10**6, "billion": 10**9}


def read_english(text: str) -> int:
    """Read the words back, independently of how they were written: a scale multiplies what stands before it."""
    total = part = 0
    for word in text.replace("-", " ").replace(" and ", " ").split():
        if word == "hundred":
            part *= 100
        elif word in SCALES:
            total, part = total + part * SCALES[word], 0
        else:
            part += SMALL[word]
    return total + part


UNITS_NAMES = "sifuri moja mbili tatu nne tano sita saba nane tisa"
SIZE = {name: number for number, name in enumerate(UNITS_NAMES.split())}
MAKUMI = "kumi ishirini thelathini arobaini hamsini sitini sabini themanini tisini"
SIZE |= {name: 10 * tens for tens, name in enumerate(MAKUMI.split(), start=1)}
SIZE |= {"mia": 100, "elfu": 1000, "laki": 10**5, "milioni": 10**6, "bilioni": 10**9}
CEILING = {"mia": 10, "elfu": 100, "laki": 10, "milioni": 1000, "bilioni": 1000}


def read_swahili(text: str) -> int:
    """Read the words back as a listener does: a scale takes the longest count that follows, up to a comma."""
    return sum(read_part(part.split(), 10**12) for part in text.split(", na "))


def read_part(words: list[str], ceiling: int) -> int:
    """The longest number below a ceiling at the head of the words, its parts joined by `na`; takes them off."""
    total = 0
    while words and SIZE[words[0]] < ceiling:
        name = words.pop(0)
        total += SIZE[name] * (read_part(words, CEILING[name]) if name in CEILING else 1)
        ceiling = SIZE[name] if SIZE[name] >= 10 else 0
        ceiling = min(ceiling, 10) if ceiling < 100 else ceiling
        if not words or SIZE[words[1]] >= ceiling:
            break
        words.pop(0)
    return total
