"""Money that came beyond its bills waits for its payer's word: kept for the next bills of the lease, or sent back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.credit import unused_parts, waiting_parts
from portal.domain.credit_events import CreditChosen, CreditWithdrawn
from portal.domain.errors import NotFound, Refused
from portal.domain.fold import apply
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_terms import needs_second_person
from portal.domain.refund_times import UsualTime
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry
from portal.services.office import Unchanged
from portal.services.payments import own_payment
from portal.services.refund_views import usual_of
from portal.services.refund_ways import way_back
from portal.services.refund_wish import Price, Wish, price_of, read_notes
from portal.services.refunds import ASKS, Refunds
from portal.services.settlement import Settlement
from portal.services.tenant_credits import LOOKED_FOR_BILLS, TenantCredits
from portal.services.tools import Tools
from portal.store import contacts, idempotency, jobs, leases, limits, tenant_credits
from portal.store import payments as payment_rows
from portal.store.types import Tx


class Choice(StrEnum):
    """KEEP and REFUND say what becomes of money that waits, BACK asks back what is kept and no bill has used."""

    KEEP = "KEEP"
    REFUND = "REFUND"
    BACK = "BACK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What its payer is asked: `waiting` for their word, or else `kept`, which they can still have back.

    `price`, `way` and `usual` are those of sending it back, and `needs_person` says that somebody has to agree to that.
    """

    payment: Payment
    waiting: Money | None
    kept: Money | None
    can_be_kept: bool
    price: Price
    way: SendsBack
    usual: UsualTime | None
    needs_person: bool
    phone: str | None

    @property
    def amount(self) -> Money:
        return self.price.wish.amount


class Excess:
    """`offer` reads, `choose` writes; `keep` and `send_back` are the inside of that. What becomes of money that is
    `kept` is a matter of its own.
    """

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement
        self._refunds = Refunds(tools, registry, settlement)
        self.kept = TenantCredits(tools, settlement)

    async def offer(self, person: Person, reference: str) -> Extra | None:
        """None where nothing of it waits or is kept. Raises NotFound."""
        return await self._tools.store.read(lambda tx: self._offer(tx, person, reference))

    async def choose(
        self, person: Person, reference: str, chosen: str, *, shown: str, key: str, notes: str = ""
    ) -> str:
        """The refund's reference, or nothing where it is kept; the same answer for the same key.

        `shown` is the sum that the form showed, in minor units: of any other nothing is done. `notes` say where it is
        to be sent by hand. Raises NotFound, Refused (chosen, notes), Unchanged, KeyReused, TooMany.
        """
        said = {"payment": reference, "chosen": chosen, "shown": shown, "notes": notes}
        return await self._tools.store.write(lambda tx: self._choose(tx, person, said, key))

    def _choose(self, tx: Tx, person: Person, said: dict[str, str], key: str) -> str:
        payment, now = own_payment(tx, person, said["payment"]), self._tools.clock()
        scope = f"excess:{person.id}"
        answered = idempotency.recall(tx, scope, key, said)
        if answered is not None:
            return answered
        choice = read_choice(said["chosen"])
        amount = shown_amount(payment, choice, said["shown"])
        answer = self._chosen(tx, person, payment, wish_of(amount, said["notes"]), choice)
        idempotency.remember(tx, scope, key, said, answer, now)
        return answer

    def _chosen(self, tx: Tx, person: Person, payment: Payment, wish: Wish, choice: Choice) -> str:
        if choice is Choice.KEEP:
            return self.keep(tx, person, payment)
        limits.hit(tx, ASKS, person.id, self._tools.clock())
        return self.send_back(tx, person, payment, wish, choice)

    def send_back(self, tx: Tx, person: Person, payment: Payment, wish: Wish, choice: Choice) -> str:
        """Ask for it in its payer's name; where `person` is another one, they are the first to agree to it."""
        if choice is Choice.BACK:
            payment = self._settlement.append(tx, payment, [_withdrawn(person, payment)])
        by_word = None if person.id == payment.payer else person.id
        return self._refunds.request(tx, payment.payer, payment, wish, by_word)

    def keep(self, tx: Tx, person: Person, payment: Payment) -> str:
        """What no bill uses now is looked after by a job. Raises Unchanged."""
        if not can_be_kept(tx, payment):
            raise Unchanged("settled")
        chosen = CreditChosen(parts=waiting_parts(payment), chosen_by=person.id)
        self._settlement.append(tx, payment, [chosen])
        self.kept.spend(tx, payment.lease, [payment.reference])
        if tenant_credits.with_some_left(tx, payment.lease):
            later = self._tools.clock() + LOOKED_FOR_BILLS
            jobs.enqueue(tx, "credit", payment.lease, later, lease=payment.lease)
        return ""

    def _offer(self, tx: Tx, person: Person, reference: str) -> Extra | None:
        payment, now = payment_rows.load(tx, reference), self._tools.clock()
        if payment is None or payment.payer != person.id:
            raise NotFound
        waiting, kept = payment.excess_waiting, payment.credit_left or None
        amount = waiting or kept
        if amount is None or payment.disputes.open:
            return None
        # As if it were asked back already, for that is what its price is asked for.
        asked_of = (
            payment
            if waiting
            else apply(payment, _withdrawn(person, payment), now, reference=payment.reference)
        )
        price, phone = price_of(asked_of, wish_of(amount)), contacts.masked(tx, reference)
        way = way_back(self._registry, payment, None, price.total, now, has_phone=phone is not None)
        return Extra(
            payment=payment,
            waiting=waiting,
            kept=kept,
            can_be_kept=can_be_kept(tx, payment),
            price=price,
            way=way,
            usual=usual_of(tx, payment, way),
            needs_person=payment.reason is not None or needs_second_person(price.total),
            phone=phone,
        )


def read_choice(chosen: str) -> Choice:
    """Raises Refused (chosen)."""
    try:
        return Choice(chosen)
    except ValueError:
        raise Refused("chosen", "empty") from None


def shown_amount(payment: Payment, choice: Choice, shown: str) -> Money:
    """What a choice is about, if it is still what the form showed. Raises Unchanged."""
    amount = payment.credit_left if choice is Choice.BACK else payment.excess_waiting
    if payment.disputes.open or not amount or shown != str(amount.minor):
        raise Unchanged("settled")
    return amount


def wish_of(amount: Money, notes: str = "") -> Wish:
    """What the form of a refund would say of it. Raises Refused (notes)."""
    reason = RefundReason.DUPLICATE_PAYMENT
    return Wish(reason=reason, amount=amount, notes=read_notes(notes, reason))


def _withdrawn(person: Person, payment: Payment) -> CreditWithdrawn:
    return CreditWithdrawn(parts=unused_parts(payment), chosen_by=person.id)


def can_be_kept(tx: Tx, payment: Payment) -> bool:
    """Shillings pay no bills in dollars: nobody has agreed to a rate. Nor is kept what may not have come."""
    lease = leases.load(tx, payment.lease)
    return payment.reason is None and lease is not None and lease.currency is payment.amount.currency
