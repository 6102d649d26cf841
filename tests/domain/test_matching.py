"""What becomes of money that came by bank: what it pays, what waits and why; proved for lines in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bank_line import BankLine, Held
from portal.domain.fees import Fees
from portal.domain.matching import Holding, Paying, Plan, Share, plan_for
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from tests.makers import NOW, a_payment, a_reference

FREE = Fees(shillings(0), shillings(0), shillings(0))
BANK = "bank_transfer"
P, Q, R = (a_reference(number) for number in (80, 81, 82))


def expected(reference: str = P, total: int = 100, state: State = State.AWAITING_BANK) -> Payment:
    return replace(
        a_payment(State.CREATED, reference=reference),
        state=state,
        amount=shillings(total),
        fees=FREE,
        method=PaymentMethod.BANK_TRANSFER,
        provider=BANK,
    )


_ids = map(a_reference, count(10_000))


def credit(
    amount: int, *names: str, waiting: int | None = None, currency: Currency = Currency.TZS
) -> BankLine:
    return BankLine(
        id=next(_ids),
        version=1,
        statement=a_reference(72),
        account="CRDB",
        bank_reference=f"FT{amount}",
        booked_on=date(2026, 3, 2),
        amount=Money(amount, currency),
        is_reversal=False,
        names=names or (P,),
        waiting=Money(amount if waiting is None else waiting, currency),
        held=None,
        payment=None,
        created_at=NOW,
        updated_at=NOW,
    )


def holding(line: BankLine, reason: Held, payment: str | None = P) -> Plan:
    return Plan(holdings={line.id: Holding(reason, payment)})


@pytest.mark.covers("A10")
def test_the_exact_total_pays_its_payment() -> None:
    line, payment = credit(100), expected()
    assert plan_for(line, [payment], [], BANK) == Plan((Paying(payment, (Share(line, shillings(100)),)),))


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED, State.SUBMITTING])
def test_the_total_pays_a_payment_that_was_called_off_too(state: State) -> None:
    assert plan_for(credit(100), [expected(state=state)], [], BANK).payings


def test_too_little_waits_for_the_rest() -> None:
    line, earlier = credit(30), [credit(60)]
    assert plan_for(line, [expected()], earlier, BANK) == holding(line, Held.TOO_LITTLE)


def test_several_lines_that_come_to_the_total_pay_together() -> None:
    first, second, third, payment = credit(30), credit(50), credit(20), expected()
    shares = (Share(first, shillings(30)), Share(second, shillings(50)), Share(third, shillings(20)))
    assert plan_for(third, [payment], [first, second], BANK) == Plan((Paying(payment, shares),))


def test_what_comes_beyond_the_total_waits() -> None:
    line, payment = credit(130), expected()
    (paying,), holdings = _of(plan_for(line, [payment], [], BANK))
    assert paying.shares == (Share(line, shillings(100)),)
    assert holdings == {line.id: Holding(Held.TOO_MUCH, P)}
    first, second = credit(70), credit(50)
    (paying,), holdings = _of(plan_for(second, [payment], [first], BANK))
    assert paying.shares == (Share(first, shillings(70)), Share(second, shillings(30)))
    assert holdings == {second.id: Holding(Held.TOO_MUCH, P)}


def test_a_line_that_is_enough_alone_leaves_the_earlier_ones_to_the_payer() -> None:
    early, line, payment = credit(60), credit(100), expected()
    (paying,), holdings = _of(plan_for(line, [payment], [early], BANK))
    assert paying.shares == (Share(line, shillings(100)),)
    assert holdings == {early.id: Holding(Held.DUPLICATE, P)}


def test_money_for_a_payment_that_is_paid_waits() -> None:
    line = credit(100)
    assert plan_for(line, [expected(state=State.COMPLETED)], [], BANK) == holding(line, Held.DUPLICATE)


@pytest.mark.parametrize(
    "names, reason", [((), Held.NO_REFERENCE), ((R,), Held.UNKNOWN_REFERENCE)], ids=["none", "a strange one"]
)
def test_money_that_names_no_payment_waits(names: tuple[str, ...], reason: Held) -> None:
    line = replace(credit(100), names=names)
    assert plan_for(line, [], [], BANK) == holding(line, reason, None)


def test_money_in_another_currency_waits() -> None:
    line = credit(100, currency=Currency.USD)
    assert plan_for(line, [expected()], [], BANK) == holding(line, Held.WRONG_CURRENCY)
    assert plan_for(line, [expected(), expected(Q)], [], BANK) == holding(line, Held.WRONG_CURRENCY)


def test_money_for_a_payment_by_wallet_waits() -> None:
    line, wallet = credit(100, Q), replace(expected(Q), provider="mpesa")
    assert plan_for(line, [wallet], [], BANK) == holding(line, Held.OTHER_WAY, Q)
    assert plan_for(line, [expected(), wallet], [], BANK) == holding(line, Held.OTHER_WAY, Q)


@pytest.mark.covers("I4")
def test_one_transfer_pays_several_payments_when_it_is_their_sum() -> None:
    line, one, two = credit(150, P, Q), expected(P), expected(Q, 50)
    payings, holdings = _of(plan_for(line, [one, two], [], BANK))
    assert payings == (
        Paying(one, (Share(line, shillings(100)),)),
        Paying(two, (Share(line, shillings(50)),)),
    )
    assert holdings == {}


@pytest.mark.parametrize("amount", [149, 151, 100, 50])
def test_a_transfer_for_several_payments_that_is_not_their_sum_waits_whole(amount: int) -> None:
    line = credit(amount, P, Q)
    assert plan_for(line, [expected(P), expected(Q, 50)], [], BANK) == holding(line, Held.UNCLEAR_SPLIT)


def test_of_several_payments_one_that_is_paid_leaves_its_share_waiting() -> None:
    line, paid, open_ = credit(150, P, Q), expected(P, state=State.COMPLETED), expected(Q, 50)
    payings, holdings = _of(plan_for(line, [paid, open_], [], BANK))
    assert payings == (Paying(open_, (Share(line, shillings(50)),)),)
    assert holdings == {line.id: Holding(Held.DUPLICATE, P)}


def _of(plan: Plan) -> tuple[tuple[Paying, ...], dict[str, Holding]]:
    return plan.payings, dict(plan.holdings)


@dataclass
class Books:
    """Carries plans out as the service does, with a door that takes everything."""

    payments: dict[str, Payment]
    lines: dict[str, BankLine] = field(default_factory=dict)
    allocated: Counter[str] = field(default_factory=Counter)

    def take(self, line: BankLine) -> None:
        self.lines[line.id] = line
        named = [self.payments[name] for name in line.names if name in self.payments]
        plan = plan_for(line, named, self._earlier(named), BANK)
        for paying in plan.payings:
            reference = paying.payment.reference
            assert self.payments[reference].state is not State.COMPLETED
            self.payments[reference] = replace(paying.payment, state=State.COMPLETED)
            for share in paying.shares:
                assert share.amount.minor > 0
                self.allocated[reference] += share.amount.minor
                used = self.lines[share.line.id]
                left = used.waiting - share.amount
                self.lines[used.id] = replace(used, waiting=left, held=used.held if left else None)
        for id_, why in plan.holdings.items():
            assert self.lines[id_].waiting
            self.lines[id_] = replace(self.lines[id_], held=why.reason, payment=why.payment)

    def _earlier(self, named: Sequence[Payment]) -> list[BankLine]:
        if len(named) != 1:
            return []
        about = (line for line in self.lines.values() if line.payment == named[0].reference)
        waiting = (line for line in about if line.held is Held.TOO_LITTLE and line.waiting)
        return sorted(waiting, key=lambda line: (line.booked_on, line.id))

    @property
    def waiting(self) -> Counter[str]:
        sums: Counter[str] = Counter()
        for line in self.lines.values():
            sums[line.waiting.currency] += line.waiting.minor
        return sums

    @property
    def paid(self) -> set[str]:
        return {reference for reference, one in self.payments.items() if one.state is State.COMPLETED}


def some_payments() -> dict[str, Payment]:
    wallet = replace(expected(a_reference(83), 70), provider="mpesa")
    known = [expected(P, 100), expected(Q, 50), expected(R, 30, State.EXPIRED), wallet]
    return {payment.reference: payment for payment in known}


references = st.sampled_from([P, Q, R, a_reference(83), a_reference(84)])
transfers = st.builds(
    lambda amount, names, currency: replace(credit(amount, currency=currency), names=tuple(names)),
    st.sampled_from([10, 20, 30, 50, 60, 70, 80, 100, 130, 150, 180]) | st.integers(1, 200),
    st.lists(references, unique=True, max_size=3),
    st.sampled_from([Currency.TZS] * 9 + [Currency.USD]),
)


def taken(lines: Iterable[BankLine]) -> Books:
    books = Books(some_payments())
    for line in lines:
        books.take(line)
    return books


@pytest.mark.covers("I3", "I4")
@given(st.lists(transfers, max_size=10), st.randoms(use_true_random=False))
def test_nothing_is_lost_and_no_payment_gets_more_than_its_total_in_any_order(
    lines: list[BankLine], chance: object
) -> None:
    books = taken(lines)
    came: Counter[str] = Counter()
    for line in lines:
        came[line.amount.currency] += line.amount.minor
    used = Counter({str(Currency.TZS): sum(books.allocated.values())})
    assert +came == +(used + books.waiting)
    totals = {reference: payment.total.minor for reference, payment in some_payments().items()}
    assert dict(books.allocated) == {reference: totals[reference] for reference in books.paid}
    assert all((line.held is None) == (not line.waiting) for line in books.lines.values())
    chance.shuffle(lines)  # type: ignore[attr-defined]
    other = taken(lines)
    assert (other.paid, other.allocated, +other.waiting) == (books.paid, books.allocated, +books.waiting)
