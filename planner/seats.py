"""Territories to be filled and the seats that own them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.arrays import FloatArray, IdArray, MaskArray, ids, read_only


@dataclass(frozen=True, eq=False)
class Territories:
    """The territories that an alignment fills, one per seat.

    Parameters
    ----------
    territory_id
        Identifiers, shape ``(n_territories,)``.
    seat_id
        Seat that owns each territory, shape ``(n_territories,)``; empty text where none does.
    home_xy_m
        Home place of the seat on the projection of the units, shape ``(n_territories, 2)``; NaN where unknown.
    fixed_activity
        Activity a territory holds whatever is decided, shape ``(n_territories, n_measures)``: named accounts,
        and accounts without a place that stay with their current territory.
    """

    territory_id: IdArray
    seat_id: IdArray
    home_xy_m: FloatArray
    fixed_activity: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "territory_id", ids(self.territory_id))
        object.__setattr__(self, "seat_id", ids(self.seat_id))
        object.__setattr__(self, "home_xy_m", read_only(self.home_xy_m, np.float64))
        object.__setattr__(self, "fixed_activity", read_only(self.fixed_activity, np.float64))

    @classmethod
    def unnamed(cls, n_territories: int, n_measures: int) -> Territories:
        """Build `n_territories` territories ``T001…`` that nobody owns yet and that hold nothing."""
        width = max(3, len(str(n_territories)))
        return cls(
            [f"T{j + 1:0{width}d}" for j in range(n_territories)],  # type: ignore[arg-type]
            [""] * n_territories,  # type: ignore[arg-type]
            np.full((n_territories, 2), np.nan),
            np.zeros((n_territories, n_measures)),
        )

    def __len__(self) -> int:
        return len(self.territory_id)

    @property
    def have_home(self) -> MaskArray:
        """Whether each territory has a home place, shape ``(n_territories,)``."""
        known: MaskArray = np.isfinite(self.home_xy_m)
        return known[:, 0] & known[:, 1]

    def replace(self, **changes: Any) -> Territories:
        """Return a copy with `changes`."""
        return replace(self, **changes)
