"""The ledger: every posting sums to zero, and each shilling lies where it belongs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.bill import PaymentType
from portal.domain.fees import Fees
from portal.domain.ledger import Entry, Unbalanced, cash_at, entries_of, owed_to, trial_balance
from portal.domain.money import Currency, Money, shillings, sum_of
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from tests import makers
from tests.facts import TOTAL
from tests.makers import BILLED, LANDLORD, LEASE, NOW, a_bill, a_payment, a_reference, all_of

minors = st.integers(0, 10**12)


@st.composite
def priced_payments(draw: st.DrawFn) -> Payment:
    currency = draw(st.sampled_from(Currency))
    lines = [Money(draw(minors), currency) for _ in range(3)]
    parts = [Money(draw(st.integers(1, 10**12)), currency) for _ in range(draw(st.integers(1, 4)))]
    return replace(
        a_payment(State.CREATED),
        amount=sum_of(parts),
        fees=Fees(*lines),
        allocations=tuple(
            Allocation(
                bill=a_reference(100 + number), type=draw(st.sampled_from(BILLED)), period=None, amount=part
            )
            for number, part in enumerate(parts)
        ),
    )


def balances(entries: list[Entry]) -> dict[str, int]:
    return {entry.account: entry.amount.minor for entry in entries}


@pytest.mark.covers("D18")
@given(priced_payments(), minors)
def test_every_posting_sums_to_zero(payment: Payment, excess: int) -> None:
    currency = payment.amount.currency
    events: list[e.Event] = [
        makers.completed(payment.total),
        makers.came_late(payment.total),
        makers.mismatch(Money(excess, currency)),
        *(e.DuplicateSuccess(excess=Money(excess, currency), bill=bill) for bill in (None, *payment.bills)),
    ]
    for event in events:
        entries = entries_of(event, payment, NOW)
        assert sum(entry.amount.minor for entry in entries) == 0
        assert all(entry.amount for entry in entries)
        assert [entry.line for entry in entries] == list(range(len(entries)))


def test_a_posting_that_does_not_sum_to_zero_is_never_written() -> None:
    with pytest.raises(Unbalanced, match=makers.PAYMENT):
        entries_of(makers.completed(TOTAL - shillings(1)), a_payment(), NOW)


@pytest.mark.covers("D18")
def test_a_completed_payment_lies_as_cash_as_a_deposit_and_as_fees() -> None:
    assert balances(entries_of(makers.completed(TOTAL), a_payment(), NOW)) == {
        "cash:mpesa": 453_500,
        f"deposit:{LEASE}": -450_000,
        "fee:platform": -2_250,
        "fee:processing": -250,
        "fee:provider": -1_000,
    }


@pytest.mark.parametrize(
    "kind,account",
    [
        (PaymentType.DEPOSIT, f"deposit:{LEASE}"),
        (PaymentType.SECURITY_DEPOSIT, f"deposit:{LEASE}"),
        (PaymentType.RENT, f"payable:{LANDLORD}"),
        (PaymentType.SERVICE_FEE, f"payable:{LANDLORD}"),
    ],
)
def test_a_deposit_is_held_and_all_else_is_owed_to_the_landlord(kind: PaymentType, account: str) -> None:
    payment = a_payment(type=kind)
    assert owed_to(payment, payment.allocations[0]) == account
    assert cash_at("mpesa") == "cash:mpesa"


@pytest.mark.covers("D12")
def test_a_wrong_amount_lies_in_suspense_until_a_person_decides() -> None:
    event, waiting = makers.mismatch(shillings(5)), a_payment(State.UNCERTAIN)
    assert balances(entries_of(event, waiting, NOW)) == {"cash:mpesa": 5, "suspense": -5}
    assert entries_of(event, a_payment(State.COMPLETED), NOW) == []


@pytest.mark.parametrize("stated", [0, -5])
def test_where_money_came_and_the_amount_cannot_be_one_what_was_asked_waits_in_suspense(stated: int) -> None:
    entries = entries_of(makers.mismatch(shillings(stated)), a_payment(State.UNCERTAIN), NOW)
    assert balances(entries) == {"cash:mpesa": TOTAL.minor, "suspense": -TOTAL.minor}


def test_what_a_bill_did_not_need_moves_to_suspense() -> None:
    entries = entries_of(e.DuplicateSuccess(excess=shillings(50_000)), a_payment(), NOW)
    assert balances(entries) == {f"deposit:{LEASE}": 50_000, "suspense": -50_000}
    assert entries[0].seq == a_payment().version


@pytest.mark.covers("A20", "D18")
def test_of_several_bills_each_is_posted_where_it_belongs_and_the_fees_once() -> None:
    deposit = a_bill()
    rents = [
        a_bill(reference=a_reference(100 + n), type=PaymentType.RENT, amount=shillings(n)) for n in (1, 2)
    ]
    payment = a_payment(State.CREATED, **all_of(deposit, *rents))
    entries = entries_of(makers.completed(payment.total), payment, NOW)
    assert [(entry.account, entry.amount.minor) for entry in entries][:4] == [
        ("cash:mpesa", payment.total.minor),
        (f"deposit:{LEASE}", -450_000),
        (f"payable:{LANDLORD}", -1),
        (f"payable:{LANDLORD}", -2),
    ]
    assert sum(entry.account.startswith("fee:") for entry in entries) == 3
    unneeded = e.DuplicateSuccess(excess=shillings(2), bill=rents[1].reference)
    assert balances(entries_of(unneeded, payment, NOW)) == {f"payable:{LANDLORD}": 2, "suspense": -2}


def test_what_moves_no_money_posts_nothing() -> None:
    for event in (e.PushRequested(), makers.accepted(), makers.heard(), makers.failed(), makers.uncertain()):
        assert entries_of(event, a_payment(), NOW) == []


def test_a_trial_balance_keeps_currencies_apart() -> None:
    lines = [("a", shillings(5)), ("b", shillings(-3)), ("a", Money(-7, Currency.USD))]
    assert trial_balance(lines) == {Currency.TZS: 2, Currency.USD: -7}
    assert trial_balance([]) == {}
