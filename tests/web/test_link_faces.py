"""What somebody with a link is told in each state, in both languages: the three answers, and nobody's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from lxml import html

from portal.domain.allocation import allocated_to
from portal.domain.bill import Bill
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import CALLED_OFF, IN_FLIGHT, State
from portal.services.links import LinkView
from portal.store.leases import Basket
from portal.templating.environment import portal_environment, render
from portal.templating.language import Language
from portal.web.link_standing import KINDS, LinkStanding, link_standing
from tests.makers import NOW, a_bill, a_lease, a_payment
from tests.templating.rendering import EVERY_PAGE
from tests.web.linking import SECRETS
from tests.web.standings import SETTLED, words

EN, SW = Language.EN, Language.SW
BOTH = pytest.mark.parametrize("language", list(Language))
STATES = [state for state in State if state not in (State.AWAITING_CARD, State.AWAITING_BANK)]
"""No guest's own payment waits for a card or a transfer."""
PARTLY = a_bill(paid=shillings(200_000))


def a_standing(
    state: State | None, *, own: bool = True, bill: Bill | None = None, age: float = 3, **facts: Any
) -> LinkStanding:
    """As somebody sees it so many seconds after the press of Pay; without a state nobody has begun to pay."""
    usual = SETTLED if state is State.COMPLETED else a_bill()
    payment = a_payment(state, by_link=True) if state else None
    if payment:
        for name, value in facts.items():
            object.__setattr__(payment, name, value)
    view = LinkView(
        due=Basket((bill or usual,), a_lease()),
        tenant="A. M.",
        ends=NOW + timedelta(days=7),
        payment=payment,
        own=own and state is not None,
        phone="0713•••888" if own else None,
        can_be_asked=state is not State.SUBMITTING,
    )
    return link_standing(
        view,
        at="/p/token",
        draft="7K29QXM4AB1C" if own else "",
        opened_at=NOW,
        now=NOW + timedelta(seconds=age),
        jitter=0.5,
    )


def drawn(standing: LinkStanding, language: Language) -> html.HtmlElement:
    page = {"p": standing, "asked": False, "use_htmx": standing.poll is not None, "person": None}
    return html.document_fromstring(
        render(portal_environment(), "link/status.html", language, {**EVERY_PAGE, **page})
    )


def heading(document: html.HtmlElement) -> str:
    return words(document.xpath("//h1")[0])


FACES: list[tuple[State | None, dict[str, Any], str, str]] = [
    (None, {}, "Not paid yet", "Bado haijalipwa"),
    (None, {"bill": SETTLED}, "Paid", "Imelipwa"),
    (State.CREATED, {}, "Sending the request to your phone", "Tunatuma ombi kwenye simu yako"),
    (State.SUBMITTING, {}, "Sending the request to your phone", "Tunatuma ombi kwenye simu yako"),
    (State.SUBMITTING, {"age": 5}, "Check your phone", "Angalia simu yako"),
    (State.SUBMITTING, {"bill": SETTLED}, "Already paid", "Tayari imelipwa"),
    (State.AWAITING_PAYER, {}, "Check your phone", "Angalia simu yako"),
    (State.AWAITING_PAYER, {"bill": SETTLED}, "Already paid", "Tayari imelipwa"),
    (State.AWAITING_PAYER, {"own": False}, "A payment is under way", "Kuna malipo yanaendelea"),
    (State.AWAITING_PAYER, {"bill": PARTLY}, "A part is already paid", "Sehemu imeshalipwa"),
    (State.PROCESSING, {}, "M-Pesa is confirming your payment", "M-Pesa inathibitisha malipo yako"),
    (State.PROCESSING, {"own": False}, "A payment is under way", "Kuna malipo yanaendelea"),
    (State.UNCERTAIN, {}, "We do not have the answer yet", "Bado hatujapata jibu"),
    (State.UNCERTAIN, {"own": False}, "We do not have the answer yet", "Bado hatujapata jibu"),
    (State.COMPLETED, {}, "Paid", "Imelipwa"),
    (State.COMPLETED, {"own": False}, "Paid", "Imelipwa"),
    (
        State.COMPLETED,
        {"allocations": (replace(allocated_to(a_bill(), a_bill().amount), excess=a_bill().amount),)},
        "Paid, but more than was due",
        "Imelipwa, lakini zaidi ya deni",
    ),
    (State.FAILED, {"reason": Reason.WRONG_PIN}, "Not paid", "Haijalipwa"),
    (State.FAILED, {"reason": Reason.AMBIGUOUS}, "We do not have the answer yet", "Bado hatujapata jibu"),
    (
        State.FAILED,
        {"reason": Reason.REVERSED, "received": shillings(200_000)},
        "The money went back",
        "Pesa imerudi",
    ),
    (State.FAILED, {"reason": None}, "We do not have the answer yet", "Bado hatujapata jibu"),
    (State.CANCELLED, {}, "Not paid", "Haijalipwa"),
    (State.EXPIRED, {}, "Not paid", "Haijalipwa"),
]


