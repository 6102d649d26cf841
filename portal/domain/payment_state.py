"""Where a payment can stand, and the one table of transitions between its states."""

from __future__ import annotations

from enum import StrEnum

from portal.domain import events as e
from portal.domain.credit_events import CREDIT_EVENTS
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DISPUTE_EVENTS
from portal.domain.outcome import Awaits
from portal.domain.refund_events import REFUND_EVENTS


class State(StrEnum):
    """Where a payment stands; the names are those of features.md §5.4."""

    CREATED = "CREATED"
    SUBMITTING = "SUBMITTING"
    AWAITING_PAYER = "AWAITING_PAYER"
    AWAITING_CARD = "AWAITING_CARD"
    AWAITING_BANK = "AWAITING_BANK"
    PROCESSING = "PROCESSING"
    UNCERTAIN = "UNCERTAIN"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class PaymentStatus(StrEnum):
    """The customer's seven, which the outside sees."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


STATUS = {
    State.CREATED: PaymentStatus.PENDING,
    State.SUBMITTING: PaymentStatus.PENDING,
    State.AWAITING_PAYER: PaymentStatus.PENDING,
    State.AWAITING_CARD: PaymentStatus.PENDING,
    State.AWAITING_BANK: PaymentStatus.PENDING,
    State.PROCESSING: PaymentStatus.PROCESSING,
    State.UNCERTAIN: PaymentStatus.PROCESSING,
    State.COMPLETED: PaymentStatus.COMPLETED,
    State.FAILED: PaymentStatus.FAILED,
    State.CANCELLED: PaymentStatus.CANCELLED,
    State.EXPIRED: PaymentStatus.CANCELLED,
}

AWAITED = {
    Awaits.PHONE: State.AWAITING_PAYER,
    Awaits.CARD: State.AWAITING_CARD,
    Awaits.TRANSFER: State.AWAITING_BANK,
}
"""Where an accepted request waits, by what it waits for."""
AWAITING = tuple(AWAITED.values())
"""It is the payer's turn."""
IN_FLIGHT = (State.SUBMITTING, *AWAITING, State.PROCESSING, State.UNCERTAIN)
"""A request was sent or may have been sent, and nobody has said how it ended."""
OPEN = (State.CREATED, *IN_FLIGHT)
CALLED_OFF = (State.FAILED, State.CANCELLED, State.EXPIRED)
FINAL = (State.COMPLETED, *CALLED_OFF)
CLAIMABLE = (State.AWAITING_BANK, State.UNCERTAIN, *CALLED_OFF)
"""The payer may have the operator's receipt while we know of no money."""

_ABOUT_MONEY = (*REFUND_EVENTS, *CREDIT_EVENTS, *DISPUTE_EVENTS, DepositDeducted)

