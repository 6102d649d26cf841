"""Valid things, one call each: every default is good, and a test names only what it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import shake_256
from itertools import count
from typing import Any

from portal.domain import events as e
from portal.domain.allocation import allocated_to
from portal.domain.bill import Bill, PartPolicy, PaymentType
from portal.domain.exchange import QUOTE_LIVES, Exchange, RateTable
from portal.domain.fees import Fees, fee_rule
from portal.domain.fold import fold
from portal.domain.ids import ALPHABET, check_character
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings, sum_of
from portal.domain.outcome import Awaits, Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Person, Role
from portal.domain.phone import Phone
from portal.store import leases, payments, people, receipts
from portal.store.leases import Lease
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""Noon in Dar es Salaam, on the day of the tests."""
PUSH_LIVES = timedelta(minutes=5)
History = list[tuple[e.Event, datetime]]


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """`clock.advance(minutes=5)`: the new time."""
        self.now += timedelta(**by)
        return self.now


def seeded(seed: str = "tests") -> Callable[[int], bytes]:
    """Random bytes that are the same in every run."""
    calls = count()
    return lambda size: shake_256(f"{seed}:{next(calls)}".encode()).digest(size)


def a_reference(number: int = 1) -> str:
    """The reference with that number as its body."""
    body = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(11)))
    return body + check_character(body)


BILLED = tuple(kind for kind in PaymentType if kind is not PaymentType.REFUND)
TENANT, LANDLORD, OFFICE, NEIGHBOUR = (a_reference(n) for n in range(1, 5))
PROPERTY, LEASE, BILL, PAYMENT = (a_reference(n) for n in range(5, 9))
LANDLORD_CODE = "MOL"
REQUEST_ID = "ws_CO_03032026120000000754123456"
RECEIPT_CODE = "UC35T8K2QX"
CARD_PAGE = "https://checkout.example/c/pay/1"
WAYS = {State.AWAITING_CARD: PaymentMethod.CREDIT_CARD, State.AWAITING_BANK: PaymentMethod.BANK_TRANSFER}
"""What is paid by in a state that only some ways lead to."""


def a_phone(digits: str = "255754123456") -> Phone:
    return Phone(digits)


def a_person(**changes: Any) -> Person:
    """Asha, a tenant who reads Swahili."""
    return replace(Person(id=TENANT, name="Asha Mushi", role=Role.TENANT, language="sw"), **changes)


def a_landlord(**changes: Any) -> Person:
    return a_person(**{"id": LANDLORD, "name": "Juma Mollel", "role": Role.LANDLORD} | changes)


def a_clerk() -> Person:
    """Salma, of the office."""
    return Person(a_reference(61), "Salma Othman", Role.OFFICE, "en")


def an_approver(**changes: Any) -> Person:
    """Peter, who may be the second of two."""
    return replace(Person(a_reference(62), "Peter Lyimo", Role.APPROVER, "en"), **changes)


def a_lease(**changes: Any) -> Lease:
    """Asha rents A3 in Mikocheni from Juma, who accepts parts."""
    lease = Lease(
        reference=LEASE,
        property_id=PROPERTY,
        property_name="Mikocheni",
        unit="A3",
        tenant=TENANT,
        landlord=LANDLORD,
        landlord_name="Juma Mollel",
        currency=Currency.TZS,
        part_policy=PartPolicy.ANY_PART,
    )
    return replace(lease, **changes)


def a_bill(**changes: Any) -> Bill:
    """A deposit of TSh 450,000, nothing of it paid."""
    bill = Bill(
        reference=BILL,
        lease=LEASE,
        type=PaymentType.DEPOSIT,
        amount=shillings(450_000),
        paid=shillings(0),
        due_on=date(2026, 3, 10),
    )
    return replace(bill, **changes)


def some_fees(amount: Money) -> Fees:
    """The fees that the table of 2026 asks for."""
    return fee_rule(PaymentMethod.MPESA, amount.currency, NOW.date()).applied_to(amount)


