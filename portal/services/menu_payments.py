"""Payments that begin in a wallet's own menu: the provider asks whether it may take them, and we answer at once.

What we take is paid in the transaction that stores the call. The same call gets the same answer, as often as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.bill import Bill
from portal.domain.errors import NotFound, Refused
from portal.domain.ids import ReferenceUnreadable, parse_reference
from portal.domain.limits import PushLimit, push_limit
from portal.domain.menu import FEE_RULE, MenuRefused, Refusal, no_fees, spread
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, sum_of
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.phone import Phone
from portal.domain.trouble import Trouble
from portal.domain.zone import EAST_AFRICA
from portal.providers.menu import Menu, MenuAnswer, MenuCall, menu_of
from portal.providers.provider import Provider
from portal.providers.registry import Registry
from portal.services.baskets import MOST_BILLS
from portal.services.orders import phone_is_proved
from portal.services.payments import Payments
from portal.services.tenant_credits import TenantCredits
from portal.services.tools import Tools
from portal.services.weather import Notice, may_begin, notices
from portal.store import contacts, inbox, leases, menu_calls, people, queries
from portal.store import payments as payment_rows
from portal.store.contacts import Contact
from portal.store.leases import Lease
from portal.store.menu_calls import Answered
from portal.store.types import Tx
from portal.store.writer import VersionConflict
from portal.telemetry.counters import callbacks_handled
from portal.telemetry.log import get_log
from portal.templating.environment import Environment, render
from portal.templating.gsm7 import in_alphabet
from portal.templating.language import Language

CURRENCY = Currency.TZS
"""All that a wallet knows."""
log = get_log("menu_payments")
FOR_THE_OFFICE = {Refusal.UNREADABLE: Trouble.CALLBACK_UNREADABLE, Refusal.ID_REUSED: Trouble.ID_REUSED}
"""Behind these stands nobody's mistake at a phone, so a person has to know."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that a tenant rents, and what is owed for it: with its reference anybody can pay it from a menu."""

    lease: Lease
    owed: Money


@dataclass(frozen=True, slots=True)
class Guide:
    """What one needs in the menu of `method`: the number of our `company`, and the reference of a place.

    `limit` is the wallet's own for one payment; `notices` are what the office or a trouble has to say of that way now.
    """

    method: PaymentMethod
    company: str
    limit: PushLimit | None
    places: list[Place]
    notices: list[Notice]


