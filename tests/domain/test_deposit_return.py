"""The return of a deposit: its tables are complete, its fold takes nothing else, and its sums are the deposit."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import deposit_events as d
from portal.domain import refund_events as r
from portal.domain.deposit_events import DepositDeducted
from portal.domain.deposit_line import LINE_TRANSITIONS, Line, LineState, lines_after
from portal.domain.deposit_pots import deducted_of, deposit_left, parts_of_deposit, set_apart
from portal.domain.deposit_return import (
    MOST_LINES,
    OPEN_RETURN,
    RETURN_TRANSITIONS,
    IllegalReturn,
    ReturnState,
    apply_return,
    ends_of_return,
)
from portal.domain.deposit_standing import standing_of
from portal.domain.fold import apply
from portal.domain.ledger import entries_of
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import IllegalRefund
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_pots import BeyondWhatIsLeft, refundable
from portal.domain.refund_reason import RefundReason
from tests.deposits import DEPOSIT, RETURN, after, asked, decided, itemised, proposed
from tests.makers import LANDLORD, LEASE, NOW, OFFICE, PAYMENT, TENANT, a_payment, a_reference
from tests.refunds import refund_failed, succeeded

S, L = ReturnState, LineState
STATES = [None, *ReturnState]


@pytest.mark.covers("F13")
@pytest.mark.parametrize("state,kind", list(product(STATES, d.RETURN_EVENTS)))
def test_every_event_in_every_state_is_in_the_table_or_refused(
    state: ReturnState | None, kind: type[d.ReturnEvent]
) -> None:
    if (state, kind) in RETURN_TRANSITIONS:
        assert ends_of_return(state, kind) == RETURN_TRANSITIONS[state, kind]
    else:
        with pytest.raises(IllegalReturn, match=kind.__name__):
            ends_of_return(state, kind)


def test_each_state_can_be_reached_and_nothing_leads_out_of_the_end() -> None:
    assert {kind for _, kind in RETURN_TRANSITIONS} == set(d.RETURN_EVENTS)
    assert {end for ends in RETURN_TRANSITIONS.values() for end in ends} == set(ReturnState)
    assert {*OPEN_RETURN, S.SETTLED} == set(ReturnState)
    assert S.SETTLED not in {state for state, _ in RETURN_TRANSITIONS}
    assert set(LINE_TRANSITIONS.values()) == set(LineState) - {L.OPEN}


@pytest.mark.parametrize(
    "events,state",
    [
        ([asked()], S.ASKED),
        ([asked(), d.LandlordSilent()], S.UNANSWERED),
        ([asked(), itemised()], S.SETTLED),
        ([itemised()], S.SETTLED),
        ([asked(), d.LandlordSilent(), itemised(5)], S.ITEMISED),
        ([itemised(5), d.TenantSilent()], S.WITH_OFFICE),
        ([asked(), d.AnswerTimeMoved(answer_by=NOW)], S.ASKED),
        ([itemised(5), d.AnswerTimeMoved(answer_by=NOW)], S.ITEMISED),
        ([itemised(5, 6), d.DeductionAgreed(line=1)], S.ITEMISED),
        ([itemised(5, 6), d.DeductionAgreed(line=1), d.DeductionDisputed(line=2)], S.WITH_OFFICE),
        ([itemised(5), d.DeductionDisputed(line=1), d.DeductionAgreed(line=1)], S.SETTLED),
        ([itemised(5), d.DeductionDisputed(line=1), decided(1, 0)], S.SETTLED),
        ([itemised(5, 6), d.TenantSilent(), decided(1, 5)], S.WITH_OFFICE),
    ],
)
def test_its_state_follows_from_its_lines(events: list[d.ReturnEvent], state: ReturnState) -> None:
    one = after(*events)
    assert (one.state, one.version, one.is_open) == (state, len(events), state is not S.SETTLED)
    assert one.deducted + one.waiting + one.to_go_back == (DEPOSIT if one.is_itemised else shillings(0))


@pytest.mark.parametrize(
    "events,problem",
    [
        ([itemised(450_000, 1)], "more is claimed"),
        ([itemised(*[1] * (MOST_LINES + 1))], "more is claimed"),
        ([itemised(0)], "nothing is no deposit"),
        ([itemised(5), d.DeductionAgreed(line=2)], "no line 2"),
        (
            [itemised(5, 6), d.DeductionAgreed(line=1), d.DeductionDisputed(line=1)],
            "of a line that is AGREED",
        ),
        ([itemised(5), d.TenantSilent(), decided(1, 6)], "more than was claimed"),
        ([itemised(5), d.TenantSilent(), proposed(1, -1)], "less than nothing"),
        ([itemised(5), d.TenantSilent(), proposed(1, 1), proposed(1, 2)], "another proposal"),
        ([itemised(5), d.TenantSilent(), proposed(1, 1), decided(1, 2, LANDLORD)], "not what was proposed"),
        ([itemised(5), d.TenantSilent(), proposed(1, 1), decided(1, 1)], "nobody agrees to what"),
        (
            [itemised(5), d.TenantSilent(), d.DeductionTurnedDown(line=1, turned_down_by=OFFICE)],
            "nothing is proposed",
        ),
    ],
)
def test_what_cannot_be_is_refused(events: list[d.ReturnEvent], problem: str) -> None:
    with pytest.raises(IllegalReturn, match=problem):
        after(*events)


def test_a_return_of_nothing_and_one_that_begins_in_the_middle_are_refused() -> None:
    empty = d.DepositAskedBack(lease=LEASE, tenant=TENANT, landlord=LANDLORD, shares=(), answer_by=NOW)
    with pytest.raises(IllegalReturn, match="no deposit"):
        after(empty)
    with pytest.raises(IllegalReturn, match="does not begin with TenantSilent"):
        after(d.TenantSilent())
    with pytest.raises(LookupError):
        after(itemised(5)).line(2)


def test_so_much_is_decided_by_two_and_a_tenant_may_still_agree_to_it() -> None:
    much = Line(
        number=1, kind=d.DeductionKind.OTHER, claimed=shillings(1_000_001), state=L.DISPUTED, deducted=None
    )
    with pytest.raises(ValueError, match="decided by two"):
        lines_after((much,), decided(1, 5))
    (waiting,) = lines_after((much,), proposed(1, 5))
    (agreed,) = lines_after((waiting,), d.DeductionAgreed(line=1))
    assert (agreed.proposed, agreed.deducted) == (None, much.claimed)
    (dropped,) = lines_after((waiting,), d.DeductionTurnedDown(line=1, turned_down_by=LANDLORD))
    assert dropped == much
    (settled,) = lines_after((waiting,), decided(1, 5, LANDLORD))
    assert (settled.state, settled.deducted, settled.is_open) == (L.DECIDED, shillings(5), False)


def test_a_deduction_moves_the_deposit_to_the_landlord_and_no_refund_sees_it_again() -> None:
    payment = a_payment()
    parts = parts_of_deposit(payment, shillings(120_000))
    event = DepositDeducted(deposit_return=RETURN, line=1, parts=parts)
    kept = apply(payment, event, NOW, reference=payment.reference)
    assert (deposit_left(kept), deducted_of(kept)) == (shillings(330_000), shillings(120_000))
    assert (refundable(kept), kept.reserved, kept.status) == (
        shillings(330_000),
        shillings(120_000),
        PaymentStatus.COMPLETED,
    )
    assert {entry.account: entry.amount.minor for entry in entries_of(event, kept, NOW)} == {
        f"deposit:{LEASE}": 120_000,
        f"payable:{LANDLORD}": -120_000,
    }
    assert not refundable(set_apart(kept))
    assert set_apart(set_apart(kept)) == set_apart(kept)
    with pytest.raises(IllegalRefund, match="more than is left"):
        apply(
            kept,
            DepositDeducted(deposit_return=RETURN, line=2, parts=(payment_pot(),)),
            NOW,
            reference=PAYMENT,
        )
    with pytest.raises(BeyondWhatIsLeft):
        parts_of_deposit(kept, shillings(330_001))


def payment_pot() -> Any:
    (whole,) = parts_of_deposit(a_payment(), DEPOSIT)
    return whole


class Tale:
    """A deposit in two payments, with whatever happens to its return and to what is sent back."""

    def __init__(self, amounts: list[int], first: int) -> None:
        second = a_reference(90)
        self.payments = {
            PAYMENT: a_payment(amount=shillings(first)),
            second: a_payment(reference=second, amount=shillings(1_200_000 - first)),
        }
        shares = tuple(
            d.Share(payment=name, amount=deposit_left(payment)) for name, payment in self.payments.items()
        )
        claims = tuple(d.Claim(kind=d.DeductionKind.KEYS, amount=shillings(amount)) for amount in amounts)
        begun = d.DepositItemised(
            lease=LEASE,
            tenant=TENANT,
            landlord=LANDLORD,
            shares=shares,
            claims=claims,
            waived=(),
            itemised_by=LANDLORD,
            answer_by=NOW,
        )
        self.one = apply_return(None, begun, NOW, reference=RETURN)
        self.refunds = 0
        self.send()

    def tell(self, event: d.ReturnEvent) -> None:
        """What the table does not allow does not happen; a line that is settled moves its money."""
        before = self.one.state
        try:
            self.one = apply_return(self.one, event, NOW, reference=RETURN)
        except IllegalReturn:
            return
        assert self.one.state in ends_of_return(before, type(event))
        if isinstance(event, d.DeductionAgreed | d.DeductionDecided):
            self.deduct(event.line, self.one.line(event.line).deducted or shillings(0))
            if isinstance(event, d.DeductionDecided):
                self.send()

    def deduct(self, line: int, amount: Money) -> None:
        for name, payment in self.payments.items():
            taken = min(amount.minor, deposit_left(payment).minor)
            if taken:
                parts = parts_of_deposit(payment, shillings(taken))
                self.append(name, DepositDeducted(deposit_return=RETURN, line=line, parts=parts))
                amount -= shillings(taken)

    def send(self) -> None:
        missing = standing_of(self.one, self.payments.values()).unsent.minor
        for name, payment in [*self.payments.items()][::-1]:
            taken = min(missing, deposit_left(payment).minor)
            if taken:
                self.refunds += 1
                parts = parts_of_deposit(payment, shillings(taken))
                base: dict[str, Any] = {
                    "refund": a_reference(800 + self.refunds),
                    "amount": shillings(taken),
                    "parts": parts,
                }
                self.append(
                    name,
                    r.RefundRequested(**base, reason=RefundReason.LEASE_ENDED, requested_by=TENANT),
                    r.RefundApproved(**base, approved_by=LANDLORD, route=RefundRoute.REVERSAL),
                )
                missing -= taken

    def end_refund(self, number: int, *, well: bool) -> None:
        for name, payment in self.payments.items():
            if payment.refunds.open:
                refund = payment.refunds.open[number % len(payment.refunds.open)].reference
                self.append(name, succeeded(refund) if well else refund_failed(refund))
                return

    def append(self, name: str, *events: Any) -> None:
        payment: Payment = self.payments[name]
        for event in events:
            payment = apply(payment, event, NOW, reference=name)
        self.payments[name] = payment

    def check(self) -> None:
        found = standing_of(self.one, self.payments.values())
        places = [found.sent_back, found.on_the_way, found.unsent, found.waiting, found.deducted]
        assert all(place.minor >= 0 for place in places)
        assert sum(place.minor for place in places) == found.deposit.minor == 1_200_000
        assert found.deducted == self.one.deducted
        assert found.waiting == self.one.waiting
        assert found.held == found.unsent + found.waiting


numbers = st.integers(1, 4)
happenings = st.one_of(
    st.builds(lambda line: d.DeductionAgreed(line=line), numbers),
    st.builds(lambda line: d.DeductionDisputed(line=line), numbers),
    st.just(d.TenantSilent()),
    st.just(d.AnswerTimeMoved(answer_by=NOW)),
    st.builds(proposed, numbers, st.integers(0, 400_000), st.sampled_from([OFFICE, LANDLORD])),
    st.builds(lambda line: d.DeductionTurnedDown(line=line, turned_down_by=OFFICE), numbers),
    st.builds(decided, numbers, st.integers(0, 400_000), st.sampled_from([OFFICE, LANDLORD])),
    st.tuples(st.integers(0, 5), st.booleans()),
    st.just("send"),
)


@pytest.mark.covers("F13")
@settings(deadline=None)
@given(
    amounts=st.lists(st.integers(1, 300_000), max_size=4),
    first=st.integers(1, 1_199_999),
    happenings=st.lists(happenings, max_size=25),
)
def test_whatever_happens_refunds_and_deductions_and_what_is_held_are_the_deposit(
    amounts: list[int], first: int, happenings: list[Any]
) -> None:
    tale = Tale(amounts, first)
    tale.check()
    for happening in happenings:
        if happening == "send":
            tale.send()
        elif isinstance(happening, tuple):
            tale.end_refund(happening[0], well=happening[1])
        else:
            tale.tell(happening)
        tale.check()
