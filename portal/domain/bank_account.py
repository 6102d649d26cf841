"""A bank account of somebody's own, as they type it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.card import holds_card_number
from portal.domain.short_text import one_line

_BANK_LENGTHS = range(2, 31)
_HOLDER_LENGTHS = range(3, 61)
_NUMBER_LENGTHS = range(8, 21)
"""Tanzanian banks give 10 to 16 digits; none is refused for an odd length alone."""


class AccountUnfit(ValueError):
    """`field` is bank, holder or number; `problem` one of empty, length, format, card."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """At which bank, in whose name; `number` is its digits alone."""

    bank: str
    holder: str
    number: str

    def __repr__(self) -> str:
        return f"BankAccount({self.masked})"

    @property
    def masked(self) -> str:
        return f"{self.bank} ••••\u00a0{self.number[-4:]}"


def parse_bank_account(bank: str, holder: str, number: str) -> BankAccount:
    """Raises AccountUnfit."""
    return BankAccount(
        bank=_text("bank", bank, _BANK_LENGTHS),
        holder=_text("holder", holder, _HOLDER_LENGTHS),
        number=_number(number),
    )


def _text(field: str, typed: str, lengths: range) -> str:
    text = one_line(typed)
    if not text:
        raise AccountUnfit(field, "empty")
    if len(text) not in lengths:
        raise AccountUnfit(field, "length")
    if holds_card_number(text):
        raise AccountUnfit(field, "card")
    return text


def _number(typed: str) -> str:
    number = "".join(c for c in typed if c not in " .-\u00a0")
    if not number:
        raise AccountUnfit("number", "empty")
    if not (number.isascii() and number.isdigit() and len(number) in _NUMBER_LENGTHS):
        raise AccountUnfit("number", "format")
    if holds_card_number(number):
        raise AccountUnfit("number", "card")
    return number
