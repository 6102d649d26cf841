"""How a payment looks where it stands: one table from state and reason to a face, with what the payer may do.

The sentences of a face live in `templates/pay/faces/<name>.html`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.claim import may_claim
from portal.domain.method import CARDS, Details, PaymentMethod, details_of
from portal.domain.money import Money
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import AWAITING, State
from portal.store.leases import Basket


class Action(StrEnum):
    """What a status page may offer; each is drawn in `templates/pay/_actions.html`."""

    CONTINUE = "continue"
    WHERE_TO_SEND = "where-to-send"
    CHECK_NOW = "check-now"
    LOOK_AGAIN = "look-again"
    CANCEL = "cancel"
    NO_MESSAGE = "no-message"
    GET_HELP = "get-help"
    CLAIM = "claim"
    SEE_RECEIPT = "see-receipt"
    SEE_REFUND = "see-refund"
    DOWNLOAD_PDF = "download-pdf"
    DONE = "done"
    PAY_REST = "pay-rest"
    PAY_PART = "pay-part"
    PAY_AGAIN = "pay-again"
    START_AGAIN = "start-again"
    TRY_AGAIN = "try-again"
    SEND_AGAIN = "send-again"
    OTHER_PHONE = "other-phone"
    OTHER_WAY = "other-way"


class Twist(StrEnum):
    """What makes one state look different, where no reason does."""

    PROMPTED = "PROMPTED"
    BY_BANK = "BY_BANK"
    BY_LINK = "BY_LINK"
    CARD_PAGE = "CARD_PAGE"
    SAVED_CARD = "SAVED_CARD"
    NO_PAGE = "NO_PAGE"
    CANCEL_WANTED = "CANCEL_WANTED"
    ALREADY_PAID = "ALREADY_PAID"
    PARTLY_PAID = "PARTLY_PAID"
    LATE = "LATE"
    PART = "PART"
    EXTRA = "EXTRA"
    KEPT = "KEPT"
    REFUND_PENDING = "REFUND_PENDING"
    REFUNDED = "REFUNDED"
    REVERSED = "REVERSED"
    DISPUTED = "DISPUTED"
    GIVEN_BACK = "GIVEN_BACK"


@dataclass(frozen=True, slots=True)
class Face:
    """One face of the status card. `kind` is its icon and colour; the first action is offered first."""

    name: str
    kind: str
    actions: tuple[Action, ...]


PROMPTED_AFTER = timedelta(seconds=4)
"""Some providers answer only when the payer has: a request on its way for so long may be on the phone by now."""
_ON_ITS_WAY = (State.CREATED, State.SUBMITTING, *AWAITING)
_RECEIPT = (Action.SEE_RECEIPT, Action.DOWNLOAD_PDF)
_TRIED = (
    Reason.CARD_DECLINED,
    Reason.CARD_EXPIRED,
    Reason.CARD_DETAILS,
    Reason.INSUFFICIENT_FUNDS,
    Reason.LIMIT_DAILY,
    Reason.PROVIDER_BUSY,
)
"""Why a card did not do, while the page takes another."""


def _not_paid(*actions: Action) -> Face:
    """Whoever has the operator's receipt for it all the same can say so."""
    return Face("not_paid", "bad", (*actions, Action.CLAIM))


CARD_PAGE = "card_page"
CARD_BACK = Face("card_back", "wait", (Action.CHECK_NOW, Action.CONTINUE, Action.CANCEL))
"""Of whoever may come back from the provider's page, before the provider has said how that went.

What they have done is offered first: who has paid there must not be led to pay there again.
"""

