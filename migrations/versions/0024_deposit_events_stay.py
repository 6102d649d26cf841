"""What happened to returns of deposits is never rewritten.

Revision: 0024
Why: the stream of a deposit's return is the truth, as those of payments and payouts are, and kept by no trigger yet.
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "deposit_return_events"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION {TABLE}_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{TABLE} is append-only'; END $$"""
        )
        op.execute(
            f"""CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
            FOR EACH ROW EXECUTE FUNCTION {TABLE}_are_append_only()"""
        )
        op.execute(
            f"""CREATE TRIGGER {TABLE}_not_truncated BEFORE TRUNCATE ON {TABLE}
            EXECUTE FUNCTION {TABLE}_are_append_only()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
            BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"""
        )
