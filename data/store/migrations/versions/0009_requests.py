"""Keys of requests that may be sent again."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Go forward."""
