"""Runs the migrations on the connection that the store hands over, in one transaction where the database can."""

from __future__ import annotations

from alembic import context

# They bring the rest of the tables along.
from portal.store import (  # noqa: F401
    allocations,
    appointments,
    bank_tables,
    contacts,
    corrections,
    day_closes,
    deposit_tables,
    disputes,
    menu_calls,
    payee_accounts,
    payment_methods,
    payout_tables,
    provider_calls,
    receipts,
    refund_notes,
    refunds,
    switches,
    tenant_credits,
    transients,
)
from portal.store.tables import metadata
from portal.store.types import hold

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        # Several processes that start together migrate one after the other, and all but the first find nothing to do.
        hold(connection, "migrations")
        # A migration that waits for a lock makes everyone behind it wait too.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    context.run_migrations()