def initiated(**changes: Any) -> e.PaymentInitiated:
    """Asha asks to pay her whole deposit by M-Pesa."""
    amount = changes.get("amount", shillings(450_000))
    event = e.PaymentInitiated(
        bill=BILL,
        lease=LEASE,
        payer=TENANT,
        payee=LANDLORD,
        type=PaymentType.DEPOSIT,
        period=None,
        amount=amount,
        fees=some_fees(amount),
        fee_rule="mpesa-2026-01",
        method=PaymentMethod.MPESA,
        provider="mpesa",
        expires_at=NOW + PUSH_LIVES,
    )
    return replace(event, **changes)


def all_of(*bills: Bill) -> dict[str, Any]:
    """Changes of `initiated`: all that is left of these bills."""
    allocations = tuple(allocated_to(bill, bill.rest) for bill in bills)
    first = allocations[0]
    return {
        "bill": first.bill,
        "type": first.type,
        "period": first.period,
        "allocations": allocations,
        "amount": sum_of([each.amount for each in allocations]),
    }


def accepted(**changes: Any) -> e.PushAccepted:
    return replace(e.PushAccepted(request_id=REQUEST_ID), **changes)


def heard(*, says_paid: bool = True, **changes: Any) -> e.ProviderEventReceived:
    """The callback of a push, with the operator's receipt code where it says paid."""
    event = e.ProviderEventReceived(
        request_id=REQUEST_ID,
        says_paid=says_paid,
        code="0" if says_paid else "1032",
        receipt_code=RECEIPT_CODE if says_paid else None,
    )
    return replace(event, **changes)


def completed(received: Money, **changes: Any) -> e.PaymentCompleted:
    event = e.PaymentCompleted(
        received=received, receipt_code=RECEIPT_CODE, provider_paid_at=NOW, source=Source.CALLBACK
    )
    return replace(event, **changes)


def came_late(received: Money, **changes: Any) -> e.LateSuccessReceived:
    event = e.LateSuccessReceived(
        received=received, receipt_code=RECEIPT_CODE, provider_paid_at=NOW, source=Source.WORKER
    )
    return replace(event, **changes)


def uncertain(**changes: Any) -> e.OutcomeUncertain:
    event = e.OutcomeUncertain(reason=Reason.AMBIGUOUS, code="read timeout", source=Source.WORKER)
    return replace(event, **changes)


def failed(**changes: Any) -> e.PaymentFailed:
    event = e.PaymentFailed(reason=Reason.WRONG_PIN, code="2001", source=Source.CALLBACK)
    return replace(event, **changes)


def mismatch(received: Money, **changes: Any) -> e.AmountMismatch:
    event = e.AmountMismatch(
        expected=shillings(453_500), received=received, receipt_code=RECEIPT_CODE, source=Source.CALLBACK
    )
    return replace(event, **changes)


def receipt_allocated(serial: int = 1, **changes: Any) -> e.ReceiptAllocated:
    event = e.ReceiptAllocated(
        landlord_code=LANDLORD_CODE, year=2026, serial=serial, code=a_reference(1_000_000 + serial)
    )
    return replace(event, **changes)


def dollars(cents: int) -> Money:
    return Money(cents, Currency.USD)


def a_quote(**changes: Any) -> Exchange:
    """US$ 1 = TSh 2,650.50, for a quarter of an hour."""
    quote = Exchange(
        id=a_reference(900),
        rate=Decimal("2650.50"),
        source="Bank of Tanzania",
        quoted_at=NOW,
        valid_until=NOW + QUOTE_LIVES,
    )
    return replace(quote, **changes)


RATES = RateTable(
    rates=json.dumps(
        [
            {
                "rate": "2650.50",
                "source": "Bank of Tanzania",
                "from": "2026-03-01T00:00:00+03:00",
                "until": "2026-03-03T12:40:00+03:00",
            },
            {
                "rate": "2700",
                "source": "Bank of Tanzania",
                "from": "2026-03-03T12:20:00+03:00",
                "until": "2026-03-03T14:00:00+03:00",
            },
        ]
    )
)
"""Of `NOW` and, twenty minutes later, another one; two hours later there is none."""
MISSION = "staff of a foreign mission"


