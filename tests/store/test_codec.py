"""Events as text and back, and instants as numbers and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import credit_events as c
from portal.domain import events as e
from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.bill import PaymentType
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DisputeCharged, DisputeLost, DisputeOpened, DisputeWon
from portal.domain.events import EVENT_BY_NAME
from portal.domain.money import Currency, Money
from portal.domain.outcome import Reason, Source
from portal.domain.refund import RefundState
from portal.domain.refund_part import Pot, RefundPart
from portal.store.codec import GENESIS, UnknownEvent, chained, decoded, encoded
from portal.store.types import from_micros, micros
from tests import deposits, makers, refunds
from tests.facts import TOTAL, Fact, facts, told
from tests.makers import NOW, PAYMENT

BEYOND = (RefundPart(pot=Pot.EXCESS, amount=TOTAL, bill=PAYMENT),)
ASKED_BACK = refunds.requested(makers.a_payment())
ONE_OF_EACH: list[e.Event] = [
    makers.initiated(**makers.all_of(makers.a_bill(), makers.a_bill(reference=makers.a_reference(20)))),
    makers.initiated(
        **makers.paid_in_shillings(makers.a_bill(amount=makers.dollars(20_000), paid=makers.dollars(0)))
    ),
    e.PushRequested(),
    makers.accepted(provider_reference="29115-1"),
    e.PushRejected(reason=Reason.PAYEE_PROBLEM, code="400.002.02"),
    e.PayerActionSeen(action="cancel"),
    e.ClaimMade(code="NLJ7RT61SV"),
    makers.heard(),
    e.VerificationResult(code="1032", source=Source.RETURN),
    makers.uncertain(),
    makers.completed(TOTAL, provider_paid_at=None),
    makers.came_late(TOTAL),
    makers.failed(code="Ümlaut 'quoted' \u2028 \x00 😀"),
    e.PaymentCancelled(code="1032", source=Source.RETURN),
    e.PaymentExpired(code="1037", source=Source.WORKER),
    makers.mismatch(TOTAL),
    e.DuplicateSuccess(excess=TOTAL),
    e.DuplicateSuccess(excess=TOTAL, bill=PAYMENT, unneeded=makers.dollars(5)),
    makers.receipt_allocated(),
    e.ReceiptRendered(version=1, sha256="ab" * 32),
    e.ProviderCharged(amount=Money(4_500, Currency.TZS), source=Source.OFFICE),
    ASKED_BACK,
    *refunds.road(RefundState.REJECTED, ASKED_BACK),
    *refunds.road(RefundState.SUCCEEDED, ASKED_BACK),
    r.RefundNotSent(refund=refunds.REFUND, code="connect"),
    r.RefundUncertain(refund=refunds.REFUND, code="read timeout"),
    refunds.refund_failed(),
    c.CreditChosen(parts=BEYOND, chosen_by=makers.TENANT),
    c.CreditApplied(
        bill=PAYMENT, type=PaymentType.RENT, period=date(2026, 4, 1), amount=TOTAL, payee=makers.LANDLORD
    ),
    c.CreditTakenBack(
        refund=refunds.REFUND,
        bill=PAYMENT,
        type=PaymentType.RENT,
        period=date(2026, 4, 1),
        amount=TOTAL,
        payee=makers.LANDLORD,
    ),
    c.CreditWithdrawn(parts=BEYOND, chosen_by=makers.TENANT),
    r.RefundContradicted(refund=refunds.REFUND, says_sent=True, code="RC35T8K2QX"),
    r.RefundEndConfirmed(refund=refunds.REFUND, confirmed_by=makers.OFFICE),
    d.RefundTaken(refund=refunds.REFUND, taken_by=makers.OFFICE),
    d.RefundLaidBack(refund=refunds.REFUND, laid_back_by=makers.OFFICE),
    d.RefundFindingProposed(
        refund=refunds.REFUND,
        finding=makers.a_reference(501),
        went=True,
        code="RC35T8K2QX",
        found_by=makers.OFFICE,
    ),
    d.RefundFindingDropped(refund=refunds.REFUND, finding=makers.a_reference(501), dropped_by=makers.OFFICE),
    d.RefundClosed(refund=refunds.REFUND, closed_by=makers.OFFICE, instead=makers.a_reference(502)),
    DepositDeducted(deposit_return=deposits.RETURN, line=1, parts=ASKED_BACK.parts),
    r.RefundOvertaken(refund=refunds.REFUND),
    refunds.reversed_by_itself(makers.a_payment(), makers.a_payment().total),
    r.ReversalCovered(refund=refunds.REFUND, parts=ASKED_BACK.parts),
    refunds.returned(),
    DisputeOpened(dispute="dp_1", amount=TOTAL, due_by=NOW, told_at=NOW),
    DisputeWon(dispute="dp_1", told_at=None),
    DisputeCharged(dispute="dp_1", amount=TOTAL, told_at=NOW),
    DisputeLost(dispute="dp_1", told_at=NOW),
]


def test_one_of_each_is_one_of_each() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(e.EVENT_TYPES)


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_every_event_is_read_back_as_it_was_written(event: e.Event) -> None:
    name, version, data = encoded(event)
    assert decoded(name, version, data, EVENT_BY_NAME) == event
    assert encoded(decoded(name, version, data, EVENT_BY_NAME)) == (name, version, data)


def test_events_of_the_time_before_a_payment_could_pay_several_bills_are_read() -> None:
    fees = ",".join(
        f'"{name}":{{"currency":"TZS","minor":1}}' for name in ("platform", "processing", "provider")
    )
    begun = (
        '{"account":null,"amount":{"currency":"TZS","minor":450000},"bill":"0123456789AB",'
        f'"expires_at":"2026-03-03T09:05:00Z","fee_rule":"mpesa-2026-01","fees":{{{fees}}},'
        '"lease":"L","method":"MPESA","payee":"P","payer":"T","period":"2026-03-01","provider":"mpesa","type":"RENT"}'
    )
    event = decoded("PAYMENT_INITIATED", 1, begun, EVENT_BY_NAME)
    assert isinstance(event, e.PaymentInitiated)
    assert (event.bill, event.allocations) == ("0123456789AB", ())
    extra = decoded("DUPLICATE_SUCCESS", 1, '{"excess":{"currency":"TZS","minor":5}}', EVENT_BY_NAME)
    assert extra == e.DuplicateSuccess(excess=Money(5, Currency.TZS))


@given(st.lists(facts, max_size=8))
def test_every_history_is_read_back_as_it_was_written(given_: list[Fact]) -> None:
    for event, _ in told(*given_).history:
        assert decoded(*encoded(event), EVENT_BY_NAME) == event


@pytest.mark.parametrize("name,version", [("PAYMENT_INVENTED", 1), ("PUSH_REQUESTED", 2), ("", 0)])
def test_an_event_nobody_knows_is_not_guessed(name: str, version: int) -> None:
    with pytest.raises(UnknownEvent):
        decoded(name, version, "{}", EVENT_BY_NAME)


def test_the_chain_depends_on_all_that_is_told() -> None:
    told_ = (GENESIS, PAYMENT, 1, "PUSH_REQUESTED", 1, NOW, "{}")
    others = [
        (bytes(31) + b"\1", *told_[1:]),
        (GENESIS, makers.a_reference(99), *told_[2:]),
        (*told_[:2], 2, *told_[3:]),
        (*told_[:3], "PUSH_ACCEPTED", *told_[4:]),
        (*told_[:4], 2, *told_[5:]),
        (*told_[:5], NOW + timedelta(microseconds=1), "{}"),
        (*told_[:6], "{ }"),
    ]
    hashes = {chained(*told_), *(chained(*other) for other in others)}
    assert len(hashes) == len(others) + 1
    assert all(len(hash_) == 32 for hash_ in hashes)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_an_instant_is_exact_to_the_microsecond_whatever_its_zone(at: datetime, hours: int) -> None:
    aware = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert from_micros(micros(aware)) == aware
    assert from_micros(micros(aware)).tzinfo is UTC


def test_an_instant_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        micros(NOW.replace(tzinfo=None))
    assert replace(makers.initiated(), expires_at=NOW).expires_at == from_micros(micros(NOW))
