"""What territories are made of."""

from __future__ import annotations

from enum import StrEnum


class BasicUnit(StrEnum):
    """What territories are made of."""

    AUTO = "auto"
    """Areas where the folder has any, split by their accounts where one is too big; accounts otherwise."""
    UNIT = "unit"
    """Whole areas, never split."""
    SPLIT = "split"
    """Areas, those above `split_above` of a territory's ideal split into the surroundings of their accounts."""
    ACCOUNT = "account"
    """Every account for itself."""
