"""What every provider can be asked, and the values that travel in and out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, runtime_checkable

from portal.domain.card import CardFace, CardOnFile
from portal.domain.errors import NotSignedIn
from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.outcome import NotSent, Outcome, Paid, Pending, Rejected, StartOutcome, Unknown
from portal.domain.phone import Phone
from portal.domain.refund_outcome import RefundAnswer
from portal.providers.refund import HeardOfRefund, RefundInstruction, SendsBack

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
REVERSED = "reversed"
"""The code with which a provider that `tells_reversals` answers of what was paid and has gone back."""
NOT_BY_CODE = Pending("not asked by a receipt code")
"""What a provider says that is `known_by_receipt_code` for nothing."""
_ADDRESS_END = re.compile("[0-9A-Za-z_-]{32,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A request for money. `amount` is the whole total that the payer was shown; `label` a few plain words.
    `method` is what the payer chose, for a provider that serves several.

    `phone` is a wallet's, and None for every other way. From a page of the provider's the payer comes back to
    `return_url`; it speaks `language`, a two-letter code. Nobody can pay any more after `expires_at`, aware UTC. `card`
    is the token of a saved card that the payer has chosen: it is asked without a page, unless its bank wants one.
    """

    reference: str
    amount: Money
    method: PaymentMethod
    label: str
    callback_url: str
    return_url: str
    language: str
    expires_at: datetime
    phone: Phone | None = None
    card: str | None = field(default=None, repr=False)

    @property
    def wallet(self) -> Phone:
        """The phone, for a provider that reaches its payers by nothing else."""
        if self.phone is None:
            raise LookupError(self.reference)
        return self.phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question about one request: by our reference, and by the provider's id where its answer brought one.

    With a `receipt_code` the question is what that code stands for, whatever became of the request.
    """

    reference: str
    request_id: str | None
    receipt_code: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one callback says, mostly still a hint.

    `request_id` is the provider's id, None where it says none; `reference` is ours, where the callback carries it.
    `says_paid` is given where the callback's own yes or no is more than the outcome that we can make of it. One that is
    `proved` is no hint: it was signed, and is final. What goes back out of a settled payment, known by the code
    `of_receipt`, is told by `refund`, and is `for_people` as long as the books have no place for it.
    """

    request_id: str | None
    outcome: Outcome
    code: str
    reference: str | None = None
    says_paid: bool | None = None
    proved: bool = False
    of_receipt: str | None = None
    for_people: bool = False
    refund: HeardOfRefund | None = None

    @property
    def claims_money(self) -> bool:
        return isinstance(self.outcome, Paid) if self.says_paid is None else self.says_paid


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The provider (or our contract with it) has no such thing; `what` names it."""

    what: str


def callback_keys(text: str | None) -> list[str]:
    """The ends of the address at which a provider may call, newest first: an older one serves while prompts are out."""
    return text.split(",") if text else []


def callback_key_fault(text: str) -> str | None:
    """What is wrong with a setting of such ends."""
    fits = text and all(_ADDRESS_END.fullmatch(key) for key in callback_keys(text))
    return (
        None
        if fits
        else "32 to 128 letters, digits, - and _; of several the newest first, commas between them"
    )


class CallbackUnreadable(ValueError):
    """The body has not the documented shape."""


class CallbackForged(NotSignedIn):
    """The signature is not the provider's."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the pages and the worker may count on.

    `earliest_ask` is the provider's own minimum wait; `longest_start` how long a request for money may take to be
    answered. A request `lives` so long, or until the end of so many `banking_days`. One that does not
    `answer_questions` is believed by its callbacks and statements alone; where nothing was ever sent that might
    still be approved, what nobody can be asked about and nobody paid in its time `lapses`. One that is
    `known_by_our_reference` can be asked about a request whose answer was lost, one that is `known_by_receipt_code`
    about the code that a payer typed; one that `repeats_safely` is sent the same request again until it answers,
    and takes it once. One that `tells_reversals` answers, about what was paid long ago, that the payer had it sent
    back, of which it tells nobody by itself. One that `signs` its callbacks is verified before anything of it is
    stored. `sends_back` are its ways to return money, the best first. `payee` is our own account there, as its
    answers name it; what names another is never ours.
    """

    earliest_ask: timedelta = timedelta(0)
    longest_start: timedelta = timedelta(0)
    lives: timedelta = timedelta(minutes=5)
    banking_days: int | None = None
    answers_questions: bool = True
    lapses: bool = False
    known_by_our_reference: bool = False
    known_by_receipt_code: bool = False
    repeats_safely: bool = False
    tells_reversals: bool = False
    signs: bool = False
    sends_back: tuple[SendsBack, ...] = ()
    payee: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a provider takes from its surroundings: aware UTC, seconds for its breaker, random bytes, pauses."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    random: Callable[[int], bytes]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Provider(Protocol):
    """The five methods. None raises for anything a provider can do; all say it by a value.

    `webhook` is its part of the address of its callbacks. Where those come to one address for all payments,
    `callback_key` is that address's unguessable end, or several of them as `callback_keys` reads them; None where every
    payment has an address of its own, or where a signature is proof enough.
    """

    name: str
    webhook: str
    callback_key: str | None
    methods: tuple[PaymentMethod, ...]
    capabilities: Capabilities

    async def start(self, instruction: Instruction) -> StartOutcome:
        """Ask the payer for money. Never called twice for one payment unless it answered NotSent."""
        ...

    async def check(self, inquiry: Inquiry) -> Outcome:
        """Ask how a request ended."""
        ...

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        """Send money back by one of the ways that it has. Never called twice for one refund unless it said NotSent."""
        ...

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        """Raise CallbackUnreadable unless the body has the documented shape, CallbackForged for a wrong signature."""
        ...

    def translate(self, body: str) -> Sequence[Heard]:
        """What a verified callback says."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Offered(Protocol):
    """How the registry makes a provider out of its settings.

    `Config` is a frozen dataclass whose fields in capitals, behind the provider's prefix, are the names of its
    settings; its `faults()` tell by field what is wrong with them. A `base_url` or `api_base` is an http(s) address;
    `unfit_for_production()`, where it is there, tells by field what may only be rehearsed with.
    """

    Config: ClassVar[type[Any]]

    @classmethod
    def open(cls, config: Any, means: Means) -> Provider: ...


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account of ours that payers send to; `id` is its bank's short name, as `CRDB`."""

    id: str
    bank: str
    name: str
    number: str
    swift: str


