"""Of a refund that failed it is known whether only a message said so.

Revision: 0026
Why: such a message can be wrong, so somebody looks in the provider's own book before the money is sent again.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_ENDS = (
    "REFUND_FAILED",
    "REFUND_RETURNED",
    "REFUND_SUCCEEDED",
    "REFUND_END_CONFIRMED",
    "REFUND_CONTRADICTED",
)


def upgrade() -> None:
    payments = sa.table("payments", sa.column("reference", sa.String), sa.column("refunds", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(payments)).all():
        if row.refunds:
            doubtful = _doubtful(row.reference)
            told = [one | {"doubtful": one["reference"] in doubtful} for one in row.refunds]
            its_own = payments.c.reference == row.reference
            connection.execute(sa.update(payments).where(its_own).values(refunds=told))


def _doubtful(payment: str) -> set[str]:
    """The refunds of which a callback was the last to tell that they failed, or that they went after all."""
    events = sa.table(
        "payment_events",
        sa.column("payment", sa.String),
        sa.column("seq", sa.Integer),
        sa.column("type", sa.String),
        sa.column("data", sa.Text),
    )
    question = sa.select(events.c.type, events.c.data).where(
        events.c.payment == payment, events.c.type.in_(_ENDS)
    )
    found: set[str] = set()
    for row in op.get_bind().execute(question.order_by(events.c.seq)):
        data = json.loads(row.data)
        found = found | {data["refund"]} if _is_hearsay(row.type, data) else found - {data["refund"]}
    return found


def _is_hearsay(kind: str, data: dict[str, Any]) -> bool:
    if kind == "REFUND_CONTRADICTED":
        return bool(data["says_sent"])
    return kind in ("REFUND_FAILED", "REFUND_RETURNED") and data["source"] == "CALLBACK"
