"""Refunds in every state that people look at, by a provider that answers what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.domain.bill import PaymentType
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Paid, Reason, Source, Unknown
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.provider import Capabilities
from portal.providers.refund import HeardOfRefund, SendsBack
from portal.services.refund_wish import Typed
from portal.services.refunds import shown_of
from tests.fakes import FakeProvider
from tests.journeys.stage import APPROVER, ASHA, BARAKA, NEEMA, OFFICE, Kinds

if TYPE_CHECKING:
    from tests.journeys.exhibits import Exhibit

AIRTEL = PaymentMethod.AIRTEL_MONEY
NUMBER = "255784123456"
FULL = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "DP00800001005")
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
HOW = "Airtel answered by phone on 3 March: the money is with the tenant since Monday."


def answering_by_callback() -> FakeProvider:
    """Nobody can ask it how a refund ended."""
    routes = (RefundRoute.REVERSAL, RefundRoute.PAYOUT)
    ways = tuple(SendsBack(route=route, part=True, again=True, answers_by_callback=True) for route in routes)
    return FakeProvider("airtel", (AIRTEL,), capabilities=Capabilities(sends_back=ways))


async def prepare_refunds(exhibit: Exhibit) -> None:
    stage = exhibit.stage
    payments = {
        who: await paid_by_airtel(exhibit, who, kind, f"MP2603.{number}")
        for number, (who, kind) in enumerate(
            ((ASHA, PaymentType.DEPOSIT), (BARAKA, PaymentType.RENT), (NEEMA, PaymentType.RENT)), start=1
        )
    }
    exhibit.known["asked"] = await asked_back(exhibit, ASHA, payments[ASHA], "10,000")
    for name, who, answer in (
        ("silent", ASHA, LOST),
        ("found", ASHA, LOST),
        ("failed", BARAKA, FULL),
        ("returned", BARAKA, Refunded("MP260303.9")),
        ("closed", NEEMA, FULL),
    ):
        exhibit.known[name] = await sent_back(exhibit, who, payments[who], answer)
    exhibit.known["by-hand"] = await asked_back(exhibit, NEEMA, payments[NEEMA], "15,000")
    office, approver = await stage.person(OFFICE), await stage.person(APPROVER)
    await agree(exhibit, exhibit.known["by-hand"], by_hand=True)
    desk, findings = stage.portal.refund_desk, stage.portal.refund_findings
    await desk.take(approver, exhibit.known["by-hand"])
    await findings.propose(office, exhibit.known["found"], went=True, code="MP260303.1234.A1", note=HOW)
    heard = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=exhibit.known["returned"], proved=True)
    await stage.portal.refund_news.hear("airtel", heard)
    await desk.close(
        office, exhibit.known["closed"], "You wrote to us that it shall count for the rent of April."
    )
    await stage.work()


async def paid_by_airtel(exhibit: Exhibit, who: str, kind: Kinds, code: str) -> str:
    payment = await exhibit.ask(f"payment-{who}", who, kind, NUMBER, method=AIRTEL)
    total = (await exhibit.stage.payment(payment)).total
    await exhibit.stage.portal.payments.record_outcome(payment, Paid(total, code), Source.WORKER)
    await exhibit.stage.work()
    return payment


async def asked_back(exhibit: Exhibit, who: str, payment: str, amount: str) -> str:
    wish = Typed(reason="OTHER", whole=False, amount=amount, notes="I paid this in cash too.", available=None)
    person = await exhibit.stage.person(who)
    return await exhibit.stage.portal.refunds.ask(person, payment, wish, f"{payment}-{len(exhibit.known)}")


async def agree(exhibit: Exhibit, refund: str, *, by_hand: bool = False) -> None:
    portal, office = exhibit.stage.portal, await exhibit.stage.person(OFFICE)
    shown = shown_of((await portal.refund_views.case(office, refund)).refund)
    await portal.refunds.approve(office, refund, shown=shown, by_hand=by_hand)


async def sent_back(exhibit: Exhibit, who: str, payment: str, *answers: RefundAnswer) -> str:
    """Asked back, agreed to and sent: 20,000 shillings."""
    refund = await asked_back(exhibit, who, payment, "20,000")
    provider = exhibit.stage.portal.registry.named("airtel")
    assert isinstance(provider, FakeProvider)
    provider.will_refund(*answers)
    await agree(exhibit, refund)
    await exhibit.stage.work()
    await exhibit.stage.pass_time(minutes=2)
    return refund
