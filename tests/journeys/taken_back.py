"""What moves by itself, for pages to show: a refund of the console, a dispute with its money, and one without; and two
deposits that were being returned when it did.
"""

from __future__ import annotations

from typing import Any

from portal.domain.bill import PaymentType
from portal.domain.dispute import DisputeOpened
from portal.domain.events import Event
from portal.domain.method import PaymentMethod
from portal.sandbox.fates import BY_NAME
from portal.services.settlement import locked
from tests.faults.stripe import event, send
from tests.journeys.deposits import DAMAGE, KWEKA, add_deposit, end, lease_of
from tests.journeys.stage import APPROVER, ASHA, BARAKA, MOLLEL, NEEMA, OFFICE, REHEMA, Stage
from tests.refunds import returned

BY_CARD = PaymentMethod.CREDIT_CARD


async def take_back(stage: Stage, known: dict[str, str]) -> None:
    """Asha's was refunded at Stripe, Baraka's bank has taken the money, Neema's asks, and Rehema's was won.

    Asha's deposit is here again though its return has ended.
    """
    stage.sandbox.world.network.fates["card"] = BY_NAME["approves"]
    for name, who, kind in (
        ("reversed", ASHA, PaymentType.SERVICE_FEE),
        ("bank-took", BARAKA, PaymentType.RENT),
        ("bank-asks", NEEMA, PaymentType.RENT),
        ("won", REHEMA, PaymentType.RENT),
    ):
        known[name] = await stage.ask(who, kind, None, method=BY_CARD)
        await stage.hear()
    known["deposit"] = await stage.ask(ASHA, PaymentType.DEPOSIT, None, method=BY_CARD)
    await stage.hear()
    await _console(stage, known["reversed"], "refund")
    await _console(stage, known["bank-took"], "dispute")
    await _console(stage, known["won"], "dispute")
    await stage.hear()
    await send(
        stage, event("charge.dispute.created", await _question(stage, known["bank-asks"]), stage.clock())
    )
    await stage.pass_time(hours=3)
    await _console(stage, known["won"], "win")
    await stage.hear()
    for name in ("reversed", "bank-took", "won"):
        payment = await stage.payment(known[name])
        known[f"{name}-refund"] = payment.refunds.newest.reference
        assert payment.receipt
        assert payment.receipt_check
        known[f"{name}-receipt"] = payment.receipt.address
        known[f"{name}-code"] = payment.receipt_check

    known["emptied"] = await _emptied_and_back(stage, known["deposit"])


async def _emptied_and_back(stage: Stage, payment: str) -> str:
    """The lease of a deposit that went back by itself and is here again, after its return was ended for that."""
    deposits, lease = stage.portal.lease_end, (await stage.payment(payment)).lease
    await deposits.deposits.ask_back(await stage.person(ASHA), lease)
    paid = await stage.payment(payment)
    assert paid.received
    await went_back(stage, payment, "REEMPTIED41", str(paid.received.minor))
    await deposits.desk.end(await stage.person(OFFICE), lease)
    await happened(stage, payment, returned((await stage.payment(payment)).refunds.newest.reference))
    return lease


async def went_back(stage: Stage, payment: str, code: str, amount: str) -> None:
    """So much of it, as two of the office have found."""
    salma, peter = await stage.person(OFFICE), await stage.person(APPROVER)
    desk = stage.portal.corrections
    await desk.money_went_back(salma, payment, code, amount)
    waiting = (await desk.case(peter, payment)).waiting
    assert waiting
    await desk.confirm(peter, payment, waiting.id)
    await stage.work()


async def bank_asks(stage: Stage, payment: str) -> None:
    """The payer's bank asks some of it back, and has not taken it."""
    await happened(
        stage, payment, DisputeOpened(dispute="dp_asks0some", amount=None, due_by=None, told_at=None)
    )


async def happened(stage: Stage, payment: str, what: Event) -> None:
    """To a payment, whoever told of it."""
    settle = stage.portal.payments.settlement.append
    await stage.portal.store.write(lambda tx: settle(tx, locked(tx, payment), [what]))
    await stage.work()


async def take_deposits_back(stage: Stage, known: dict[str, str]) -> None:
    """Neema's is in dispute while she answers for a door; of Baraka's nothing is left."""
    for number, name, who, landlord, act in (
        (4_001, "disputed", NEEMA, KWEKA, "dispute"),
        (4_002, "gone", BARAKA, MOLLEL, "refund"),
    ):
        await add_deposit(stage, who, 300_000, number)
        payment = await stage.ask(who, PaymentType.DEPOSIT, None, method=BY_CARD)
        await stage.hear()
        known[f"deposit-{name}"] = await lease_of(stage, who)
        await end(stage, await stage.person(landlord), known[f"deposit-{name}"], DAMAGE)
        await _console(stage, payment, act)
        await stage.hear()


async def _console(stage: Stage, payment: str, act: str) -> None:
    code = (await stage.payment(payment)).receipt_code
    await stage.sandbox.client.post(f"{stage.sandbox.base_url}/stripe/console/{code}/{act}")


async def _question(stage: Stage, payment: str) -> dict[str, Any]:
    """A bank asks before it takes anything."""
    return {
        "id": "dp_asks0first",
        "object": "dispute",
        "amount": (await stage.payment(payment)).total.minor * 100,
        "currency": "tzs",
        "evidence_details": {"due_by": int(stage.clock().timestamp()) + 864_000},
        "metadata": {},
        "payment_intent": (await stage.payment(payment)).receipt_code,
        "status": "warning_needs_response",
    }
