"""The roads by which money goes back, behind words that fit all of them: one that joins adds a line to ROADS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.menu import FEE_RULE, no_fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, shillings
from portal.domain.payment_state import State
from portal.domain.phone import Phone
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.providers.refund import SendsBack
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL, MIXX, MPESA, Operator
from portal.sandbox.results import LIMIT, PAID
from portal.sandbox.settings import SandboxSettings
from portal.services.refund_ways import way_of
from portal.services.refund_wish import Typed
from portal.services.refunds import shown_of
from portal.store import contacts, people
from portal.store import payments as payment_rows
from portal.store.contacts import Contact
from portal.store.types import Tx
from tests.faults import stripe as cards
from tests.faults.soundness import world_is_sound
from tests.makers import FakeClock, a_clerk, a_landlord, a_person, a_reference, an_approver, initiated
from tests.portal import DARAJA, DEPOSIT, VODACOM, RunningPortal, playing

ASHA, JUMA = a_person(), a_landlord()
SALMA = a_clerk()
PETER = an_approver()
ALL = Typed(reason="PROPERTY_UNAVAILABLE", whole=True, amount="", notes="")
PART = Typed(reason="OTHER", whole=False, amount="100,000", notes="I paid this in cash too.")
_accounts = SandboxSettings()
MAY_SEND = {
    "MPESA_DARAJA_INITIATOR_NAME": _accounts.daraja.initiator_name,
    "MPESA_DARAJA_SECURITY_CREDENTIAL": _accounts.daraja.security_credential,
    "TIGO_PESA_PAYOUT_PATH": "-A2W",
    "TIGO_PESA_PAYOUT_MSISDN": _accounts.mixx.payout_msisdn,
    "TIGO_PESA_PAYOUT_PIN": _accounts.mixx.payout_pin,
    "AIRTEL_MONEY_DISBURSEMENT_PIN": _accounts.airtel.disbursement_pin,
    "AIRTEL_MONEY_DISBURSEMENT_PUBLIC_KEY": _accounts.airtel.disbursement_public_key,
}


@dataclass(frozen=True)
class Road:
    """One way back of one provider. `hears`: it tells the end by a callback. `free`: it takes only all that was paid,
    so nothing may stay here as a fee. `after_limit`: it is gone only once the way before it was refused.
    """

    name: str
    route: RefundRoute
    method: PaymentMethod
    operator: Operator | None = None
    mpesa: str = DARAJA
    hears: bool = False
    free: bool = False
    after_limit: bool = False


REVERSAL, PAYOUT = RefundRoute.REVERSAL, RefundRoute.PAYOUT
M_PESA, MIXX_BY_YAS, AIRTEL_MONEY = (
    PaymentMethod.MPESA,
    PaymentMethod.TIGO_PESA,
    PaymentMethod.AIRTEL_MONEY,
)
ROADS = [
    Road("mpesa_vodacom", REVERSAL, M_PESA, MPESA, VODACOM, hears=True),
    Road("mpesa_vodacom", PAYOUT, M_PESA, MPESA, VODACOM, hears=True, after_limit=True),
    Road("mpesa_daraja", REVERSAL, M_PESA, MPESA, hears=True, free=True),
    Road("mpesa_daraja", PAYOUT, M_PESA, MPESA, hears=True),
    Road("tigo_pesa", PAYOUT, MIXX_BY_YAS, MIXX),
    Road("airtel_money", REVERSAL, AIRTEL_MONEY, AIRTEL, free=True),
    Road("airtel_money", PAYOUT, AIRTEL_MONEY, AIRTEL),
    Road("stripe", REVERSAL, PaymentMethod.CREDIT_CARD, hears=True),
]
by_each_road = pytest.mark.parametrize(
    "road",
    [pytest.param(road, marks=pytest.mark.full if road is not ROADS[0] else []) for road in ROADS],
    ids=lambda road: f"{road.name}-{road.route.lower()}",
)
"""One of them always, all in the long run."""


@dataclass
class Play:
    """A payment that has completed, and a refund of it that somebody is about to agree to."""

    portal: RunningPortal
    road: Road
    payment: str
    refund: str = ""
    before: int = 0
    """So many movements of money stood in the provider's book already."""
    _keys: Any = field(default_factory=count)

    async def asked(self, typed: Typed = ALL) -> Refund:
        """By the tenant, and agreed to by the landlord; the worker has not begun."""
        refunds = self.portal.portal.refunds
        self.refund = await refunds.ask(ASHA, self.payment, typed, f"refund {next(self._keys)}")
        shown = shown_of(await self.stands())
        await refunds.approve(JUMA, self.refund, shown=shown)
        return await self.stands()

    async def sent(self, typed: Typed = ALL) -> Refund:
        """The same, and all that follows at once."""
        asked = await self.asked(typed)
        assert asked.route is self.road.route
        await self.portal.work()
        return await self.stands()

    async def over(self) -> Refund:
        """Once the provider has told all that it tells by itself, and two minutes of questions have gone by."""
        self.portal.let_go()
        await self.portal.hear()
        await self.portal.pass_time(minutes=4)
        await self.portal.hear()
        return await self.stands()

    async def stands(self) -> Refund:
        return (await self.portal.payment(self.payment)).refunds.named(self.refund)

    async def way(self) -> SendsBack:
        payment = await self.portal.payment(self.payment)
        return way_of(self.portal.portal.registry, payment, payment.refunds.named(self.refund))

    async def left(self) -> list[int]:
        """The sums that have left our account there, in the order in which they did."""
        return [-move["amount"] for move in (await self.portal.sandbox.book())[self.before :]]

    async def free_again(self) -> Money | None:
        return (await self.portal.portal.refund_views.offer(ASHA, self.payment)).available

    async def in_queue(self) -> bool:
        page = await self.portal.portal.reads.refund_lists.queue(SALMA, None)
        return self.refund in [row.refund.reference for row in page.rows]

    async def found(self, *, went: bool) -> Refund:
        """Two people of the office know what became of it."""
        findings, code = self.portal.portal.refund_findings, "FOUND0260303" if went else ""
        await findings.propose(
            SALMA, self.refund, went=went, code=code, note="Their desk told us so by phone."
        )
        waits = (await self.stands()).finding
        assert waits
        await findings.confirm(PETER, self.refund, waits.name)
        await self.portal.work()
        return await self.stands()

    async def sound(self) -> Refund:
        """A day later, with the books as they must be."""
        await self.portal.quiet()
        await world_is_sound(self.portal)
        return await self.stands()


