"""The pay path before Pay is pressed: what, how, from which phone, and the total that will be asked for."""

from __future__ import annotations

from datetime import datetime

from portal.domain.errors import DraftUsed, MethodUnavailable, NotFound, Refused
from portal.domain.limits import PushLimit, push_limit
from portal.domain.method import CHOICES, HOME_NETWORK, Details, PaymentMethod, first_guess
from portal.domain.money import AmountUnreadable, Money, parse_amount
from portal.domain.payment import CALLED_OFF
from portal.domain.person import Person
from portal.domain.phone import Network, Phone, PhoneUnreadable, parse_phone
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import Account, TakesTransfers
from portal.providers.registry import Registry
from portal.services.orders import (
    Order,
    fees_of,
    own_due,
    part_of,
    payable,
    phone_is_proved,
    provider_of,
    within_limit,
)
from portal.services.step import MethodChoice, Quote, Step
from portal.services.tools import Tools
from portal.store import contacts, drafts, idempotency, leases, payments, people
from portal.store.drafts import Draft
from portal.store.leases import Due
from portal.store.types import Tx


class Checkout:
    """Drafts live on the server: no amount, phone or method travels in an address."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    def serves(self, method: PaymentMethod) -> bool:
        """Somebody takes payments that way."""
        return self._registry.for_method(method) is not None

    async def dues(self, person: Person) -> list[Due]:
        """What a tenant owes."""
        return await self._tools.store.read(lambda tx: leases.open_dues(tx, person.id))

    async def begin(self, person: Person, bill: str, amount_typed: str | None) -> str:
        """A new draft for a bill; `amount_typed` None means all that is left. Raises Refused (amount), NotFound…"""
        return await self._tools.store.write(lambda tx: self._begin(tx, person, bill, amount_typed))

    async def again(self, person: Person, payment: str) -> str:
        """A new draft like a payment that came to nothing. Raises NotFound, PaymentInProgress, AlreadyPaid."""
        return await self._tools.store.write(lambda tx: self._again(tx, person, payment))

    async def step(self, person: Person, draft: str) -> Step:
        """Raises NotFound for a draft that is not theirs, and DraftUsed; so does all that works on a draft."""
        return await self._tools.store.read(lambda tx: self._step(tx, person, draft))

    async def choose_method(self, person: Person, draft: str, chosen: str) -> None:
        """Raises Refused (method), MethodUnavailable."""
        await self._tools.store.write(lambda tx: self._choose_method(tx, person, draft, chosen))

    async def choose_phone(self, person: Person, draft: str, typed: str, *, agreed: bool) -> None:
        """Raises Refused (phone, or agreed for a number that is not proved to be theirs)."""
        await self._tools.store.write(lambda tx: self._choose_phone(tx, person, draft, typed, agreed=agreed))

    async def choose_account(self, person: Person, draft: str, chosen: str) -> None:
        """Raises Refused (account)."""
        await self._tools.store.write(lambda tx: self._choose_account(tx, person, draft, chosen))

    async def quote(self, person: Person, draft: str) -> Quote:
        """Raises Refused (method, phone, account) while something has not been chosen yet."""
        return await self._tools.store.read(lambda tx: self._quote(tx, person, draft))

    async def order(self, person: Person, draft: str, total_shown: str, language: str) -> Order:
        """What the payer confirms; the draft is the idempotency key, for one draft is one payment."""
        quote = await self._tools.store.read(lambda tx: self._chosen(tx, person, draft, total_shown))
        return Order(
            payer=person,
            key=draft,
            bill=quote.step.draft.bill,
            amount=quote.step.amount,
            method=quote.method,
            phone=quote.phone,
            account=quote.account.id if quote.account else None,
            agreed=quote.step.draft.agreed,
            total=quote.total,
            language=language,
        )

    def _begin(self, tx: Tx, person: Person, bill: str, amount_typed: str | None) -> str:
        due = own_due(tx, person, bill)
        payable(tx, due.bill)
        amount = part_of(due, None if amount_typed is None else _read_amount(amount_typed, due))
        draft = Draft(id=self._tools.reference(), person=person.id, bill=bill, amount=amount.minor)
        drafts.begin(tx, draft, self._tools.clock())
        return draft.id

    def _again(self, tx: Tx, person: Person, reference: str) -> str:
        """The owner of its phone has agreed before: what was asked then is asked once more."""
        before = payments.load(tx, reference)
        if before is None or before.payer != person.id or before.state not in CALLED_OFF:
            raise NotFound
        bill = own_due(tx, person, before.bill).bill
        payable(tx, bill)
        amount = min(before.amount, bill.rest)
        draft = Draft(
            id=self._tools.reference(),
            person=person.id,
            bill=bill.reference,
            amount=amount.minor,
            method=before.method,
        )
        phone = contacts.load(tx, self._tools.vault, reference).phone
        drafts.begin(tx, draft, self._tools.clock())
        drafts.choose(tx, self._tools.vault, draft.id, phone=phone, account=before.account, agreed=True)
        return draft.id

    def _step(self, tx: Tx, person: Person, draft_id: str) -> Step:
        draft = drafts.load(tx, self._tools.vault, draft_id, person.id)
        if draft is None:
            raise NotFound
        payment = idempotency.answer_to(tx, person.id, draft_id)
        if payment is not None:
            raise DraftUsed(payment)
        due = own_due(tx, person, draft.bill)
        amount = Money(draft.amount, due.bill.amount.currency)
        account_phone = people.phone_of(tx, self._tools.vault, person.id)
        return Step(
            draft=draft,
            due=due,
            amount=amount,
            choices=self._choices(amount, draft.phone or account_phone),
            account_phone=account_phone,
            own_phone=draft.phone is not None and phone_is_proved(tx, self._tools, person, draft.phone),
            moved_from=_moved_from(draft.method, draft.phone or account_phone),
            accounts=self._accounts(draft.method),
        )

    def _accounts(self, method: PaymentMethod | None) -> tuple[Account, ...]:
        provider: object = self._registry.for_method(method) if method else None
        return provider.accounts if isinstance(provider, TakesTransfers) else ()

    def _choices(self, amount: Money, phone: Phone | None) -> list[MethodChoice]:
        guess, now = first_guess(phone.first_network if phone else None), self._tools.clock()
        return [self._choice(method, amount, now, preselected=method is guess) for method in CHOICES]

    def _choice(
        self, method: PaymentMethod, amount: Money, now: datetime, *, preselected: bool
    ) -> MethodChoice:
        try:
            provider_of(self._registry, method)
            fees, _ = fees_of(method, amount, now)
        except MethodUnavailable:
            return MethodChoice(method=method, fees=None, limit=None, problem="off", preselected=False)
        limit = push_limit(method, amount.currency, now.astimezone(EAST_AFRICA).date())
        problem = _beyond(limit, amount + fees.total) if limit else None
        return MethodChoice(
            method=method,
            fees=fees,
            limit=limit,
            problem=problem,
            preselected=preselected and problem is None,
        )

    def _choose_method(self, tx: Tx, person: Person, draft_id: str, chosen: str) -> None:
        step, now = self._step(tx, person, draft_id), self._tools.clock()
        method = _read_method(chosen)
        provider_of(self._registry, method)
        fees, _ = fees_of(method, step.amount, now)
        within_limit(method, step.amount + fees.total, now)
        drafts.choose(tx, self._tools.vault, draft_id, method=method)

    def _choose_phone(self, tx: Tx, person: Person, draft_id: str, typed: str, *, agreed: bool) -> None:
        self._step(tx, person, draft_id)
        try:
            phone = parse_phone(typed)
        except PhoneUnreadable as error:
            raise Refused("phone", error.problem) from None
        if not agreed and not phone_is_proved(tx, self._tools, person, phone):
            raise Refused("agreed", "not_your_phone", phone=phone.masked)
        drafts.choose(tx, self._tools.vault, draft_id, phone=phone, agreed=agreed)

    def _choose_account(self, tx: Tx, person: Person, draft_id: str, chosen: str) -> None:
        step = self._step(tx, person, draft_id)
        if chosen not in {account.id for account in step.accounts}:
            raise Refused("account", "empty")
        drafts.choose(tx, self._tools.vault, draft_id, account=chosen)

    def _quote(self, tx: Tx, person: Person, draft_id: str) -> Quote:
        step = self._step(tx, person, draft_id)
        if step.draft.method is None:
            raise Refused("method", "empty")
        phone = step.draft.phone if step.details is Details.PHONE else None
        account = step.account if step.details is Details.ACCOUNT else None
        if step.details is Details.PHONE and phone is None:
            raise Refused("phone", "empty")
        if step.details is Details.ACCOUNT and account is None:
            raise Refused("account", "empty")
        fees, _ = fees_of(step.draft.method, step.amount, self._tools.clock())
        return Quote(
            step=step,
            method=step.draft.method,
            phone=phone,
            account=account,
            fees=fees,
            total=step.amount + fees.total,
        )

    def _chosen(self, tx: Tx, person: Person, draft_id: str, total_shown: str) -> Quote:
        """The page may be older than the fee table: what was shown is what may be asked for, or nothing."""
        quote = self._quote(tx, person, draft_id)
        if total_shown != str(quote.total.minor):
            raise Refused("total", "changed", total=quote.total)
        return quote


def _read_method(chosen: str) -> PaymentMethod:
    try:
        return PaymentMethod(chosen)
    except ValueError:
        raise Refused("method", "empty") from None


def _read_amount(typed: str, due: Due) -> Money:
    try:
        return parse_amount(typed, due.bill.amount.currency)
    except AmountUnreadable as error:
        raise Refused("amount", error.problem) from None


def _beyond(limit: PushLimit, total: Money) -> str | None:
    if limit.admits(total):
        return None
    return "too_much" if total > limit.range[1] else "too_little"


def _moved_from(method: PaymentMethod | None, phone: Phone | None) -> Network | None:
    home = HOME_NETWORK.get(method) if method else None
    started = phone.first_network if phone else None
    return started if home and started and started is not home else None
