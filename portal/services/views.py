"""What pages show, each question authorised: a tenant sees their own, a landlord what came, the office its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.correction import Correction, can_be_decided
from portal.domain.errors import NotFound
from portal.domain.events import Event
from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.person import Person
from portal.domain.schedule import TELL_THE_OFFICE
from portal.providers.provider import Account, accounts_of
from portal.providers.registry import Registry
from portal.services.tools import Tools
from portal.services.weather import Notice, notices
from portal.store import (
    bank_lines,
    contacts,
    corrections,
    inbox,
    jobs,
    leases,
    messages,
    people,
    queries,
    tenant_credits,
)
from portal.store import payments as payment_rows
from portal.store.cursors import Cursors, scope_of
from portal.store.inbox import Parked
from portal.store.leases import Basket, Due
from portal.store.messages import Message
from portal.store.queries import Listed, MoneyMoved, Page
from portal.store.types import Tx


@dataclass(frozen=True, slots=True)
class Home:
    """The tenant's first page. `under_way` are the payments that nobody has ended yet; of `extras` money waits for the
    tenant's word, and `kept` is for the next bills, by the payment that brought it.
    """

    dues: list[Due]
    under_way: list[Payment]
    extras: list[Payment]
    kept: list[tuple[str, Money]]
    last_paid: Payment | None
    messages: list[Message]
    notices: list[Notice]

    @property
    def busy(self) -> set[str]:
        """The bills that are being paid."""
        return {bill for payment in self.under_way for bill in payment.bills}

    @property
    def payable(self) -> list[Due]:
        """What is due and not being paid."""
        busy = self.busy
        return [due for due in self.dues if due.bill.reference not in busy]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment with everything its pages show. `can_be_asked`: its provider would answer a question about it.

    `payee_name` is empty of somebody whom nobody knows any more; by now the home may be let by another one.

    `account` is the one of ours that a transfer goes to, if it is still ours; `came` what has come of it so far.
    `return_to`: where the platform that sent the payer wants them back.
    """

    payment: Payment
    due: Basket
    payee_name: str
    phone: str | None
    timeline: list[tuple[Event, datetime]]
    can_be_asked: bool
    account: Account | None = None
    came: Money | None = None
    return_to: str | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """A payment with the movements of its money."""

    view: PaymentView
    transactions: list[MoneyMoved]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `older` is the signed cursor of the next page, if there is one."""

    rows: list[Listed]
    older: str | None


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A payment in the office's list, with what somebody has proposed about it and nobody has decided."""

    listed: Listed
    proposal: Correction | None

    @property
    def payment(self) -> Payment:
        return self.listed.payment

    @property
    def can_be_decided(self) -> bool:
        """As it was proposed; else it is to be turned down."""
        return self.proposal is not None and can_be_decided(self.payment, self.proposal)


class Views:
    """Reads only: a GET never changes a payment."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    async def home(self, person: Person) -> Home:
        return await self._tools.store.read(lambda tx: self._home(tx, person))

    async def payment(self, person: Person, reference: str) -> PaymentView:
        """A payer's own payment. Raises NotFound."""
        return await self._tools.store.read(lambda tx: self._view(tx, person, reference))

    async def newest(self, person: Person, reference: str) -> tuple[int, Money]:
        """The version of a payer's own payment and the rest of its bills, which another payment may pay meanwhile.

        All that an unchanged poll asks. Raises NotFound.
        """
        return await self._tools.store.read(lambda tx: _newest(tx, person, reference))

    async def detail(self, person: Person, reference: str) -> Detail:
        """Raises NotFound."""

        def question(tx: Tx) -> Detail:
            view = self._view(tx, person, reference)
            return Detail(view, queries.transactions_of(tx, reference))

        return await self._tools.store.read(question)

    async def history(
        self, person: Person, status: PaymentStatus | None, month: tuple[int, int] | None, cursor: str | None
    ) -> Listing:
        """A tenant's payments, newest first. Raises BadCursor for a cursor of another list."""
        scope = scope_of(person.id, status=status, month=f"{month[0]}-{month[1]}" if month else None)
        after = self._cursors.read(cursor, scope=scope) if cursor else None
        page = await self._tools.store.read(
            lambda tx: queries.history_of_payer(tx, person.id, status=status, month=month, after=after)
        )
        return self._listing(page, scope)

    async def received(self, person: Person, cursor: str | None) -> Listing:
        """What was paid to a landlord, newest first. Raises BadCursor."""
        scope = scope_of(person.id, list="received")
        after = self._cursors.read(cursor, scope=scope) if cursor else None
        page = await self._tools.store.read(lambda tx: queries.payments_of_payee(tx, person.id, after))
        return self._listing(page, scope)

    async def for_the_office(self) -> list[NeedsPerson]:
        """Payments that need a person: what is proposed already first, then the oldest."""
        return await self._tools.store.read(self._for_the_office)

    async def stopped_work(self) -> int:
        """How many jobs broke too often and wait for a person (`portal jobs` lists them)."""
        return await self._tools.store.read(jobs.dead_count)

    async def parked(self) -> list[Parked]:
        """What providers said that has no place in the books, the newest first."""
        return await self._tools.store.read(inbox.parked)

    def _for_the_office(self, tx: Tx) -> list[NeedsPerson]:
        listed = queries.uncertain(tx, self._tools.clock(), TELL_THE_OFFICE)
        waiting = corrections.waiting(tx, self._tools.vault, [one.payment.reference for one in listed])
        return [NeedsPerson(one, waiting.get(one.payment.reference)) for one in listed]

    def _home(self, tx: Tx, person: Person) -> Home:
        return Home(
            dues=leases.open_dues(tx, person.id),
            under_way=queries.open_attempts(tx, person.id),
            extras=queries.with_excess(tx, person.id),
            kept=tenant_credits.left_of(tx, person.id),
            last_paid=queries.last_completed(tx, person.id),
            messages=messages.of_person(tx, self._tools.vault, person.id, most=5),
            notices=notices(tx, self._registry, self._tools.clock()),
        )

    def _view(self, tx: Tx, person: Person, reference: str) -> PaymentView:
        payment = payment_rows.load(tx, reference)
        if payment is None or payment.payer != person.id:
            raise NotFound
        return PaymentView(
            payment=payment,
            due=queries.due_of(tx, payment),
            payee_name=people.name_of(tx, payment.payee),
            phone=contacts.masked(tx, reference),
            timeline=queries.timeline_of(tx, reference),
            can_be_asked=payment.state is not State.SUBMITTING and self._registry.can_be_asked(payment),
            account=self._account(payment),
            came=_came(tx, payment),
            return_to=contacts.return_to(tx, reference),
        )

    def _account(self, payment: Payment) -> Account | None:
        ours = accounts_of(self._registry.named(payment.provider))
        return next((account for account in ours if account.id == payment.account), None)

    def _listing(self, page: Page, scope: str) -> Listing:
        older = self._cursors.sign(*page.next_after, scope=scope) if page.next_after else None
        return Listing(page.rows, older)


def _came(tx: Tx, payment: Payment) -> Money | None:
    """What waits for the rest of a transfer; None where nothing does."""
    if payment.method is not PaymentMethod.BANK_TRANSFER:
        return None
    waiting = [line.waiting for line in bank_lines.toward(tx, payment.reference)]
    return sum(waiting, Money(0, payment.total.currency)) if waiting else None


def _newest(tx: Tx, person: Person, reference: str) -> tuple[int, Money]:
    payment = payment_rows.load(tx, reference)
    if payment is None or payment.payer != person.id:
        raise NotFound
    return payment.version, leases.rest_of(tx, payment.bills)
