"""Basic units: the smallest indivisible areas or points that territories are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.arrays import FloatArray, IdArray, ids, read_only


@dataclass(frozen=True, eq=False)
class Units:
    """Basic units on the plane of one equal-area projection.

    Parameters
    ----------
    unit_id
        Identifiers exactly as they came in, shape ``(n_units,)``.
    xy_m
        Position in metres on the projection, shape ``(n_units, 2)``: a point inside the area, or the account.
    area_m2, perimeter_m
        Size of the polygon, shape ``(n_units,)``; NaN where the unit is a point.
    """

    unit_id: IdArray
    xy_m: FloatArray
    area_m2: FloatArray
    perimeter_m: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit_id", ids(self.unit_id))
        for name in ("xy_m", "area_m2", "perimeter_m"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    @classmethod
    def points(cls, unit_id: Any, xy_m: Any) -> Units:
        """Build units that are points: no area, no perimeter."""
        nothing = np.full(len(unit_id), np.nan)
        return cls(unit_id, xy_m, nothing, nothing)

    def __len__(self) -> int:
        return len(self.unit_id)

    @property
    def have_area(self) -> bool:
        """Whether every unit is a polygon with an area."""
        return bool(len(self) and np.isfinite(self.area_m2).all())

    def replace(self, **changes: Any) -> Units:
        """Return a copy with `changes`."""
        return replace(self, **changes)
