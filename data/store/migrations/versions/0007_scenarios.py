"""Scenarios and sweeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.store.database import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "scenarios",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("data_set_id", sa.String(80), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_sets.id"], name="fk_scenarios_data_set_id_data_sets"),
    )
    op.create_index("ix_scenarios_data_set_id", "scenarios", ["data_set_id"])
    op.create_index("ix_scenarios_created_at", "scenarios", ["created_at"])
    op.create_table(
        "sweeps",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("data_set_id", sa.String(80), nullable=False),
        sa.Column("data_digest", sa.String(64), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("scenarios", sa.JSON(), nullable=False),
        sa.Column("with_base", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("job_id", sa.String(80), nullable=False),
        sa.Column("output_digest", sa.String(64)),
        sa.Column("deleted_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_sets.id"], name="fk_sweeps_data_set_id_data_sets"),
    )
    op.create_index("ix_sweeps_data_set_id", "sweeps", ["data_set_id"])
    op.create_index("ix_sweeps_created_at", "sweeps", ["created_at"])
