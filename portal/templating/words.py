"""An amount in words, as a receipt writes it, in English and in Swahili.

Swahili is Tanzanian usage: mia, elfu, laki, milioni, bilioni, each before its count, all joined by *na*.
A *na* binds to the nearest count, so `elfu hamsini na tatu` is 53,000; a comma closes the count where it
would mislead, so 50,003 is `elfu hamsini, na tatu`.
"""

from __future__ import annotations

from portal.domain.money import EXPONENT, Currency, Money
from portal.templating.language import Language

LARGEST = 10**12 - 1
_words = str.split


def amount_in_words(amount: Money, language: Language) -> str:
    """`Four hundred and fifty thousand shillings only`, `Shilingi laki nne na elfu hamsini tu`."""
    whole, rest = divmod(amount.minor, 10 ** EXPONENT[amount.currency])
    if not 0 <= whole <= LARGEST:
        raise ValueError(f"no words for {amount}")
    write = _swahili_amount if language is Language.SW else _english_amount
    text = write(whole, rest, amount.currency)
    return text[0].upper() + text[1:]


_ENGLISH_UNIT = {Currency.TZS: ("shilling", "shillings"), Currency.USD: ("US dollar", "US dollars")}


def _english_amount(whole: int, cents: int, currency: Currency) -> str:
    one, many = _ENGLISH_UNIT[currency]
    text = f"{english_number(whole)} {one if whole == 1 else many}"
    if cents:
        text += f" and {english_number(cents)} {'cent' if cents == 1 else 'cents'}"
    return f"{text} only"


_SWAHILI_UNIT = {Currency.TZS: "shilingi", Currency.USD: "dola za Marekani"}


def _swahili_amount(whole: int, cents: int, currency: Currency) -> str:
    unit = "dola ya Marekani" if currency is Currency.USD and whole == 1 else _SWAHILI_UNIT[currency]
    text = f"{unit} {swahili_number(whole)}"
    if cents:
        text += f" na senti {swahili_number(cents)}"
    return f"{text} tu"


_ENGLISH_SMALL = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_ENGLISH_TENS = _words("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_ENGLISH_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))


def english_number(number: int) -> str:
    """British style: `four hundred and fifty-three thousand five hundred`."""
    for scale, name in _ENGLISH_SCALES:
        if number >= scale:
            count, rest = divmod(number, scale)
            return f"{english_number(count)} {name}{_english_rest(rest)}"
    if number >= 100:  # noqa: PLR2004
        count, rest = divmod(number, 100)
        return f"{_ENGLISH_SMALL[count]} hundred{_english_rest(rest)}"
    return _english_below_hundred(number)


def _english_rest(rest: int) -> str:
    if not rest:
        return ""
    return f" and {english_number(rest)}" if rest < 100 else f" {english_number(rest)}"  # noqa: PLR2004


def _english_below_hundred(number: int) -> str:
    if number < len(_ENGLISH_SMALL):
        return _ENGLISH_SMALL[number]
    tens, ones = divmod(number, 10)
    return _ENGLISH_TENS[tens] + (f"-{_ENGLISH_SMALL[ones]}" if ones else "")


_SWAHILI_ONES = _words("sifuri moja mbili tatu nne tano sita saba nane tisa")
_SWAHILI_TENS = _words("_ kumi ishirini thelathini arobaini hamsini sitini sabini themanini tisini")
_SWAHILI_SCALES = ((10**9, "bilioni"), (10**6, "milioni"), (10**5, "laki"), (1000, "elfu"), (100, "mia"))


def swahili_number(number: int) -> str:
    """`laki nne na elfu hamsini na tatu na mia tano` for 453,500."""
    for scale, name in _SWAHILI_SCALES:
        if number >= scale:
            count, rest = divmod(number, scale)
            return f"{name} {swahili_number(count)}" + _swahili_rest(count, rest)
    return _swahili_below_hundred(number)


def _swahili_rest(count: int, rest: int) -> str:
    if not rest:
        return ""
    return f"{',' if _would_join(count, rest) else ''} na {swahili_number(rest)}"


def _would_join(count: int, rest: int) -> bool:
    """Whether the rest would be heard as the end of the count: `hamsini na tatu`, `mia moja na ishirini`."""
    return (rest < 10 and count % 10 == 0) or (rest < 100 and count % 100 == 0)  # noqa: PLR2004


def _swahili_below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _SWAHILI_ONES[ones]
    return _SWAHILI_TENS[tens] + (f" na {_SWAHILI_ONES[ones]}" if ones else "")
