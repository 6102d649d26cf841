"""The hosted page: the payer types one of Stripe's test cards, or presses a wallet's button, and is sent back.

What is typed as a card's number is looked up and forgotten; no answer repeats it.
"""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from portal.sandbox.fates import Twist
from portal.sandbox.phone import PHONE_SWITCHES
from portal.sandbox.results import PAID
from portal.sandbox.sandbox import the_twin
from portal.sandbox.stripe.entry import WALLETS, Typed, behind_button, read_card
from portal.sandbox.stripe.screen import card_screen, gone
from portal.sandbox.stripe.session import Session
from portal.sandbox.stripe.twin import Stripe

FIGURES = {"tzs": ("TZS", 100, 0), "usd": ("USD", 100, 2)}
"""Sign, what a unit has of hundredths, and the decimals that people write."""


def routes() -> Router:
    return Router(
        f"/{Stripe.name}/c",
        route_handlers=[show, press],
        dependencies={"stripe": the_twin(Stripe.name)},
    )


@get("/{session_id:str}")
async def show(stripe: NamedDependency[Stripe], session_id: FromPath[str]) -> Template:
    session = stripe.find(session_id)
    return _page(stripe, session, {}, {}) if session else gone()


@post("/{session_id:str}")
async def press(
    stripe: NamedDependency[Stripe], session_id: FromPath[str], data: URLEncodedBody[Typed]
) -> Template | Redirect:
    session = stripe.find(session_id)
    if session is None:
        return gone()
    errors = _act(stripe, session, data) if session.in_flight else {}
    if errors:
        return _page(stripe, session, data, errors)
    if session.result == PAID:
        return Redirect(session.asked.success_url, status_code=303)
    return Redirect(session.page, status_code=303)


def _act(stripe: Stripe, session: Session, data: Typed) -> Typed:
    """What the payer pressed; by field, what is wrong with what they typed."""
    act = data.get("act", "")
    if act in WALLETS:
        stripe.try_card(session, *behind_button(stripe.vault, act))
    elif act in ("approve", "refuse"):
        stripe.answer_bank(session, yes=act == "approve")
    elif act in list(PHONE_SWITCHES):
        chosen = stripe.world.network.next_twists.setdefault(session.push.msisdn, set())
        chosen.symmetric_difference_update({Twist(act)})
    elif act == "pay":
        card = read_card(stripe.vault, data, stripe.world.clock())
        if isinstance(card, dict):
            return card
        stripe.try_card(session, *card)
    return {}


def _page(stripe: Stripe, session: Session, typed: Typed, errors: Typed) -> Template:
    total = _total(session)
    context = {
        "session": session,
        "total": total,
        "button": f"Pay {total}",
        "wallet_button": "Pay with",
        "paid": session.result == PAID,
        "switches": PHONE_SWITCHES,
        "chosen": stripe.world.network.next_twists.get(session.push.msisdn, set()),
        "late_after": f"{stripe.world.settings.late_after:g}",
    }
    back = session.asked.success_url
    return card_screen("checkout.html", stripe, session.tried, context, typed, errors, back)


def _total(session: Session) -> str:
    sign, unit, decimals = FIGURES[session.asked.currency]
    return f"{sign}\u00a0{session.asked.hundredths / unit:,.{decimals}f}"
