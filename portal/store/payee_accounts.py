"""Bank accounts to which landlords want their money: sealed, and used only once a second person has confirmed them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Row, String, Table, Text, insert, select, text, update

from portal.domain.bank_account import BankAccount
from portal.domain.correction import Verdict
from portal.store.tables import metadata
from portal.store.types import Instant, Tx
from portal.store.vault import Vault

OPEN_SQL = "verdict IS NULL"

payee_accounts = Table(
    "payee_accounts",
    metadata,
    Column("id", String(12), primary_key=True),
    # A landlord's id, or `OURSELVES`.
    Column("payee", String(12), nullable=False, index=True),
    Column("account_sealed", Text, nullable=False),
    Column("masked", String(80), nullable=False),
    Column("entered_by", String(12), ForeignKey("people.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("verdict", String(11)),
    Column("decided_by", String(12), ForeignKey("people.id")),
    Column("decided_at", Instant),
    # Whoever enters another one withdraws what waits: one can be confirmed, never two one after the other.
    Index(
        "uq_payee_accounts_open",
        "payee",
        unique=True,
        sqlite_where=text(OPEN_SQL),
        postgresql_where=text(OPEN_SQL),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeAccount:
    """As it was entered and what came of it; `masked` is all that pages show."""

    id: str
    payee: str
    masked: str
    entered_by: str
    entered_at: datetime
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


def enter(tx: Tx, vault: Vault, new: PayeeAccount, account: BankAccount) -> None:
    """It waits for its confirmation; one that waited before is withdrawn by whoever enters this one."""
    columns = payee_accounts.c
    withdrawn = {"verdict": Verdict.TURNED_DOWN, "decided_by": new.entered_by, "decided_at": new.entered_at}
    waits = (columns.payee == new.payee, columns.verdict.is_(None))
    tx.execute(update(payee_accounts).where(*waits).values(**withdrawn))
    tx.execute(
        insert(payee_accounts).values(
            **asdict(new), account_sealed=vault.seal(json.dumps(asdict(account)), at=_at(new.id))
        )
    )


def decide(tx: Tx, id_: str, verdict: Verdict, person: str, now: datetime) -> None:
    decided = {"verdict": verdict, "decided_by": person, "decided_at": now}
    tx.execute(update(payee_accounts).where(payee_accounts.c.id == id_).values(**decided))


def of_payee(tx: Tx, payee: str) -> list[PayeeAccount]:
    """All that were ever entered, the newest first."""
    columns = payee_accounts.c
    question = select(payee_accounts).where(columns.payee == payee)
    return [
        _account(row) for row in tx.execute(question.order_by(columns.entered_at.desc(), columns.id.desc()))
    ]


def standing(tx: Tx, payees: Collection[str]) -> dict[str, PayeeAccount]:
    """The account of each that is used: the last that was confirmed."""
    return _newest(tx, payees, payee_accounts.c.verdict == Verdict.CONFIRMED)


def waiting(tx: Tx, payees: Collection[str] | None = None) -> dict[str, PayeeAccount]:
    """Those that wait for a second person."""
    return _newest(tx, payees, payee_accounts.c.verdict.is_(None))


def masked(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """By id what pages show."""
    columns = payee_accounts.c
    rows = tx.execute(select(columns.id, columns.masked).where(columns.id.in_(ids)))
    return {row.id: row.masked for row in rows}


def numbers(tx: Tx, vault: Vault, ids: Collection[str]) -> dict[str, BankAccount]:
    """The accounts themselves, for the bank."""
    columns = payee_accounts.c
    rows = tx.execute(select(columns.id, columns.account_sealed).where(columns.id.in_(ids)))
    return {
        row.id: BankAccount(**json.loads(vault.unseal(row.account_sealed, at=_at(row.id)))) for row in rows
    }


def _newest(tx: Tx, payees: Collection[str] | None, condition: Any) -> dict[str, PayeeAccount]:
    columns = payee_accounts.c
    question = select(payee_accounts).where(condition)
    if payees is not None:
        question = question.where(columns.payee.in_(payees))
    rows = tx.execute(question.order_by(columns.decided_at, columns.entered_at, columns.id))
    return {row.payee: _account(row) for row in rows}


def _account(row: Row[Any]) -> PayeeAccount:
    return PayeeAccount(
        id=row.id,
        payee=row.payee,
        masked=row.masked,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _at(id_: str) -> str:
    return f"payee_accounts.account:{id_}"