def paid_in_shillings(*bills: Bill, exchange: Exchange | None = None) -> dict[str, Any]:
    """Changes of `initiated`: all that is left of these bills in dollars, by a quote."""
    quote = exchange or a_quote()
    amount = sum_of([quote.asked_for(bill.rest) for bill in bills])
    return all_of(*bills) | {"amount": amount, "fees": some_fees(amount), "exchange": quote}


def a_payment_history(
    state: State = State.COMPLETED,
    *,
    begun_at: datetime = NOW,
    request_id: str = REQUEST_ID,
    receipt_code: str = RECEIPT_CODE,
    **changes: Any,
) -> History:
    """The straight road of a payment to `state`, a second between two events; `changes` are those of `initiated`."""
    usual = {"expires_at": begun_at + PUSH_LIVES, "method": WAYS.get(state, PaymentMethod.MPESA)}
    begun = initiated(**usual | changes)
    events = [begun, *_road(state, begun, request_id, receipt_code)]
    return [(event, begun_at + timedelta(seconds=second)) for second, event in enumerate(events)]


def a_payment(state: State = State.COMPLETED, *, reference: str = PAYMENT, **changes: Any) -> Payment:
    return fold(reference, a_payment_history(state, **changes))


def _road(state: State, begun: e.PaymentInitiated, request_id: str, receipt_code: str) -> Sequence[e.Event]:
    sent = (e.PushRequested(), accepted(request_id=request_id))
    says_paid = heard(request_id=request_id, receipt_code=receipt_code)
    says_no = heard(says_paid=False, request_id=request_id)
    paid = completed(begun.amount + begun.fees.total, receipt_code=receipt_code)
    roads: dict[State, Sequence[e.Event]] = {
        State.CREATED: (),
        State.SUBMITTING: sent[:1],
        State.AWAITING_PAYER: sent,
        State.AWAITING_CARD: (sent[0], accepted(request_id=request_id, awaits=Awaits.CARD, page=CARD_PAGE)),
        State.AWAITING_BANK: (sent[0], accepted(request_id=request_id, awaits=Awaits.TRANSFER)),
        State.PROCESSING: (*sent, says_paid),
        State.UNCERTAIN: (*sent, uncertain()),
        State.COMPLETED: (*sent, says_paid, paid, receipt_allocated()),
        State.FAILED: (*sent, says_no, failed()),
        State.CANCELLED: (*sent, e.PaymentCancelled(code="1032", source=Source.RETURN)),
        State.EXPIRED: (*sent, e.PaymentExpired(code="1037", source=Source.WORKER)),
    }
    return roads[state]


async def put_in_store(
    store: Store, vault: Vault, *, lease: Lease | None = None, bills: Sequence[Bill] | None = None
) -> None:
    """Asha and Juma, the lease between them and its bills."""
    lease = lease or a_lease()

    def work(tx: Tx) -> None:
        people.add(tx, vault, a_person(), phone=a_phone(), email="asha@example.com")
        people.add(tx, vault, a_landlord(), email="juma@example.com", landlord_code=LANDLORD_CODE)
        leases.add_property(tx, lease.property_id, lease.landlord, lease.property_name)
        leases.add_lease(tx, lease)
        for bill in [a_bill()] if bills is None else bills:
            leases.add_bill(tx, bill)

    await store.write(work)


async def put_payment(
    store: Store, state: State = State.COMPLETED, *, reference: str = PAYMENT, **changes: Any
) -> Payment:
    """A payment of that state, appended event by event; `changes` are those of `a_payment_history`.

    Its request id and receipt code follow from its reference, so that no two payments share them.
    """
    own = {"request_id": f"ws_CO_{reference}", "receipt_code": f"U{reference[3:]}"}

    def work(tx: Tx) -> Payment:
        payment: Payment | None = None
        for event, at in a_payment_history(state, **own | changes):
            if isinstance(event, e.ReceiptAllocated):
                number = receipts.next_number(tx, event.landlord_code, event.year)
                event = receipt_allocated(number.serial)  # noqa: PLW2901
            payment = payments.append(tx, payment, [event], at, reference=reference)
        assert payment is not None
        return payment

    return await store.write(work)
