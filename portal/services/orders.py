"""The first commit of a payment: everything is checked and stored, before any provider is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.banking_day import deadline
from portal.domain.errors import MethodUnavailable, Refused
from portal.domain.exchange import Exchange, asked_for_all
from portal.domain.fees import Fees, NoFeeRule, fee_rule
from portal.domain.limits import push_limit
from portal.domain.method import CARDS, Details, PaymentMethod, details_of
from portal.domain.money import Money
from portal.domain.payment_state import State
from portal.domain.person import Guest, Payer
from portal.domain.phone import Phone
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import Provider
from portal.providers.registry import Registry
from portal.services.baskets import allocated, own_due, payable
from portal.services.tools import Tools
from portal.services.weather import may_begin
from portal.store import contacts, idempotency, jobs, leases, limits, people, saved_methods
from portal.store import payments as payment_rows
from portal.store.contacts import Contact
from portal.store.leases import Lease
from portal.store.limits import Limit
from portal.store.types import Tx

RESUME_AFTER = timedelta(seconds=90)
"""Longer than a provider call with its time-outs: only a process that died leaves its push to the worker."""
PROMPT_MAY_BE_OPEN = (State.SUBMITTING, State.AWAITING_PAYER, State.PROCESSING, State.UNCERTAIN)
PUSHES_PER_PHONE = Limit("push", 3, timedelta(minutes=10))
PUSHES_BY_STRANGERS = Limit("push by strangers", 2, timedelta(minutes=10))
"""To a number that somebody here has proved: strangers leave its owner one of the three."""
PUSHES_PER_ACCOUNT = (
    Limit("push by account", 6, timedelta(minutes=10)),
    Limit("push by account in a day", 20, timedelta(days=1)),
)
PUSHES_PER_LINK = (
    Limit("push by link", 3, timedelta(minutes=10)),
    Limit("push by link in a day", 10, timedelta(days=1)),
)
"""Counted by each bill, for a tenant can make any number of links to it."""
PUSHES_BY_LINKS = Limit("push by all links of a tenant", 20, timedelta(days=1))
"""Apart from the tenant's own requests, which nobody with a link can use up."""
PUSHES_PER_ADDRESS = Limit("push by link from an address", 20, timedelta(minutes=10))
"""Wide enough for those whom a carrier shows by one network address; narrow enough for a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the payer confirmed on the check page. `amounts` are by bill, `total` is the one that was shown there.

    `phone` is a wallet's, `account` the one of our bank accounts that they send to. `saved` is the saved way that they
    chose; who wants the phone saved once it has paid has agreed to the text `save_consent`. `return_to`: where the
    platform that sent the payer wants them back. By the `exchange` amounts in dollars become a total in shillings.
    """

    payer: Payer
    key: str
    amounts: Mapping[str, Money]
    method: PaymentMethod
    total: Money
    language: str
    phone: Phone | None = None
    agreed: bool = False
    account: str | None = None
    saved: str | None = None
    save_consent: str | None = None
    return_to: str | None = None
    exchange: Exchange | None = None

    def body(self) -> dict[str, Any]:
        """What the idempotency key stands for."""
        return {
            "amounts": {bill: amount.minor for bill, amount in self.amounts.items()},
            "method": self.method,
            "phone": self.phone.digits if self.phone else None,
            "account": self.account,
            "saved": self.saved,
            "total": self.total.minor,
        }


@dataclass(frozen=True, slots=True)
class Placed:
    """`fresh` is False for a repeated key: the same answer, and nothing new to send."""

    reference: str
    fresh: bool


def place(tx: Tx, tools: Tools, registry: Registry, order: Order) -> Placed:
    """Check everything and commit the payment with the job that would resume its push."""
    now = tools.clock()
    leases.hold_bills(tx, order.amounts)
    due = own_due(tx, order.payer, order.amounts)
    answered = idempotency.recall(tx, order.payer.id, order.key, order.body())
    if answered is not None:
        return Placed(answered, fresh=False)
    provider = provider_of(registry, order.method)
    may_begin(tx, provider)
    payable(tx, due)
    allocations = allocated(due, order.amounts)
    price = priced(allocations, order, now)
    own = _may_ask(tx, tools, order, now)
    reference = tools.reference()
    payment_rows.append(
        tx,
        None,
        [_initiated(order, due.lease, allocations, price, provider, now), e.PushRequested()],
        now,
        reference=reference,
    )
    saved = _use_saved(tx, tools, order, now)
    contact = Contact(order.phone, own, order.language, saved, order.save_consent, order.return_to)
    contacts.keep(tx, tools.vault, reference, contact)
    resume_at = now + resume_after(provider)
    jobs.enqueue(tx, "push", reference, resume_at, payment=reference, tries=1, safe=False)
    idempotency.remember(tx, order.payer.id, order.key, order.body(), reference, now)
    return Placed(reference, fresh=True)


def resume_after(provider: Provider) -> timedelta:
    """How long a push may be under way before the worker takes it for lost."""
    return RESUME_AFTER + provider.capabilities.longest_start


def provider_of(registry: Registry, method: PaymentMethod) -> Provider:
    provider = registry.for_method(method)
    if provider is None:
        raise MethodUnavailable(method=method)
    return provider


@dataclass(frozen=True, slots=True)
class Price:
    """What is asked for: the money for the bills, and the fees by that rule."""

    amount: Money
    fees: Fees
    rule: str


