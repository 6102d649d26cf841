"""What a receipt says, and its slip as HTML: one template for the page, for print and for the PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from portal.documents.qr import qr_svg
from portal.domain.bill import PaymentType
from portal.domain.credit_use import CreditUse
from portal.domain.exchange import Exchange, asked_beyond, asked_for_all
from portal.domain.fees import Fees
from portal.domain.ids import shown
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, sum_of
from portal.domain.receipt import ReceiptNumber
from portal.domain.zone import EAST_AFRICA
from portal.templating.environment import Environment, render
from portal.templating.language import Language
from portal.templating.translations import load_translations
from portal.templating.words import amount_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One bill of a receipt: `balance` is what it still lacks after this payment, `excess` what came in beyond it."""

    type: PaymentType
    period: date | None
    amount: Money
    balance: Money
    excess: Money | None = None


@dataclass(frozen=True, slots=True)
class SentBack:
    """Money that went back, and when."""

    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """Everything that a slip shows, and nothing else: the same facts make the same document, byte for byte.

    `lines` are the bills, at least one; `phone` is masked, `provider_code` is the operator's own receipt code where we
    know it, `verify_url` ends in the code. `by_link`: somebody else paid it for the tenant; `by_menu`: anybody. By an
    `exchange` the lines are in dollars, and all else is in shillings.
    """

    number: ReceiptNumber
    code: str
    completed_at: datetime
    provider_paid_at: datetime | None
    landlord: str
    landlord_tin: str | None = None
    tenant: str
    place: str
    lines: tuple[ReceiptLine, ...]
    fees: Fees
    exchange: Exchange | None = None
    method: PaymentMethod
    phone: str | None
    by_link: bool = False
    by_menu: bool = False
    provider_code: str | None
    late: bool
    verify_url: str
    version: int
    rendered_at: datetime
    sent_back: tuple[SentBack, ...] = ()
    all_back: bool = False
    """All but the fees."""
    credit_uses: tuple[CreditUse, ...] = ()
    """What of the money that came beyond its bills has paid others since."""
    kept: Money | None = None
    """What the landlord kept of the deposit when the lease ended."""
    read_by: str | None = None
    """The landlord for whom it is made; None where tenant and office read it too."""

    def names(self, use: CreditUse) -> bool:
        """What paid a bill of another landlord is told to a landlord by its amount alone."""
        return self.read_by in (None, use.payee)

    @property
    def amount(self) -> Money:
        """The money for its bills."""
        return asked_for_all((line.amount for line in self.lines), self.exchange)

    @property
    def total(self) -> Money:
        """What left the payer's account."""
        return self.amount + self.fees.total

    @property
    def balance(self) -> Money:
        """What its bills still lack, all together."""
        return sum_of([line.balance for line in self.lines])

    @property
    def excess(self) -> Money | None:
        """The money that came in beyond its bills."""
        found = [asked_beyond(line.amount, line.excess, self.exchange) for line in self.lines if line.excess]
        return sum_of(found) if found else None

    @property
    def still_yours(self) -> Money | None:
        """What of that is still the payer's, where none of it went back."""
        if self.excess is None or self.sent_back:
            return None
        return sum((-use.amount for use in self.credit_uses), self.excess) or None

    @property
    def part(self) -> bool:
        """Whether a bill still waits for more; a receipt without it is the quittance of its bills."""
        return bool(self.balance)

    @property
    def paid_at(self) -> datetime:
        """When the provider moved the money, as far as it said so."""
        return self.provider_paid_at or self.completed_at

    @property
    def paid_on(self) -> date | None:
        """The day alone, where nobody knows more: a bank's statement names no hour."""
        named = self.provider_paid_at if self.method is PaymentMethod.BANK_TRANSFER else None
        return named.astimezone(EAST_AFRICA).date() if named else None


def receipt_html(facts: ReceiptFacts, language: Language, environment: Environment) -> str:
    """The whole document that becomes the PDF."""
    return render(environment, "pdf/receipt.html", language, slip_context(facts, language))


def slip_context(facts: ReceiptFacts, language: Language) -> dict[str, object]:
    """What `receipts/_receipt.html` asks for, on whichever page it stands."""
    other = next(each for each in Language if each is not language)
    return {
        "facts": facts,
        "qr": qr_svg(facts.verify_url, alt=shown(facts.code)),
        "address": facts.verify_url.partition("://")[2],
        "words": {each: amount_in_words(facts.total, each) for each in Language},
        "other": other,
        "in_other": _translator(other),
        "explains": None,
    }


@cache
def _translator(language: Language) -> Callable[[str], str]:
    return load_translations(language).gettext
