"""The fold of a payment's events: each changes what the table of transitions and this file say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.credit import credit_changes
from portal.domain.credit_events import CREDIT_EVENTS
from portal.domain.credit_use import returned_uses
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DISPUTE_EVENTS
from portal.domain.exchange import asked_for_all
from portal.domain.outcome import Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, IllegalTransition, State, next_state, state_after
from portal.domain.receipt import ReceiptNumber
from portal.domain.receipt_code import CodeFound
from portal.domain.refund import IllegalRefund
from portal.domain.refund_events import REFUND_EVENTS, RefundReturned
from portal.domain.refund_pots import pots_left
from portal.domain.refunds import Refunds


def fold(reference: str, history: list[tuple[e.Event, datetime]]) -> Payment:
    """A payment out of its whole history; raises IllegalTransition for a history that cannot be."""
    payment: Payment | None = None
    for event, at in history:
        payment = apply(payment, event, at, reference=reference)
    if payment is None:
        raise IllegalTransition(f"{reference} has no history")
    return payment


def apply(payment: Payment | None, event: e.Event, at: datetime, *, reference: str) -> Payment:
    """The payment after one more event."""
    if payment is None:
        return _initiated(reference, event, at)
    state = state_after(payment.state, event)
    after = replace(
        payment,
        state=state,
        version=payment.version + 1,
        updated_at=at,
        late=payment.late or (payment.state in CALLED_OFF and state not in CALLED_OFF),
        **_changes(payment, event, at),
        **_moved(payment, event, at),
        refunds=_refunds(payment, event, at),
        disputes=payment.disputes.after(event, at) if isinstance(event, DISPUTE_EVENTS) else payment.disputes,
    )
    return replace(after, reason=_standing_reason(after)) if isinstance(event, _GOING_BACK) else after


def _initiated(reference: str, event: e.Event, at: datetime) -> Payment:
    if not isinstance(event, e.PaymentInitiated):
        raise IllegalTransition(f"a payment does not begin with {type(event).__name__}")
    return Payment(
        reference=reference,
        lease=event.lease,
        payer=event.payer,
        payee=event.payee,
        allocations=_allocated(event),
        amount=event.amount,
        fees=event.fees,
        fee_rule=event.fee_rule,
        method=event.method,
        provider=event.provider,
        state=next_state(None, type(event)),
        version=1,
        created_at=at,
        updated_at=at,
        expires_at=event.expires_at,
        account=event.account,
        by_link=event.by_link,
        by_saved_card=event.by_saved_card,
        exchange=event.exchange,
        by_menu=event.by_menu,
    )


def _allocated(event: e.PaymentInitiated) -> tuple[Allocation, ...]:
    whole = Allocation(bill=event.bill, type=event.type, period=event.period, amount=event.amount)
    allocations = event.allocations or (whole,)
    if asked_for_all((each.amount for each in allocations), event.exchange) != event.amount:
        raise IllegalTransition("what its bills are paid is not its amount")
    if len({each.bill for each in allocations}) != len(allocations):
        raise IllegalTransition("a bill stands in it twice")
    return allocations


def _changes(payment: Payment, event: e.Event, at: datetime) -> dict[str, Any]:
    match event:
        case e.PushAccepted():
            return {
                "request_id": event.request_id,
                "provider_reference": event.provider_reference,
                "page": event.page,
            }
        case e.PushRejected() | e.PaymentFailed() | e.OutcomeUncertain():
            return _reasoned(event)
        case e.PaymentCancelled() | e.PaymentExpired():
            return {"reason": None, "code": event.code}
        case e.PayerActionSeen():
            return {"cancel_wanted": True}
        case e.ProviderEventReceived():
            return _heard(payment, event)
        case e.PaymentCompleted() | e.LateSuccessReceived():
            return _settled(payment, event, at)
        case e.AmountMismatch():
            return _mismatched(payment, event)
        case e.DuplicateSuccess() | e.ProviderCharged():
            return _booked_later(payment, event)
        case e.ReceiptAllocated() | e.ReceiptRendered():
            return _receipted(event)
        case e.ClaimMade() if not event.foreign:
            return {"claimed_code": event.code, "claim_found": None}
        case e.VerificationResult():
            return _noted(payment, event)
        case _:
            return {}


def _standing_reason(payment: Payment) -> Reason | None:
    """A question about what came is not forgotten over money that went back."""
    if payment.reason not in (None, Reason.REVERSED, Reason.DISPUTED):
        return payment.reason
    if payment.disputes.open:
        return Reason.DISPUTED
    return Reason.REVERSED if payment.refunds.by_itself else None


def _refunds(payment: Payment, event: e.Event, at: datetime) -> Refunds:
    """Whatever is asked for and however it races: no more goes back than came, out of any pot."""
    if not isinstance(event, REFUND_EVENTS):
        return payment.refunds
    return _within_pots(replace(payment, refunds=payment.refunds.after(event, at))).refunds


def _moved(payment: Payment, event: e.Event, at: datetime) -> dict[str, Any]:
    """Out of its pots otherwise than by a refund: no more than is left of them."""
    if isinstance(event, CREDIT_EVENTS):
        return credit_changes(payment, event, at)
    if isinstance(event, RefundReturned):
        return {"credit_uses": returned_uses(payment.credit_uses, event.refund)}
    if not isinstance(event, DepositDeducted):
        return {}
    return {"moved": _within_pots(replace(payment, moved=(*payment.moved, *event.parts))).moved}


def _within_pots(after: Payment) -> Payment:
    if any(left.amount.minor < 0 for left in pots_left(after)):
        raise IllegalRefund(f"{after.reference}: more than is left would go")
    return after


def _booked_later(payment: Payment, event: e.DuplicateSuccess | e.ProviderCharged) -> dict[str, Any]:
    """What becomes of money that came: some was not needed, and some the provider kept."""
    if isinstance(event, e.DuplicateSuccess):
        return {"allocations": _set_apart(payment, event)}
    if payment.provider_cost is not None:
        raise IllegalTransition("a provider charges for a payment once")
    return {"provider_cost": event.amount}


def _set_apart(payment: Payment, event: e.DuplicateSuccess) -> tuple[Allocation, ...]:
    paid_before = payment.allocation_of(event.bill)
    before, more = paid_before.excess, event.uncredited
    less = replace(paid_before, excess=before + more if before else more)
    return tuple(less if each is paid_before else each for each in payment.allocations)


def _reasoned(event: e.PushRejected | e.PaymentFailed | e.OutcomeUncertain) -> dict[str, Any]:
    told: dict[str, Any] = {"reason": event.reason, "code": event.code}
    if not (isinstance(event, e.PaymentFailed) and event.source is Source.OFFICE):
        return told
    # Two people of the office looked into what a callback claimed: it is answered, and no longer asks.
    gone = {"second_receipt_code": None} if event.reason is Reason.REVERSED else {}
    return told | {"claimed_paid": False} | _NO_CLAIM | gone


def _receipted(event: e.ReceiptAllocated | e.ReceiptRendered) -> dict[str, Any]:
    if isinstance(event, e.ReceiptRendered):
        return {"receipt_sha256": event.sha256, "receipt_version": event.version}
    number = ReceiptNumber(event.landlord_code, event.year, event.serial)
    return {"receipt": number, "receipt_check": event.code}


def _noted(payment: Payment, event: e.VerificationResult) -> dict[str, Any]:
    """What is found about an earlier code says nothing of the one that was typed since."""
    if event.found is CodeFound.AS_BOOKED:
        return {"reason": _standing_reason(replace(payment, reason=None)), "second_receipt_code": None}
    if event.found is None:
        return {"reason": payment.reason or Reason.CONTRADICTION} if payment.completed_at else {}
    if event.code != payment.claimed_code:
        return {}
    return {"claim_found": event.found} if event.found is CodeFound.KNOWN else _NO_CLAIM


def _heard(payment: Payment, event: e.ProviderEventReceived) -> dict[str, Any]:
    claimed = {"claimed_paid": True} if event.says_paid else {}
    another = event.receipt_code if payment.receipt_code not in (None, event.receipt_code) else None
    first = None if another else event.receipt_code
    second = event.foreign_code or another
    heard = _known(request_id=event.request_id, receipt_code=first, second_receipt_code=second)
    tried = payment.state is State.AWAITING_CARD and event.reason is not None
    return claimed | heard | ({"reason": event.reason, "code": event.code} if tried else {})


def _mismatched(payment: Payment, event: e.AmountMismatch) -> dict[str, Any]:
    if payment.completed_at:
        return {"reason": Reason.WRONG_AMOUNT}
    told = {"reason": Reason.WRONG_AMOUNT, "received": event.received}
    return told | _codes(payment, event.receipt_code) | _NO_CLAIM


def _settled(
    payment: Payment, event: e.PaymentCompleted | e.LateSuccessReceived, at: datetime
) -> dict[str, Any]:
    settled = {"received": event.received, "completed_at": at, "reason": None, "code": None}
    told = _codes(payment, event.receipt_code) | _known(provider_paid_at=event.provider_paid_at)
    return settled | told | _NO_CLAIM


def _codes(payment: Payment, verified: str | None) -> dict[str, Any]:
    """The verified code is the payment's own; another one that only a callback claimed stands beside it."""
    claimed = payment.receipt_code if verified and payment.receipt_code != verified else None
    return _known(receipt_code=verified, second_receipt_code=claimed)


_GOING_BACK = (*REFUND_EVENTS, *DISPUTE_EVENTS)
_NO_CLAIM: dict[str, Any] = {"claimed_code": None, "claim_found": None}


def _known(**facts: object) -> dict[str, Any]:
    """A later event that does not tell a fact must not wipe one that an earlier event told."""
    return {name: fact for name, fact in facts.items() if fact is not None}
