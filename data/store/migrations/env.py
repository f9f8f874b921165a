"""Run by Alembic: applies migrations over the connection that `data.store.database` hands over."""

from __future__ import annotations

from alembic import context

import data.store.rooms
from data.store.database import metadata

assert data.store.rooms  # every room states its tables on being imported

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
