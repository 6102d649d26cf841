"""Money that comes by bank: lines of statements with events of their own, the statements they stood on, and what the
office decides about money that waits. The ledger holds entries of payments and of lines, so its key names a stream.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ledger_entries") as entries:
        entries.alter_column("payment", new_column_name="stream", existing_type=sa.String(length=12))
    create_lines()
    create_statements()
    create_assignments()
    forbid_rewriting_events()


def create_lines() -> None:
    op.create_table(
        "bank_line_events",
        sa.Column("position", BIG_KEY, nullable=False),
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_bank_line_events"),
        sa.UniqueConstraint("line", "seq", name="uq_bank_line_events_line_seq"),
    )
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("statement", sa.String(length=12), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.String(length=20), nullable=True),
        sa.Column("payment", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_lines"),
        sa.UniqueConstraint(
            "account",
            "bank_reference",
            "amount",
            "currency",
            name="uq_bank_lines_account_bank_reference_amount_currency",
        ),
        sa.CheckConstraint(
            "(amount > 0 AND waiting BETWEEN 0 AND amount) OR (amount < 0 AND waiting BETWEEN amount AND 0)",
            name="waiting",
        ),
    )
    op.create_index("ix_bank_lines_statement", "bank_lines", ["statement"])
    op.create_index("ix_bank_lines_payment", "bank_lines", ["payment"])
    op.create_index(
        "ix_bank_lines_waiting",
        "bank_lines",
        ["created_at", "id"],
        sqlite_where=sa.text("waiting <> 0"),
        postgresql_where=sa.text("waiting <> 0"),
    )
    op.create_table(
        "bank_line_texts",
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("text_sealed", sa.Text(), nullable=False),
        sa.Column("payer_sealed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("line", name="pk_bank_line_texts"),
    )
    op.create_table(
        "bank_allocations",
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line", "seq", name="pk_bank_allocations"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    op.create_index("ix_bank_allocations_payment", "bank_allocations", ["payment"])


def create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("account", sa.String(length=20), nullable=True),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("debits", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("bad_sealed", sa.Text(), nullable=True),
        sa.Column("begun_by", sa.String(length=12), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["begun_by"], ["people.id"], name="fk_statements_begun_by"),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
    )
    op.create_index("ix_statements_begun_at", "statements", ["begun_at", "id"])
    op.create_table(
        "statement_parts",
        sa.Column("statement", sa.String(length=12), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["statement"], ["statements.id"], name="fk_statement_parts_statement"),
        sa.PrimaryKeyConstraint("statement", "part", name="pk_statement_parts"),
    )


def create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=True),
        sa.Column("note_sealed", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=12), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=11), nullable=True),
        sa.Column("decided_by", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["line"], ["bank_lines.id"], name="fk_assignments_line"),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name="fk_assignments_proposed_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_assignments_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_line", "assignments", ["line"])
    op.create_index(
        "uq_assignments_line_open",
        "assignments",
        ["line"],
        unique=True,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )


def forbid_rewriting_events() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """CREATE FUNCTION bank_line_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'bank_line_events is append-only'; END $$"""
        )
        op.execute(
            """CREATE TRIGGER bank_line_events_append_only BEFORE UPDATE OR DELETE ON bank_line_events
            FOR EACH ROW EXECUTE FUNCTION bank_line_events_are_append_only()"""
        )
        op.execute(
            """CREATE TRIGGER bank_line_events_not_truncated BEFORE TRUNCATE ON bank_line_events
            EXECUTE FUNCTION bank_line_events_are_append_only()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER bank_line_events_no_{verb.lower()} BEFORE {verb} ON bank_line_events
            BEGIN SELECT RAISE(ABORT, 'bank_line_events is append-only'); END"""
        )
