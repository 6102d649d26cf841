"""The ledger for the office: the accounts with what stands on them, and the entries of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.errors import NotFound
from portal.domain.money import Currency, Money
from portal.domain.person import Person
from portal.services.office import of_the_office
from portal.services.tools import Tools
from portal.store import ledger_pages
from portal.store.cursors import Cursors, scope_of
from portal.store.ledger_pages import AccountEntry, AccountPage, Balance, Place
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """An account: a balance for each currency, what of it bank lines hold, and one page of its entries.

    `older` is the signed cursor of the next page, if there is one.
    """

    account: str
    balances: list[Balance]
    of_bank: Mapping[Currency, Money]
    rows: list[AccountEntry]
    older: str | None


class LedgerBooks:
    """Reads only; whoever is not of the office finds nothing here."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._cursors = Cursors([key.hex() for key in reversed(tools.signing_keys)])

    async def accounts(self, person: Person, after: str | None) -> AccountPage:
        """By name, those behind `after`. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: ledger_pages.accounts(tx, after))

    async def account(self, person: Person, account: str, cursor: str | None) -> AccountBook:
        """The newest entries first. Raises NotFound, BadCursor."""
        of_the_office(person)
        scope = scope_of(person.id, list="ledger", account=account)
        after = _place(*self._cursors.read(cursor, scope=scope)) if cursor else None

        def question(tx: Tx) -> AccountBook:
            balances = ledger_pages.balances_of(tx, account)
            if not balances:
                raise NotFound
            page = ledger_pages.entries_of_account(tx, account, after)
            return AccountBook(
                account=account,
                balances=balances,
                of_bank=ledger_pages.waiting_by_bank(tx, account),
                rows=page.rows,
                older=self._older(page.next_after, scope),
            )

        return await self._tools.store.read(question)

    def _older(self, place: Place | None, scope: str) -> str | None:
        if place is None:
            return None
        at, *rest = place
        return self._cursors.sign(at, ":".join(map(str, rest)), scope=scope)


def _place(at: datetime, rest: str) -> Place:
    stream, seq, line = rest.rsplit(":", 2)
    return at, stream, int(seq), int(line)
