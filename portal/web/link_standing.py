"""What somebody with a link sees of a bill or of the payment that they began: a face, and how the page goes on asking.

The sentences of a face live in `templates/link/faces/<name>.html`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, OPEN, State
from portal.services.links import LinkView
from portal.web.faces import FACES, PROMPTED_AFTER
from portal.web.waiting import Poll, poll_of
from portal.web.wallets import no_prompt_page

KINDS = {
    "sending": "wait",
    "check_phone": "wait",
    "already_paid": "wait",
    "partly_paid": "wait",
    "confirming": "wait",
    "checking": "wait",
    "under_way": "wait",
    "paid": "good",
    "paid_extra": "good",
    "not_paid": "bad",
    "given_back": "info",
    "open": "info",
}
"""Every face, with its icon and colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStanding:
    """The context of `link/status.html` and `link/card.html`. `at` is the link's own path.

    `fresh` says that the page has not been shown before; `announced`, that a reader's voice says the new sentence.
    """

    view: LinkView
    at: str
    draft: str
    face: str
    poll: str | None
    every: float
    fresh: bool
    announced: bool

    @property
    def payment(self) -> Payment | None:
        return self.view.payment

    @property
    def kind(self) -> str:
        return KINDS[self.face]

    @property
    def address(self) -> str:
        """Of the whole page."""
        return f"{self.at}?draft={self.draft}" if self.view.own else self.at

    @property
    def waiting(self) -> bool:
        return self.payment is not None and self.payment.state in OPEN and self.face != "paid"

    @property
    def resting(self) -> bool:
        """The page has asked long enough by itself."""
        return self.waiting and self.poll is None

    @property
    def on_the_phone(self) -> bool:
        """This guest has a prompt to look at."""
        return self.face == "check_phone"

    @property
    def no_prompt_page(self) -> str | None:
        return no_prompt_page(self.payment.method) if self.payment else None

    @property
    def code(self) -> str | None:
        """The code that proves the receipt; of what the tenant paid in another way, the tenant has it."""
        return self.payment.receipt_check if self.payment and self.payment.by_link else None


def mark_of(view: LinkView) -> str:
    """What a page has seen: nothing is new while this stands."""
    payment = view.payment
    seen = f"{payment.reference}.{payment.version}" if payment else ""
    return f"{seen}.{view.due.rest.minor}"


def link_standing(
    view: LinkView,
    *,
    at: str,
    draft: str,
    opened_at: datetime,
    now: datetime,
    jitter: float,
    said: str | None = None,
) -> LinkStanding:
    """`said` is the face that the page shows already, None for a page that is opened."""
    face = face_of(view, now)
    going_on = view.payment if face not in ("paid", "open") else None
    poll = poll_of(going_on, opened_at, now, jitter) if going_on else None
    return LinkStanding(
        view=view,
        at=at,
        draft=draft,
        face=face,
        poll=_address(view, at, draft, face, opened_at, poll) if poll else None,
        every=poll.every if poll else 0,
        fresh=said is None,
        announced=said not in (None, face),
    )


def face_of(view: LinkView, now: datetime) -> str:
    """How it looks; of a payment that is not their own a guest learns only whether it is over, and how."""
    payment = view.payment
    if payment is None:
        return "open" if view.due.rest else "paid"
    if view.own:
        return _own_face(payment, now, view.due.rest)
    if payment.state in IN_FLIGHT:
        return "checking" if payment.state is State.UNCERTAIN else "under_way"
    return "paid"


def _own_face(payment: Payment, now: datetime, rest: Money) -> str:
    match payment.state:
        case State.COMPLETED if rest and payment.refunds.sent_back:
            # It went back: what it had paid can be paid again.
            return "open"
        case State.COMPLETED:
            return "paid_extra" if payment.excess else "paid"
        case State.CREATED | State.SUBMITTING | State.AWAITING_PAYER if rest < payment.credit:
            return "partly_paid" if rest else "already_paid"
        case State.AWAITING_PAYER:
            return "check_phone"
        case State.CREATED | State.SUBMITTING:
            return "check_phone" if now - payment.created_at >= PROMPTED_AFTER else "sending"
        case State.PROCESSING:
            return "confirming"
        case State.FAILED if payment.given_back:
            return "given_back"
        case State.FAILED if _is_certain(payment):
            return "not_paid"
        case State.CANCELLED | State.EXPIRED:
            return "not_paid"
        case _:
            return "checking"


def _is_certain(payment: Payment) -> bool:
    """A failure whose reason nobody has listed is not called one, here as on the tenant's page."""
    return (payment.state, payment.reason) in FACES and payment.reason is not None


def _address(view: LinkView, at: str, draft: str, face: str, opened_at: datetime, poll: Poll) -> str:
    own = f"&draft={draft}" if view.own else ""
    return (
        f"{at}/card?mark={mark_of(view)}&said={face}"
        f"&since={int(opened_at.timestamp())}&until={int(poll.until.timestamp())}{own}"
    )