FACES: dict[tuple[State, Reason | Twist | None], Face] = {
    (State.CREATED, None): Face("sending", "wait", (Action.CHECK_NOW,)),
    (State.SUBMITTING, None): Face("sending", "wait", (Action.CHECK_NOW,)),
    (State.SUBMITTING, Twist.PROMPTED): Face("check_phone", "wait", (Action.CHECK_NOW, Action.NO_MESSAGE)),
    (State.AWAITING_PAYER, None): Face(
        "check_phone", "wait", (Action.CHECK_NOW, Action.CANCEL, Action.NO_MESSAGE)
    ),
    (State.AWAITING_PAYER, Twist.CANCEL_WANTED): Face("still_open", "wait", (Action.CHECK_NOW,)),
    # Another payment has settled its bills, or some of them, while this one was on its way: to go on would be to pay
    # twice.
    **{
        (state, twist): Face(twist.lower(), "wait", (Action.CHECK_NOW,))
        for state in (State.CREATED, State.SUBMITTING)
        for twist in (Twist.ALREADY_PAID, Twist.PARTLY_PAID)
    },
    **{
        (state, twist): Face(twist.lower(), "wait", (Action.CHECK_NOW, Action.CANCEL))
        for state in (State.AWAITING_PAYER, State.AWAITING_CARD)
        for twist in (Twist.ALREADY_PAID, Twist.PARTLY_PAID)
    },
    # Somebody else pays: their phone has the prompt, and their reasons are theirs.
    (State.SUBMITTING, Twist.BY_LINK): Face("other_pays", "wait", (Action.CHECK_NOW,)),
    (State.AWAITING_PAYER, Twist.BY_LINK): Face("other_pays", "wait", (Action.CHECK_NOW, Action.CANCEL)),
    # Another amount came than was asked for, and is with its sender again.
    (State.FAILED, Twist.GIVEN_BACK): Face("given_back", "info", (Action.TRY_AGAIN, Action.OTHER_WAY)),
    (State.FAILED, Twist.BY_LINK): Face("other_did_not_pay", "bad", (Action.OTHER_WAY,)),
    **{
        (state, Twist.CARD_PAGE): Face("opening_page", "wait", (Action.CHECK_NOW,))
        for state in (State.CREATED, State.SUBMITTING)
    },
    # It is charged without a page, so from the first moment on money may move.
    **{
        (state, Twist.SAVED_CARD): Face("confirming", "wait", (Action.CHECK_NOW,))
        for state in (State.CREATED, State.SUBMITTING)
    },
    (State.AWAITING_CARD, None): Face(CARD_PAGE, "wait", (Action.CONTINUE, Action.CHECK_NOW, Action.CANCEL)),
    **{
        (State.AWAITING_CARD, reason): Face(
            "card_tried", "wait", (Action.CONTINUE, Action.CHECK_NOW, Action.CANCEL)
        )
        for reason in _TRIED
    },
    (State.AWAITING_CARD, Twist.CANCEL_WANTED): Face("still_open", "wait", (Action.CHECK_NOW,)),
    (State.AWAITING_BANK, None): Face(
        "bank_transfer", "wait", (Action.WHERE_TO_SEND, Action.CLAIM, Action.CHECK_NOW, Action.CANCEL)
    ),
    (State.AWAITING_BANK, Twist.ALREADY_PAID): Face(
        "transfer_not_needed", "wait", (Action.CHECK_NOW, Action.CANCEL)
    ),
    (State.AWAITING_BANK, Twist.PARTLY_PAID): Face("partly_paid", "wait", (Action.CHECK_NOW, Action.CANCEL)),
    (State.PROCESSING, None): Face("confirming", "wait", (Action.CHECK_NOW,)),
    (State.UNCERTAIN, None): Face("checking", "wait", (Action.CLAIM, Action.CHECK_NOW, Action.GET_HELP)),
    (State.UNCERTAIN, Twist.NO_PAGE): Face("no_page", "wait", (Action.CHECK_NOW, Action.GET_HELP)),
    (State.UNCERTAIN, Reason.WRONG_AMOUNT): Face("wrong_amount", "wait", (Action.GET_HELP,)),
    (State.COMPLETED, None): Face("paid", "good", (*_RECEIPT, Action.DONE)),
    (State.COMPLETED, Twist.LATE): Face("paid_late", "good", (*_RECEIPT, Action.DONE)),
    (State.COMPLETED, Twist.PART): Face("paid_part", "good", (Action.PAY_REST, *_RECEIPT)),
    (State.COMPLETED, Twist.EXTRA): Face("paid_extra", "good", _RECEIPT),
    (State.COMPLETED, Twist.KEPT): Face("paid_kept", "good", (*_RECEIPT, Action.DONE)),
    (State.COMPLETED, Twist.REFUND_PENDING): Face("refund_pending", "info", (Action.SEE_REFUND, *_RECEIPT)),
    (State.COMPLETED, Twist.REFUNDED): Face(
        "refunded", "info", (*_RECEIPT, Action.SEE_REFUND, Action.PAY_REST)
    ),
    # It went back by itself: what it had paid is owed again.
    (State.COMPLETED, Twist.REVERSED): Face(
        "reversed", "bad", (Action.PAY_REST, Action.SEE_RECEIPT, Action.GET_HELP)
    ),
    (State.COMPLETED, Twist.DISPUTED): Face("disputed", "wait", (*_RECEIPT, Action.GET_HELP)),
    (State.CANCELLED, None): Face("cancelled", "info", (Action.PAY_AGAIN, Action.OTHER_WAY, Action.CLAIM)),
    (State.CANCELLED, Twist.BY_BANK): Face(
        "transfer_cancelled", "info", (Action.PAY_AGAIN, Action.OTHER_WAY, Action.CLAIM)
    ),
    (State.EXPIRED, Twist.BY_BANK): Face(
        "transfer_ended", "info", (Action.START_AGAIN, Action.CLAIM, Action.GET_HELP)
    ),
    (State.EXPIRED, None): Face("ended", "info", (Action.START_AGAIN, Action.CLAIM, Action.GET_HELP)),
    # A failure whose reason is none of these is not certain, and so is not called one.
    (State.FAILED, None): Face("checking", "wait", (Action.CLAIM, Action.GET_HELP)),
    (State.FAILED, Reason.INSUFFICIENT_FUNDS): _not_paid(Action.PAY_PART, Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.WRONG_PIN): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.PIN_LOCKED): _not_paid(Action.OTHER_WAY, Action.OTHER_PHONE),
    (State.FAILED, Reason.CANCELLED_OR_TIMED_OUT): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.NO_RESPONSE): _not_paid(Action.SEND_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.PHONE_UNREACHABLE): _not_paid(Action.SEND_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.SESSION_BUSY): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.PROMPT_NOT_SENT): _not_paid(Action.SEND_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.LIMIT_PER_PAYMENT): _not_paid(Action.PAY_PART, Action.OTHER_WAY),
    (State.FAILED, Reason.LIMIT_DAILY): _not_paid(Action.OTHER_WAY, Action.OTHER_PHONE),
    (State.FAILED, Reason.NOT_REGISTERED): _not_paid(Action.OTHER_PHONE, Action.OTHER_WAY),
    (State.FAILED, Reason.PAYEE_PROBLEM): _not_paid(Action.OTHER_WAY, Action.GET_HELP),
    (State.FAILED, Reason.PROVIDER_BUSY): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.NOT_COMPLETED): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.CARD_DECLINED): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.CARD_EXPIRED): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
    (State.FAILED, Reason.CARD_DETAILS): _not_paid(Action.TRY_AGAIN, Action.OTHER_WAY),
}

