"""A desk whose portal takes transfers to CRDB and NMB, and statements of both as their readers hand them on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.domain.bank_line import BankLine
from portal.domain.fees import fee_rule
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings, sum_of
from portal.providers.bank_transfer import BankTransfer
from portal.providers.provider import Account
from portal.providers.statement_line import StatementLine
from portal.services.booking import Booking
from portal.services.matching import Matching
from portal.store import bank_lines, people
from portal.store import statements as statement_rows
from portal.store.bank_tables import bank_lines as line_rows
from portal.store.statements import Statement
from portal.store.tables import ledger_entries, payments, transactions
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import BILL, NOW, FakeClock, a_clerk, a_reference, an_approver
from tests.services.desk import Desk, a_desk

CRDB = Account("CRDB", "CRDB Bank", "Nest Pay Limited", "0150123456700", "CORUTZTZ")
NMB = Account("NMB", "NMB Bank", "Nest Pay Limited", "20110012345", "NMIBTZTZ")
TOTAL = shillings(452_500)
"""The deposit of `makers.a_bill` with what a transfer costs."""
MONDAY = date(2026, 3, 2)
"""The day before the day of the tests."""
SALMA = a_clerk()
PETER = an_approver()
GRACE = an_approver(id=a_reference(63), name="Grace Mushi", language="sw")


@dataclass
class BankDesk:
    """`desk` with the bank beside it. Statements come as lines; each call is a statement of its own."""

    desk: Desk

    @property
    def matching(self) -> Matching:
        return self.desk.portal.matching

    async def expect(self, **changes: Any) -> str:
        """Asha chooses to pay her deposit by transfer to CRDB, or what `changes` say; the payment's reference."""
        amount = sum_of([*changes.get("amounts", {BILL: changes.get("amount", shillings(450_000))}).values()])
        by_bank = {"method": PaymentMethod.BANK_TRANSFER, "phone": None, "account": "CRDB"}
        return await self.desk.start(**by_bank, total=total_of(amount), **changes)

    async def comes(self, *lines: StatementLine, **changes: Any) -> Statement:
        """A statement with these lines is booked."""
        tools = self.desk.portal.tools
        begun = replace(Statement(id=tools.reference(), name="march.csv", begun_at=NOW), **changes)

        def book(tx: Tx) -> Statement:
            statement_rows.begin(tx, tools.vault, begun)
            return Booking(tools, self.matching).book(tx, begun, lines)

        after = await self.desk.store.write(book)
        await self.desk.work()
        return after

    async def lines(self) -> list[BankLine]:
        """All that were ever booked, oldest first."""

        def question(tx: Tx) -> list[BankLine]:
            rows = tx.execute(select(line_rows).order_by(line_rows.c.created_at, line_rows.c.id))
            return [bank_lines.line_of(row) for row in rows.mappings()]

        return await self.desk.read(question)

    async def waiting(self) -> list[tuple[int, str, str | None]]:
        """What waits: (minor units, why, for which payment), the largest first."""
        lines = [line for line in await self.lines() if line.waiting]
        assert all(line.held for line in lines)
        return sorted(((line.waiting.minor, str(line.held), line.payment) for line in lines), reverse=True)

    async def hire(self) -> None:
        """Three of the office."""

        def work(tx: Tx) -> None:
            for number, person in enumerate((SALMA, PETER, GRACE)):
                people.add(tx, self.desk.portal.tools.vault, person, email=f"office{number}@example.com")

        await self.desk.store.write(work)

    async def is_balanced(self) -> None:
        """Suspense is exactly what waits: of lines, and of what payments brought beyond their bill or their total.

        What lines were used for lies where their payments took it from.
        """
        lines, balances = await self.lines(), await self.desk.balances()
        beyond, mismatched = await self.desk.read(_waits_beside_lines)
        for currency in {line.amount.currency for line in lines}:
            waiting = sum(line.waiting.minor for line in lines if line.amount.currency is currency)
            others = beyond + mismatched if currency is Currency.TZS else 0
            assert -(await self.suspense(currency)) == waiting + others
        assert sum(balances.values()) == 0
        assert balances.get("cash:bank_transfer", 0) == mismatched

    async def suspense(self, currency: Currency = Currency.TZS) -> int:
        columns = ledger_entries.c
        entries = select(columns.amount).where(columns.account == "suspense", columns.currency == currency)
        return sum(await self.desk.read(lambda tx: tx.execute(entries).scalars().all()))


def _waits_beside_lines(tx: Tx) -> tuple[int, int]:
    excess = tx.execute(select(payments.c.excess).where(payments.c.excess.is_not(None))).scalars()
    kind = transactions.c.kind == "suspense"
    return sum(excess), sum(tx.execute(select(transactions.c.amount).where(kind)).scalars())


def total_of(amount: Money) -> Money:
    rule = fee_rule(PaymentMethod.BANK_TRANSFER, amount.currency, NOW.date())
    return amount + rule.applied_to(amount).total


def credit(amount: Money | int, text: str = "", **changes: Any) -> StatementLine:
    """A credit on the account at CRDB; its id follows from its amount and text unless it is given."""
    money = shillings(amount) if isinstance(amount, int) else amount
    line = StatementLine(
        line=1,
        account=CRDB.number,
        booked_on=MONDAY,
        amount=money,
        is_credit=True,
        is_reversal=False,
        bank_reference=f"FT{money.minor}{len(text)}",
        text=text,
        payer=None,
    )
    return replace(line, **changes)


def taken_back(line: StatementLine) -> StatementLine:
    """Its reversal."""
    return replace(line, is_credit=not line.is_credit, is_reversal=True)


@asynccontextmanager
async def a_bank_desk(store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_desk(store, clock, others=[BankTransfer((CRDB, NMB))]) as desk:
        yield BankDesk(desk)
