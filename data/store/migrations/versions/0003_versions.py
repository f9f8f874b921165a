"""Edits and versions of plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.store.database import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "plan_edits",
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number", name="pk_plan_edits"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_edits_plan_id_plans"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(80)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("edit_number", sa.Integer(), nullable=False),
        sa.Column("state_digest", sa.String(64)),
        sa.Column("output_digest", sa.String(64)),
        sa.Column("frozen_at", Moment()),
        sa.Column("frozen_by", sa.String(80)),
        sa.Column("certificate", sa.JSON()),
        sa.Column("job_id", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name="pk_plan_versions"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_versions_plan_id_plans"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["plan_versions.id"], name="fk_plan_versions_parent_id_plan_versions"
        ),
        sa.UniqueConstraint("plan_id", "number", name="uq_plan_versions_plan_id_number"),
    )