def priced(allocations: Sequence[Allocation], order: Order, now: datetime) -> Price:
    """Worked out anew; the payer is asked for exactly the total that the check page showed, while its rate stands."""
    if order.exchange is not None and not order.exchange.stands_at(now):
        raise Refused("rate", "changed")
    amount = asked_for_all((each.amount for each in allocations), order.exchange)
    fees, rule = fees_of(order.method, amount, now)
    total = amount + fees.total
    if total != order.total:
        raise Refused("total", "changed", total=total)
    within_limit(order.method, total, now)
    return Price(amount, fees, rule)


def fees_of(method: PaymentMethod, amount: Money, now: datetime) -> tuple[Fees, str]:
    try:
        rule = fee_rule(method, amount.currency, now.astimezone(EAST_AFRICA).date())
    except NoFeeRule:
        raise MethodUnavailable(method=method) from None
    return rule.applied_to(amount), rule.version


def within_limit(method: PaymentMethod, total: Money, now: datetime) -> None:
    """Raise Refused for the field `method` when one push cannot carry the total."""
    limit = push_limit(method, total.currency, now.astimezone(EAST_AFRICA).date())
    if limit is not None and not limit.admits(total):
        smallest, largest = limit.range
        raise Refused("method", "limit", min=smallest, max=largest)


def phone_is_proved(tx: Tx, tools: Tools, payer: Payer, phone: Phone) -> bool:
    """The account's own number, one that has completed a payment of this account, or one that was saved by a code.

    Of a guest nobody knows a number, and to tell that one is the tenant's would be to tell the number.
    """
    if isinstance(payer, Guest):
        return False
    if people.phone_of(tx, tools.vault, payer.id) == phone or contacts.proved(
        tx, tools.vault, phone, payer.id
    ):
        return True
    return saved_methods.has_verified(tx, tools.vault, phone, payer.id)


def _has_owner_here(tx: Tx, tools: Tools, phone: Phone) -> bool:
    if people.by_phone(tx, tools.vault, phone) is not None or contacts.has_paid(tx, tools.vault, phone):
        return True
    return saved_methods.has_verified(tx, tools.vault, phone)


def _use_saved(tx: Tx, tools: Tools, order: Order, now: datetime) -> str | None:
    """The saved way that is used: a saved phone is that too when its number was typed."""
    if isinstance(order.payer, Guest):
        return None
    saved = order.saved
    if order.phone:
        saved = saved_methods.find(tx, tools.vault, order.payer.id, order.phone)
    if saved is None or saved_methods.used(tx, order.payer.id, saved, now):
        return saved
    if order.method in CARDS:
        # It was deleted meanwhile, and nothing else says which card was meant.
        raise Refused("method", "gone")
    return None


def _may_ask(tx: Tx, tools: Tools, order: Order, now: datetime) -> bool:
    """Whether the phone is proved to be the payer's; where there is one, it may be asked now."""
    if (details_of(order.method) is Details.PHONE) is (order.phone is None):
        raise Refused("phone", "empty")
    proved = order.phone is not None and phone_is_proved(tx, tools, order.payer, order.phone)
    if order.phone and not proved and not order.agreed:
        raise Refused("agreed", "not_your_phone", phone=order.phone.masked)
    for limit, subject in _counted(order.payer):
        limits.hit(tx, limit, subject, now)
    if order.phone:
        _may_ask_phone(tx, tools, order.phone, now, proved=proved)
    return proved


def _counted(payer: Payer) -> list[tuple[Limit, str]]:
    """What a request counts against, and whose count it is; the phone's own limits come on top."""
    if not isinstance(payer, Guest):
        return [(limit, payer.id) for limit in PUSHES_PER_ACCOUNT]
    by_link = [(limit, bill) for bill in sorted(payer.bills) for limit in PUSHES_PER_LINK]
    return [*by_link, (PUSHES_BY_LINKS, payer.id), (PUSHES_PER_ADDRESS, payer.client)]


def _may_ask_phone(tx: Tx, tools: Tools, phone: Phone, now: datetime, *, proved: bool) -> None:
    """Nobody is bombed with prompts, and nobody bombs: a stranger's number needs a tick, and every limit holds."""
    # Counting comes first, for it holds the phone: two who ask at once for two bills are then one after the other.
    index = tools.vault.index(phone.digits, kind="phone")
    limits.hit(tx, PUSHES_PER_PHONE, index, now)
    if not proved and _has_owner_here(tx, tools, phone):
        limits.hit(tx, PUSHES_BY_STRANGERS, index, now)
    if contacts.in_flight(tx, tools.vault, phone, PROMPT_MAY_BE_OPEN, now) is not None:
        raise Refused("phone", "prompt_open", phone=phone.masked)


def _initiated(
    order: Order,
    lease: Lease,
    allocations: tuple[Allocation, ...],
    price: Price,
    provider: Provider,
    now: datetime,
) -> e.PaymentInitiated:
    first = allocations[0]
    return e.PaymentInitiated(
        bill=first.bill,
        lease=lease.reference,
        payer=order.payer.id,
        payee=lease.landlord,
        type=first.type,
        period=first.period,
        allocations=allocations,
        amount=price.amount,
        fees=price.fees,
        fee_rule=price.rule,
        method=order.method,
        provider=provider.name,
        expires_at=_expiry(provider, now),
        account=order.account,
        by_link=isinstance(order.payer, Guest),
        by_saved_card=order.saved is not None and order.method in CARDS,
        exchange=order.exchange,
    )


def _expiry(provider: Provider, now: datetime) -> datetime:
    able = provider.capabilities
    return now + able.lives if able.banking_days is None else deadline(now, able.banking_days)
