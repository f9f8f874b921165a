"""What a plan is optimised for, once its hard rules hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from planner.arrays import FloatArray, read_only


class Centre(StrEnum):
    """Point about which a territory's moment of inertia is taken."""

    CENTROID = "centroid"
    """The activity-weighted centroid of the territory: free, moves with the territory."""
    HOME = "home"
    """The home place of the seat: fixed, so the objective is linear in the assignment."""


@dataclass(frozen=True, eq=False)
class Objective:
    """Cost to minimise: compactness plus disruption, both in activity · m².

    ``cost = Σ_i weight_i · |xy_i − centre(territory_i)|² + Σ_{i moved} move_cost_i``

    Parameters
    ----------
    weight
        Activity that weighs distance, shape ``(n_units,)``, ≥ 0.
    move_cost
        Cost of a unit leaving its current territory, shape ``(n_units,)``, ≥ 0, in activity · m².
    centre
        Which point the moment of inertia is taken about.
    """

    weight: FloatArray
    move_cost: FloatArray
    centre: Centre = Centre.CENTROID

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", read_only(self.weight, np.float64))
        object.__setattr__(self, "move_cost", read_only(self.move_cost, np.float64))
        object.__setattr__(self, "centre", Centre(self.centre))

    def replace(self, **changes: Any) -> Objective:
        """Return a copy with `changes`."""
        return replace(self, **changes)
