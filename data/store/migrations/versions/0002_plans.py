"""Data sets and plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.store.database import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "data_sets",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.Column("deleted_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_data_sets"),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("data_set_id", sa.String(80), nullable=False),
        sa.Column("data_digest", sa.String(64), nullable=False),
        sa.Column("scenario_id", sa.String(80)),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("job_id", sa.String(80)),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("regions", sa.JSON()),
        sa.Column("deleted_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_sets.id"], name="fk_plans_data_set_id_data_sets"),
    )
    op.create_index("ix_plans_data_set_id", "plans", ["data_set_id"])
    op.create_index("ix_plans_created_at", "plans", ["created_at"])
