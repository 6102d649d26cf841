"""What is owed becomes a payout: one line for each who can be paid, and for each other the reason why not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ledger import PLATFORM_FEE, PROCESSING_FEE, payable_to
from portal.domain.money import Currency, shillings
from portal.domain.owed import Destination, payee_of, prepared, shared_out
from portal.domain.payout import OURSELVES, LeftOut, PayoutItem, PayoutPrepared
from tests.makers import LANDLORD, NEIGHBOUR, a_reference
from tests.payouts import ACCOUNT, OUR_ACCOUNT, an_item, dollars_item

OTHER, THIRD = a_reference(102), a_reference(103)
DESTINATIONS = {LANDLORD: Destination(id=ACCOUNT), OURSELVES: Destination(id=OUR_ACCOUNT)}


def of(*items: PayoutItem, currency: Currency = Currency.TZS) -> PayoutPrepared | None:
    found = shared_out(items, DESTINATIONS, currency)
    return prepared(found, account="CRDB", prepared_by=None)


@pytest.mark.covers("I7", "D17", "D18")
def test_each_landlord_gets_one_line_with_what_came_less_what_went_back() -> None:
    event = of(
        an_item(450_000),
        an_item(-100_000, stream="earlier"),
        an_item(2_500, account=PLATFORM_FEE),
        an_item(1_000, account=PROCESSING_FEE),
    )
    assert event
    assert [(line.payee, line.amount, line.destination) for line in event.lines] == [
        (LANDLORD, shillings(350_000), ACCOUNT),
        (OURSELVES, shillings(3_500), OUR_ACCOUNT),
    ]
    assert event.passed == ()


@pytest.mark.covers("I7")
def test_whoever_cannot_be_paid_is_named_with_the_reason() -> None:
    waiting = Destination(id=None, why=LeftOut.UNCONFIRMED)
    found = shared_out(
        [
            an_item(450_000),
            an_item(-5, account=payable_to(NEIGHBOUR)),
            an_item(7, account=payable_to(OTHER)),
            an_item(8, account=payable_to(THIRD)),
        ],
        {**DESTINATIONS, NEIGHBOUR: Destination(id=ACCOUNT), THIRD: waiting},
        Currency.TZS,
    )
    assert {one.payee: (one.amount, one.why) for one in found.passed} == {
        NEIGHBOUR: (shillings(-5), LeftOut.NOTHING_TO_SEND),
        OTHER: (shillings(7), LeftOut.NO_ACCOUNT),
        THIRD: (shillings(8), LeftOut.UNCONFIRMED),
    }


def test_where_nothing_can_be_sent_there_is_no_payout() -> None:
    assert of() is None
    assert of(an_item(7, account=payable_to(OTHER))) is None
    assert of(an_item(), currency=Currency.USD) is None


def test_a_payout_sends_one_currency() -> None:
    event = of(an_item(5), dollars_item(700), currency=Currency.USD)
    assert event
    assert [item.amount.minor for line in event.lines for item in line.items] == [700]


def test_the_payee_of_an_account_is_a_landlord_or_we() -> None:
    assert payee_of(payable_to(LANDLORD)) == LANDLORD
    assert payee_of(PLATFORM_FEE) == OURSELVES


accounts = st.sampled_from([payable_to(LANDLORD), payable_to(NEIGHBOUR), payable_to(OTHER), PLATFORM_FEE])
owing = st.dictionaries(st.tuples(accounts, st.sampled_from("abcdef")), st.integers(-900, 900).filter(bool))


@given(owed=owing, known=st.sets(st.sampled_from([LANDLORD, NEIGHBOUR, OTHER, OURSELVES])))
def test_whatever_is_owed_every_shilling_of_it_is_in_a_line_or_with_somebody_who_is_named(
    owed: dict[tuple[str, str], int], known: set[str]
) -> None:
    items = [an_item(minor, stream, account) for (account, stream), minor in owed.items()]
    destinations = {payee: Destination(id=ACCOUNT) for payee in sorted(known)}
    found = shared_out(items, destinations, Currency.TZS)
    event = prepared(found, account="CRDB", prepared_by=None)
    sums: Counter[str] = Counter()
    for item in items:
        sums[payee_of(item.account)] += item.amount.minor
    payable = {payee for payee, total in sums.items() if total > 0 and payee in known}
    assert (event is None) == (not payable)
    if event:
        told = {line.payee: line.amount.minor for line in event.lines}
        assert told == {payee: sums[payee] for payee in payable}
        passed = {one.payee: one.amount.minor for one in event.passed}
        assert told | passed == dict(sums)
        assert not told.keys() & passed.keys()
