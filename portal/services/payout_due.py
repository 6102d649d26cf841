"""What a payout prepared now would send, what it would leave out and why, and which landlords owe us."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.ledger import payable_to
from portal.domain.money import Currency, Money
from portal.domain.owed import Destination, SharedOut, payee_of, shared_out
from portal.domain.payout import OURSELVES, LeftOut, PayoutItem
from portal.store import disputes, payee_accounts, people
from portal.store.owed import lost_at, owed
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Of one currency: `amount` goes to so many `landlords`, and `fees` of ours to our own account.

    Left out are what is `disputed`, because a payer's bank asks it back, and what is `stuck` for want of a bank account
    that somebody has confirmed.
    """

    currency: Currency
    landlords: int
    amount: Money
    fees: Money
    disputed: Money
    stuck: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """More of a landlord's money went back than they are owed, for it was paid out before; `since` the first of it did.

    `name` is empty of somebody whom nobody knows any more.
    """

    payee: str
    name: str
    amount: Money
    since: datetime


def due_now(tx: Tx) -> tuple[list[Due], list[Debt]]:
    """By currency, and by name."""
    items = owed(tx)
    found = [shared_now(tx, items, currency) for currency in sorted({one.amount.currency for one in items})]
    return [_due(each) for each in found], _debts(tx, items, found)


def shared_now(tx: Tx, items: Sequence[PayoutItem], currency: Currency) -> SharedOut:
    """Those items of one currency, as things stand."""
    disputed = disputes.open_of(tx, {item.stream for item in items})
    return shared_out(items, _destinations(tx, items), currency, disputed)


def _due(found: SharedOut) -> Due:
    to_landlords = [line.amount for line in found.lines if line.payee != OURSELVES]
    nothing = Money(0, found.currency)

    def passed(*why: LeftOut) -> Money:
        return sum((one.amount for one in found.passed if one.why in why), nothing)

    return Due(
        currency=found.currency,
        landlords=len(to_landlords),
        amount=sum(to_landlords, nothing),
        fees=sum((line.amount for line in found.lines if line.payee == OURSELVES), nothing),
        disputed=passed(LeftOut.DISPUTED),
        stuck=passed(LeftOut.NO_ACCOUNT, LeftOut.UNCONFIRMED),
    )


def _debts(tx: Tx, items: Sequence[PayoutItem], found: Iterable[SharedOut]) -> list[Debt]:
    below = [one for each in found for one in each.passed if one.amount.minor < 0 and one.payee != OURSELVES]
    names = {one.id: one.name for one in people.named(tx, {one.payee for one in below})}
    since = _short_since(tx, items, {payable_to(one.payee) for one in below})
    debts = (
        Debt(
            payee=one.payee,
            name=names.get(one.payee, ""),
            amount=-one.amount,
            since=since[payable_to(one.payee), one.amount.currency],
        )
        for one in below
    )
    return sorted(debts, key=lambda debt: (debt.name, debt.amount.currency))


def _short_since(
    tx: Tx, items: Iterable[PayoutItem], accounts: Collection[str]
) -> dict[tuple[str, Currency], datetime]:
    """When each of these accounts lost the first of what it is short of now."""
    lost, since = lost_at(tx, accounts), dict[tuple[str, Currency], datetime]()
    for item in items:
        account, currency = item.account, item.amount.currency
        if item.amount.minor < 0 and (account, currency, item.stream) in lost:
            at = lost[account, currency, item.stream]
            since[account, currency] = min(at, since.get((account, currency), at))
    return since


def _destinations(tx: Tx, items: Iterable[PayoutItem]) -> dict[str, Destination]:
    """Where the money of each goes, or why it goes nowhere."""
    payees = {payee_of(item.account) for item in items}
    entered = {
        payee: Destination(id=None, why=LeftOut.UNCONFIRMED) for payee in payee_accounts.waiting(tx, payees)
    }
    standing = payee_accounts.standing(tx, payees)
    return entered | {payee: Destination(id=account.id) for payee, account in standing.items()}
