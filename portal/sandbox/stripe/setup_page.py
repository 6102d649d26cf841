"""The hosted page on which a card is kept for its owner: no money moves, and one is sent back."""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from portal.sandbox.sandbox import the_twin
from portal.sandbox.stripe.entry import WALLETS, Typed, behind_button, read_card
from portal.sandbox.stripe.screen import card_screen, gone
from portal.sandbox.stripe.setup import Setup
from portal.sandbox.stripe.twin import Stripe


def routes() -> Router:
    return Router(
        f"/{Stripe.name}/s",
        route_handlers=[show_setup, press_on_setup],
        dependencies={"stripe": the_twin(Stripe.name)},
    )


@get("/{setup_id:str}")
async def show_setup(stripe: NamedDependency[Stripe], setup_id: FromPath[str]) -> Template:
    setup = stripe.setups.find(setup_id)
    return _page(stripe, setup, {}, {}) if setup else gone()


@post("/{setup_id:str}")
async def press_on_setup(
    stripe: NamedDependency[Stripe], setup_id: FromPath[str], data: URLEncodedBody[Typed]
) -> Template | Redirect:
    setup = stripe.setups.find(setup_id)
    if setup is None:
        return gone()
    errors = _act(stripe, setup, data) if setup.is_open else {}
    if errors:
        return _page(stripe, setup, data, errors)
    return Redirect(setup.asked.success_url if setup.kept else setup.page, status_code=303)


def _act(stripe: Stripe, setup: Setup, data: Typed) -> Typed:
    """What the owner pressed; by field, what is wrong with what they typed."""
    act = data.get("act", "")
    if act in WALLETS:
        stripe.setups.try_card(setup, *behind_button(stripe.vault, act))
    elif act in ("approve", "refuse"):
        stripe.setups.answer_bank(setup, yes=act == "approve")
    elif act == "pay":
        card = read_card(stripe.vault, data, stripe.world.clock())
        if isinstance(card, dict):
            return card
        stripe.setups.try_card(setup, *card)
    return {}


def _page(stripe: Stripe, setup: Setup, typed: Typed, errors: Typed) -> Template:
    context = {"session": setup, "button": "Save card", "wallet_button": "Save"}
    return card_screen("setup.html", stripe, setup.tried, context, typed, errors, setup.asked.success_url)
