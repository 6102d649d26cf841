"""What the pages of the pay path show: a draft with all that can be chosen, and the quote that is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.allocation import Allocation
from portal.domain.exchange import Exchange, asked_for_all
from portal.domain.fees import Fees
from portal.domain.limits import PushLimit
from portal.domain.method import BESIDE, Details, PaymentMethod, details_of
from portal.domain.money import Money, sum_of
from portal.domain.phone import Network, Phone
from portal.domain.saved_method import SavedMethod
from portal.providers.provider import Account
from portal.services.weather import FAIR, Notice, Weather
from portal.store.drafts import Draft
from portal.store.leases import Basket


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChoice:
    """One line of the method page.

    `problem` says why it cannot be chosen: `off`, `switched_off`, `too_much` or `too_little`.
    """

    method: PaymentMethod
    fees: Fees | None
    limit: PushLimit | None
    problem: str | None
    preselected: bool
    weather: Weather = FAIR

    @property
    def is_spoken_of(self) -> bool:
        """A way beside the customer's is none where nobody serves it; theirs stays readable as not open yet."""
        return self.problem != "off" or self.method not in BESIDE

    def under(self, weather: Weather) -> MethodChoice:
        """What is left of it in that weather; a way that nobody serves cannot be switched off."""
        if weather.off is None or self.problem == "off":
            return replace(self, weather=weather)
        return replace(self, weather=weather, problem="switched_off", preselected=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedChoice:
    """A saved way on that page, and the one that it goes. A card's time may be over."""

    saved: SavedMethod
    way: MethodChoice
    ended: bool

    @property
    def problem(self) -> str | None:
        return "ended" if self.ended else self.way.problem


def saved_choices(
    saved: Sequence[SavedMethod], ways: Sequence[MethodChoice], today: date
) -> list[SavedChoice]:
    """In the order of the saved ones, which is the default first."""
    of_method = {way.method: way for way in ways}
    return [
        SavedChoice(
            saved=one,
            way=of_method[one.method],
            ended=one.card is not None and one.card.ends_before(today),
        )
        for one in saved
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A draft with all that its pages show. `own_phone`: it is proved to be the payer's.

    `moved_from`: the network that the number started on, where the payer chose another one. A hint, never an error.
    `accounts`: those of ours that the payer may send to, by the way that they chose. `number_is_saved`: the number with
    which the page for the phone begins. `exchange`: the quote by which bills in dollars are paid in shillings.
    """

    draft: Draft
    due: Basket
    allocations: tuple[Allocation, ...]
    choices: list[MethodChoice]
    saved: list[SavedChoice]
    account_phone: Phone | None
    own_phone: bool
    number_is_saved: bool
    moved_from: Network | None
    accounts: tuple[Account, ...]
    notices: list[Notice]
    exchange: Exchange | None = None

    @property
    def amount(self) -> Money:
        """All that is to be paid of the bills, in their own currency."""
        return sum_of([each.amount for each in self.allocations])

    @property
    def asked(self) -> Money:
        """The money for it, before the fees."""
        return asked_for_all((each.amount for each in self.allocations), self.exchange)

    @property
    def details(self) -> Details | None:
        """What is asked for beside the method; None while there is none."""
        return details_of(self.draft.method) if self.draft.method else None

    @property
    def account(self) -> Account | None:
        """The account that was chosen, if it is still ours."""
        return next((account for account in self.accounts if account.id == self.draft.account), None)

    @property
    def card(self) -> SavedMethod | None:
        """The saved card that was chosen."""
        chosen = (one.saved for one in self.saved if one.saved.id == self.draft.saved)
        return next((saved for saved in chosen if saved.card is not None), None)

    @property
    def parts_would_do(self) -> bool:
        """It is too much for some way to pay, and less can be paid at once: a part, or fewer bills."""
        return self.due.takes_parts and any(choice.problem == "too_much" for choice in self.choices)

    @property
    def some_way_is_open(self) -> bool:
        return any(choice.problem is None for choice in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The check page: every fee, and the total that will be asked for; from which phone or to which account."""

    step: Step
    method: PaymentMethod
    phone: Phone | None
    account: Account | None
    fees: Fees
    total: Money
