"""A tenant's credit: whatever is chosen, used, had back and refunded, no shilling is lost or doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import credit_events as c
from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.bill import Bill, PaymentType
from portal.domain.credit import IllegalCredit, unused_parts, uses, waiting_parts
from portal.domain.fold import apply
from portal.domain.ledger import credit_of, entries_of
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import IllegalTransition, State
from portal.domain.refund import IllegalRefund
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_pots import BeyondWhatIsLeft, pots_left
from portal.domain.refund_reason import RefundReason
from portal.domain.transaction import TransactionType, transactions_of
from tests.makers import LANDLORD, LEASE, NOW, TENANT, a_bill, a_payment, a_reference, all_of
from tests.refunds import refund_failed, requested, succeeded

FIRST, SECOND, NEXT = a_reference(61), a_reference(62), a_reference(63)


def beyond_two_bills(first: int = 300_000, second: int = 200_000) -> Payment:
    """Neither of its bills needed all of it any more."""
    bills = (
        a_bill(reference=FIRST, amount=shillings(300_000)),
        a_bill(reference=SECOND, amount=shillings(200_000)),
    )
    payment = a_payment(**all_of(*bills))
    for bill, excess in ((FIRST, first), (SECOND, second)):
        beyond = e.DuplicateSuccess(excess=shillings(excess), bill=bill)
        payment = apply(payment, beyond, NOW, reference=payment.reference)
    return payment


def chosen(payment: Payment) -> c.CreditChosen:
    return c.CreditChosen(parts=waiting_parts(payment), chosen_by=TENANT)


def withdrawn(payment: Payment) -> c.CreditWithdrawn:
    return c.CreditWithdrawn(parts=unused_parts(payment), chosen_by=TENANT)


def applied(amount: int, kind: PaymentType = PaymentType.RENT) -> c.CreditApplied:
    return c.CreditApplied(bill=NEXT, type=kind, period=None, amount=shillings(amount), payee=LANDLORD)


def after(payment: Payment, *events: e.Event) -> Payment:
    for event in events:
        payment = apply(payment, event, NOW, reference=payment.reference)
    return payment


def part(amount: int, bill: str = FIRST, pot: Pot = Pot.EXCESS) -> tuple[RefundPart, ...]:
    return (RefundPart(pot=pot, amount=shillings(amount), bill=bill),)


@pytest.mark.covers("I11")
def test_what_waits_is_kept_and_what_is_kept_waits_no_more() -> None:
    payment = beyond_two_bills()
    assert (payment.excess_waiting, payment.credit_left) == (shillings(500_000), shillings(0))
    kept = after(payment, chosen(payment))
    assert (kept.excess_waiting, kept.credit_left) == (None, shillings(500_000))
    assert kept.reserved == shillings(500_000)
    used = after(kept, applied(350_000))
    assert used.credit_left == shillings(150_000)
    assert [one.amount.minor for one in unused_parts(used)] == [150_000]
    back = after(used, withdrawn(used))
    assert (back.excess_waiting, back.credit_left) == (shillings(150_000), shillings(0))


@pytest.mark.covers("I11")
@pytest.mark.parametrize(
    "kind,owed", [(PaymentType.RENT, f"payable:{LANDLORD}"), (PaymentType.DEPOSIT, f"deposit:{LEASE}")]
)
def test_each_step_posts_what_moves_and_sums_to_zero(kind: PaymentType, owed: str) -> None:
    payment = beyond_two_bills()
    kept = after(payment, chosen(payment))
    posted = [(line.account, line.amount.minor) for line in entries_of(chosen(payment), kept, NOW)]
    assert posted == [("suspense", 500_000), (credit_of(LEASE), -500_000)]
    event = applied(120_000, kind)
    used = after(kept, event)
    posted = [(line.account, line.amount.minor) for line in entries_of(event, used, NOW)]
    assert posted == [(credit_of(LEASE), 120_000), (owed, -120_000)]
    (moved,) = transactions_of(event, used, NOW)
    assert (moved.type, moved.kind, moved.amount) == (TransactionType.TRANSFER, "credit", shillings(120_000))


@pytest.mark.parametrize(
    "event",
    [
        c.CreditChosen(parts=(), chosen_by=TENANT),
        c.CreditChosen(parts=part(300_001), chosen_by=TENANT),
        c.CreditChosen(parts=part(0), chosen_by=TENANT),
        c.CreditChosen(parts=part(1, pot=Pot.BILL), chosen_by=TENANT),
        c.CreditWithdrawn(parts=part(1), chosen_by=TENANT),
        applied(1),
        applied(0),
    ],
)
def test_what_there_is_not_can_be_neither_kept_nor_used(event: e.Event) -> None:
    with pytest.raises(IllegalCredit):
        after(beyond_two_bills(), event)


def test_of_what_a_bill_has_used_nothing_can_be_had_back() -> None:
    payment = beyond_two_bills()
    used = after(payment, chosen(payment), applied(400_000))
    with pytest.raises(IllegalCredit):
        after(used, c.CreditWithdrawn(parts=part(100_001), chosen_by=TENANT))
    with pytest.raises(IllegalCredit):
        after(used, applied(100_001))


def test_money_that_has_not_come_is_not_kept() -> None:
    with pytest.raises(IllegalTransition):
        after(a_payment(State.UNCERTAIN), c.CreditChosen(parts=part(1), chosen_by=TENANT))


@pytest.mark.parametrize(
    "credit,rests,used",
    [
        (450_000, [450_000], [450_000]),
        (450_000, [200_000, 600_000], [200_000, 250_000]),
        (450_000, [], []),
        (0, [450_000], []),
        (450_000, [450_001], [449_001]),
        (450_000, [450_999, 500_000], [449_999, 1]),
        (450_000, [451_000], [450_000]),
        (500, [1_000], []),
        (500, [400, 200], [400]),
    ],
)
def test_a_credit_pays_bills_in_their_order_and_leaves_no_rest_that_nothing_can_pay(
    credit: int, rests: list[int], used: list[int]
) -> None:
    bills = [a_bill(reference=a_reference(70 + n), amount=shillings(rest)) for n, rest in enumerate(rests)]
    spent = uses(shillings(credit), bills)
    assert [amount.minor for _, amount in spent] == used


@given(st.integers(0, 2_000_000), st.lists(st.integers(1, 900_000), max_size=6))
def test_never_more_is_used_than_there_is_or_than_a_bill_lacks(credit: int, rests: list[int]) -> None:
    bills: list[Bill] = [
        a_bill(reference=a_reference(70 + n), amount=shillings(rest)) for n, rest in enumerate(rests)
    ]
    spent = uses(shillings(credit), bills)
    assert sum(amount.minor for _, amount in spent) <= credit
    for bill, amount in spent:
        assert shillings(0) < amount <= bill.rest
        assert (bill.rest - amount).minor == 0 or (bill.rest - amount).minor >= 1_000


@dataclass(frozen=True)
class Press:
    """What somebody does, and with how much."""

    act: str
    amount: int


presses = st.lists(
    st.builds(
        Press,
        act=st.sampled_from(["keep", "use", "back", "ask", "sent", "failed"]),
        amount=st.integers(1, 550_000),
    ),
    max_size=14,
)


class Tale:
    """A payment to which all of that happens, with its ledger."""

    def __init__(self, payment: Payment) -> None:
        self.payment, self.accounts, self.refunds = payment, Counter[str](), 0
        self.accounts["suspense"] = -(payment.excess.minor if payment.excess else 0)

    def do(self, press: Press) -> None:
        event = self._event(press)
        if event is None:
            return
        try:
            self.payment = after(self.payment, event)
        except (IllegalCredit, IllegalRefund):
            return
        for line in entries_of(event, self.payment, NOW):
            self.accounts[line.account] += line.amount.minor

    def _event(self, press: Press) -> e.Event | None:
        payment, open_ = self.payment, self.payment.refunds.open
        match press.act:
            case "keep":
                return c.CreditChosen(parts=waiting_parts(payment), chosen_by=TENANT)
            case "use":
                return applied(press.amount)
            case "back":
                return withdrawn(payment)
            case "ask":
                return self._asked(press.amount)
            case "sent" if open_:
                return succeeded(open_[0].reference)
            case "failed" if open_:
                return refund_failed(open_[0].reference)
            case _:
                return None

    def _asked(self, amount: int) -> r.RefundRequested | None:
        self.refunds += 1
        try:
            asked = requested(self.payment, shillings(amount), reason=RefundReason.DUPLICATE_PAYMENT)
        except BeyondWhatIsLeft:
            return None
        return replace(asked, refund=a_reference(800 + self.refunds))


@pytest.mark.covers("B19", "I11", "I8")
@settings(max_examples=200, deadline=None)
@given(st.integers(1, 300_000), st.integers(1, 200_000), presses)
def test_whatever_is_pressed_every_shilling_beyond_the_bills_is_in_one_place(
    first: int, second: int, pressed: list[Press]
) -> None:
    payment = beyond_two_bills(first, second)
    tale, beyond = Tale(payment), first + second
    for press in pressed:
        tale.do(press)
        now = tale.payment
        used = sum(use.amount.minor for use in now.credit_uses)
        reserved = sum(one.of(Pot.EXCESS).minor for one in now.refunds.live)
        waiting = now.excess_waiting.minor if now.excess_waiting else 0
        assert used + now.credit_left.minor + reserved + waiting == beyond
        assert min(used, now.credit_left.minor, reserved, waiting) >= 0
        assert tale.accounts[credit_of(LEASE)] == -now.credit_left.minor
        gone = sum(one.of(Pot.EXCESS).minor for one in now.refunds.sent_back)
        assert tale.accounts["suspense"] == -(waiting + reserved - gone)
        assert all(pot.amount >= Money(0, pot.amount.currency) for pot in pots_left(now))
        assert now.received
        assert now.reserved <= now.received
