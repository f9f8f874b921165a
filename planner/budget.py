"""A disruption budget: how much may change hands, in all and per seat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.arrays import FloatArray, read_only


@dataclass(frozen=True, eq=False)
class Budget:
    """How much may change hands, in one unit of account.

    What changes owner is ``Σ_i weight_i · moved_share_i``, what a seat of today loses ``Σ_i weight_i · owned_ij``
    over the units i that do not stay with it; see `planner.problem.AlignmentProblem`.

    Parameters
    ----------
    name
        What is counted and in which unit: ``accounts``, ``revenue``, ``workload (hours)``, ``expected loss (USD)``.
    weight
        What each unit counts for, shape ``(n_units,)``, finite and ≥ 0.
    total
        Largest sum that may change owner, ≥ 0; inf for no limit.
    per_territory
        Largest sum that each seat of today may lose, shape ``(n_territories,)``, ≥ 0; inf for no limit. One number
        stands for all territories.
    """

    name: str
    weight: FloatArray
    total: float = np.inf
    per_territory: FloatArray = np.inf  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", read_only(self.weight, np.float64))
        object.__setattr__(self, "total", float(self.total))
        limit = np.asarray(self.per_territory, dtype=np.float64)
        # A single number keeps its shape (): `for_territories` spreads it once their number is known.
        object.__setattr__(self, "per_territory", limit if limit.ndim == 0 else read_only(limit, np.float64))

    def for_territories(self, n_territories: int) -> Budget:
        """Return the budget with one limit per territory."""
        if np.ndim(self.per_territory):
            return self
        return self.replace(per_territory=np.full(n_territories, float(self.per_territory)))

    @property
    def most(self) -> float:
        """Largest sum that still counts as within `total`, sums of floats being what they are."""
        return self.total * (1 + 1e-9) + 1e-12

    @property
    def most_per_territory(self) -> FloatArray:
        """Largest sum that still counts as within `per_territory`, shape ``(n_territories,)``."""
        return self.per_territory * (1 + 1e-9) + 1e-12

    def faults(self, n_units: int, n_territories: int) -> list[str]:
        """Return what contradicts itself, in words."""
        shapes = [("weight", self.weight.shape, (n_units,))]
        shapes.append(("per_territory", self.per_territory.shape, (n_territories,)))
        faults = [
            f"{name} of budget {self.name} has shape {given}, wanted {wanted}"
            for name, given, wanted in shapes
            if given != wanted
        ]
        if not np.isfinite(self.weight).all() or (self.weight < 0).any():
            faults.append(f"weights of budget {self.name} must be finite and not negative")
        if not self.total >= 0 or not (self.per_territory >= 0).all():
            faults.append(f"limits of budget {self.name} must not be negative")
        return faults

    def replace(self, **changes: Any) -> Budget:
        """Return a copy with `changes`."""
        return replace(self, **changes)