BEGINS_ANOTHER = frozenset(
    {
        Action.PAY_REST,
        Action.PAY_PART,
        Action.PAY_AGAIN,
        Action.START_AGAIN,
        Action.TRY_AGAIN,
        Action.SEND_AGAIN,
        Action.OTHER_PHONE,
        Action.OTHER_WAY,
    }
)
"""These lead to another payment of its bills, so none of them stands where nothing is left to pay."""


def face_of(payment: Payment, rest: Money, now: datetime) -> Face:
    """The face of a payment whose bills still lack `rest`; an unlisted reason shows what its state shows."""
    return FACES.get((payment.state, _twist(payment, rest, now)), FACES[payment.state, None])


def actions_of(face: Face, payment: Payment, due: Basket, *, can_be_asked: bool) -> tuple[Action, ...]:
    """What may be done now: nothing is paid twice, less only where the landlord accepts parts or it is several bills,
    and where nobody can be asked, neither a question nor the cancelling of a prompt, which is one.
    """
    gone = set(BEGINS_ANOTHER) if not due.rest else set()
    if not due.takes_parts:
        gone.add(Action.PAY_PART)
    if payment.receipt is None:
        gone.update(_RECEIPT)
    if not may_claim(payment):
        gone.add(Action.CLAIM)
    by_phone = details_of(payment.method) is Details.PHONE
    if not by_phone:
        gone.add(Action.OTHER_PHONE)
    asks_to_cancel = payment.state is State.AWAITING_PAYER
    if payment.cancel_wanted or (asks_to_cancel and not can_be_asked):
        gone.add(Action.CANCEL)
    instead = {} if can_be_asked else {Action.CHECK_NOW: Action.LOOK_AGAIN}
    instead |= {} if by_phone else {Action.SEND_AGAIN: Action.TRY_AGAIN}
    return tuple(instead.get(action, action) for action in face.actions if action not in gone)


