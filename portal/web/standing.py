"""What a status page shows of one payment: its face, what may be done, and how the page goes on asking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from portal.domain.claim import Claimed, claim_of
from portal.domain.fold import fold
from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import OPEN, State
from portal.domain.received import opened_again
from portal.providers.provider import Account
from portal.services.views import PaymentView
from portal.store.leases import Basket
from portal.web.excess_form import ExtraForm
from portal.web.faces import BEGINS_ANOTHER, CARD_BACK, CARD_PAGE, Action, Face, actions_of, face_of, led_on
from portal.web.timeline import Moment, moments
from portal.web.waiting import Patience, Poll, patience_of, poll_of
from portal.web.wallets import no_prompt_page

STARTS_ANOTHER = BEGINS_ANOTHER - {Action.PAY_REST, Action.PAY_PART}
"""Of these, the two that are left out lead to the first page of the pay path by a link."""
PROMPT = "check_phone"
ANSWERS_WITHIN = timedelta(seconds=10)
_PLAIN_CODE = re.compile(r"(?=.*[0-9])[0-9A-Za-z.-]{1,22}")
"""As `1037`, `DP00800001005` or `DebitMandate-10-1000-E`; a word as `false` is no code."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows already: the payment's version, what its bills lacked then, in minor units, and how long its
    words hold.
    """

    version: int
    rest: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The context of the pages of one payment. `announced`: the reader's voice says the new sentence.

    `payee_name`, `account` and `came` are those of `PaymentView`. `leads_to`: the host of the site that the end leads
    back to.
    """

    payment: Payment
    due: Basket
    payee_name: str
    phone: str | None
    face: Face
    actions: tuple[Action, ...]
    moments: list[Moment]
    patience: Patience | None
    poll: str | None
    every: float
    pdf_kilobytes: int | None
    can_be_asked: bool
    claim: Claimed | None
    seen: Seen | None
    announced: bool
    account: Account | None
    came: Money | None
    leads_to: str | None
    extra: ExtraForm | None = None

    @property
    def by_bank(self) -> bool:
        return self.payment.method is PaymentMethod.BANK_TRANSFER

    @property
    def missing(self) -> Money:
        """What a transfer still has to bring."""
        return self.payment.total - self.came if self.came else self.payment.total

    @property
    def address(self) -> str:
        return f"/pay/{self.payment.reference}"

    @property
    def owed_again(self) -> Money | None:
        """What is still owed because money of this payment went back: another one may have paid it since."""
        lost = opened_again(self.payment)
        return min(lost, self.due.rest) if lost else None

    @property
    def choice(self) -> str:
        """Where something else can be paid of what it was for."""
        left = [("bill", bill.reference) for bill in self.due.bills if bill.rest]
        return f"/pay?{urlencode(left)}"

    @property
    def receipt(self) -> str | None:
        """Where its receipt stands; the PDF is the same address with `.pdf` behind it."""
        return f"/r/{self.payment.receipt.address}" if self.payment.receipt else None

    @property
    def waiting(self) -> bool:
        return self.payment.state in OPEN

    @property
    def resting(self) -> bool:
        """The page has asked long enough by itself."""
        return self.waiting and self.poll is None

    @property
    def on_the_phone(self) -> bool:
        """The payer has a prompt to look at."""
        return self.face.name == PROMPT

    @property
    def sending(self) -> bool:
        return self.payment.state in (State.CREATED, State.SUBMITTING)

    @property
    def no_prompt_page(self) -> str | None:
        """The page of help for a network whose prompt does not come."""
        return no_prompt_page(self.payment.method)

    @property
    def begins_another(self) -> bool:
        return bool(STARTS_ANOTHER.intersection(self.actions))

    @property
    def news(self) -> bool:
        """Something has happened since the page was shown; otherwise only the waiting has grown longer."""
        return self.seen is None or self.seen.version != self.payment.version

    @property
    def support(self) -> str | None:
        """The provider's code, where it can be read aloud and does not speak of a guest's phone."""
        code = None if self.payment.by_link else self.payment.code
        return f"PM-{code}" if code and _PLAIN_CODE.fullmatch(code) else None


def standing_of(
    view: PaymentView,
    *,
    opened_at: datetime,
    now: datetime,
    jitter: float,
    seen: Seen | None = None,
    pdf_kilobytes: int | None = None,
    leads_to: str | None = None,
    just_back: bool = False,
) -> Standing:
    """`opened_at` is when the page was opened, `seen` what it shows already, `leads_to` the host of another site.

    Who is `just_back` from a card's page, where they may have paid, is told so until the provider can have answered.
    """
    payment, due = view.payment, view.due
    face, poll = face_of(payment, due.rest, now), poll_of(payment, opened_at, now, jitter)
    if just_back and face.name == CARD_PAGE:
        face, poll = CARD_BACK, poll and Poll(poll.every, min(poll.until, now + ANSWERS_WITHIN))
    return Standing(
        payment=payment,
        due=due,
        payee_name=view.payee_name,
        phone=view.phone,
        face=face,
        actions=led_on(actions_of(face, payment, due, can_be_asked=view.can_be_asked), face, leads_to),
        moments=moments(view.timeline),
        patience=patience_of(payment, now) if face.name == PROMPT else None,
        poll=_address(view, opened_at, poll) if poll else None,
        every=poll.every if poll else 0,
        pdf_kilobytes=pdf_kilobytes,
        can_be_asked=view.can_be_asked,
        claim=claim_of(payment, view.timeline, now),
        seen=seen,
        announced=seen is not None and _said(view, seen) != (face.name, payment.reason),
        account=view.account,
        came=view.came,
        leads_to=leads_to,
    )


def _said(view: PaymentView, seen: Seen) -> tuple[str, Reason | None] | None:
    """What the page said of what it showed; None for a version that never was."""
    if not 0 < seen.version <= len(view.timeline):
        return None
    payment = fold(view.payment.reference, view.timeline[: seen.version])
    rest = Money(seen.rest, payment.credit.currency)
    return face_of(payment, rest, seen.until - timedelta.resolution).name, payment.reason


def _address(view: PaymentView, opened_at: datetime, poll: Poll) -> str:
    """What the page has seen travels with its question, so that an unchanged answer costs two small queries."""
    return (
        f"/pay/{view.payment.reference}/card?v={view.payment.version}&rest={view.due.rest.minor}"
        f"&since={int(opened_at.timestamp())}&until={int(poll.until.timestamp())}"
    )
