"""Refunds in the store: each put there by its own events, after those of its payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.store import payments
from portal.store.writer import Store
from tests.makers import NOW
from tests.refunds import requested, road


async def put_refund_of(
    store: Store, payment: Payment, state: RefundState, *, at: datetime = NOW, **changes: Any
) -> Payment:
    """The payment with one more refund, which came to `state` at once; `changes` are those of `requested`."""
    events = road(state, requested(payment, **changes))
    return await store.write(lambda tx: payments.append(tx, payment, events, at, reference=payment.reference))
