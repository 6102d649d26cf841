"""What pages show of payouts: to the office all of it, to a landlord what is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.domain.errors import NotFound
from portal.domain.ledger import payable_to
from portal.domain.money import Currency, Money
from portal.domain.owed import SharedOut
from portal.domain.payout import LeftOut, Payout, PayoutLine, PayoutState
from portal.domain.person import Person, Role
from portal.services.office import of_the_office
from portal.services.payout_due import Debt, Due, due_now, shared_now
from portal.services.tools import Tools
from portal.store import payee_accounts, people
from portal.store import payouts as payout_rows
from portal.store.cursors import Cursors, scope_of
from portal.store.owed import Share, earned_of, moved, owed, shares_of
from portal.store.payouts import Listed
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The office's list; `older` is the signed cursor of the next page. `debts` are what landlords owe us."""

    payouts: list[Listed]
    older: str | None
    due: list[Due]
    debts: list[Debt]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCase:
    """One payout. `names` has everybody in it, `codes` the letters of its landlords, `masked` their accounts by id."""

    payout: Payout
    names: dict[str, str]
    codes: dict[str, str]
    masked: dict[str, str]

    def may_approve(self, person: Person) -> bool:
        return (
            self.payout.state is PayoutState.PREPARED
            and person.role is Role.APPROVER
            and person.id != self.payout.prepared_by
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A landlord's money in one currency: `arrived` all that was ever sent, `sent` what a payout has under way, and
    `next` what will be in the next one, below zero where more went back than came. What is `disputed` is in none until
    the payers' banks have decided.
    """

    currency: Currency
    arrived: Money
    sent: Money
    next: Money
    disputed: Money

    @property
    def on_the_way(self) -> Money:
        """What is owed to us is on its way to nobody."""
        return self.sent + max(self.next, Money(0, self.currency))


class PayoutViews:
    """Reads only; whoever may not see a thing does not find it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    async def overview(self, person: Person, cursor: str | None) -> Overview:
        """Raises NotFound, BadCursor."""
        of_the_office(person)
        scope = scope_of(person.id, list="payouts")
        after = self._cursors.read(cursor, scope=scope) if cursor else None

        def question(tx: Tx) -> Overview:
            listed, next_after = payout_rows.newest(tx, after)
            older = self._cursors.sign(*next_after, scope=scope) if next_after else None
            due, debts = due_now(tx)
            return Overview(payouts=listed, older=older, due=due, debts=debts)

        return await self._tools.store.read(question)

    async def debts(self, person: Person) -> list[Debt]:
        """What landlords owe us. Raises NotFound."""
        of_the_office(person)
        _, debts = await self._tools.store.read(due_now)
        return debts

    async def under_way(self, person: Person) -> int:
        """How many wait for the next step of somebody of the office. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(payout_rows.count_under_way)

    async def case(self, person: Person, reference: str) -> PayoutCase:
        """Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: _case(tx, reference))

    async def line(self, person: Person, reference: str, number: str) -> tuple[PayoutCase, PayoutLine]:
        """Raises NotFound."""
        case = await self.case(person, reference)
        found = next((line for line in case.payout.lines if str(line.number) == number), None)
        if found is None:
            raise NotFound
        return case, found

    async def shares(self, person: Person, payment: str) -> list[Share]:
        """What payouts have of a payment. Raises NotFound."""
        of_the_office(person)
        return (await self._tools.store.read(lambda tx: shares_of(tx, [payment]))).get(payment, [])

    async def of_landlord(self, person: Person) -> list[Balance]:
        """In each currency in which anything was ever owed; in shillings always. Raises NotFound."""
        if person.role is not Role.LANDLORD:
            raise NotFound
        return await self._tools.store.read(lambda tx: _balances(tx, person.id))

    async def settled(self, person: Person, payments: Iterable[str]) -> dict[str, list[Share]]:
        """By payment what payouts have of it for its landlord: only theirs are asked for."""
        names = list(payments)

        def question(tx: Tx) -> dict[str, list[Share]]:
            return {
                payment: [share for share in shares if share.live]
                for payment, shares in shares_of(tx, names, account=payable_to(person.id)).items()
            }

        return await self._tools.store.read(question)

    async def earned(self, person: Person, payments: Iterable[str]) -> dict[str, Money]:
        """By payment what of it is the landlord's own by now; those of which nothing is are left out."""
        names = list(payments)
        return await self._tools.store.read(lambda tx: earned_of(tx, payable_to(person.id), names))


def _case(tx: Tx, reference: str) -> PayoutCase:
    payout = payout_rows.load(tx, reference)
    if payout is None:
        raise NotFound
    payees = {line.payee for line in payout.lines} | {one.payee for one in payout.passed}
    staff = {payout.prepared_by, payout.approved_by, payout.sent_by, payout.dropped_by}
    landlords = people.landlords(tx)
    return PayoutCase(
        payout=payout,
        names={one.id: one.name for one in people.named(tx, payees | {id_ for id_ in staff if id_})},
        codes={payee: landlords[payee][1] for payee in payees if payee in landlords},
        masked=payee_accounts.masked(tx, {line.destination for line in payout.lines}),
    )


def _balances(tx: Tx, payee: str) -> list[Balance]:
    taken, left = moved(tx, payee), owed(tx, payable_to(payee))
    currencies = {
        Currency.TZS,
        *(currency for currency, _ in taken),
        *(item.amount.currency for item in left),
    }
    return [_balance(taken, shared_now(tx, left, currency)) for currency in sorted(currencies)]


def _balance(taken: Mapping[tuple[Currency, bool], int], found: SharedOut) -> Balance:
    currency, nothing = found.currency, Money(0, found.currency)
    disputed = [one.amount for one in found.passed if one.why is LeftOut.DISPUTED]
    rest = [one.amount for one in found.passed if one.why is not LeftOut.DISPUTED]
    return Balance(
        currency=currency,
        arrived=Money(taken.get((currency, True), 0), currency),
        sent=Money(taken.get((currency, False), 0), currency),
        next=sum([*rest, *(line.amount for line in found.lines)], nothing),
        disputed=sum(disputed, nothing),
    )
