"""What an event of Stripe's tells, once its signature is proved (providers.md §5.6). They come twice, and in any order.

Only "paid" is a proof by itself. That a session ended is asked about all the same: the answer also says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.stripe_charge import charges_saved_card
from portal.providers.stripe_codes import ASKS_ITS_OWNER, Told, word_of
from portal.providers.stripe_refund_event import GOES_BACK, heard_of_refund
from portal.providers.stripe_session import attempted, id_of, instant_of, paid_or_unreadable, reference_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`about` is the object as it stood then. `is_live` where real money moves."""

    type: str
    version: str | None
    at: datetime | None
    is_live: bool
    about: Told


def read_event(body: str) -> Event:
    """Raises CallbackUnreadable, whatever the body is."""
    try:
        told = json.loads(body)
        kind, about, is_live = word_of(told["type"]), told["data"]["object"], told["livemode"]
        version, at = word_of(told.get("api_version")), instant_of(told.get("created"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CallbackUnreadable("no type, mode or object") from error
    if kind is None or not isinstance(about, dict) or not isinstance(is_live, bool):
        raise CallbackUnreadable("no type, mode or object")
    return Event(type=kind, version=version, at=at, is_live=is_live, about=about)


def heard_in(event: Event, version: str) -> Sequence[Heard]:
    """What an event says of a payment. Told in another version of the API than `version`, it is a hint and no proof."""
    if event.type.startswith(GOES_BACK):
        return [_going_back(event, proved=event.version == version)]
    reader = READERS.get(event.type)
    if reader is None or event.about.get("mode") == "setup":
        return []
    reading = reader(event)
    if reading is None:
        return []
    request_id, outcome = reading
    says_paid = isinstance(outcome, Paid) or (
        isinstance(outcome, Unknown) and outcome.reason is Reason.WRONG_AMOUNT
    )
    tried = isinstance(outcome, Pending) and outcome.reason is not None
    return [
        Heard(
            request_id,
            outcome,
            outcome.code if isinstance(outcome, Pending) and tried else event.type,
            reference_in(event.about),
            says_paid=says_paid,
            proved=says_paid and event.version == version,
        )
    ]


Reading = tuple[str | None, Outcome] | None
"""The request that an event speaks of, where it names one, and how it stands; None where it says nothing of that."""


def _intent_paid(event: Event) -> Reading:
    intent = event.about
    received, currency = intent.get("amount_received"), intent.get("currency")
    return _request_of(intent), paid_or_unreadable(received, currency, id_of(intent), event.at)


def _intent_tried(event: Event) -> Reading:
    """One card did not do, and the payer may take another; a saved one whose bank wants its owner has a page now."""
    tried, request_id = attempted(event.about), _request_of(event.about)
    if request_id and tried and tried.code == ASKS_ITS_OWNER:
        return None
    return request_id, tried or Pending(event.type)


def _request_of(intent: Told) -> str | None:
    """Known by its own id is what was asked without a page; on a page the session's id is the request's."""
    return id_of(intent) if charges_saved_card(intent) else None


def _session_complete(event: Event) -> Reading:
    """The payer is through with the page; some ways to pay take days from there."""
    session = event.about
    status = word_of(session.get("payment_status")) or "no status"
    if status == "unpaid":
        return id_of(session), Pending(status)
    if status != "paid":
        return id_of(session), Unknown(Reason.UNKNOWN_ERROR, status, mapped=False)
    total, currency, intent = (session.get(name) for name in ("amount_total", "currency", "payment_intent"))
    return id_of(session), paid_or_unreadable(total, currency, id_of(intent), event.at)


def _session_expired(event: Event) -> Reading:
    return id_of(event.about), NotPaid(Reason.NO_RESPONSE, event.type)


def _session_refused(event: Event) -> Reading:
    return id_of(event.about), NotPaid(Reason.NOT_COMPLETED, event.type)


READERS: Mapping[str, Callable[[Event], Reading]] = {
    "payment_intent.succeeded": _intent_paid,
    "payment_intent.payment_failed": _intent_tried,
    "payment_intent.processing": lambda event: (_request_of(event.about), Pending(event.type)),
    "payment_intent.canceled": lambda event: (
        _request_of(event.about),
        NotPaid(Reason.NOT_COMPLETED, event.type),
    ),
    "checkout.session.completed": _session_complete,
    "checkout.session.async_payment_succeeded": _session_complete,
    "checkout.session.async_payment_failed": _session_refused,
    "checkout.session.expired": _session_expired,
}
"""Subscribe to these, and to those that `GOES_BACK` begins. All others say nothing about a payment of ours."""


def _going_back(event: Event, *, proved: bool) -> Heard:
    intent = id_of(event.about.get("payment_intent"))
    return Heard(
        None,
        Pending(event.type),
        event.type,
        reference_in(event.about),
        says_paid=False,
        of_receipt=intent,
        for_people=True,
        refund=heard_of_refund(event.type, event.about, event.at, proved=proved),
    )
