"""Refunds that are over can need a person all the same, and it is counted how many requests nobody has answered.

Revision: 0018
Why: one that failed, or of which the provider takes back its word, must stand in a queue until somebody has seen to it.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NEW: dict[str, Any] = dict.fromkeys(
    (
        "sent_at",
        "instead_of",
        "taken_by",
        "taken_at",
        "finding",
        "contradicted_by",
        "closed_by",
        "closed_at",
        "closing_note",
        "instead",
    )
)


def upgrade() -> None:
    op.execute("ALTER TABLE refunds ADD COLUMN waits BOOLEAN DEFAULT true NOT NULL")
    op.execute("UPDATE refunds SET waits = false WHERE state IN ('SUCCEEDED', 'REJECTED')")
    with op.batch_alter_table("refunds") as refunds:
        refunds.alter_column("waits", existing_type=sa.Boolean(), server_default=None)
    op.create_index("ix_refunds_waits_requested_at", "refunds", ["waits", "requested_at"])
    tell_what_the_events_tell()


def tell_what_the_events_tell() -> None:
    """In the payment's row: how many requests of a refund are in the air, and when its money went."""
    payments = sa.table("payments", sa.column("reference", sa.String), sa.column("refunds", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(payments)).all():
        if row.refunds:
            told = [_told(one, _events(row.reference, one["reference"])) for one in row.refunds]
            its_own = payments.c.reference == row.reference
            connection.execute(sa.update(payments).where(its_own).values(refunds=told))


def _events(payment: str, refund: str) -> list[tuple[str, dict[str, Any]]]:
    events = sa.table(
        "payment_events",
        sa.column("payment", sa.String),
        sa.column("seq", sa.Integer),
        sa.column("type", sa.String),
        sa.column("data", sa.Text),
    )
    of_refunds = events.c.type.startswith("REFUND_")
    question = sa.select(events.c.type, events.c.data).where(events.c.payment == payment, of_refunds)
    rows = op.get_bind().execute(question.order_by(events.c.seq))
    told = [(row.type, json.loads(row.data)) for row in rows]
    return [(kind, data) for kind, data in told if data["refund"] == refund]


def _told(refund: dict[str, Any], events: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    in_the_air, sent_at = 0, None
    for kind, data in events:
        match kind:
            case "REFUND_DISPATCHED":
                in_the_air += 1
            case "REFUND_NOT_SENT":
                in_the_air = max(0, in_the_air - 1)
            case "REFUND_SUBMITTED" | "REFUND_FAILED" | "REFUND_SUCCEEDED":
                in_the_air, sent_at = 0, data.get("sent_at")
    return _NEW | refund | {"in_the_air": in_the_air, "sent_at": sent_at}