class MenuPayments:
    """`answer` for the providers, `guide` for the tenants."""

    def __init__(
        self, tools: Tools, registry: Registry, payments: Payments, environment: Environment
    ) -> None:
        self._tools, self._registry, self._environment = tools, registry, environment
        self._kept = TenantCredits(tools, payments.settlement)
        self._settlement, self._alerts = payments.settlement, payments.alerts

    @property
    def offered(self) -> bool:
        """Whether some provider has a menu in which we can be paid."""
        return any(menu_of(provider) for provider in self._registry)

    async def guide(self, person: Person) -> Guide:
        """How a tenant, or whoever they ask, pays from a menu. Raises NotFound where nobody can."""
        found = [(provider, menu) for provider in self._registry if (menu := menu_of(provider))]
        if not found:
            raise NotFound
        (provider, menu), now = found[0], self._tools.clock()
        method = provider.methods[0]
        limit = push_limit(method, CURRENCY, now.astimezone(EAST_AFRICA).date())

        def read(tx: Tx) -> Guide:
            told = [one for one in notices(tx, self._registry, now) if method in one.methods]
            return Guide(method, menu.company, limit, _places(tx, person), told)

        return await self._tools.store.read(read)

    async def answer(self, webhook: str, key: str, body: str) -> str:
        """Take what can be taken, and say so in the provider's words; NotFound for an address not of our making."""
        provider = self._registry.called_at(webhook, key)
        menu = menu_of(provider)
        if provider is None or menu is None:
            raise NotFound
        call = menu.read(body)
        answered = await self._tools.store.write(lambda tx: self._answered(tx, provider, menu, call, body))
        refusal = Refusal(answered.refusal) if answered.refusal else None
        callbacks_handled.labels(provider.name, _verdict(answered)).inc()
        log.info("menu_call", payment=answered.payment, provider=provider.name, verdict=_verdict(answered))
        if refusal in FOR_THE_OFFICE:
            code = call.id if call else ""
            await self._alerts.meet(provider.name, "callback", FOR_THE_OFFICE[refusal], code)
        return menu.answer(call, MenuAnswer(reference=answered.answer, text=answered.text, refusal=refusal))

    def _answered(self, tx: Tx, provider: Provider, menu: Menu, call: MenuCall | None, body: str) -> Answered:
        """The call is kept as it came, whatever it is."""
        answered = self._answer_to(tx, provider, menu, call) if call else self._no(Refusal.UNREADABLE)
        vault, now = self._tools.vault, self._tools.clock()
        inbox.keep_answered(tx, vault, provider.name, body, _verdict(answered), answered.payment, now)
        return answered

    def _answer_to(self, tx: Tx, provider: Provider, menu: Menu, call: MenuCall) -> Answered:
        asked = self._tools.vault.index(call.asked, kind="menu call")
        before = menu_calls.recall(tx, provider.name, call.id)
        if before is not None:
            return before if before.asked == asked else self._no(Refusal.ID_REUSED)
        answered = replace(self._decided(tx, provider, menu, call), asked=asked)
        menu_calls.keep(tx, provider.name, call.id, answered, self._tools.clock())
        return answered

    def _decided(self, tx: Tx, provider: Provider, menu: Menu, call: MenuCall) -> Answered:
        lease: Lease | None = None
        try:
            phone = _may_take(tx, provider, menu, call)
            lease = _lease_of(tx, call)
            self._kept.spend_all(tx, lease.reference)
            allocations = _allocations(tx, lease, call)
        except MenuRefused as refused:
            return self._no(refused.refusal, refused.amounts, lease, _language(tx, lease))
        return self._yes(
            lease, self._paid(tx, provider, call, phone, lease, allocations), _language(tx, lease)
        )

    def _paid(
        self,
        tx: Tx,
        provider: Provider,
        call: MenuCall,
        phone: Phone,
        lease: Lease,
        allocations: tuple[Allocation, ...],
    ) -> Payment:
        """The payment is begun and completed here: by our answer the money is ours."""
        now, reference = self._tools.clock(), self._tools.reference()
        begun = _initiated(provider, lease, allocations, now)
        heard = e.ProviderEventReceived(
            request_id=call.id,
            says_paid=True,
            code="menu",
            receipt_code=call.id,
            amount=begun.amount,
            paid_at=now,
        )
        payment_rows.append(tx, None, [begun, heard], now, reference=reference)
        tenant = people.load(tx, lease.tenant)
        own = tenant is not None and phone_is_proved(tx, self._tools, tenant, phone)
        contacts.keep(tx, self._tools.vault, reference, Contact(phone, own, _language(tx, lease)))
        paid = Paid(amount=begun.amount, receipt_code=call.id, paid_at=now)
        payment = self._settlement.settle(tx, reference, paid, Source.CALLBACK)
        if payment.state is not State.COMPLETED:
            # Something else was paid with its id since that was looked up: the next try sees it, and says no.
            raise VersionConflict(reference)
        return payment

    def _yes(self, lease: Lease, payment: Payment, language: Language) -> Answered:
        number = payment.receipt.shown if payment.receipt else ""
        text = self._text(language, total=payment.total, unit=lease.unit, number=number)
        return Answered(
            asked="", answer=payment.reference, refusal=None, text=text, payment=payment.reference
        )

    def _no(
        self,
        refusal: Refusal,
        amounts: Sequence[Money] = (),
        lease: Lease | None = None,
        language: Language = Language.SW,
    ) -> Answered:
        text = self._text(language, refusal=refusal, amounts=amounts, unit=lease.unit if lease else "")
        return Answered(asked="", answer=self._tools.reference(), refusal=refusal, text=text)

    def _text(self, language: Language, **facts: object) -> str:
        return answer_text(self._environment, language, facts)


