"""What happened to the return of a deposit, in a stream of its own; what it moves stands in its payments' streams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain.money import Money, sum_of
from portal.domain.refund_part import RefundPart


class DeductionKind(StrEnum):
    """What a landlord may keep a part of a deposit for; the words beside it are sealed elsewhere."""

    DAMAGE = "DAMAGE"
    CLEANING = "CLEANING"
    UNPAID_RENT = "UNPAID_RENT"
    UNPAID_BILLS = "UNPAID_BILLS"
    KEYS = "KEYS"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So much of the deposit lies in this payment."""

    payment: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line of the landlord's: so much, for that."""

    kind: DeductionKind
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """What was never paid of a bill of the deposit, and is not owed once the lease is over; in the bill's currency."""

    bill: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositAskedBack:
    """The tenant asked; the landlord has until `answer_by`."""

    lease: str
    tenant: str
    landlord: str
    shares: tuple[Share, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LandlordSilent:
    """Their time is over: the office is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositItemised:
    """The landlord, or the office in their place, said what is kept and for what. What no claim names goes back.

    Claims are numbered from one in their order; the tenant has until `answer_by`.
    """

    lease: str
    tenant: str
    landlord: str
    shares: tuple[Share, ...]
    claims: tuple[Claim, ...]
    waived: tuple[Waiver, ...]
    itemised_by: str
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionAgreed:
    """The tenant agrees to a line: all of it is the landlord's."""

    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionDisputed:
    """The tenant does not agree; their words stand beside the stream."""

    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSilent:
    """Their time is over: every line without an answer goes to the office, and none counts as agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimeMoved:
    """While the payer's bank disputed the deposit nobody had to answer: whoever has to now has until `answer_by`."""

    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionProposed:
    """One person of the office would leave the landlord so much of a line; a second one has to agree."""

    line: int
    deducted: Money
    proposed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionTurnedDown:
    """That proposal is dropped, and decides nothing."""

    line: int
    turned_down_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionDecided:
    """The office leaves the landlord `deducted` of a line, all of it, a part or nothing; the rest goes back."""

    line: int
    deducted: Money
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositGone:
    """Nothing of it is held any more, for it went back to its payer by itself: the office ends the return.

    So does the rule, when the payer's bank has found for the payer.
    """

    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositDeducted:
    """In the payment's own stream: these parts of the deposit are the landlord's from now on.

    Older events name no `payee`: there it is whoever was the landlord when the payment was made.
    """

    deposit_return: str
    line: int
    parts: tuple[RefundPart, ...]
    payee: str | None = None

    @property
    def amount(self) -> Money:
        return sum_of([part.amount for part in self.parts])


ReturnEvent = (
    DepositAskedBack
    | LandlordSilent
    | DepositItemised
    | DeductionAgreed
    | DeductionDisputed
    | TenantSilent
    | AnswerTimeMoved
    | DeductionProposed
    | DeductionTurnedDown
    | DeductionDecided
    | DepositGone
)
RETURN_EVENTS: tuple[type[ReturnEvent], ...] = ReturnEvent.__args__
