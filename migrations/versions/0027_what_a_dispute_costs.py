"""What a provider keeps for a dispute.

Revision: 0027
Why: it is a cost of ours, booked and shown beside what providers keep of payments.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NEW = {"fee": None, "fee_told_at": None}


def upgrade() -> None:
    op.add_column("disputes", sa.Column("fee", sa.BigInteger(), nullable=True))
    op.add_column("disputes", sa.Column("fee_currency", sa.String(length=3), nullable=True))
    payments = sa.table("payments", sa.column("reference", sa.String), sa.column("disputes", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(payments)).all():
        if row.disputes:
            its_own = payments.c.reference == row.reference
            told = [one | _NEW for one in row.disputes]
            connection.execute(sa.update(payments).where(its_own).values(disputes=told))