def answer_text(environment: Environment, language: Language, facts: Mapping[str, object]) -> str:
    """What a payer reads: in the letters of a text message, on one screen."""
    text = render(environment, "menu/answer.txt", language, {"refusal": None, **facts})
    return in_alphabet(" ".join(text.split()))


def _may_take(tx: Tx, provider: Provider, menu: Menu, call: MenuCall) -> Phone:
    """Whose money it would be; raises MenuRefused for what speaks against taking any."""
    if call.phone is None or call.company != menu.company:
        raise MenuRefused(Refusal.UNREADABLE)
    if queries.paid_with_code(tx, provider.name, call.id):
        raise MenuRefused(Refusal.ID_REUSED)
    try:
        may_begin(tx, provider)
    except Refused:
        raise MenuRefused(Refusal.UNAVAILABLE) from None
    return call.phone


def _lease_of(tx: Tx, call: MenuCall) -> Lease:
    try:
        lease = leases.load(tx, parse_reference(call.reference))
    except ReferenceUnreadable:
        lease = None
    if lease is None:
        raise MenuRefused(Refusal.UNKNOWN_REFERENCE)
    return lease


def _allocations(tx: Tx, lease: Lease, call: MenuCall) -> tuple[Allocation, ...]:
    """Of the bills that are open now, and held from now on; raises MenuRefused."""
    if lease.currency is not CURRENCY:
        raise MenuRefused(Refusal.NOT_HERE)
    bills = leases.open_bills(tx, lease, MOST_BILLS)
    if not bills:
        raise MenuRefused(Refusal.NOTHING_DUE)
    if call.amount is None:
        raise MenuRefused(Refusal.WRONG_AMOUNT)
    allocations = spread(bills, lease.part_terms, call.amount)
    # A question about another bill, which may stay open for weeks, is no reason to take nothing for these.
    if queries.attempts_in_flight(tx, [each.bill for each in allocations]):
        raise MenuRefused(Refusal.IN_PROGRESS)
    return allocations


def _initiated(
    provider: Provider, lease: Lease, allocations: tuple[Allocation, ...], now: datetime
) -> e.PaymentInitiated:
    first, amount = allocations[0], sum_of([each.amount for each in allocations])
    return e.PaymentInitiated(
        bill=first.bill,
        lease=lease.reference,
        payer=lease.tenant,
        payee=lease.landlord,
        type=first.type,
        period=first.period,
        allocations=allocations,
        amount=amount,
        fees=no_fees(amount),
        fee_rule=FEE_RULE,
        method=provider.methods[0],
        provider=provider.name,
        expires_at=now,
        by_menu=True,
    )


def _places(tx: Tx, person: Person) -> list[Place]:
    rented = [lease for lease in leases.of_tenant(tx, person.id) if lease.currency is CURRENCY]
    dues = [due.bill for due in leases.open_dues(tx, person.id)]
    return [Place(lease, _owed(lease, dues)) for lease in rented]


def _owed(lease: Lease, bills: Sequence[Bill]) -> Money:
    """As much as one call can pay."""
    its_own = [
        bill.rest for bill in bills if bill.lease == lease.reference and bill.rest.currency is CURRENCY
    ]
    return sum(its_own[:MOST_BILLS], Money(0, CURRENCY))


def _language(tx: Tx, lease: Lease | None) -> Language:
    """Nobody knows who stands in the menu; the tenant's language is the best guess."""
    tenant = people.load(tx, lease.tenant) if lease else None
    return Language(tenant.language) if tenant else Language.SW


def _verdict(answered: Answered) -> str:
    return f"menu: {answered.refusal or 'PAID'}"
