"""Keys of requests that may be sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.store.database import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "requests",
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("server", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person", "key", name="pk_requests"),
    )
    op.create_index("ix_requests_at", "requests", ["at"])
