"""A landlord's statement: one month of their account with us, on a page and as a file for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from portal.domain.errors import NotFound
from portal.domain.money import Currency
from portal.domain.payout import Payout, PayoutLine
from portal.domain.person import Person, Role
from portal.domain.zone import EAST_AFRICA
from portal.services.tools import Tools
from portal.store import payee_accounts, payee_statement, payouts
from portal.store.payee_statement import PayeeStatement
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """`months` and `currencies` are those that can be chosen, the newest month first."""

    month: date
    months: list[date]
    currencies: list[Currency]
    statement: PayeeStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPayout:
    """A payout as one landlord may see it: their own `line` of it, and the masked `account` that it went to."""

    payout: Payout
    line: PayoutLine
    account: str | None


class PayeeStatements:
    """To the landlord alone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def of(self, person: Person, month: date | None, currency: Currency | None) -> Monthly:
        """This month's, unless another one is wanted. Raises NotFound."""
        if person.role is not Role.LANDLORD:
            raise NotFound
        today = self._tools.clock().astimezone(EAST_AFRICA).date()
        return await self._tools.store.read(lambda tx: _monthly(tx, person.id, month, currency, today))

    async def payout(self, person: Person, reference: str) -> OwnPayout:
        """One that the bank has sent, as it stands in the statement. Raises NotFound."""
        return await self._tools.store.read(lambda tx: _payout(tx, person, reference))


def _payout(tx: Tx, person: Person, reference: str) -> OwnPayout:
    payout = payouts.load(tx, reference)
    if payout is None or payout.paid_at is None:
        raise NotFound
    line = next((line for line in payout.lines if line.payee == person.id), None)
    if line is None:
        raise NotFound
    masked = payee_accounts.masked(tx, {line.destination})
    return OwnPayout(payout=payout, line=line, account=masked.get(line.destination))


def _monthly(tx: Tx, payee: str, wanted: date | None, currency: Currency | None, today: date) -> Monthly:
    begun = payee_statement.first_day(tx, payee)
    months = _months(begun.astimezone(EAST_AFRICA).date() if begun else today, today)
    month = wanted if wanted in months else months[0]
    currencies = payee_statement.currencies(tx, payee)
    chosen = currency if currency in currencies else currencies[0]
    statement = payee_statement.of_payee(tx, payee, chosen, _start(month), _start(_after(month)))
    return Monthly(month=month, months=months, currencies=currencies, statement=statement)


def _months(first: date, last: date) -> list[date]:
    """The first days of all months between, the newest first."""
    months = [first.replace(day=1)]
    while months[-1] < last.replace(day=1):
        months.append(_after(months[-1]))
    return months[::-1]


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=EAST_AFRICA).astimezone(UTC)
