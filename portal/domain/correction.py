"""What the office found about a payment that no provider answers for: one person proposes, another decides. So it is
of a payer's word, too, where it moves much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.outcome import NotPaid, Paid, Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, State
from portal.domain.reversal import left_here


class Finding(StrEnum):
    """What was found."""

    MONEY_CAME = "MONEY_CAME"
    NO_MONEY = "NO_MONEY"
    WENT_BACK = "WENT_BACK"
    """It was paid, or another amount came, and the operator has sent it back."""
    STANDS = "STANDS"
    """It is paid, and what was told beside that is not so."""
    KEEP = "KEEP"
    """Its payer has told the office to keep what came beyond its bills."""
    SEND_BACK = "SEND_BACK"
    """Its payer has told the office to send that back, or what of it is kept."""


WORDS = (Finding.KEEP, Finding.SEND_BACK)
"""What the payer said, and nobody found."""


class Verdict(StrEnum):
    """What came of a proposal."""

    CONFIRMED = "CONFIRMED"
    TURNED_DOWN = "TURNED_DOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A proposal and what came of it. Money that moved has its amount and code, the others their note; a payer's word
    has the amount that it was about, and how the office heard it. `version` of the payment is what was seen then.
    """

    id: str
    payment: str
    finding: Finding
    amount: Money | None = None
    receipt_code: str | None = None
    note: str | None = None
    proposed_by: str
    proposed_at: datetime
    version: int | None = None
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def outcome(self) -> Paid | NotPaid:
        """What is brought to the door when it is confirmed."""
        if self.finding is Finding.MONEY_CAME:
            return Paid(self.amount, self.receipt_code)
        if self.finding is Finding.WENT_BACK:
            return NotPaid(Reason.REVERSED, self.receipt_code or "")
        return NotPaid(Reason.NOT_COMPLETED, "the office found no money")


def can_be_decided(payment: Payment, proposed: Correction) -> bool:
    """Whether it still can be as it was proposed: a word was given about a sum that waits, and what was found right is
    what stood there then.
    """
    if proposed.finding in WORDS:
        return proposed.amount == payment.excess_waiting and not payment.disputes.open
    if proposed.finding is Finding.STANDS and payment.version != proposed.version:
        return False
    return proposed.finding in possible_findings(payment)


def possible_findings(payment: Payment) -> tuple[Finding, ...]:
    """What may be proposed: nothing about an open prompt, and of another amount than was asked for that it went back.

    That nothing came for what was called off is worth a word only where the payer gave a receipt code. Of what is paid
    it may be found that it went back, as long as something is left.
    """
    if payment.state is State.COMPLETED:
        went_back = (Finding.WENT_BACK,) if left_here(payment) else ()
        return (Finding.STANDS, *went_back) if payment.in_doubt else went_back
    if payment.given_back:
        return ()
    if payment.state in CALLED_OFF and payment.claimed_code is None:
        return (Finding.MONEY_CAME,)
    if payment.state in CALLED_OFF:
        return Finding.MONEY_CAME, Finding.NO_MONEY
    if payment.state is not State.UNCERTAIN:
        return ()
    if payment.reason is Reason.WRONG_AMOUNT and payment.in_question:
        return (Finding.WENT_BACK,)
    return Finding.MONEY_CAME, Finding.NO_MONEY
