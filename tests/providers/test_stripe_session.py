"""Stripe's hundredths and our minor units are the same money, or no money that we can count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Currency, Money
from portal.domain.outcome import Paid, Pending, Reason, Unknown
from portal.providers.stripe_session import (
    id_of,
    in_hundredths,
    instant_of,
    money_of,
    outcome_of,
    paid_or_unreadable,
)

amounts = st.builds(Money, st.integers(1, 10**12), st.sampled_from(Currency))


@pytest.mark.covers("D13")
@given(amounts)
def test_what_is_sent_comes_back_as_the_same_money(amount: Money) -> None:
    assert money_of(in_hundredths(amount), amount.currency.lower()) == amount


@given(st.integers(-(10**15), 10**15))
def test_shillings_have_no_hundredths(hundredths: int) -> None:
    money = money_of(hundredths, "tzs")
    assert (money is None) is (hundredths % 100 != 0)
    assert money is None or money.minor * 100 == hundredths


@pytest.mark.parametrize("hundredths", [None, "45350000", 453500.0, True, []])
@pytest.mark.parametrize("currency", ["tzs", "TZS"])
def test_what_is_no_whole_number_is_no_money(hundredths: object, currency: str) -> None:
    assert money_of(hundredths, currency) is None


@pytest.mark.parametrize("currency", ["kes", "", None, 7, "tzs "])
def test_another_currency_is_no_money_of_ours(currency: object) -> None:
    assert money_of(100, currency) is None
    unreadable = paid_or_unreadable(100, currency, "pi_1", None)
    assert isinstance(unreadable, Unknown)
    assert unreadable.reason is Reason.WRONG_AMOUNT


def test_an_id_too_long_for_a_receipt_is_left_out_and_the_money_counts() -> None:
    paid = paid_or_unreadable(100, "tzs", "pi_" + "x" * 60, None)
    assert paid == Paid(Money(1, Currency.TZS), None, None)


@pytest.mark.parametrize("told", [None, 7, "", "pi", "pi_", "PI_1", "pi_1\n", "pi_ö", {"id": None}, {}])
def test_what_is_no_id_is_none(told: object) -> None:
    assert id_of(told) is None
    assert id_of({"id": "pi_1"}) == id_of("pi_1") == "pi_1"


@pytest.mark.parametrize("seconds", [None, "7", True, 10**30, -(10**30), 1.5])
def test_what_is_no_moment_is_none(seconds: object) -> None:
    assert instant_of(seconds) is None


statuses = st.sampled_from(["open", "complete", "expired", "paused", None, 7])
intents = (
    st.none()
    | st.just("pi_1")
    | st.dictionaries(
        st.sampled_from(
            ["id", "status", "amount_received", "currency", "last_payment_error", "latest_charge"]
        ),
        st.none() | st.integers() | st.text(max_size=12) | st.just({"code": "card_declined"}),
    )
)


@given(statuses, intents)
def test_no_session_is_paid_without_a_payment_that_succeeded(status: object, intent: object) -> None:
    outcome = outcome_of({"status": status, "payment_intent": intent})
    if isinstance(outcome, Paid):
        assert isinstance(intent, dict)
        assert intent["status"] == "succeeded"
    if status == "open" and isinstance(intent, dict) and intent.get("status") == "requires_payment_method":
        assert isinstance(outcome, Pending)
