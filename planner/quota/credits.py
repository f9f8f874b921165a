"""What each seat is credited with: owners, those they share a territory with, and specialists on top."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from planner.arrays import read_only
from planner.quota.rounding import Cents


class Role(StrEnum):
    """How a seat comes to be credited with a territory."""

    OWNER = "owner"
    SPLIT = "split"
    """Carries a part of the quota; the owner carries the less."""
    OVERLAY = "overlay"
    """Carries an amount on top, which does not count towards the company target."""


@dataclass(frozen=True, eq=False)
class SeatShare:
    """What one seat is credited with in one territory.

    Parameters
    ----------
    seat_id, territory
        The seat, and the position of the territory.
    role
        Owner, split or overlay.
    share
        Part of the territory's quota, a fraction; the smallest over components for an owner who shares.
    amount_cents
        Minor units, shape ``(n_components, n_periods)``. Those of owner and splits add up to the territory's quota.
    """

    seat_id: str
    territory: int
    role: Role
    share: Fraction
    amount_cents: Cents

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount_cents", read_only(self.amount_cents, np.int64))
