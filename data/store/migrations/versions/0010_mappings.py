"""Column mappings that are remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "mappings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("book", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mappings"),
    )