@pytest.mark.covers("page:20")
@pytest.mark.parametrize("state, facts, english, swahili", FACES)
def test_each_state_has_its_heading(
    state: State | None, facts: dict[str, Any], english: str, swahili: str
) -> None:
    standing = a_standing(state, **facts)
    assert (heading(drawn(standing, EN)), heading(drawn(standing, SW))) == (english, swahili)


def test_every_face_is_shown_by_some_state() -> None:
    assert {a_standing(state, **facts).face for state, facts, _, _ in FACES} == set(KINDS)


@BOTH
@pytest.mark.parametrize("own", [True, False])
def test_every_state_with_any_reason_answers_the_three_questions_and_names_nobody(
    language: Language,
    own: bool,  # noqa: FBT001
) -> None:
    for state, reason, bill in product(STATES, [None, *Reason], [None, SETTLED]):
        standing = a_standing(state, own=own, bill=bill, reason=reason)
        document = drawn(standing, language)
        answers = [words(answer) for answer in document.xpath("//*[@id='status']//dl[@class='answers']//dd")]
        assert len(answers) == 3
        assert all(answers)
        assert not [secret for secret in SECRETS if secret in words(document)]
        assert own or "0713" not in words(document)


@pytest.mark.covers("B18", "L1")
@pytest.mark.parametrize("state", IN_FLIGHT)
@pytest.mark.parametrize("own", [True, False])
def test_nothing_can_be_paid_while_an_attempt_is_open(
    state: State,
    own: bool,  # noqa: FBT001
) -> None:
    if state not in STATES:
        return
    document = drawn(a_standing(state, own=own), EN)
    assert not document.xpath("//form[@method='post']")
    assert not document.xpath("//a[normalize-space()='Pay now' or normalize-space()='Try again']")


@pytest.mark.parametrize("state", CALLED_OFF)
def test_what_has_been_paid_since_is_not_offered_again(state: State) -> None:
    document = drawn(a_standing(state, bill=SETTLED, reason=Reason.WRONG_PIN), EN)
    assert "Nothing. It has been paid since." in words(document)
    assert not document.xpath("//a[normalize-space()='Try again']")


@pytest.mark.parametrize("reason", [None, Reason.AMBIGUOUS, Reason.UNKNOWN_ERROR, Reason.DUPLICATE])
def test_a_failure_that_is_not_certain_never_says_that_no_money_was_taken(reason: Reason | None) -> None:
    text = words(drawn(a_standing(State.FAILED, reason=reason), EN))
    assert "No money was taken" not in text
    assert "Do not pay again" in text


def test_another_amount_is_being_looked_into() -> None:
    text = words(drawn(a_standing(State.UNCERTAIN, reason=Reason.WRONG_AMOUNT), EN))
    assert "The amount received is different. Our team is checking." in text


@pytest.mark.parametrize("state", [State.COMPLETED, *CALLED_OFF])
def test_a_final_state_asks_no_more(state: State) -> None:
    standing = a_standing(state, reason=Reason.WRONG_PIN)
    assert (standing.poll, standing.waiting, standing.resting) == (None, False, False)
    assert not drawn(standing, EN).xpath("//@hx-trigger | //@hx-get")


def test_a_bill_that_is_paid_is_watched_no_longer_whatever_is_still_open() -> None:
    """Somebody else's prompt for it is no news to a guest."""
    standing = a_standing(None, bill=SETTLED)
    assert (standing.poll, standing.no_prompt_page, standing.code) == (None, None, None)
