"""What happened to a payment, in sentences."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.domain import credit_events as c
from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.allocation import allocated_to
from portal.domain.bill import PaymentType
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DisputeLost, DisputeOpened, DisputeWon
from portal.domain.money import shillings
from portal.domain.outcome import Reason, Source
from portal.domain.payment_state import State
from portal.domain.receipt_code import CodeFound
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Cause
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_second import BY_RULE
from portal.templating.environment import portal_environment
from portal.templating.language import Language
from portal.web.timeline import UNTOLD, Moment, moments
from tests.deposits import RETURN
from tests.makers import (
    LANDLORD,
    NOW,
    PAYMENT,
    TENANT,
    a_bill,
    a_payment,
    a_payment_history,
    accepted,
    came_late,
    completed,
    failed,
    heard,
    initiated,
    mismatch,
    receipt_allocated,
    uncertain,
)
from tests.refunds import REFUND, refund_failed, requested, returned, reversed_by_itself, road, succeeded
from tests.web.paying import a_rent_bill

BEYOND = (RefundPart(pot=Pot.EXCESS, amount=shillings(450_000)),)
ONE_OF_EACH: list[e.Event] = [
    initiated(),
    e.PushRequested(),
    accepted(),
    e.PushRejected(reason=Reason.PROVIDER_BUSY, code="503"),
    e.PayerActionSeen(action="cancel"),
    e.ClaimMade(code="NLJ7RT61SV"),
    e.ClaimMade(code="NLJ7RT61SV", foreign=True),
    heard(),
    e.VerificationResult(code="1032", source=Source.RETURN),
    *(e.VerificationResult(code="NLJ7RT61SV", source=Source.CLAIM, found=found) for found in CodeFound),
    uncertain(),
    uncertain(reason=Reason.CONTRADICTION),
    uncertain(reason=Reason.DUPLICATE),
    completed(shillings(453_500)),
    completed(shillings(453_500), source=Source.OFFICE),
    came_late(shillings(453_500)),
    failed(),
    failed(source=Source.OFFICE),
    e.PaymentCancelled(code="1032", source=Source.RETURN),
    e.PaymentExpired(code="1037", source=Source.WORKER),
    mismatch(shillings(1_000)),
    mismatch(shillings(453_500), payee="600000"),
    e.DuplicateSuccess(excess=shillings(450_000)),
    receipt_allocated(serial=123),
    e.ReceiptRendered(version=1, sha256="0" * 64),
    requested(a_payment()),
    r.RefundRejected(refund=REFUND, rejected_by=LANDLORD),
    succeeded(),
    refund_failed(),
    c.CreditChosen(parts=BEYOND, chosen_by=TENANT),
    c.CreditApplied(
        bill=PAYMENT, type=PaymentType.RENT, period=None, amount=shillings(450_000), payee=LANDLORD
    ),
    c.CreditChosen(parts=BEYOND, chosen_by=BY_RULE),
    c.CreditTakenBack(
        refund=REFUND,
        bill=PAYMENT,
        type=PaymentType.RENT,
        period=None,
        amount=shillings(450_000),
        payee=LANDLORD,
    ),
    c.CreditWithdrawn(parts=BEYOND, chosen_by=TENANT),
    c.CreditWithdrawn(parts=BEYOND, chosen_by=BY_RULE),
    r.RefundOvertaken(refund=REFUND),
    reversed_by_itself(a_payment(), shillings(453_500)),
    reversed_by_itself(a_payment(), shillings(453_500), cause=Cause.DISPUTE),
    returned(),
    DepositDeducted(deposit_return=RETURN, line=1, parts=requested(a_payment()).parts),
    DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None),
    DisputeWon(dispute="dp_1", told_at=None),
    DisputeLost(dispute="dp_1", told_at=None),
]


def sentence(moment: Moment, language: Language) -> str:
    template = portal_environment().by_language[language].get_template("payments/_timeline.html")
    return str(template.module.moment_text(moment.name, moment.event, "M-Pesa")).strip()  # type: ignore[attr-defined]


def test_the_samples_hold_every_kind_of_event() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(e.EVENT_TYPES) - set(UNTOLD)


def test_of_a_refund_a_payment_tells_the_beginning_and_the_end() -> None:
    went = road(RefundState.SUCCEEDED, requested(a_payment()))
    history = [*a_payment_history(State.COMPLETED), *((event, NOW) for event in went)]
    assert [line.name for line in moments(history)][-2:] == ["REFUND_REQUESTED", "REFUND_SUCCEEDED"]
    assert [line.kind for line in moments(history)][-2:] == ["info", "good"]


@pytest.mark.covers("B15")
def test_every_event_has_a_sentence_of_its_own_in_both_languages() -> None:
    told = [Moment(e.event_name(type(event)), NOW, "info", event) for event in ONE_OF_EACH]
    for language in Language:
        sentences = [sentence(moment, language) for moment in told]
        assert all(sentences)
        assert len(set(sentences)) == len(sentences)
    in_english = {sentence(moment, Language.EN) for moment in told}
    assert not in_english & {sentence(moment, Language.SW) for moment in told}


def test_what_the_office_chose_on_the_payer_s_word_is_told_as_such() -> None:
    chosen: list[e.Event] = [
        c.CreditChosen(parts=BEYOND, chosen_by=LANDLORD),
        c.CreditWithdrawn(parts=BEYOND, chosen_by=LANDLORD),
    ]
    history = [*a_payment_history(State.COMPLETED), *((event, NOW) for event in chosen)]
    told = moments(history)[-2:]
    assert [line.name for line in told] == ["CREDIT_CHOSEN_BY_WORD", "CREDIT_WITHDRAWN_BY_WORD"]
    for line in told:
        assert "as you told it" in sentence(line, Language.EN)
        assert "kama ulivyoiambia" in sentence(line, Language.SW)


def test_no_line_promises_that_no_money_was_taken() -> None:
    """A line stays for good, and money may come late; only the card says so, which is drawn anew."""
    for language, promise in ((Language.EN, "No money"), (Language.SW, "Hakuna pesa")):
        lines = [
            sentence(Moment(e.event_name(type(event)), NOW, "info", event), language) for event in ONE_OF_EACH
        ]
        assert not [line for line in lines if promise in line]


def test_every_reason_is_said_in_both_languages() -> None:
    for language in Language:
        words = portal_environment().by_language[language].get_template("payments/_words.html").module
        said = {reason: words.reason_text(reason, "M-Pesa") for reason in Reason}  # type: ignore[attr-defined]
        assert all(said.values())
        unsure = {Reason.AMBIGUOUS, Reason.UNKNOWN_ERROR}
        assert len(set(said.values())) == len(Reason) - len(unsure) + 1


def test_a_line_tells_good_from_bad_and_from_open() -> None:
    lines = moments(a_payment_history(State.COMPLETED))
    assert [line.kind for line in lines] == ["info", "info", "info", "info", "good", "good"]
    assert moments(a_payment_history(State.FAILED))[-1].kind == "bad"
    assert moments(a_payment_history(State.UNCERTAIN))[-1].kind == "wait"


def test_why_a_guest_s_phone_said_no_stands_in_no_line_of_the_tenant_s() -> None:
    for language, asked, reason in (
        (Language.EN, "Somebody with your link asked to pay", "PIN was not correct"),
        (Language.SW, "Mtu mwenye kiungo chako ameomba kulipa", "siri haikuwa"),
    ):
        template = portal_environment().by_language[language].get_template("payments/_timeline.html").module
        lines = moments(a_payment_history(State.FAILED, by_link=True))
        told = str(template.payment_timeline(lines, "M-Pesa"))  # type: ignore[attr-defined]
        assert asked in told
        assert reason not in told
        assert reason in str(template.payment_timeline(moments(a_payment_history(State.FAILED)), "M-Pesa"))  # type: ignore[attr-defined]


def test_of_several_bills_the_one_that_was_paid_twice_is_named() -> None:
    bills = (allocated_to(a_bill(), shillings(450_000)), allocated_to(a_rent_bill(), shillings(350_000)))
    history: list[tuple[e.Event, datetime]] = [
        (initiated(amount=shillings(800_000), allocations=bills), NOW),
        (e.PushRequested(), NOW),
        (completed(shillings(805_000)), NOW),
        (e.DuplicateSuccess(excess=shillings(350_000), bill=bills[1].bill), NOW),
    ]
    told = moments(history)
    assert [line.of for line in told] == [None, None, None, bills[1]]
    for macro, file in (
        ("payment_timeline", "payments/_timeline.html"),
        ("office_timeline", "ops/_moments.html"),
    ):
        module = portal_environment().by_language[Language.EN].get_template(file).module
        text = str(getattr(module, macro)(told, "M-Pesa", True))
        assert "came in beyond the bill" in text
        assert "· Rent, March 2026" in text


def test_news_after_the_end_is_no_question_any_more() -> None:
    later = [(event, NOW + timedelta(minutes=1)) for event in (heard(), mismatch(shillings(1_000)))]
    lines = moments([*a_payment_history(State.COMPLETED), *later])
    assert [line.name for line in lines].count("PROVIDER_EVENT_RECEIVED") == 1
    assert [line.name for line in lines[-2:]] == ["LATER_NEWS", "LATER_AMOUNT"]


def test_wrong_money_for_a_payment_that_was_called_off_is_money() -> None:
    history = [*a_payment_history(State.EXPIRED), (mismatch(shillings(1_000)), NOW + timedelta(hours=1))]
    assert moments(history)[-1].name == "AMOUNT_MISMATCH"
