"""The ledger page by page: in order, nothing twice, and each page by the same few statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from portal.domain.bank_line import LineAllocated, LineBooked
from portal.domain.ledger import Entry
from portal.domain.money import Currency, Money, shillings
from portal.store import bank_lines, ledger_pages, sources
from portal.store.bank_lines import NewLine, Written
from portal.store.inbox import keep
from portal.store.projections import entry_row
from portal.store.tables import ledger_entries
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.asked import statements_run
from tests.makers import LANDLORD, NOW, PAYMENT, a_reference, put_in_store, put_payment

LINE, STATEMENT = a_reference(70), a_reference(71)


@pytest.fixture(autouse=True)
async def people_are_there(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)


async def book_line(store: Store, vault: Vault) -> None:
    """A line of 100,000 of which 60,000 was given to the payment."""
    booked = LineBooked(
        statement=STATEMENT,
        account="CRDB",
        bank_reference="FT1",
        booked_on=NOW.date(),
        amount=shillings(100_000),
        is_reversal=False,
        names=(),
    )
    given = LineAllocated(payment=PAYMENT, provider="bank", amount=shillings(60_000))

    def work(tx: object) -> None:
        (line,) = bank_lines.book(tx, vault, [NewLine(LINE, [booked], Written("rent", None))], NOW)  # type: ignore[arg-type]
        bank_lines.append(tx, line, [given], NOW)  # type: ignore[arg-type]

    await store.write(work)


async def test_an_account_has_what_its_entries_come_to(store: Store, vault: Vault) -> None:
    await put_payment(store)
    await book_line(store, vault)
    page = await store.read(ledger_pages.accounts)
    sums = {one.account: (one.amount.minor, one.entries) for one in page.balances}
    assert sums["suspense"] == (-40_000, 2)
    assert sums["cash:bank:CRDB"] == (100_000, 1)
    assert sums["fee:platform"] == (-2_250, 1)
    assert sum(minor for minor, _ in sums.values()) == 0
    assert [one.account for one in page.balances] == sorted(sums)
    of_lines = await store.read(lambda tx: ledger_pages.waiting_by_bank(tx, "suspense"))
    assert of_lines == {Currency.TZS: shillings(-40_000)}
    assert await store.read(lambda tx: ledger_pages.balances_of(tx, "nobody's")) == []


async def test_an_entry_leads_home_to_a_payment_or_a_line_or_nowhere(store: Store, vault: Vault) -> None:
    await put_payment(store)
    await book_line(store, vault)
    strange = Entry(
        stream=a_reference(99),
        seq=1,
        line=0,
        account="suspense",
        amount=shillings(5),
        at=NOW + timedelta(days=1),
    )
    await store.write(lambda tx: tx.execute(insert(ledger_entries).values(entry_row(strange))))
    page = await store.read(lambda tx: ledger_pages.entries_of_account(tx, "suspense"))
    assert [(one.event, one.home) for one in page.rows] == [
        (None, None),
        ("LINE_ALLOCATED", "line"),
        ("LINE_BOOKED", "line"),
    ]
    page = await store.read(lambda tx: ledger_pages.entries_of_account(tx, "fee:platform"))
    assert [(one.event, one.home, one.entry.stream) for one in page.rows] == [
        ("PAYMENT_COMPLETED", "payment", PAYMENT)
    ]


async def test_a_page_costs_the_same_whatever_stands_behind_it(store: Store) -> None:
    costs = []
    for number in range(22):
        await put_payment(
            store, reference=a_reference(900 + number), payee=a_reference(500 + number), type="RENT"
        )
        with statements_run() as seen:
            await store.read(ledger_pages.accounts)
            await store.read(lambda tx: ledger_pages.entries_of_account(tx, "cash:mpesa"))
        costs.append(len(seen))
    assert set(costs) == {5}
    first = await store.read(ledger_pages.accounts)
    rest = await store.read(lambda tx: ledger_pages.accounts(tx, first.next_after))
    names = [one.account for one in (*first.balances, *rest.balances)]
    assert (len(names), rest.next_after) == (len(set(names)), None)
    assert f"payable:{a_reference(521)}" in names


async def test_two_currencies_of_an_account_are_two_balances(store: Store) -> None:
    for line, amount in enumerate((shillings(5), Money(7, Currency.USD))):
        entry = Entry(stream=PAYMENT, seq=1, line=line, account=f"payable:{LANDLORD}", amount=amount, at=NOW)
        await store.write(lambda tx, entry=entry: tx.execute(insert(ledger_entries).values(entry_row(entry))))  # type: ignore[misc]
    page = await store.read(ledger_pages.accounts)
    assert [one.amount for one in page.balances] == [shillings(5), Money(7, Currency.USD)]


@pytest.mark.covers("I12")
async def test_what_brought_the_money_is_named(store: Store, vault: Vault) -> None:
    await put_payment(store)
    await book_line(store, vault)
    await store.write(lambda tx: keep(tx, vault, "mpesa", PAYMENT, "it is paid", NOW))
    (callback,) = await store.read(lambda tx: sources.callbacks_of(tx, PAYMENT))
    assert (callback.provider, callback.received_at, callback.verdict) == ("mpesa", NOW, None)
    (line,) = await store.read(lambda tx: sources.lines_of(tx, PAYMENT))
    assert (line.line, line.account, line.statement, line.amount) == (
        LINE,
        "CRDB",
        STATEMENT,
        shillings(60_000),
    )
    assert await store.read(lambda tx: sources.lines_of(tx, a_reference(404))) == []
