"""The tables that the code states are those that migrations make, whichever revision a database starts from."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.store.database import metadata, revisions
from data.store.opening import Store


def test_migrations_make_the_tables_that_the_code_states(store: Store) -> None:
    assert store.database.version() == revisions()[-1]
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