def led_on(actions: tuple[Action, ...], face: Face, leads_to: str | None) -> tuple[Action, ...]:
    """Whoever came from another site leaves every end for it, good or bad."""
    ended = face.kind != "wait"
    return (*actions, Action.DONE) if leads_to and ended and Action.DONE not in actions else actions


def _twist(payment: Payment, rest: Money, now: datetime) -> Reason | Twist | None:
    match payment.state:
        case State.COMPLETED:
            return _turn_of_success(payment, rest)
        case State.CREATED | State.SUBMITTING if payment.by_saved_card:
            return Twist.SAVED_CARD
        case state if state in _ON_ITS_WAY and rest < payment.credit:
            return Twist.PARTLY_PAID if rest else Twist.ALREADY_PAID
        case State.CREATED | State.SUBMITTING if payment.method in CARDS:
            return Twist.CARD_PAGE
        case State.CANCELLED | State.EXPIRED if payment.method is PaymentMethod.BANK_TRANSFER:
            return Twist.BY_BANK
        case State.SUBMITTING | State.AWAITING_PAYER if payment.by_link:
            return Twist.BY_LINK
        case State.FAILED if payment.given_back or (
            payment.by_link and (payment.state, payment.reason) in FACES
        ):
            return Twist.GIVEN_BACK if payment.given_back else Twist.BY_LINK
        case State.SUBMITTING:
            return Twist.PROMPTED if now - payment.created_at >= PROMPTED_AFTER else None
        case State.AWAITING_PAYER | State.AWAITING_CARD if payment.cancel_wanted:
            return Twist.CANCEL_WANTED
        case State.AWAITING_PAYER:
            return None
        case State.UNCERTAIN if _has_no_page(payment):
            return Twist.NO_PAGE
        case _:
            return payment.reason


def _has_no_page(payment: Payment) -> bool:
    """The provider never answered, so there is no page on which anybody could have paid."""
    silent = payment.request_id is None and not payment.claimed_paid and payment.reason is Reason.AMBIGUOUS
    return payment.method in CARDS and not payment.by_saved_card and silent


def _turn_of_success(payment: Payment, rest: Money) -> Twist | None:
    if payment.refunds.by_itself:
        return Twist.REVERSED
    if payment.disputes.open:
        return Twist.DISPUTED
    if payment.refunds.open:
        return Twist.REFUND_PENDING
    if payment.refunds.sent_back:
        return Twist.REFUNDED
    if payment.excess:
        return Twist.EXTRA if payment.excess_waiting else Twist.KEPT
    if rest:
        return Twist.PART
    return Twist.LATE if payment.late else None