@runtime_checkable
class TakesTransfers(Protocol):
    """A provider that waits for money which the payer sends from a bank."""

    accounts: tuple[Account, ...]


def accounts_of(provider: object) -> tuple[Account, ...]:
    """Those that payers send to; none of a provider that takes no transfers."""
    return provider.accounts if isinstance(provider, TakesTransfers) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRequest:
    """A card that its owner wants to keep, to be entered on a page of the provider's. No money moves.

    `reference` is ours; the same request sent twice is taken once. From the page one comes back to `return_url`.
    """

    reference: str
    return_url: str
    language: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """Where a card is entered; by its `id` the provider can be asked what came of it."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class NoCard:
    """The page is over, and no card was entered."""

    code: str


@runtime_checkable
class SavesCards(Protocol):
    """A provider that keeps cards for their owners. None of these raises for anything a provider can do."""

    async def begin_saving(self, request: CardRequest) -> CardPage | NotSent | Rejected | Unknown:
        """Open a page on which a card is entered."""
        ...

    async def saved_card(self, page_id: str) -> CardOnFile | NoCard | Pending | Unknown:
        """What came of a page. The card's token is good for `Instruction.card` and for nothing else."""
        ...

    async def card_face(self, token: str) -> CardFace | None:
        """What the card looks like now: banks send new ones under the old number. None where nobody can say."""
        ...

    async def forget_card(self, token: str) -> bool:
        """Keep the card no longer; True when it is gone for certain, also if it was gone before."""
        ...


@runtime_checkable
class CallsOff(Protocol):
    """A provider that can take a request back before it is paid."""

    async def call_off(self, inquiry: Inquiry) -> Outcome:
        """Close the request, and say how it ended: it may have been paid meanwhile. Never raises."""
        ...
