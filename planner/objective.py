"""What a plan is optimised for, once its hard rules hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.arrays import FloatArray, read_only
from planner.shape import UNIT_OF_COST, Centre, Compactness

__all__ = ["Centre", "Compactness", "Objective"]


@dataclass(frozen=True, eq=False)
class Objective:
    """Cost to minimise: compactness plus disruption.

    ``cost = Σ_i weight_i · f(distance(i, centre(territory_i))) + Σ_{i moved} move_cost_i``

    with ``f`` as `compactness` says; for the diameter the first sum is the largest diameter instead.

    Parameters
    ----------
    weight
        Activity that weighs distance, shape ``(n_units,)``, ≥ 0.
    move_cost
        Cost of a unit leaving its current territory, shape ``(n_units,)``, ≥ 0, in `unit_of_cost`.
    centre
        Which point distance is taken from. Centroids go with the moment of inertia only; the diameter has none.
    compactness
        What is summed.
    between
        Distances in metres (hours for travel times) that replace straight lines: from each unit to each unit where
        `centre` is a unit, shape ``(n_units, n_units)``, or to each home, shape ``(n_units, n_territories)``. None
        for straight lines.
    """

    weight: FloatArray
    move_cost: FloatArray
    centre: Centre = Centre.CENTROID
    compactness: Compactness = Compactness.INERTIA
    between: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", read_only(self.weight, np.float64))
        object.__setattr__(self, "move_cost", read_only(self.move_cost, np.float64))
        object.__setattr__(self, "centre", Centre(self.centre))
        object.__setattr__(self, "compactness", Compactness(self.compactness))
        if self.between is not None:
            object.__setattr__(self, "between", read_only(self.between, np.float64))

    @property
    def unit_of_cost(self) -> str:
        """Unit that costs and bounds are told in."""
        return UNIT_OF_COST[self.compactness]

    def faults(self, n_units: int, n_territories: int) -> list[str]:
        """Return what contradicts itself, in words."""
        faults = []
        if self.compactness is Compactness.DIAMETER:
            if self.between is not None:
                faults.append("the diameter is measured in straight lines: it takes no table of distances")
        elif self.centre is Centre.CENTROID and self.compactness is not Compactness.INERTIA:
            faults.append(f"{self.compactness} needs homes or units as centres, not centroids")
        elif self.between is not None:
            wanted = {Centre.HOME: (n_units, n_territories), Centre.UNIT: (n_units, n_units)}.get(self.centre)
            if wanted is None:
                faults.append("a table of distances needs homes or units as centres, not centroids")
            elif self.between.shape != wanted:
                faults.append(f"the table of distances has shape {self.between.shape}, wanted {wanted}")
            elif not np.isfinite(self.between).all() or (self.between < 0).any():
                faults.append("distances must be finite and not negative")
        return faults

    def replace(self, **changes: Any) -> Objective:
        """Return a copy with `changes`."""
        return replace(self, **changes)
