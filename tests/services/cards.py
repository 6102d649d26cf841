"""A provider of card pages that obeys, and somebody who pays on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from portal.domain.method import PaymentMethod
from portal.domain.money import Money, shillings
from portal.domain.outcome import Accepted, Awaits, NotPaid, Outcome, Paid, Reason, StartOutcome
from portal.providers.provider import Capabilities, Heard, Inquiry
from portal.store import saved_methods
from tests.fakes import SIGNED, FakeProvider
from tests.makers import BILL, NOW, a_person
from tests.saved import CARD, a_saved_card
from tests.services.desk import Desk

ASHA = a_person()
LIVES = timedelta(hours=23)
PAGE = "https://pay.example/c/{}"
TOTAL = shillings(466_350)
"""The deposit of `makers.a_bill` with the fees of a card."""
INTENT = "pi_1"


class FakePages(FakeProvider):
    """Signs what it calls, at one address for all, and takes the same request once. `closing`: what came of a page
    that was to be closed.
    """

    def __init__(self, **changes: Any) -> None:
        able: dict[str, Any] = {
            "lives": LIVES,
            "lapses": True,
            "repeats_safely": True,
            "signs": True,
        } | changes
        super().__init__("pages", (PaymentMethod.CREDIT_CARD,), Capabilities(**able))
        self.webhook = "stripe"
        self.called_off: list[Inquiry] = []
        self.closing: list[Outcome] = [NotPaid(Reason.NO_RESPONSE, "expired")]
        self.will_answer(*map(opened, range(1, 9)))

    async def call_off(self, inquiry: Inquiry) -> Outcome:
        self.called_off.append(inquiry)
        return self.closing.pop(0) if len(self.closing) > 1 else self.closing[0]


def opened(number: int = 1) -> StartOutcome:
    return Accepted(f"cs_{number}", awaits=Awaits.CARD, page=PAGE.format(number))


def paid(amount: Money = TOTAL, code: str = INTENT) -> Paid:
    return Paid(amount, code, NOW)


async def begin(desk: Desk, way: str = PaymentMethod.CREDIT_CARD) -> str:
    """Asha pays her whole deposit by card, as the pages would; the payment's reference. `way`: or by a saved one."""
    checkout = desk.portal.checkout
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, way)
    quote = await checkout.quote(ASHA, draft)
    order = await checkout.order(ASHA, draft, str(quote.total.minor), "sw")
    return await desk.portal.payments.start(order)


async def begin_with_saved(desk: Desk) -> str:
    """The same with a card that the provider keeps for her."""
    card = a_saved_card(what=replace(CARD, provider=desk.provider.name))
    vault = desk.portal.tools.vault
    await desk.store.write(lambda tx: saved_methods.add(tx, vault, card, NOW))
    return await begin(desk, card.id)


async def call(desk: Desk, *heard: Heard) -> str:
    """A signed callback comes; its body."""
    body = desk.provider.callback(*heard)
    await desk.portal.callbacks.receive("stripe", "", body, SIGNED)
    return body


def proof(reference: str | None, outcome: Outcome, **changes: Any) -> Heard:
    """Signed, final, and of one payment."""
    facts: dict[str, Any] = {"request_id": "cs_1", "code": "succeeded", "proved": True} | changes
    return Heard(outcome=outcome, reference=reference, **facts)
