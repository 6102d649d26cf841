"""Cards that Stripe keeps: how one is entered, what each recorded answer means, what it looks like, and how it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portal.domain.card import CardFace, CardOnFile
from portal.domain.outcome import NotSent, Pending, Reason, Rejected, Unknown
from portal.providers.provider import CardPage, CardRequest, NoCard, SavesCards
from portal.providers.stripe_saved_card import BRANDS, entered, face_of, read_token
from portal.providers.wire import NeverSent, Unanswered
from tests.providers.account import REFERENCE
from tests.providers.recorded import names
from tests.providers.stripe import CARD_TOKEN, a_stripe

PAGE_ID = "cs_test_c1zXcVbNmAsDfGhJkLqWeRtYuIoP0987654321"
PAGE = CardPage(PAGE_ID, f"https://checkout.stripe.com/c/pay/{PAGE_ID}")
BACK = f"https://pay.nest.co.tz/methods/{REFERENCE}/card"
REQUEST = CardRequest(reference=REFERENCE, return_url=BACK, language="sw")
VISA = CardFace(brand="Visa", last4="4242", month=12, year=2034)
CARD = CardOnFile(face=VISA, provider="stripe", token=CARD_TOKEN, fingerprint="Xt5EWLLDS7FJjR1c")
NO_PAGE = Unknown(Reason.UNKNOWN_ERROR, "no session with a page", mapped=False)
UNREADABLE = Unknown(Reason.UNKNOWN_ERROR, "complete without a card", mapped=False)
ENDED_KEY = Unknown(Reason.AMBIGUOUS, "api_key_expired")

SAVES = {
    "opened": PAGE,
    "without_a_page": NO_PAGE,
    "of_another_shape": NO_PAGE,
    "ended_key": Rejected(Reason.PAYEE_PROBLEM, "api_key_expired"),
    "too_many_requests": NotSent("rate_limit"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "api_error"),
}
SAVED = {
    "open": Pending("open"),
    "expired": NoCard("expired"),
    "entered": CARD,
    "entered_on_a_phone": replace(CARD, face=replace(VISA, brand="Mastercard", last4="4444")),
    "entered_with_a_whole_customer": CARD,
    "of_a_brand_of_tomorrow": replace(CARD, face=replace(VISA, brand="Card")),
    "without_a_fingerprint": replace(CARD, fingerprint=CARD_TOKEN.split("/")[1]),
    "without_a_card": UNREADABLE,
    "without_a_customer": UNREADABLE,
    "without_the_card_s_end": UNREADABLE,
    "of_another_page": Unknown(Reason.AMBIGUOUS, "answer about another page"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False),
    "not_found": Unknown(Reason.AMBIGUOUS, "resource_missing"),
    "ended_key": ENDED_KEY,
}
FACES = {
    "as_it_was": VISA,
    "renewed": replace(VISA, month=6, year=2039),
    **dict.fromkeys(
        ("of_no_month", "of_no_year", "with_a_whole_number", "without_words", "not_found", "ended_key")
    ),
}
FORGOTTEN = {
    "gone": True,
    "gone_before": True,
    "not_gone": False,
    "of_another_shape": False,
    "ended_key": False,
    "internal_error": False,
}


def test_every_recording_has_its_sentence() -> None:
    assert names("stripe", "save") == set(SAVES)
    assert names("stripe", "saved") == set(SAVED)
    assert names("stripe", "face") == set(FACES)
    assert names("stripe", "forget") == set(FORGOTTEN)


def test_it_is_a_provider_that_saves_cards() -> None:
    assert isinstance(a_stripe("save/opened")[0], SavesCards)


@pytest.mark.parametrize("name", SAVES)
async def test_every_answer_to_a_wish_to_save_means_one_thing(name: str) -> None:
    provider, _ = a_stripe(f"save/{name}")
    assert await provider.begin_saving(REQUEST) == SAVES[name]


@pytest.mark.covers("E1")
async def test_a_card_is_entered_on_a_page_that_takes_no_money() -> None:
    provider, wire = a_stripe("save/opened")
    await provider.begin_saving(REQUEST)
    ((verb, path, fields, headers),) = wire.sent
    assert (verb, path, headers["Idempotency-Key"]) == (
        "POST",
        "/v1/checkout/sessions",
        f"save:{REFERENCE}",
    )
    assert fields == {
        "mode": "setup",
        "client_reference_id": REFERENCE,
        "metadata[reference]": REFERENCE,
        "setup_intent_data[metadata][reference]": REFERENCE,
        "customer_creation": "always",
        "allowed_payment_method_types[0]": "card",
        "wallet_options[link][display]": "never",
        "locale": "auto",
        "success_url": BACK,
        "cancel_url": BACK,
    }


@pytest.mark.parametrize("name", SAVED)
async def test_every_state_of_the_page_means_one_thing(name: str) -> None:
    provider, wire = a_stripe(f"saved/{name}")
    assert await provider.saved_card(PAGE_ID) == SAVED[name]
    ((verb, path, fields, _),) = wire.sent
    assert (verb, path) == ("GET", f"/v1/checkout/sessions/{PAGE_ID}")
    assert fields == {"expand[0]": "setup_intent.payment_method"}


@pytest.mark.parametrize("name", FACES)
async def test_a_card_looks_as_it_does_now_or_nobody_can_say(name: str) -> None:
    provider, wire = a_stripe(f"face/{name}")
    assert await provider.card_face(CARD_TOKEN) == FACES[name]
    assert [path for _, path, _, _ in wire.sent] == [f"/v1/payment_methods/{CARD_TOKEN.split('/')[1]}"]


@pytest.mark.covers("E3")
@pytest.mark.parametrize("name", FORGOTTEN)
async def test_a_card_is_gone_only_when_that_is_certain(name: str) -> None:
    provider, wire = a_stripe(f"forget/{name}")
    assert await provider.forget_card(CARD_TOKEN) is FORGOTTEN[name]
    ((verb, path, _, _),) = wire.sent
    assert (verb, path) == ("DELETE", f"/v1/customers/{CARD_TOKEN.split('/')[0]}")


@pytest.mark.parametrize(
    "fault, told",
    [
        (NeverSent("ConnectError"), NotSent("ConnectError")),
        (Unanswered("ReadTimeout"), Unknown(Reason.AMBIGUOUS, "ReadTimeout")),
    ],
)
async def test_what_goes_wrong_on_the_wire_says_nothing_of_the_card(
    fault: NeverSent | Unanswered, told: NotSent | Unknown
) -> None:
    provider, _ = a_stripe(fault)
    assert await provider.begin_saving(REQUEST) == told
    assert await provider.saved_card(PAGE_ID) == Unknown(Reason.AMBIGUOUS, str(fault))
    assert await provider.card_face(CARD_TOKEN) is None
    assert await provider.forget_card(CARD_TOKEN) is False


async def test_a_token_that_is_none_of_ours_is_asked_about_nowhere() -> None:
    provider, wire = a_stripe("face/as_it_was")
    assert await provider.card_face("pm_1TokenOfTheTests") is None
    assert await provider.forget_card("pm_1TokenOfTheTests") is False
    assert wire.sent == []


@pytest.mark.parametrize("question", ["saved_card", "card_face", "forget_card"])
async def test_a_key_that_ended_is_told_to_the_office(question: str) -> None:
    provider, _ = a_stripe("saved/ended_key")
    with capture_logs() as logs:
        await getattr(provider, question)(PAGE_ID if question == "saved_card" else CARD_TOKEN)
    assert [(line["event"], line["operation"]) for line in logs] == [("provider_refuses_us", question)]


@pytest.mark.covers("E6")
def test_no_token_is_ever_printed() -> None:
    assert "pm_" not in repr(CARD)


@given(st.text())
def test_no_text_is_a_token_but_a_customer_and_a_method(text: str) -> None:
    token = read_token(text)
    assert token is None or "/".join(token) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CARDS = st.dictionaries(
    st.sampled_from(["brand", "last4", "exp_month", "exp_year", "fingerprint"]),
    JSON | st.sampled_from(["4242", "visa", *BRANDS, 12, 2034]),
)


@given(CARDS)
def test_whatever_a_card_holds_its_face_shows_four_digits_or_nothing(card: dict[str, object]) -> None:
    face = face_of({"card": card})
    assert face is None or (len(face.last4) == 4 and face.last_day.day > 27)


@given(st.dictionaries(st.sampled_from(["id", "status", "customer", "setup_intent"]), JSON))
def test_whatever_a_page_holds_no_card_is_made_up(session: dict[str, object]) -> None:
    assert not isinstance(entered(session, PAGE_ID, "stripe"), CardOnFile)
