"""Amounts as banks and spreadsheets write them: an exact Decimal or nothing, and never a guess."""

from __future__ import annotations

import re
from decimal import Decimal

_CURRENCY = re.compile(r"(?<![A-Z])(?:TZS|TSHS?|USD)(?![A-Z])\.?|\$|/=", re.IGNORECASE)
_SIDE = re.compile(r"(?<=[0-9)\s])(?:(CR?)|(DR?))\.?$", re.IGNORECASE)
_PLAIN = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,2}))?", re.ASCII)
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:([., '])[0-9]{3})(?:\2[0-9]{3}){0,3})(?:(?!\2)[.,]([0-9]{1,2}))?", re.ASCII
)
_ODD_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})
_LONGEST = 40


def read_amount(written: str) -> Decimal | None:
    """None for an empty cell or a dash. Negative for `-5`, `5-`, `(5)` and `5 DR`. Raises ValueError.

    `450.000` is refused: half of its readers mean thousands by it. `450,000` is four hundred and fifty thousand.
    """
    text = _CURRENCY.sub(" ", written.translate(_ODD_SPACES)).strip()
    if text in {"", "-", "--"}:
        return None
    if len(text) > _LONGEST:
        raise ValueError("too long")
    is_debit, bare = _without_side(text)
    is_negative, digits = _without_sign(bare)
    if is_debit and is_negative:
        raise ValueError("signed twice")
    amount = _unsigned(digits)
    return -amount if is_debit or is_negative else amount


def _without_side(text: str) -> tuple[bool, str]:
    side = _SIDE.search(text)
    return (side[2] is not None, text[: side.start()].strip()) if side else (False, text)


def _without_sign(text: str) -> tuple[bool, str]:
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    if text.startswith("-") or text.endswith("-"):
        return True, text.removeprefix("-").strip() if text.startswith("-") else text.removesuffix(
            "-"
        ).strip()
    return False, text.removeprefix("+").strip()


def _unsigned(digits: str) -> Decimal:
    if plain := _PLAIN.fullmatch(digits):
        return Decimal(f"{plain[1]}.{plain[2] or 0}")
    grouped = _GROUPED.fullmatch(digits)
    if not grouped:
        raise ValueError("no amount")
    whole, separator, fraction = grouped.groups()
    if separator == "." and whole.count(".") == 1 and fraction is None:
        raise ValueError("thousands or decimals")
    return Decimal(f"{re.sub('[^0-9]', '', whole)}.{fraction or 0}")
