"""The refunds of a landlord and the entries of an account are read page by page, each found by its place.

Revision: 0023
Why: a page must not cost more the more there is behind it.
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_refunds_payee_ended_at", "refunds", ["payee", "ended_at", "reference"])
    op.drop_index("ix_ledger_entries_account", "ledger_entries")
    op.create_index(
        "ix_ledger_entries_account_at", "ledger_entries", ["account", "at", "stream", "seq", "line"]
    )
