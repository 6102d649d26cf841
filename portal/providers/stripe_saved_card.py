"""A card that Stripe keeps for its owner: entered on a page that takes no money, and known here by a token.

Each has a customer of its own there, who is nobody but this card's owner and is deleted with it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from stripe.params.checkout import SessionCreateParams

from portal.domain.card import CardFace, CardOnFile
from portal.domain.outcome import Pending, Reason, Unknown
from portal.providers.provider import CardPage, CardRequest, NoCard
from portal.providers.stripe_codes import Told
from portal.providers.stripe_session import COMPLETE, EXPIRED, LANGUAGES, OPEN, REFERENCE, id_of, object_in

WITH_ITS_CARD = ["setup_intent.payment_method"]
BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "link": "Link",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
ANY_BRAND = "Card"
MONTHS = range(1, 13)
YEARS = range(2000, 2100)
_FINGERPRINT = re.compile("[0-9A-Za-z]{1,100}")


class Token(NamedTuple):
    """Only both together can be charged."""

    customer: str
    method: str


def read_token(text: str | None) -> Token | None:
    """None for what is none of ours."""
    customer, _, method = (text or "").partition("/")
    fits = id_of(customer) and id_of(method) and customer.startswith("cus_") and method.startswith("pm_")
    return Token(customer, method) if fits else None


def page_for(request: CardRequest) -> SessionCreateParams:
    """A page on which a card is entered and no money moves."""
    ours = {REFERENCE: request.reference}
    return {
        "mode": "setup",
        "client_reference_id": request.reference,
        "metadata": ours,
        "setup_intent_data": {"metadata": ours},
        "customer_creation": "always",
        "allowed_payment_method_types": ["card"],
        "wallet_options": {"link": {"display": "never"}},
        "locale": LANGUAGES.get(request.language, "auto"),
        "success_url": request.return_url,
        "cancel_url": request.return_url,
    }


def opened(session: Told) -> CardPage | Unknown:
    session_id, page = id_of(session), session.get("url")
    if session_id is None or not isinstance(page, str) or urlsplit(page).scheme not in ("https", "http"):
        return Unknown(Reason.UNKNOWN_ERROR, "no session with a page", mapped=False)
    return CardPage(session_id, page)


def entered(session: Told, page_id: str, provider: str) -> CardOnFile | NoCard | Pending | Unknown:
    """What came of the page."""
    if session.get("id") != page_id:
        return Unknown(Reason.AMBIGUOUS, "answer about another page")
    match session.get("status"):
        case status if status == OPEN:
            return Pending(OPEN)
        case status if status == EXPIRED:
            return NoCard(EXPIRED)
        case status if status == COMPLETE:
            return _kept(session, provider)
        case _:
            return Unknown(Reason.UNKNOWN_ERROR, "no status", mapped=False)


def face_of(method: Told) -> CardFace | None:
    """What may be shown of it; None where that cannot be read."""
    card = object_in(method, "card")
    brand, last4 = card.get("brand"), card.get("last4")
    month, year = card.get("exp_month"), card.get("exp_year")
    if not isinstance(last4, str) or not re.fullmatch("[0-9]{4}", last4):
        return None
    if type(month) is not int or month not in MONTHS or type(year) is not int or year not in YEARS:
        return None
    return CardFace(brand=BRANDS.get(str(brand), ANY_BRAND), last4=last4, month=month, year=year)


def _kept(session: Told, provider: str) -> CardOnFile | Unknown:
    method = object_in(object_in(session, "setup_intent"), "payment_method")
    token, face = Token(str(id_of(session.get("customer"))), str(id_of(method))), face_of(method)
    text = "/".join(token)
    if face is None or read_token(text) is None:
        return Unknown(Reason.UNKNOWN_ERROR, "complete without a card", mapped=False)
    # Without one it is like no other card.
    mark = object_in(method, "card").get("fingerprint")
    known = isinstance(mark, str) and _FINGERPRINT.fullmatch(mark)
    return CardOnFile(
        face=face, provider=provider, token=text, fingerprint=str(mark) if known else token.method
    )
