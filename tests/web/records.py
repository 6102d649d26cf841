"""Payments that the pages of records show: put into the store as they stand, or paid by way of the worker."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from portal.domain.fees import fee_rule
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.services.orders import Order
from portal.store import contacts, receipts
from portal.store.contacts import Contact
from portal.store.receipts import ReceiptFile
from portal.store.types import Tx
from portal.templating.language import Language
from tests.makers import BILL, PAYMENT, a_person, a_phone, put_payment
from tests.web.client import Portal

PHONE = a_phone()


async def put(
    portal: Portal, state: State = State.COMPLETED, *, reference: str = PAYMENT, **changes: Any
) -> Payment:
    """A payment that came so far, with the phone it was asked from."""
    payment = await put_payment(portal.store, state, reference=reference, **changes)
    contact = Contact(PHONE, own=True, language="sw")
    await portal.store.write(lambda tx: contacts.keep(tx, portal.vault, reference, contact))
    return payment


async def put_file(portal: Portal, payment: Payment, pdf: bytes = b"%PDF-1.7 a receipt") -> None:
    """Its PDF, as the worker would keep it."""
    file = ReceiptFile(1, sha256(pdf).hexdigest(), pdf, portal.clock())

    def keep(tx: Tx) -> None:
        receipts.keep_file(tx, payment.reference, file)

    await portal.store.write(keep)


async def pay(portal: Portal) -> Payment:
    """Asha pays her deposit, and M-Pesa says that it is paid; the work that follows is still to be done."""
    amount = shillings(450_000)
    rule = fee_rule(PaymentMethod.MPESA, amount.currency, portal.clock().date())
    reference = await portal.parts.payments.start(
        Order(
            payer=a_person(),
            key="pressed once",
            amounts={BILL: amount},
            method=PaymentMethod.MPESA,
            phone=PHONE,
            agreed=True,
            total=amount + rule.applied_to(amount).total,
            language=Language.SW,
        )
    )
    portal.provider.will_say(Paid(receipt_code="UC35T8K2QX"))
    await portal.parts.payments.ask(reference, Source.WORKER)
    return await portal.parts.payments.load(reference)