@asynccontextmanager
async def playing_back(
    database_url: str, clock: FakeClock, road: Road, typed: Typed = ALL, **sandbox: Any
) -> AsyncIterator[Play]:
    """A portal that may send money back by every road, and a payment that can go this one."""
    async with playing(database_url, clock, mpesa=road.mpesa, told=may_send(road), **sandbox) as portal:
        await portal.portal.store.write(lambda tx: _hire(tx, portal))
        play = Play(portal, road, await _paid(portal, road))
        if road.after_limit:
            portal.sandbox.world.network.switches.refund = LIMIT
            await play.asked(typed)
            await portal.hear()
            assert (await play.over()).state is RefundState.FAILED
            await portal.portal.refund_desk.close(SALMA, play.refund, "It goes another way.")
            portal.sandbox.world.network.switches.refund = PAID
        play.before = len(await portal.sandbox.book())
        yield play


def may_send(road: Road) -> Mapping[str, str]:
    """The settings by which money can go back; M-Pesa has those of one provider alone."""
    return {name: value for name, value in MAY_SEND.items() if road.mpesa == DARAJA or "DARAJA" not in name}


def _hire(tx: Tx, portal: RunningPortal) -> None:
    for person in (SALMA, PETER):
        people.add(tx, portal.portal.tools.vault, person, email=f"{person.id}@example.com")


async def _paid(portal: RunningPortal, road: Road) -> str:
    network = portal.sandbox.world.network
    msisdn = number_of("approves", road.operator) if road.operator else cards.NOBODY
    if road.operator is None:
        payment = await cards.pay(portal, "approves")
    elif road.free:
        payment = await _without_fees(portal, road, msisdn)
    else:
        payment = await portal.pay(msisdn, method=road.method)
    portal.let_go()
    await portal.hear()
    await portal.pass_time(minutes=5)
    portal.gate.opened.clear()
    network.courier.deliveries.clear()
    assert (await portal.payment(payment)).state is State.COMPLETED
    return payment


async def _without_fees(portal: RunningPortal, road: Road, msisdn: str) -> str:
    """As it is where a contract says that nothing is taken, which no rule of today's table does."""
    inner, now, reference = portal.portal, portal.clock(), a_reference(7_001)
    provider = inner.registry.for_method(road.method)
    assert provider
    begun = replace(
        initiated(amount=DEPOSIT, fees=no_fees(DEPOSIT), fee_rule=FEE_RULE, method=road.method),
        provider=provider.name,
        expires_at=now + provider.capabilities.lives,
    )

    def work(tx: Tx) -> None:
        payment_rows.append(tx, None, [begun, e.PushRequested()], now, reference=reference)
        contacts.keep(tx, inner.tools.vault, reference, Contact(Phone(msisdn), own=True, language="sw"))

    await inner.store.write(work)
    await inner.payments.pushes.begin(reference)
    return reference


BACK = shillings(450_000)
"""What of the payment can be asked for."""
