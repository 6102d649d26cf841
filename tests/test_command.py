"""The command `portal`, run as a person runs it: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, update

from portal.domain.diagram import diagram, payout_diagram, refund_diagram, return_diagram
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.store import contacts, inbox, jobs
from portal.store.contacts import Contact
from portal.store.tables import bills, ledger_entries, people
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from tests.makers import NOW, put_in_store, put_payment
from tests.statements import Booked, csv_of

Answer = TypeVar("Answer")
ENVIRONMENT = {
    "PORTAL_ENV": "demo",
    "PORTAL_PUBLIC_URL": "http://127.0.0.1:8000",
    "PORTAL_SECRET_KEY": "a secret key that only the tests know",
    "PORTAL_ENCRYPTION_KEYS": "k1:" + b64encode(bytes(range(32))).decode(),
    "PORTAL_SIGNING_KEYS": "a signing key that only the tests know",
}


def portal(*words: str, database: str | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """`portal …` with settings of the tests; one that is not asked for knows no database."""
    told = ENVIRONMENT | ({"PORTAL_DATABASE_URL": database} if database else {}) | changes
    return subprocess.run(
        [sys.executable, "-m", "portal", *words],
        capture_output=True,
        text=True,
        check=False,
        env=told | {"PATH": os.environ["PATH"]},
        timeout=60,
    )


def on(database: str, work: Callable[[Tx], Answer]) -> Answer:
    async def opened() -> Answer:
        store = open_store(database)
        try:
            return await store.write(work)
        finally:
            await store.close()

    return asyncio.run(opened())


@pytest.fixture
def with_a_payment(sqlite_url: str, vault: Vault) -> str:
    """A database in which a deposit was paid."""

    async def fill(store: Store) -> None:
        await put_in_store(store, vault)
        await put_payment(store, State.COMPLETED)
        await store.close()

    async def opened() -> None:
        await fill(open_store(sqlite_url))

    asyncio.run(opened())
    return sqlite_url


@pytest.mark.covers("P5")
def test_states_prints_the_diagram_of_the_table_that_rules() -> None:
    told = portal("states")
    drawn = f"{diagram()}\n\n{refund_diagram()}\n\n{return_diagram()}\n\n{payout_diagram()}\n"
    assert (told.returncode, told.stdout) == (0, drawn)


def test_help_names_every_command() -> None:
    told = portal("--help")
    named = {line.split()[0] for line in told.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert named >= {
        "serve",
        "worker",
        "demo",
        "sandbox",
        "migrate",
        "seed",
        "replay",
        "ledger",
        "jobs",
        "states",
    }


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "ledger --check"])
def test_settings_that_will_not_do_are_named_with_their_reasons(command: str) -> None:
    told = portal(*command.split(), PORTAL_PUBLIC_URL="pay.nest.co.tz", MPESA_DARAJA_PASSKEY="x")
    assert (told.returncode, told.stdout) == (1, "")
    assert "PORTAL_DATABASE_URL: missing" in told.stderr
    assert "PORTAL_PUBLIC_URL: an http(s) address" in told.stderr
    assert "MPESA_DARAJA_SHORT_CODE: missing, though" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_demo_does_not_run_in_production_mode() -> None:
    told = portal("demo", PORTAL_ENV="production")
    assert told.returncode == 1
    assert "PORTAL_ENV" in told.stderr


@pytest.mark.covers("S03", "P8")
def test_migrate_makes_a_database_and_replay_finds_it_sound(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    before = portal("replay", "--check", database=database)
    assert before.returncode == 1
    assert "run `portal migrate`" in before.stderr
    for _ in range(2):
        assert portal("migrate", database=database).returncode == 0
    after = portal("replay", "--check", database=database)
    assert (after.returncode, after.stdout.splitlines()) == (
        0,
        ["0 payments, 0 bank lines, 0 events: all read tables are identical", "the ledger is zero"],
    )


@pytest.mark.covers("P8", "D54")
def test_replay_says_that_all_read_tables_tell_what_happened(with_a_payment: str) -> None:
    told = portal("replay", "--check", database=with_a_payment)
    assert (told.returncode, told.stdout.splitlines()) == (
        0,
        [
            "1 payments, 0 bank lines, 6 events: all read tables are identical",
            "ledger TZS: 0",
            "the ledger is zero",
        ],
    )


@pytest.mark.covers("P8")
def test_replay_names_what_differs_and_fails(with_a_payment: str) -> None:
    on(with_a_payment, lambda tx: tx.execute(update(bills).values(paid=1)))
    told = portal("replay", "--check", database=with_a_payment)
    assert told.returncode == 1
    assert "paid is 1, the events say 450000" in told.stdout
    assert "the read tables differ" in told.stdout


@pytest.mark.covers("P8")
def test_ledger_fails_when_it_is_not_zero(with_a_payment: str) -> None:
    assert portal("ledger", "--check", database=with_a_payment).returncode == 0
    on(
        with_a_payment,
        lambda tx: tx.execute(update(ledger_entries).where(ledger_entries.c.line == 0).values(amount=1)),
    )
    told = portal("ledger", "--check", database=with_a_payment)
    assert told.returncode == 1
    assert "the ledger is NOT zero" in told.stdout


@pytest.mark.parametrize("command", ["replay", "ledger"])
def test_a_check_must_be_asked_for(command: str) -> None:
    assert portal(command).returncode == 2


def test_work_that_was_laid_aside_is_listed_and_tried_again(sqlite_url: str) -> None:
    def lay_aside(tx: Tx) -> None:
        jobs.enqueue(tx, "receipt", "a", NOW)
        (job,) = jobs.take(tx, NOW, timedelta(minutes=2), 1)
        jobs.failed(tx, job, "RenderFailed('the process died')", NOW, None)

    on(sqlite_url, lay_aside)
    listed = portal("jobs", database=sqlite_url)
    assert (listed.returncode, listed.stdout) == (
        0,
        "2026-03-03 09:00 receipt:a: RenderFailed('the process died')\n",
    )
    assert "1 will be tried again" in portal("jobs", "--revive", database=sqlite_url).stdout
    assert portal("jobs", database=sqlite_url).stdout == ""


def test_callbacks_that_fitted_no_payment_are_tried_again(sqlite_url: str, vault: Vault) -> None:
    def park(tx: Tx) -> None:
        inbox.keep(tx, vault, "tigo_pesa", None, "{}", NOW)
        (job,) = jobs.take(tx, NOW, timedelta(minutes=2), 1)
        inbox.park(tx, job.payload["inbox"], "no payment of ours", None)
        jobs.done(tx, job)

    on(sqlite_url, park)
    assert "1 will be tried again" in portal("jobs", "--revive", database=sqlite_url).stdout


@pytest.mark.covers("P4")
def test_seed_puts_the_demo_s_people_into_an_empty_database_once(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'demo.sqlite3'}"
    for _ in range(2):
        assert portal("seed", database=database).returncode == 0
    names = on(database, lambda tx: tx.execute(select(people.c.name)).scalars().all())
    assert len(names) == len(set(names))
    assert "Asha Mushi" in names


ACCOUNTS = json.dumps(
    [{"bank": "CRDB Bank", "name": "Nest Pay", "number": "0150123456700", "swift": "CORUTZTZ"}]
)


def a_statement(folder: Path, *texts: str) -> str:
    """A file with a credit for each text."""
    entries = (
        Booked(booked_on=NOW.date(), bank_reference=f"FT{number:05}", text=text, amount=shillings(453_500))
        for number, text in enumerate(texts)
    )
    path = folder / "march.csv"
    path.write_text("".join(csv_of(entries)), "utf-8")
    return str(path)


async def _awaited(sqlite_url: str, vault: Vault) -> str:
    """A payment that waits for a transfer."""
    store = open_store(sqlite_url)
    await put_in_store(store, vault)
    bank: dict[str, Any] = {
        "provider": "bank_transfer",
        "method": PaymentMethod.BANK_TRANSFER,
        "account": "CRDB",
    }
    payment = await put_payment(store, State.AWAITING_BANK, **bank)
    await store.write(lambda tx: contacts.keep(tx, vault, payment.reference, Contact(None, False, "sw")))
    await store.close()
    return payment.reference


@pytest.mark.covers("A10", "I1")
def test_a_statement_is_read_matched_and_summed_up(sqlite_url: str, tmp_path: Path, vault: Vault) -> None:
    reference = asyncio.run(_awaited(sqlite_url, vault))
    file = a_statement(tmp_path, f"KODI {reference}", "KODI")
    told = portal("statement", file, database=sqlite_url, BANK_TRANSFER_ACCOUNTS=ACCOUNTS)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines() == [
        "2 lines read: 2 new, 0 known already, 0 of money that went out, 0 not booked",
        "1 of the new have found their payment: TZS 453,500",
        "1 of the new wait in suspense: TZS 453,500",
    ]
    again = portal("statement", file, database=sqlite_url, BANK_TRANSFER_ACCOUNTS=ACCOUNTS)
    assert again.stdout == "2 lines read: 0 new, 2 known already, 0 of money that went out, 0 not booked\n"
    assert portal("replay", "--check", database=sqlite_url).returncode == 0


def test_a_line_that_was_not_booked_ends_the_command_with_one(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(a_statement(tmp_path, "KODI"))
    file.write_text(file.read_text("utf-8").replace("03/03/2026", "33/03/2026"), "utf-8")
    told = portal("statement", str(file), database=sqlite_url, BANK_TRANSFER_ACCOUNTS=ACCOUNTS)
    assert told.returncode == 1
    assert "line 5: date unreadable: " in told.stdout


def test_a_file_that_is_no_statement_ends_the_command_with_two(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "march.pdf"
    file.write_bytes(b"%PDF-1.7")
    told = portal("statement", str(file), database=sqlite_url, BANK_TRANSFER_ACCOUNTS=ACCOUNTS)
    assert (told.returncode, told.stdout) == (2, "march.pdf cannot be read: pdf\n")
    missing = portal("statement", str(tmp_path / "april.csv"), database=sqlite_url)
    assert (missing.returncode, "No such file" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    "words, accounts, why",
    [
        ([], {}, "BANK_TRANSFER_ACCOUNTS: missing, so no statement can be read"),
        (["--account", "NBC"], {"BANK_TRANSFER_ACCOUNTS": ACCOUNTS}, "--account: none of those"),
    ],
)
def test_a_statement_of_no_account_of_ours_is_refused_in_one_line(
    sqlite_url: str, tmp_path: Path, words: list[str], accounts: dict[str, str], why: str
) -> None:
    told = portal("statement", a_statement(tmp_path, "KODI"), *words, database=sqlite_url, **accounts)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"Error: {why}")


def test_a_statement_needs_the_newest_tables(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path}/nothing.sqlite3"
    told = portal(
        "statement", a_statement(tmp_path, "KODI"), database=nowhere, BANK_TRANSFER_ACCOUNTS=ACCOUNTS
    )
    assert "run `portal migrate`" in told.stderr
