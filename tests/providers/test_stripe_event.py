"""Stripe's events: signed by the library's own helper, read whatever they are, and no more than they prove."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundOutcome, RefundRefusal
from portal.providers.provider import CallbackForged, CallbackUnreadable
from portal.providers.refund import Claim, HeardOfRefund
from portal.providers.stripe_cards import TOLERANCE
from portal.providers.stripe_event import READERS, read_event
from portal.providers.stripe_refund_event import DISPUTES, GOES_BACK
from tests.makers import NOW, FakeClock
from tests.providers.account import REFERENCE
from tests.providers.recorded import names, text
from tests.providers.refunds import REFUND
from tests.providers.stripe import INTENT_ID, SESSION_ID, WEBHOOK_SECRET, a_stripe

TOLD_AT = datetime(2026, 3, 3, 9, 1, 20, tzinfo=UTC)
PAID = Paid(shillings(453_500), INTENT_ID, TOLD_AT)
UNREADABLE = Unknown(Reason.WRONG_AMOUNT, "45350050 tzs")
SAYS: dict[str, tuple[str | None, Outcome, bool]] = {
    "paid": (None, PAID, True),
    "paid_less": (None, Paid(shillings(200_000), INTENT_ID, TOLD_AT), True),
    "paid_in_dollars": (None, Paid(Money(20_000, Currency.USD), INTENT_ID, TOLD_AT), True),
    "paid_with_parts_of_a_shilling": (None, UNREADABLE, True),
    "paid_without_reference": (None, PAID, True),
    "paid_in_an_older_version": (None, PAID, False),
    "paid_live": (None, PAID, True),
    "session_paid": (SESSION_ID, PAID, True),
    "session_paid_later": (SESSION_ID, PAID, True),
    "session_complete_and_unpaid": (SESSION_ID, Pending("unpaid"), False),
    "session_of_an_undocumented_status": (
        SESSION_ID,
        Unknown(Reason.UNKNOWN_ERROR, "held", mapped=False),
        False,
    ),
    "session_without_status": (
        SESSION_ID,
        Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
        False,
    ),
    "session_refused_later": (
        SESSION_ID,
        NotPaid(Reason.NOT_COMPLETED, "checkout.session.async_payment_failed"),
        False,
    ),
    "session_expired": (SESSION_ID, NotPaid(Reason.NO_RESPONSE, "checkout.session.expired"), False),
    "declined": (None, Pending("do_not_honor", Reason.CARD_DECLINED), False),
    "declined_without_words": (None, Pending("payment_intent.payment_failed"), False),
    "processing": (None, Pending("payment_intent.processing"), False),
    "canceled": (None, NotPaid(Reason.NOT_COMPLETED, "payment_intent.canceled"), False),
    "saved_card_paid": (INTENT_ID, PAID, True),
    "saved_card_declined": (
        INTENT_ID,
        Pending("insufficient_funds", Reason.INSUFFICIENT_FUNDS),
        False,
    ),
    "saved_card_processing": (INTENT_ID, Pending("payment_intent.processing"), False),
    "saved_card_canceled": (INTENT_ID, NotPaid(Reason.NOT_COMPLETED, "payment_intent.canceled"), False),
}
"""Of each recording: the request that it names, what it says, and whether that is proved."""
REFUND_ID, DISPUTE_ID = "re_3PqYd2Lk8AbCdEf01GhIjKlM", "dp_1PqYd2Lk8AbCdEf0GhIjKlMn"
ALL = shillings(453_500)
DUE_BY = datetime.fromtimestamp(1_773_360_000, UTC)


def of_refund(outcome: RefundOutcome, **changes: Any) -> HeardOfRefund:
    """Of one that somebody made in the console."""
    told = HeardOfRefund(
        cause=Cause.ELSEWHERE, outcome=outcome, request_id=REFUND_ID, at=TOLD_AT, proved=True
    )
    return replace(told, **changes)


def of_ours(outcome: RefundOutcome, **changes: Any) -> HeardOfRefund:
    return of_refund(outcome, cause=Cause.OURS, reference=REFUND, **changes)


def of_dispute(outcome: RefundOutcome, verdict: DisputeVerdict | None = None) -> HeardOfRefund:
    claim = Claim(amount=ALL, due_by=DUE_BY, verdict=verdict)
    return of_refund(outcome, cause=Cause.DISPUTE, request_id=DISPUTE_ID, claim=claim)


BACK = Refunded(REFUND_ID, ALL, TOLD_AT)
TAKEN = Refunded(DISPUTE_ID, ALL, TOLD_AT)
TELLS_OF: dict[str, HeardOfRefund] = {
    "charge_refunded": of_refund(Pending("charge.refunded"), cause=None, request_id=None, total=ALL),
    "refund_created": of_refund(BACK),
    "refund_updated": of_refund(BACK),
    "refund_updated_by_its_older_name": of_refund(BACK),
    "refund_failed": of_refund(NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "expired_or_canceled_card")),
    "refund_of_ours_sent_back": of_ours(BACK),
    "refund_of_ours_pending": of_ours(Pending("pending")),
    "refund_of_ours_failed": of_ours(NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "declined")),
    "refund_of_ours_in_an_older_version": of_ours(BACK, proved=False),
    "dispute_created": of_dispute(Pending("needs_response")),
    "dispute_updated": of_dispute(Pending("needs_response")),
    "dispute_prevented": of_dispute(Pending("prevented")),
    "dispute_undocumented": of_dispute(Unknown(Reason.UNKNOWN_ERROR, "held", mapped=False)),
    "dispute_closed": of_dispute(TAKEN, DisputeVerdict.LOST),
    "dispute_funds_withdrawn": of_dispute(TAKEN),
    "dispute_funds_reinstated": of_dispute(NotRefunded(RefundRefusal.CALLED_OFF, "needs_response")),
    "dispute_won": of_dispute(NotRefunded(RefundRefusal.CALLED_OFF, "won"), DisputeVerdict.WON),
    "dispute_inquiry_closed": of_dispute(
        NotRefunded(RefundRefusal.CALLED_OFF, "warning_closed"), DisputeVerdict.WON
    ),
}
"""What each recording says of money that goes back."""
SAYS_NOTHING = {"charge_succeeded", "card_was_entered", "card_page_expired", "saved_card_asks_its_owner"}


def recorded(name: str) -> str:
    return text("stripe", "event", name)


def signed(body: str, at: datetime = NOW, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))
    return {"stripe-signature": header}


def test_every_recording_and_every_kind_of_event_has_its_sentence() -> None:
    assert names("stripe", "event") == SAYS.keys() | TELLS_OF.keys() | SAYS_NOTHING
    told = {read_event(recorded(name)).type for name in SAYS}
    assert told == set(READERS)
    backs = {read_event(recorded(name)).type for name in TELLS_OF}
    assert all(any(kind.startswith(start) for kind in backs) for start in GOES_BACK)


@pytest.mark.parametrize("name", SAYS)
def test_every_event_says_one_thing_and_proves_no_more(name: str) -> None:
    provider, _ = a_stripe("check/paid")
    request_id, outcome, proved = SAYS[name]
    (heard,) = provider.translate(recorded(name))
    assert (heard.request_id, heard.outcome, heard.proved) == (request_id, outcome, proved)
    claims = isinstance(outcome, Paid) or outcome == UNREADABLE
    assert heard.claims_money is claims
    assert heard.reference == (None if name == "paid_without_reference" else REFERENCE)
    assert not heard.for_people


@pytest.mark.parametrize("name", TELLS_OF)
def test_money_that_goes_back_is_told_with_who_wanted_it_and_names_the_payment_by_its_code(name: str) -> None:
    provider, _ = a_stripe("check/paid")
    (heard,) = provider.translate(recorded(name))
    assert heard.refund == TELLS_OF[name]
    assert (heard.for_people, heard.of_receipt, heard.proved) == (True, INTENT_ID, False)
    assert not heard.claims_money
    assert heard.code == read_event(recorded(name)).type


@pytest.mark.parametrize("status, is_ours", DISPUTES.items())
def test_every_status_of_a_dispute_says_whose_the_money_is_or_that_it_is_open(
    status: str,
    is_ours: bool | None,  # noqa: FBT001
) -> None:
    event = json.loads(recorded("dispute_updated"))
    event["data"]["object"]["status"] = status
    (heard,) = a_stripe("check/paid")[0].translate(json.dumps(event))
    assert heard.refund
    says = {None: Pending, True: NotRefunded, False: Refunded}[is_ours]
    assert isinstance(heard.refund.outcome, says)


@pytest.mark.covers("F12", "I9")
@pytest.mark.parametrize(
    "moved,fee",
    [
        ([{"fee": 1_500, "currency": "usd"}], Money(1_500, Currency.USD)),
        (
            [{"fee": 1_500, "currency": "usd"}, {"fee": -1_500, "currency": "usd"}],
            Money(0, Currency.USD),
        ),
        ([{"fee": 4_000_000, "currency": "tzs"}], Money(40_000, Currency.TZS)),
        ([{"fee": 1_500, "currency": "usd"}, {"fee": 1, "currency": "tzs"}], None),
        ([{"fee": 1_500, "currency": "eur"}], None),
        ([{"fee": "much", "currency": "usd"}], None),
        (["a line"], None),
        ([], None),
        (None, None),
    ],
)
def test_what_a_dispute_costs_is_the_sum_of_its_lines_in_one_currency(
    moved: object, fee: Money | None
) -> None:
    event = json.loads(recorded("dispute_updated"))
    event["data"]["object"]["balance_transactions"] = moved
    (heard,) = a_stripe("check/paid")[0].translate(json.dumps(event))
    assert heard.refund
    assert heard.refund.claim
    assert heard.refund.claim.fee == fee


@pytest.mark.parametrize("name", sorted(SAYS_NOTHING))
def test_an_event_about_nothing_of_ours_says_nothing(name: str) -> None:
    provider, _ = a_stripe("check/paid")
    assert provider.translate(recorded(name)) == []


def test_an_event_in_another_version_is_told_to_the_office() -> None:
    provider, _ = a_stripe("check/paid")
    with capture_logs() as logs:
        provider.translate(recorded("paid_in_an_older_version"))
    assert [(line["event"], line["version"]) for line in logs] == [("event_of_another_version", "2024-06-20")]


@pytest.mark.covers("D23", "J3")
def test_a_true_signature_over_the_raw_body_is_taken() -> None:
    provider, _ = a_stripe("check/paid")
    body = recorded("paid")
    provider.verify(body, signed(body))
    # Another spelling of the same JSON is another body.
    with pytest.raises(CallbackForged):
        provider.verify(json.dumps(json.loads(body)), signed(body))


@pytest.mark.covers("D22", "D23")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"stripe-signature": ""},
        {"stripe-signature": "t=,v1="},
        {"stripe-signature": "t=1772528400"},
        {"stripe-signature": "v1=" + "0" * 64},
        {"stripe-signature": f"t=1772528400,v1={'0' * 64}"},
        {"stripe-signature": f"t=1772528400,v0={'0' * 64}"},
        signed(recorded("paid"), secret="whsec_of0somebody0else0entirely"),
        signed(recorded("declined")),
    ],
    ids=str,
)
def test_any_other_signature_is_forged(headers: dict[str, str]) -> None:
    provider, _ = a_stripe("check/paid")
    with pytest.raises(CallbackForged):
        provider.verify(recorded("paid"), headers)


@pytest.mark.covers("D23")
@pytest.mark.parametrize(
    "age, is_taken", [(0, True), (300, True), (301, False), (86_400, False), (-60, True)]
)
def test_a_signature_is_good_for_five_minutes_of_our_clock(age: int, is_taken: bool) -> None:  # noqa: FBT001
    provider, _ = a_stripe("check/paid", clock=FakeClock(NOW))
    body = recorded("paid")
    headers = signed(body, NOW - timedelta(seconds=age))
    assert timedelta(seconds=300) == TOLERANCE
    if is_taken:
        provider.verify(body, headers)
    else:
        with pytest.raises(CallbackForged):
            provider.verify(body, headers)


def test_one_true_signature_of_several_will_do_while_a_secret_is_rolled() -> None:
    provider, _ = a_stripe("check/paid")
    body = recorded("paid")
    true = signed(body)["stripe-signature"]
    moment, proof = true.split(",")
    provider.verify(body, {"stripe-signature": f"{moment},v1={'0' * 64},{proof},v0=abc"})


@pytest.mark.parametrize(
    "key, name, is_taken",
    [
        ("sk_test_of0the0tests", "paid", True),
        ("sk_test_of0the0tests", "paid_live", False),
        ("sk_live_of0the0tests", "paid", False),
        ("sk_live_of0the0tests", "paid_live", True),
    ],
)
def test_an_event_of_the_other_mode_is_refused(key: str, name: str, is_taken: bool) -> None:  # noqa: FBT001
    provider, _ = a_stripe("check/paid", secret_key=key)
    body = recorded(name)
    if is_taken:
        provider.verify(body, signed(body))
    else:
        with capture_logs() as logs, pytest.raises(CallbackForged):
            provider.verify(body, signed(body))
        assert [line["event"] for line in logs] == ["event_of_the_other_mode"]


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "7", "{}", '{"type": "x"}', '{"type": "x", "livemode": false, "data": {}}',
     '{"type": 7, "livemode": false, "data": {"object": {}}}', '{"type": "x", "livemode": 0, "data": {"object": {}}}',
     '{"type": "x", "livemode": false, "data": {"object": []}}', '{"type": "x", "livemode": false, "data": null}',
     "<html>", "[" * 100_000],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_unreadable(body: str) -> None:
    provider, _ = a_stripe("check/paid")
    with pytest.raises(CallbackUnreadable):
        provider.verify(body, signed(body))
    with pytest.raises(CallbackUnreadable):
        provider.translate(body)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=20)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
KNOWN = ["id", "status", "payment_status", "amount_total", "amount_received", "currency", "payment_intent", "metadata",
         "client_reference_id", "last_payment_error", "object"]  # fmt: skip


@given(
    kind=st.sampled_from([*READERS, "refund.created", "charge.dispute.created", "anything"]),
    about=st.dictionaries(st.sampled_from(KNOWN), json_values, max_size=6),
    rest=st.dictionaries(st.sampled_from(["created", "api_version"]), json_values),
)
def test_whatever_an_event_holds_it_is_read_or_refused_and_claims_money_only_with_an_amount(
    kind: str, about: dict[str, object], rest: dict[str, object]
) -> None:
    provider, _ = a_stripe("check/paid")
    event = {"type": kind, "livemode": False, "data": {"object": about}} | rest
    for heard in provider.translate(json.dumps(event)):
        if isinstance(heard.outcome, Paid):
            assert heard.outcome.amount is not None
        assert not heard.proved or heard.claims_money


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_no_text_is_taken_for_a_signed_event(body: str) -> None:
    provider, _ = a_stripe("check/paid")
    with pytest.raises(CallbackForged):
        provider.verify(body, {"stripe-signature": body})
