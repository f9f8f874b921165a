"""Approval, challenges, comments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.store.database import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward."""
    _approval()
    _challenges()
    _comments()


def _of_plan(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=f"fk_{table}_plan_id_plans")


def _approval() -> None:
    op.create_table(
        "approval_events",
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("region", sa.String(200)),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("goes_to", sa.String(20)),
        sa.Column("void", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("plan_id", "number", name="pk_approval_events"),
        _of_plan("approval_events"),
    )
    op.create_table(
        "approval_due",
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "stage", name="pk_approval_due"),
        _of_plan("approval_due"),
    )
    op.create_table(
        "certificates",
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("output_digest", sa.String(64), nullable=False),
        sa.Column("tie_out_digest", sa.String(64), nullable=False),
        sa.Column("equations", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("trail_number", sa.Integer(), nullable=False),
        sa.Column("trail_hash", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("void_by", sa.String(80), nullable=False),
        sa.Column("void_at", Moment()),
        sa.Column("void_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number", name="pk_certificates"),
        _of_plan("certificates"),
    )


def _challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("raised_by", sa.String(80), nullable=False),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_at", Moment()),
        sa.Column("told", sa.JSON()),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
        sa.UniqueConstraint("plan_id", "number", name="uq_challenges_plan_id_number"),
        _of_plan("challenges"),
    )
    op.create_index("ix_challenges_raised_by", "challenges", ["raised_by"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("plan_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("reply_to", sa.String(80)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("regions", sa.JSON()),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("removed_by", sa.String(80), nullable=False),
        sa.Column("removed_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.UniqueConstraint("plan_id", "number", name="uq_comments_plan_id_number"),
        _of_plan("comments"),
    )
    op.create_index("ix_comments_plan_id_about_subject", "comments", ["plan_id", "about", "subject"])
