"""The hosted page: the payer types one of Stripe's test cards, or presses a wallet's button, and is sent back.

What is typed as a card's number is looked up and forgotten; no answer repeats it.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from portal.sandbox.fates import Twist
from portal.sandbox.phone import HEADERS, PHONE_SWITCHES
from portal.sandbox.results import PAID
from portal.sandbox.stripe.cards import TEST_CARDS, WALLET_CARD, find_card, last4
from portal.sandbox.stripe.session import Session, Shown
from portal.sandbox.stripe.twin import Stripe

WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay"}
SAID = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card.",
    "authentication_required": "We are unable to authenticate your payment method.",
}
DECLINED = "Your card was declined."
FIGURES = {"tzs": ("TZS", 100, 0), "usd": ("USD", 100, 2)}
"""Sign, what a unit has of hundredths, and the decimals that people write."""
Typed = dict[str, str]


def routes(stripe: Stripe) -> Router:
    return Router(
        f"/{stripe.name}/c",
        route_handlers=[show, press],
        dependencies={"stripe": Provide(lambda: stripe, sync_to_thread=False)},
    )


@get("/{session_id:str}")
async def show(stripe: NamedDependency[Stripe], session_id: FromPath[str]) -> Template:
    session = stripe.find(session_id)
    return _page(stripe, session, {}, {}) if session else _gone()


@post("/{session_id:str}")
async def press(
    stripe: NamedDependency[Stripe], session_id: FromPath[str], data: URLEncodedBody[Typed]
) -> Template | Redirect:
    session = stripe.find(session_id)
    if session is None:
        return _gone()
    errors = _act(stripe, session, data) if session.in_flight else {}
    if errors:
        return _page(stripe, session, data, errors, status_code=422)
    if session.result == PAID:
        return Redirect(session.asked.success_url, status_code=303)
    return Redirect(session.page, status_code=303)


def _act(stripe: Stripe, session: Session, data: Typed) -> Typed:
    """What the payer pressed; by field, what is wrong with what they typed."""
    act = data.get("act", "")
    if act in WALLETS:
        stripe.try_card(session, WALLET_CARD, Shown(WALLET_CARD.brand, "4242", wallet=act))
    elif act in ("approve", "refuse"):
        stripe.answer_bank(session, yes=act == "approve")
    elif act in list(PHONE_SWITCHES):
        chosen = stripe.world.network.next_twists.setdefault(session.push.msisdn, set())
        chosen.symmetric_difference_update({Twist(act)})
    elif act == "pay":
        return _pay(stripe, session, data)
    return {}


def _pay(stripe: Stripe, session: Session, data: Typed) -> Typed:
    number = data.get("number", "")
    card = find_card(number)
    errors = {} if card else {"number": "Your card number is invalid."}
    if not _is_to_come(stripe, data.get("expiry", "")):
        errors["expiry"] = "Your card's expiration date is incomplete or in the past."
    if not re.fullmatch("[0-9]{3,4}", data.get("cvc", "")):
        errors["cvc"] = "Your card's security code is incomplete."
    if card and not errors:
        stripe.try_card(session, card, Shown(card.brand, last4(number), card.funding))
    return errors


def _is_to_come(stripe: Stripe, expiry: str) -> bool:
    """Such as 12 / 34: a month that has not passed."""
    parts = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/?\s*([0-9]{2})\s*", expiry)
    now = stripe.world.clock()
    return parts is not None and (2000 + int(parts[2]), int(parts[1])) >= (now.year, now.month)


def _page(stripe: Stripe, session: Session, typed: Typed, errors: Typed, status_code: int = 200) -> Template:
    context: dict[str, Any] = {
        "session": session,
        "business": session.push.merchant,
        "total": _total(session),
        "typed": {name: typed.get(name, "") for name in ("expiry", "name")},
        "errors": errors,
        "declined": SAID.get(session.tried, DECLINED) if session.tried and not errors else "",
        "paid": session.result == PAID,
        "wallets": WALLETS,
        "cards": {f"{n[:4]} {n[4:8]} {n[8:12]} {n[12:]}": card for n, card in TEST_CARDS.items()},
        "switches": PHONE_SWITCHES,
        "chosen": stripe.world.network.next_twists.get(session.push.msisdn, set()),
        "late_after": f"{stripe.world.settings.late_after:g}",
    }
    # A form that ends with a step back to the merchant's site: browsers ask the policy about that step, too.
    policy = HEADERS["Content-Security-Policy"].replace(
        "form-action 'self'", f"form-action 'self' {_origin(session)}"
    )
    headers = HEADERS | {"Content-Security-Policy": policy}
    return Template("checkout.html", context=context, headers=headers, status_code=status_code)


def _gone() -> Template:
    return Template("checkout_gone.html", headers=HEADERS, status_code=404)


def _origin(session: Session) -> str:
    address = urlsplit(session.asked.success_url)
    return f"{address.scheme}://{address.netloc}"


def _total(session: Session) -> str:
    sign, unit, decimals = FIGURES[session.asked.currency]
    return f"{sign}\u00a0{session.asked.hundredths / unit:,.{decimals}f}"
