"""Dollars in shillings: exact up to one rounding that is told, by a rate in force, at a quote that ends."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.allocation import allocated_to
from portal.domain.bill import Bill
from portal.domain.decision import decide
from portal.domain.exchange import QUOTE_LIVES, Rate, RatesUnreadable, RateTable, asked_for, rate_at
from portal.domain.fold import apply
from portal.domain.ledger import SUSPENSE, entries_of, trial_balance
from portal.domain.money import Currency, Money, shillings, sum_of
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import IllegalTransition
from tests.makers import NOW, PAYMENT, a_bill, a_quote, a_reference, dollars, initiated, paid_in_shillings

rates = st.decimals("100.000001", "99999.999999", places=6)
cents = st.integers(1, 10**11).map(lambda minor: Money(minor, Currency.USD))
BEGINS = datetime.fromisoformat("2026-03-02T00:00:00+03:00")
ENDS = datetime.fromisoformat("2026-03-09T00:00:00+03:00")
TOLD = {
    "rate": "2650.50",
    "source": "Bank of Tanzania",
    "from": BEGINS.isoformat(),
    "until": ENDS.isoformat(),
}
RATE = Rate(rate=Decimal("2650.50"), source="Bank of Tanzania", valid_from=BEGINS, valid_until=ENDS)


@pytest.mark.covers("A29", "D72", "D84")
@given(cents, rates)
def test_the_shillings_are_the_exact_product_rounded_once_and_half_up(amount: Money, rate: Decimal) -> None:
    exact = Decimal(amount.minor) * rate / 100
    assert a_quote(rate=rate).asked_for(amount) == shillings(int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


@pytest.mark.covers("A29", "D72")
@given(cents, rates)
def test_the_shillings_tell_the_cents_they_stand_for(amount: Money, rate: Decimal) -> None:
    asked = a_quote(rate=rate).asked_for(amount)
    back = (asked.minor * 100 / rate).quantize(Decimal(1), ROUND_HALF_UP)
    assert int(back) == amount.minor


@given(cents, cents, rates)
def test_more_dollars_are_never_fewer_shillings_and_a_cent_is_at_least_one(
    amount: Money, more: Money, rate: Decimal
) -> None:
    quote = a_quote(rate=rate)
    assert quote.asked_for(amount) + shillings(1) <= quote.asked_for(amount + more)


@pytest.mark.parametrize(
    "minor, rate, expected",
    [(200_00, "2650.50", 530_100), (1, "2650.50", 27), (100, "2650.5", 2_651), (100, "2650.499999", 2_650)],
)
def test_half_a_shilling_goes_up_and_less_goes_down(minor: int, rate: str, expected: int) -> None:
    assert a_quote(rate=Decimal(rate)).asked_for(Money(minor, Currency.USD)) == shillings(expected)


def test_a_rate_of_the_dollar_says_nothing_of_shillings() -> None:
    with pytest.raises(ValueError, match="TZS"):
        a_quote().asked_for(shillings(1))
    assert asked_for(shillings(1), None) == shillings(1)


def test_what_the_rate_is_for_is_one_dollar() -> None:
    assert a_quote().unit == Money(100, Currency.USD)


@pytest.mark.covers("A29", "D72")
def test_a_quote_names_its_source_and_ends_with_its_time_or_its_rate() -> None:
    quote = RATE.quoted("Q", NOW)
    assert (quote.id, quote.rate, quote.source) == ("Q", RATE.rate, "Bank of Tanzania")
    assert (quote.quoted_at, quote.valid_until) == (NOW, NOW + QUOTE_LIVES)
    assert (
        quote.stands_at(quote.valid_until - timedelta.resolution),
        quote.stands_at(quote.valid_until),
    ) == (
        True,
        False,
    )
    assert RATE.quoted("Q", ENDS - timedelta(minutes=1)).valid_until == ENDS


def test_of_the_rates_in_force_the_youngest_counts() -> None:
    younger = Rate(rate=Decimal(2700), source="later", valid_from=NOW, valid_until=ENDS + timedelta(days=1))
    assert rate_at([younger, RATE], BEGINS - timedelta.resolution) is None
    assert rate_at([younger, RATE], BEGINS) == RATE
    assert rate_at([younger, RATE], NOW) == younger
    assert rate_at([younger, RATE], ENDS) == younger
    assert rate_at([RATE], ENDS) is None


def test_a_table_of_rates_is_read_as_it_is_told() -> None:
    table = RateTable(rates=json.dumps([TOLD, TOLD | {"rate": "2651", "source": " b "}]))
    first, second = table.read()
    assert first == RATE
    assert (second.rate, second.source) == (Decimal(2651), "b")
    assert table.faults() == {}


def test_a_rate_that_a_demo_made_up_is_known_as_such() -> None:
    assert not RateTable(rates=json.dumps([TOLD])).is_example
    assert RateTable(rates=json.dumps([TOLD, TOLD | {"source": "demo"}])).is_example


@pytest.mark.covers("D72")
@pytest.mark.parametrize(
    "change, said",
    [
        ({"rate": 2650.5}, "rate 1: each has rate, source, from and until, as texts"),
        ({"more": "x"}, "rate 1: each has rate, source, from and until, as texts"),
        ({"rate": "100"}, "rate 1: shillings for one dollar, as 2650.50"),
        ({"rate": "2,650.50"}, "rate 1: shillings for one dollar, as 2650.50"),
        ({"source": " "}, "rate 1: a source of up to 40 letters"),
        ({"source": "x" * 41}, "rate 1: a source of up to 40 letters"),
        ({"source": "a\nb"}, "rate 1: a source of up to 40 letters"),
        ({"from": "2026-03-02T00:00:00"}, "rate 1: from and until as 2026-03-02T00:00:00+03:00"),
        ({"until": "soon"}, "rate 1: from and until as 2026-03-02T00:00:00+03:00"),
        ({"until": BEGINS.isoformat()}, "rate 1: it ends before it begins"),
    ],
)
def test_a_rate_that_cannot_be_used_says_what_is_wrong_with_it(change: dict[str, Any], said: str) -> None:
    assert RateTable(rates=json.dumps([TOLD | change])).faults() == {"rates": said}


@pytest.mark.parametrize(
    "text, said", [("{", "no JSON"), ("{}", "a JSON list"), ("[]", "a JSON list"), ("[1]", "rate 1")]
)
def test_a_table_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(RatesUnreadable, match=said):
        RateTable(rates=text).read()


@st.composite
def owed(draw: st.DrawFn) -> list[tuple[Bill, Money]]:
    """Bills in dollars, and what is left of each when the money comes."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        amount = draw(st.integers(1, 10**6))
        bill = a_bill(reference=a_reference(100 + number), amount=dollars(amount), paid=dollars(0))
        found.append((bill, dollars(draw(st.integers(0, amount)))))
    return found


