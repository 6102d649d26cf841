"""What a status page says and allows for each state and each reason, in both languages (features.md §5.4 to §5.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from portal.domain.bill import PartPolicy, PaymentType
from portal.domain.credit_use import CreditUse
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import CALLED_OFF, OPEN, State
from portal.domain.refund import RefundState
from portal.domain.refund_part import Pot, RefundPart
from portal.templating.language import Language
from portal.web.faces import FACES, Twist
from tests.makers import BILL, LANDLORD, NOW, a_bill, a_lease, a_reference
from tests.refunds import with_refund
from tests.web.standings import SETTLED, a_basket_standing, a_standing, drawn, offers, words

EN, SW = Language.EN, Language.SW
BOTH = pytest.mark.parametrize("language", list(Language))
DEFINITIVE = {
    Reason.INSUFFICIENT_FUNDS: (
        "Your M-Pesa balance is not enough",
        "Salio lako la M-Pesa halitoshi",
        "Pay a part",
    ),
    Reason.WRONG_PIN: ("The PIN was not correct", "Namba ya siri haikuwa sahihi", "Try again"),
    Reason.PIN_LOCKED: (
        "Your PIN is blocked or expired. Contact M-Pesa",
        "Namba yako ya siri imefungwa au imeisha muda. Wasiliana na M-Pesa",
        "Pay another way",
    ),
    Reason.CANCELLED_OR_TIMED_OUT: (
        "The request was cancelled or closed on the phone",
        "Ombi lilighairiwa au lilifungwa kwenye simu",
        "Try again",
    ),
    Reason.NO_RESPONSE: (
        "There was no answer from the phone in time",
        "Hakukuwa na jibu kutoka kwenye simu kwa wakati",
        "Send the request again",
    ),
    Reason.CARD_DECLINED: ("The bank did not approve the card", "Benki haikuidhinisha kadi", "Try again"),
    Reason.CARD_EXPIRED: ("The card has expired", "Muda wa kadi umeisha", "Try again"),
    Reason.CARD_DETAILS: (
        "The number, date or code of the card was not right",
        "Namba, tarehe au msimbo wa kadi haukuwa sahihi",
        "Try again",
    ),
    Reason.PHONE_UNREACHABLE: (
        "We could not reach the phone. Check it is on and has network",
        "Hatukuweza kuifikia simu. Hakikisha imewashwa na ina mtandao",
        "Send the request again",
    ),
    Reason.SESSION_BUSY: (
        "Another transaction is open on this phone. Close it and wait 2 minutes",
        "Kuna muamala mwingine kwenye simu hii. Ufunge na subiri dakika 2",
        "Try again",
    ),
    Reason.PROMPT_NOT_SENT: (
        "M-Pesa could not send the message to the phone",
        "M-Pesa haikuweza kutuma ujumbe kwenye simu",
        "Send the request again",
    ),
    Reason.LIMIT_PER_PAYMENT: (
        "The amount is above your limit for one payment",
        "Kiasi kimezidi kikomo cha muamala mmoja",
        "Pay a part",
    ),
    Reason.LIMIT_DAILY: ("You have reached today's limit", "Umefikia kikomo cha leo", "Pay another way"),
    Reason.NOT_REGISTERED: (
        "This number does not have M-Pesa",
        "Namba hii haina M-Pesa",
        "Use another number",
    ),
    Reason.PAYEE_PROBLEM: (
        "We cannot receive by M-Pesa now",
        "Hatuwezi kupokea kwa M-Pesa kwa sasa",
        "Pay another way",
    ),
    Reason.PROVIDER_BUSY: (
        "M-Pesa is busy. Try in a minute",
        "M-Pesa ina shughuli nyingi. Jaribu baada ya dakika moja",
        "Try again",
    ),
    Reason.NOT_COMPLETED: (
        "M-Pesa says the payment was not completed",
        "M-Pesa inasema malipo hayakukamilika",
        "Try again",
    ),
}
"""The reasons after which no money can have moved: what is said, and what is offered first."""
RECEIPT = ["See receipt", "Download PDF"]
KEPT = (RefundPart(pot=Pot.EXCESS, amount=shillings(450_000), bill=BILL),)
USED = (
    CreditUse(
        bill=a_reference(20),
        type=PaymentType.RENT,
        period=None,
        amount=shillings(450_000),
        payee=LANDLORD,
        at=NOW,
    ),
)
CLAIM = "I have a receipt code"
FACTS: list[tuple[State, dict[str, Any], str, str, list[str]]] = [
    (
        State.CREATED,
        {},
        "Sending the request to your phone",
        "Tunatuma ombi kwenye simu yako",
        ["Check now"],
    ),
    (
        State.SUBMITTING,
        {},
        "Sending the request to your phone",
        "Tunatuma ombi kwenye simu yako",
        ["Check now"],
    ),
    (
        State.AWAITING_PAYER,
        {},
        "Check your phone",
        "Angalia simu yako",
        ["Check now", "Cancel", "I see no message"],
    ),
    (
        State.AWAITING_PAYER,
        {"cancel_wanted": True},
        "The request is still open on your phone",
        "Ombi bado liko wazi kwenye simu yako",
        ["Check now"],
    ),
    (
        State.SUBMITTING,
        {"bill": SETTLED},
        "Already paid",
        "Tayari imelipwa",
        ["Check now"],
    ),
    (
        State.AWAITING_PAYER,
        {"bill": SETTLED},
        "Already paid",
        "Tayari imelipwa",
        ["Check now", "Cancel"],
    ),
    (
        State.AWAITING_PAYER,
        {"bill": SETTLED, "cancel_wanted": True},
        "Already paid",
        "Tayari imelipwa",
        ["Check now"],
    ),
    (
        State.SUBMITTING,
        {"by_link": True},
        "Somebody is paying by your link",
        "Kuna mtu analipa kwa kiungo chako",
        ["Check now"],
    ),
    (
        State.AWAITING_PAYER,
        {"by_link": True},
        "Somebody is paying by your link",
        "Kuna mtu analipa kwa kiungo chako",
        ["Check now", "Cancel"],
    ),
    (
        State.AWAITING_PAYER,
        {"by_link": True, "cancel_wanted": True},
        "Somebody is paying by your link",
        "Kuna mtu analipa kwa kiungo chako",
        ["Check now"],
    ),
    (
        State.FAILED,
        {"by_link": True, "reason": Reason.INSUFFICIENT_FUNDS},
        "Not paid",
        "Haijalipwa",
        ["Pay another way"],
    ),
    (
        State.FAILED,
        {"by_link": True, "reason": Reason.AMBIGUOUS},
        "We do not have the answer yet",
        "Bado hatujapata jibu",
        ["I have a receipt code", "Get help"],
    ),
    (
        State.PROCESSING,
        {},
        "M-Pesa is confirming your payment",
        "M-Pesa inathibitisha malipo yako",
        ["Check now"],
    ),
    (
        State.UNCERTAIN,
        {},
        "We do not have the answer yet",
        "Bado hatujapata jibu",
        [CLAIM, "Check now", "Get help"],
    ),
    (
        State.UNCERTAIN,
        {"reason": Reason.WRONG_AMOUNT, "received": shillings(200_000)},
        "We are checking the amount",
        "Tunakagua kiasi",
        ["Get help"],
    ),
    (
        State.FAILED,
        {"reason": Reason.REVERSED, "received": shillings(200_000)},
        "The money went back",
        "Pesa imerudi",
        ["Try again", "Pay another way"],
    ),
    (State.COMPLETED, {}, "Paid", "Imelipwa", [*RECEIPT, "Done"]),
    (
        State.COMPLETED,
        {"late": True},
        "Paid. Your payment arrived late",
        "Imelipwa. Malipo yako yalichelewa kufika",
        [*RECEIPT, "Done"],
    ),
    (
        State.COMPLETED,
        {"bill": a_bill(paid=shillings(100_000))},
        "Part paid",
        "Imelipwa sehemu",
        ["Pay the rest", *RECEIPT],
    ),
    (
        State.COMPLETED,
        {"excess": shillings(450_000)},
        "You paid twice",
        "Umelipa mara mbili",
        RECEIPT,
    ),
    (
        State.COMPLETED,
        {"excess": shillings(1_000)},
        "You paid more than was due",
        "Umelipa zaidi ya deni",
        RECEIPT,
    ),
    *(
        (
            State.COMPLETED,
            {"excess": shillings(450_000), "moved": KEPT, "credit_uses": uses},
            "Your extra money counts towards your bills",
            "Pesa yako ya ziada inalipa bili zako",
            [*RECEIPT, "Done"],
        )
        for uses in ((), USED)
    ),
    (
        State.COMPLETED,
        {"refunds": with_refund(RefundState.UNKNOWN).refunds},
        "Money is asked back",
        "Pesa imeombwa kurudishwa",
        ["See refund", *RECEIPT],
    ),
    (
        State.COMPLETED,
        {"refunds": with_refund(RefundState.SUCCEEDED).refunds},
        "Partly refunded",
        "Imerejeshwa sehemu",
        [*RECEIPT, "See refund"],
    ),
    (
        State.CANCELLED,
        {},
        "Payment cancelled",
        "Malipo yameghairiwa",
        ["Pay again", "Pay another way", CLAIM],
    ),
    (
        State.EXPIRED,
        {},
        "This request has ended",
        "Ombi hili limeisha muda",
        ["Start again", CLAIM, "Get help"],
    ),
    (
        State.FAILED,
        {"reason": Reason.WRONG_PIN},
        "Not paid",
        "Haijalipwa",
        ["Try again", "Pay another way", CLAIM],
    ),
]


def test_every_state_has_a_face_of_its_own() -> None:
    assert {state for state, _ in FACES if _ is None} == set(State)
    assert {why for _, why in FACES if isinstance(why, Twist)} == set(Twist)


@pytest.mark.covers("B4", "B10")
@pytest.mark.parametrize("state, facts, english, swahili, allowed", FACTS)
def test_a_status_page_offers_exactly_what_its_state_allows(
    state: State, facts: dict[str, Any], english: str, swahili: str, allowed: list[str]
) -> None:
    standing = a_standing(state, **facts)
    page = drawn(standing)
    assert [words(h1) for h1 in page.xpath("//h1")] == [english]
    assert page.findtext("head/title") == f"{english} · nest pay"
    assert offers(page) == allowed
    page = drawn(standing, SW)
    assert [words(h1) for h1 in page.xpath("//h1")] == [swahili]
    assert len(offers(page)) == len(allowed)
    assert not set(offers(page)) & set(allowed) - {"Download PDF"}


@pytest.mark.covers("B14")
@BOTH
@pytest.mark.parametrize("reason", DEFINITIVE)
def test_each_reason_of_a_failure_says_its_text_and_what_to_do_first(
    reason: Reason, language: Language
) -> None:
    english, swahili, first = DEFINITIVE[reason]
    standing = a_standing(State.FAILED, reason=reason)
    page = drawn(standing, language)
    text, nothing_taken = {
        EN: (english, "No money was taken for this payment."),
        SW: (swahili, "Hakuna pesa iliyokatwa kwa malipo haya."),
    }[language]
    assert f"{text}. {nothing_taken}" in words(page)
    assert offers(drawn(standing))[0] == first
    primary = page.xpath("//*[@id='status']//*[contains(@class, 'primary')]")
    assert [words(button) for button in primary] == offers(page)[:1]


@BOTH
@pytest.mark.parametrize("state, reason", list(product(State, [None, *Reason])))
def test_every_state_with_any_reason_answers_the_three_questions(
    state: State, reason: Reason | None, language: Language
) -> None:
    page = drawn(a_standing(state, reason=reason), language)
    answers = page.xpath("//*[@id='status']//dl[@class='answers']//dd")
    assert len(answers) == 3
    assert all(words(answer) for answer in answers)


@pytest.mark.covers("B14")
@pytest.mark.parametrize("reason", [None, *(reason for reason in Reason if reason not in DEFINITIVE)])
def test_a_failure_that_is_not_certain_never_says_that_no_money_was_taken(reason: Reason | None) -> None:
    page = drawn(a_standing(State.FAILED, reason=reason))
    card = words(page.xpath("//*[@id='status']")[0])
    assert "No money was taken" not in card
    assert "Do not pay again." in card
    known = reason is Reason.WRONG_AMOUNT
    assert offers(page) == (["Get help"] if known else [CLAIM, "Get help"])


@pytest.mark.covers("B18", "B10")
@pytest.mark.parametrize("reason", [None, *Reason])
def test_an_uncertain_payment_says_not_to_pay_again_and_offers_no_way_to(reason: Reason | None) -> None:
    standing = a_standing(State.UNCERTAIN, reason=reason)
    page = drawn(standing)
    card = words(page.xpath("//*[@id='status']")[0])
    assert "Do not pay again." in card
    assert "Usilipe tena." in words(drawn(standing, SW))
    assert not [text for text in offers(page) if "ay" in text or "gain" in text]
    assert not page.xpath("//form[@id='again']")
    assert "No money was taken" not in card


@pytest.mark.parametrize("state", OPEN)
def test_nothing_can_be_paid_again_while_a_prompt_may_be_open(state: State) -> None:
    assert not drawn(a_standing(state)).xpath("//form[@id='again']")


@pytest.mark.parametrize("state", [State.CREATED, State.SUBMITTING, State.AWAITING_PAYER])
def test_a_prompt_for_a_bill_that_is_paid_says_not_to_approve_it_and_asks_for_no_pin(state: State) -> None:
    standing = a_standing(state, bill=SETTLED)
    page = words(drawn(standing).xpath("//*[@id='status']")[0])
    assert "Close the message on the phone, do not approve." in page
    assert "PIN" not in page
    swahili = words(drawn(standing, SW).xpath("//*[@id='status']")[0])
    assert "Funga ujumbe kwenye simu, usiidhinishe." in swahili
    assert "namba ya siri" not in swahili.lower()


RENT = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))


@pytest.mark.covers("A20", "B19")
@BOTH
@pytest.mark.parametrize("state", [State.CREATED, State.SUBMITTING, State.AWAITING_PAYER])
@pytest.mark.parametrize("paid", [100_000, 450_000])
def test_a_prompt_for_bills_of_which_some_is_paid_says_how_much_would_come_twice(
    state: State, paid: int, language: Language
) -> None:
    standing = a_basket_standing(state, a_bill(), RENT, paid=shillings(paid))
    card = words(drawn(standing, language).xpath("//*[@id='status']")[0])
    assert f"TSh {paid:,}" in card
    assert {EN: "do not approve", SW: "usiidhinishe"}[language] in card
    assert {EN: "PIN", SW: "namba ya siri"}[language] not in card


@pytest.mark.covers("A20", "B19")
@pytest.mark.parametrize(
    "method, state, told",
    [
        (
            "CREDIT_CARD",
            State.AWAITING_CARD,
            ("Do not pay on the card page.", "Usilipe kwenye ukurasa wa kadi."),
        ),
        ("BANK_TRANSFER", State.AWAITING_BANK, ("Do not send the transfer.", "Usitume pesa hizo.")),
    ],
)
def test_a_card_page_or_a_transfer_for_bills_of_which_one_is_paid_is_called_off_first(
    method: str, state: State, told: tuple[str, str]
) -> None:
    standing = a_basket_standing(
        state, a_bill(), RENT, paid=shillings(450_000), method=PaymentMethod(method), cancel_wanted=False
    )
    for language, sentence in zip((EN, SW), told, strict=True):
        card = words(drawn(standing, language).xpath("//*[@id='status']")[0])
        assert sentence in card
        assert "TSh 450,000" in card
    assert offers(drawn(standing)) == ["Check now", "Cancel"]


@pytest.mark.parametrize("state", [State.CREATED, State.SUBMITTING])
def test_a_saved_card_that_may_be_charged_already_is_never_said_to_be_unpaid(state: State) -> None:
    """Whatever else has paid its bills meanwhile."""
    standing = a_basket_standing(
        state, a_bill(), RENT, paid=shillings(450_000), method=PaymentMethod.CREDIT_CARD, by_saved_card=True
    )
    page = words(drawn(standing))
    assert "It may have." in page
    assert "Not for this request" not in page


def test_a_transfer_that_came_in_part_for_bills_of_which_one_is_paid_is_for_the_office() -> None:
    standing = a_basket_standing(
        State.AWAITING_BANK, a_bill(), RENT, paid=shillings(450_000), method=PaymentMethod.BANK_TRANSFER
    )
    page = words(drawn(replace(standing, came=shillings(300_000))))
    assert "TSh 300,000 has. It is still yours." in page
    assert "Wait until our office contacts you." in page


@pytest.mark.covers("A20", "A24")
@pytest.mark.parametrize(
    "reason, sentence",
    [
        (Reason.INSUFFICIENT_FUNDS, "Choose fewer bills, or top up and try again."),
        (Reason.LIMIT_PER_PAYMENT, "Choose fewer bills now, and pay the others after."),
    ],
)
def test_fewer_bills_are_offered_though_the_landlord_takes_no_parts(reason: Reason, sentence: str) -> None:
    standing = a_basket_standing(State.FAILED, a_bill(), RENT, reason=reason)
    page = drawn(standing)
    assert sentence in words(page)
    assert offers(page)[0] == "Choose fewer bills"
    assert standing.choice == f"/pay?bill={BILL}&bill={RENT.reference}"


@pytest.mark.covers("A20")
def test_what_was_paid_meanwhile_of_a_basket_is_not_offered_again() -> None:
    standing = a_basket_standing(
        State.FAILED, a_bill(), RENT, paid=shillings(450_000), reason=Reason.WRONG_PIN
    )
    assert standing.choice == f"/pay?bill={RENT.reference}"
    assert "Try again" in offers(drawn(standing))


def test_an_uncertain_payment_of_a_bill_that_is_paid_says_to_close_what_the_phone_may_show() -> None:
    page = words(drawn(a_standing(State.UNCERTAIN, bill=SETTLED)))
    assert "If a message is still on the phone, close it and do not approve." in page


@pytest.mark.parametrize("state", CALLED_OFF)
def test_what_has_been_paid_since_is_not_offered_again(state: State) -> None:
    page = drawn(a_standing(state, bill=SETTLED, reason=Reason.WRONG_PIN))
    assert not page.xpath("//form[@id='again']")
    assert "Nothing. It has been paid since." in words(page)


@pytest.mark.parametrize("reason", [Reason.INSUFFICIENT_FUNDS, Reason.LIMIT_PER_PAYMENT])
def test_a_part_is_offered_only_where_the_landlord_takes_parts(reason: Reason) -> None:
    page = drawn(a_standing(State.FAILED, reason=reason, lease=a_lease(part_policy=PartPolicy.FULL_ONLY)))
    assert "Pay a part" not in offers(page)
    assert "part" not in words(page.xpath("//*[@id='status']")[0])


@pytest.mark.covers("B6", "D48")
@BOTH
def test_the_prompt_is_told_with_network_amount_payee_and_phone(language: Language) -> None:
    card = words(drawn(a_standing(State.AWAITING_PAYER), language).xpath("//*[@id='status']")[0])
    for fact in ("M-Pesa", "TSh 453,500", "Juma Mollel", "0754•••456"):
        assert fact in card
    sentence = {
        EN: "Enter your M-Pesa PIN on your phone to pay TSh 453,500 to Juma Mollel. Never enter your PIN on "
        "this website. You can close this page: we will send you an SMS.",
        SW: "Weka namba yako ya siri ya M-Pesa kwenye simu yako kulipa TSh 453,500 kwa Juma Mollel. Usiweke "
        "namba ya siri kwenye tovuti hii. Unaweza kufunga ukurasa huu: tutakutumia SMS.",
    }[language]
    assert sentence in card


@pytest.mark.covers("D48")
@pytest.mark.parametrize(
    "language, prompt, step",
    [
        (
            EN,
            "Pay TSh 453,500 to Nest Pay?",
            "Check the amount and the name Nest Pay: we receive it for your landlord.",
        ),
        (
            SW,
            "Lipa TSh 453,500 kwa Nest Pay?",
            "Hakikisha kiasi, na jina Nest Pay: tunapokea kwa ajili ya mwenye nyumba wako.",
        ),
    ],
)
def test_the_picture_of_the_prompt_names_whom_the_phone_will_name(
    language: Language, prompt: str, step: str
) -> None:
    """The network shows the business that receives, never the landlord."""
    page = drawn(a_standing(State.AWAITING_PAYER), language)
    (picture,) = page.xpath("//*[@class='phone-prompt']")
    assert prompt in words(picture)
    assert "Mollel" not in words(picture)
    assert step in words(page)


@pytest.mark.covers("D48")
def test_who_sees_no_prompt_is_told_what_to_do_and_never_to_pay_twice() -> None:
    (help_text,) = drawn(a_standing(State.AWAITING_PAYER)).xpath("//details[@id='no-message']")
    assert "Unlock the phone and close other menus." in words(help_text)
    assert "cancel this request. Then try again" in words(help_text)
    assert "*150*" not in words(help_text)


@pytest.mark.parametrize("receipt_code", ["UC35T8K2QX", None])
def test_a_paid_page_names_the_operators_code_only_if_it_is_known(receipt_code: str | None) -> None:
    page = words(drawn(a_standing(State.COMPLETED, receipt_code=receipt_code)))
    assert "TSh 453,500 for deposit. Receipt 26-000001." in page
    assert ("M-Pesa reference UC35T8K2QX." in page) is bool(receipt_code)
    assert "None" not in page


def test_another_amount_is_told_with_what_came_and_what_was_asked() -> None:
    page = words(drawn(a_standing(State.UNCERTAIN, reason=Reason.WRONG_AMOUNT, received=shillings(200_000))))
    assert "The amount received is different. Our team is checking. Do not pay again." in page
    assert "Yes: TSh 200,000, not TSh 453,500." in page


@pytest.mark.covers("D78")
@BOTH
def test_who_paid_twice_is_told_what_was_taken_with_the_fees(language: Language) -> None:
    page = words(drawn(a_standing(State.COMPLETED, excess=shillings(450_000)), language))
    assert {
        EN: "We received TSh 453,500 two times for deposit.",
        SW: "Tumepokea TSh 453,500 mara mbili kwa ajili ya amana.",
    }[language] in page


def test_a_provider_s_own_words_are_never_shown() -> None:
    assert "read timeout" not in words(drawn(a_standing(State.UNCERTAIN)))
    assert "PM-1037" in words(drawn(a_standing(State.EXPIRED)))


@pytest.mark.covers("B15", "A33")
@BOTH
def test_the_steps_of_a_payment_stand_on_its_page_as_sentences(language: Language) -> None:
    page = drawn(a_standing(State.COMPLETED), language)
    story = page.xpath("//*[@id='story']//li")
    assert len(story) == 6
    assert "26-000001" in words(story[-1])
    assert all(step.xpath(".//time/@datetime") for step in story)
