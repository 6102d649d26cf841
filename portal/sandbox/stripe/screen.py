"""What both hosted pages show: a form for a card, the test cards, and what the bank said to the last one."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from litestar.response import Template

from portal.sandbox.phone import HEADERS
from portal.sandbox.stripe.cards import REFUSED_AT_THE_BANK, TEST_CARDS
from portal.sandbox.stripe.entry import WALLETS, Typed
from portal.sandbox.stripe.twin import Stripe

SAID = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card.",
    REFUSED_AT_THE_BANK: "We are unable to authenticate your payment method.",
}
DECLINED = "Your card was declined."


def card_screen(
    name: str,
    stripe: Stripe,
    tried: str | None,
    facts: Mapping[str, object],
    typed: Typed,
    errors: Typed,
    back: str,
) -> Template:
    """422 where something was typed wrong; what was typed stands there again, but for the number and the code."""
    context = {
        "business": stripe.world.settings.business_name,
        "typed": {name: typed.get(name, "") for name in ("expiry", "name")},
        "errors": errors,
        "declined": SAID.get(tried, DECLINED) if tried and not errors else "",
        "wallets": WALLETS,
        "cards": {f"{n[:4]} {n[4:8]} {n[8:12]} {n[12:]}": card for n, card in TEST_CARDS.items()},
    } | dict(facts)
    # A form that ends with a step back to the merchant's site: browsers ask the policy about that step, too.
    policy = HEADERS["Content-Security-Policy"].replace(
        "form-action 'self'", f"form-action 'self' {_origin(back)}"
    )
    headers = HEADERS | {"Content-Security-Policy": policy}
    return Template(name, context=context, headers=headers, status_code=422 if errors else 200)


def gone() -> Template:
    return Template("checkout_gone.html", headers=HEADERS, status_code=404)


def _origin(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