def settled(bills: list[tuple[Bill, Money]], rate: Decimal) -> tuple[Payment, list[e.Event]]:
    """The payment of all of them, when so much is left of each."""
    begun = initiated(**paid_in_shillings(*(bill for bill, _ in bills), exchange=a_quote(rate=rate)))
    payment = apply(apply(None, begun, NOW, reference=PAYMENT), e.PushRequested(), NOW, reference=PAYMENT)
    left = {
        bill.reference: a_bill(reference=bill.reference, amount=bill.amount, paid=bill.amount - rest)
        for bill, rest in bills
    }
    return payment, decide(payment, left, Paid(), Source.WORKER, NOW)


@pytest.mark.covers("A29", "B19", "D18")
@given(owed(), rates)
def test_each_bill_is_credited_in_dollars_and_every_shilling_is_accounted_for(
    bills: list[tuple[Bill, Money]], rate: Decimal
) -> None:
    payment, events = settled(bills, rate)
    posted: list[tuple[str, Money]] = []
    for event in events:
        payment = apply(payment, event, NOW, reference=PAYMENT)
        posted += [(entry.account, entry.amount) for entry in entries_of(event, payment, NOW)]
    assert [each.applied for each in payment.allocations] == [rest for _, rest in bills]
    assert payment.credited == sum_of([rest for _, rest in bills])
    assert payment.credit == sum_of([bill.amount for bill, _ in bills])
    assert {amount.currency for _, amount in posted} == {Currency.TZS}
    assert trial_balance(posted) == {Currency.TZS: 0}
    suspended = -sum(amount.minor for account, amount in posted if account == SUSPENSE)
    assert suspended == (payment.excess.minor if payment.excess else 0)
    assert payment.applied == sum_of([payment.asked_for(rest) for _, rest in bills])


def test_an_amount_that_is_not_that_of_the_quote_is_no_history() -> None:
    told = paid_in_shillings(a_bill(amount=dollars(200_00), paid=dollars(0)))
    begun = initiated(**told | {"amount": told["amount"] + shillings(1)})
    with pytest.raises(IllegalTransition):
        apply(None, begun, NOW, reference=PAYMENT)
    with pytest.raises(IllegalTransition):
        apply(None, initiated(**told | {"exchange": None}), NOW, reference=PAYMENT)


def test_a_bill_in_dollars_is_named_in_dollars_whatever_is_asked_for() -> None:
    bill = a_bill(amount=dollars(200_00), paid=dollars(0))
    begun = initiated(**paid_in_shillings(bill))
    assert begun.allocations == (allocated_to(bill, dollars(200_00)),)
    assert (begun.amount, begun.fees.total.currency) == (shillings(530_100), Currency.TZS)