TRANSITIONS: dict[tuple[State | None, type[e.Event]], State] = {
    (None, e.PaymentInitiated): State.CREATED,
    (State.CREATED, e.PushRequested): State.SUBMITTING,
    # Begun in the wallet's own menu: the provider came to us, and nothing was sent.
    (State.CREATED, e.ProviderEventReceived): State.PROCESSING,
    (State.CREATED, e.PaymentCancelled): State.CANCELLED,
    (State.CREATED, e.PaymentExpired): State.EXPIRED,
    # Or the two beside it: AWAITED tells by what the request waits for. `state_after` has this and two more such forks.
    (State.SUBMITTING, e.PushAccepted): State.AWAITING_PAYER,
    (State.SUBMITTING, e.PushRejected): State.FAILED,
    # Given up for lost, and then the sender came back with the proof that nothing ever left.
    (State.UNCERTAIN, e.PushRejected): State.FAILED,
    # The callback may overtake the answer to the push; the answer then only adds its ids.
    (State.PROCESSING, e.PushAccepted): State.PROCESSING,
    (State.UNCERTAIN, e.PushAccepted): State.UNCERTAIN,
    **{(state, e.PushAccepted): state for state in FINAL},
    (State.SUBMITTING, e.ProviderEventReceived): State.PROCESSING,
    **{(state, e.ProviderEventReceived): State.PROCESSING for state in AWAITING},
    (State.PROCESSING, e.ProviderEventReceived): State.PROCESSING,
    (State.UNCERTAIN, e.ProviderEventReceived): State.UNCERTAIN,
    **{(state, e.ProviderEventReceived): state for state in FINAL},
    **{(state, e.PayerActionSeen): state for state in IN_FLIGHT},
    **{(state, e.OutcomeUncertain): State.UNCERTAIN for state in IN_FLIGHT},
    **{(state, e.PaymentCompleted): State.COMPLETED for state in IN_FLIGHT},
    **{(state, e.PaymentFailed): State.FAILED for state in IN_FLIGHT},
    **{(state, e.PaymentCancelled): State.CANCELLED for state in IN_FLIGHT},
    **{(state, e.PaymentExpired): State.EXPIRED for state in IN_FLIGHT},
    **{(state, e.AmountMismatch): State.UNCERTAIN for state in (*IN_FLIGHT, *CALLED_OFF)},
    # What is settled stays settled; the office looks at a callback that tells another amount afterwards.
    (State.COMPLETED, e.AmountMismatch): State.COMPLETED,
    **{(state, e.LateSuccessReceived): State.COMPLETED for state in CALLED_OFF},
    # A callback that claims success against a definitive "not paid" reopens the question, never the money.
    **{(state, e.OutcomeUncertain): State.UNCERTAIN for state in CALLED_OFF},
    # A code that the payer typed moves nothing by itself, nor does what was found out about it.
    **{(state, e.ClaimMade): state for state in CLAIMABLE},
    **{(state, e.VerificationResult): state for state in (*IN_FLIGHT, *FINAL)},
    (State.COMPLETED, e.DuplicateSuccess): State.COMPLETED,
    (State.COMPLETED, e.ReceiptAllocated): State.COMPLETED,
    (State.COMPLETED, e.ReceiptRendered): State.COMPLETED,
    (State.COMPLETED, e.ProviderCharged): State.COMPLETED,
    # What becomes of a refund stands in a table of its own, or in a dispute; that money came stays true.
    **{(State.COMPLETED, kind): State.COMPLETED for kind in _ABOUT_MONEY},
}


class IllegalTransition(Exception):
    """No edge of the table: a fault of ours, so the transaction that tried it is undone."""


def state_after(state: State | None, event: e.Event) -> State:
    """The state that `event` leads to; raises IllegalTransition."""
    following = next_state(state, type(event))
    match event:
        case e.PushAccepted() if state is State.SUBMITTING:
            return State.PROCESSING if _asks_nobody(event) else AWAITED[event.awaits]
        case e.PushAccepted() if state is State.UNCERTAIN and event.page:
            # Given up for lost, and then the page came: nobody can have paid on a page that nobody had.
            return State.AWAITING_CARD
        case e.ProviderEventReceived() if state is State.AWAITING_CARD and event.reason:
            # One card did not do; the page takes another.
            return state
        case _:
            return following


def ends_of(state: State | None, kind: type[e.Event]) -> tuple[State, ...]:
    """Every state that an event of that kind may lead to; raises IllegalTransition."""
    match state, kind:
        case State.SUBMITTING, e.PushAccepted:
            return *AWAITING, State.PROCESSING
        case State.UNCERTAIN, e.PushAccepted:
            return State.UNCERTAIN, State.AWAITING_CARD
        case State.AWAITING_CARD, e.ProviderEventReceived:
            return State.PROCESSING, State.AWAITING_CARD
        case _:
            return (next_state(state, kind),)


def _asks_nobody(accepted: e.PushAccepted) -> bool:
    """A saved card is asked without a page, so nothing is left to the payer."""
    return accepted.awaits is Awaits.CARD and accepted.page is None


def next_state(state: State | None, kind: type[e.Event]) -> State:
    """The table's answer; raises IllegalTransition where it has none."""
    try:
        return TRANSITIONS[state, kind]
    except KeyError:
        raise IllegalTransition(f"{kind.__name__} in {state}") from None
