"""Asha's cards at the simulated Stripe: entered on its page, saved here, and charged without one."""

from __future__ import annotations

from itertools import count
from typing import Any

from portal.providers.stripe_saved_card import Token, read_token
from portal.sandbox.stripe.charge import Charge
from portal.sandbox.stripe.vault import Kept
from portal.services.saving import Agreed
from portal.store import saved_cards
from portal.templating.consents import Matter, current_version
from tests.faults.stripe import GOOD, pay
from tests.makers import a_person
from tests.portal import RunningPortal

ASHA = a_person()
GUARDED, GUARDED_ONCE = "4000002760003184", "4000002500003155"
AS_FATED = "as the fate says"
_AGREED = Agreed(current_version(Matter.CARD), "en")
_FORMS = count()
DECLINED_LATER, POOR = "4000000000000341", "4000008260003178"


async def enter_card(portal: RunningPortal, number: str = GOOD) -> tuple[str, Kept]:
    """Its owner enters it, and says yes where the bank asks; what it is here, once it is saved, and at Stripe."""
    cards = portal.portal.saved.cards
    setup_id = await cards.begin(ASHA, "Company", _AGREED, f"form {next(_FORMS)}")
    setup = await cards.setup(ASHA, setup_id)
    assert setup
    for form in ({"act": "pay", "number": number, "expiry": "12/34", "cvc": "123"}, {"act": "approve"}):
        await portal.sandbox.client.post(str(setup.page), data=form)
    page = portal.sandbox.stripe.setups.find(str(setup.page_id))
    assert page
    assert page.kept
    return setup_id, page.kept


async def keep_card(portal: RunningPortal, number: str = GOOD) -> str:
    """The same, and she comes back; the id of the saved way."""
    card, _ = await enter_card(portal, number)
    await portal.portal.saved.cards.look(ASHA, card)
    await portal.hear()
    return card


async def pay_with(portal: RunningPortal, card: str, **details: Any) -> str:
    """As fate has it, or the bank of the card; the payment's reference."""
    return await pay(portal, AS_FATED, saved=card, **details)


def charges(portal: RunningPortal) -> list[Charge]:
    prompts = portal.sandbox.world.network.prompts.values()
    return [prompt for prompt in prompts if isinstance(prompt, Charge)]


async def token_of(portal: RunningPortal, card: str) -> Token:
    """What a saved card is known by at Stripe."""
    vault = portal.portal.tools.vault
    kept = await portal.portal.store.read(lambda tx: saved_cards.token(tx, vault, card))
    token = read_token(kept.token) if kept else None
    assert token
    return token


def is_kept(portal: RunningPortal, token: Token) -> bool:
    """Whether Stripe still has it."""
    return portal.sandbox.stripe.vault.find(token.method).customer == token.customer
