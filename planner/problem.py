"""The immutable problem: everything a solver needs to know, checked on construction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.alignment import GONE, NOBODY
from planner.arrays import FloatArray, IntArray, read_only, sum_by
from planner.errors import InvalidProblem
from planner.graph import Graph
from planner.objective import Centre, Objective
from planner.seats import Territories
from planner.units import Units


@dataclass(frozen=True, eq=False)
class Measure:
    """One summable activity measure and what each territory should and may hold of it.

    Parameters
    ----------
    name
        Column it came from, or ``accounts`` / ``units`` for counts.
    ideal
        Ideal sum per territory, shape ``(n_territories,)``, in units of the measure.
    lower, upper
        Hard limits per territory, shape ``(n_territories,)``; −inf / inf where the measure is only watched.
    """

    name: str
    ideal: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        for name in ("ideal", "lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    @classmethod
    def watched(cls, name: str, total: float, share: FloatArray) -> Measure:
        """Build a measure that is reported against its ideal but not limited."""
        ideal = total * share
        return cls(name, ideal, np.full(len(share), -np.inf), np.full(len(share), np.inf))

    @classmethod
    def banded(cls, name: str, total: float, share: FloatArray, below: float, above: float) -> Measure:
        """Build a measure with a hard balance band.

        Parameters
        ----------
        name
            Name of the measure.
        total
            Sum over all territories.
        share
            Share of the total that each territory should hold, shape ``(n_territories,)``, sums to 1.
        below, above
            Allowed deviation as fractions of the ideal: 0.1 allows 90 % to 110 %.
        """
        ideal = total * share
        return cls(name, ideal, ideal * (1.0 - below), ideal * (1.0 + above))

    @property
    def limited(self) -> bool:
        """Whether any territory has a finite hard limit."""
        return bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())


@dataclass(frozen=True, eq=False)
class AlignmentProblem:
    """Units, territories, rules and objective of one planning problem, as read-only arrays.

    Parameters
    ----------
    units
        The ``n_units`` basic units.
    territories
        The ``n_territories`` territories to fill.
    measures
        The ``n_measures`` activity measures.
    activity
        Activity of each unit, shape ``(n_units, n_measures)``, finite and ≥ 0.
    objective
        What to minimise.
    graph
        Neighbour graph of the units, or None where there is none.
    contiguous
        Whether every territory must be in one piece within each connected component of `graph`.
    current
        Current territory of each unit, shape ``(n_units,)``; `NOBODY` or `GONE` where none of these. Where the
        accounts of a unit have several owners, the one that holds most.
    owned
        Fraction of each unit that each territory owns today, sparse of shape ``(n_units, n_territories)``, rows
        summing to at most 1; None where `current` says it all.
    had_owner
        Fraction of each unit that anybody owns today, shape ``(n_units,)``, in [0, 1]; None where `current` says
        it all. What is owned today and does not stay with its owner is moved.
    locked
        Territory that a unit must belong to, shape ``(n_units,)``; −1 where free.
    excluded
        Sparse boolean matrix of shape ``(n_units, n_territories)``: pairs that are not allowed.
    disruption_weight
        Weight of each unit in the disruption budget, shape ``(n_units,)``; None for no budget.
    disruption_budget
        Largest sum of `disruption_weight` over moved units.

    Raises
    ------
    InvalidProblem
        With every contradiction found.
    """

    units: Units
    territories: Territories
    measures: tuple[Measure, ...]
    activity: FloatArray
    objective: Objective
    graph: Graph | None = None
    contiguous: bool = False
    current: IntArray = None  # type: ignore[assignment]
    owned: csr_array = None  # type: ignore[assignment]
    had_owner: FloatArray = None  # type: ignore[assignment]
    locked: IntArray = None  # type: ignore[assignment]
    excluded: csr_array | None = None
    disruption_weight: FloatArray | None = None
    disruption_budget: float = np.inf

    def __post_init__(self) -> None:
        n = len(self.units)
        fill = {"current": NOBODY, "locked": -1}
        for name, empty in fill.items():
            given = getattr(self, name)
            object.__setattr__(self, name, read_only(np.full(n, empty) if given is None else given, np.int32))
        if self.owned is None:
            known = np.flatnonzero((self.current >= 0) & (self.current < len(self.territories)))
            share = (np.ones(len(known)), (known, self.current[known]))
            object.__setattr__(self, "owned", csr_array(share, shape=(n, len(self.territories))))
        had = (self.current != NOBODY).astype(float) if self.had_owner is None else self.had_owner
        object.__setattr__(self, "had_owner", read_only(had, np.float64))
        object.__setattr__(self, "activity", read_only(self.activity, np.float64))
        object.__setattr__(self, "measures", tuple(self.measures))
        if self.disruption_weight is not None:
            object.__setattr__(self, "disruption_weight", read_only(self.disruption_weight, np.float64))
        faults = self._faults()
        if faults:
            raise InvalidProblem(faults)

    def _faults(self) -> list[str]:
        n, k, m = self.n_units, self.n_territories, len(self.measures)
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [
            ("activity", self.activity.shape, (n, m)),
            ("units.xy_m", self.units.xy_m.shape, (n, 2)),
            ("territories.home_xy_m", self.territories.home_xy_m.shape, (k, 2)),
            ("territories.fixed_activity", self.territories.fixed_activity.shape, (k, m)),
            ("objective.weight", self.objective.weight.shape, (n,)),
            ("objective.move_cost", self.objective.move_cost.shape, (n,)),
            ("current", self.current.shape, (n,)),
            ("owned", self.owned.shape, (n, k)),
            ("had_owner", self.had_owner.shape, (n,)),
            ("locked", self.locked.shape, (n,)),
        ]
        shapes += [
            (f"{limit} of measure {measure.name}", getattr(measure, limit).shape, (k,))
            for measure in self.measures
            for limit in ("ideal", "lower", "upper")
        ]
        if self.disruption_weight is not None:
            shapes.append(("disruption_weight", self.disruption_weight.shape, (n,)))
        faults = [
            f"{name} has shape {given}, wanted {wanted}" for name, given, wanted in shapes if given != wanted
        ]
        if faults:
            return faults
        if n == 0:
            faults.append("there is no basic unit")
        if k == 0:
            faults.append("there is no territory to fill")
        if not np.isfinite(self.activity).all() or (self.activity < 0).any():
            faults.append("activity must be finite and not negative")
        if not np.isfinite(self.units.xy_m).all():
            faults.append("every unit needs a place")
        if ((self.locked < -1) | (self.locked >= k)).any():
            faults.append("locked names a territory that does not exist")
        if ((self.current < GONE) | (self.current >= k)).any():
            faults.append("current names a territory that does not exist")
        if self.graph is not None and self.graph.n_units != n:
            faults.append(f"graph has {self.graph.n_units} units, wanted {n}")
        if self.contiguous and self.graph is None:
            faults.append("contiguity needs a neighbour graph")
        if self.excluded is not None and self.excluded.shape != (n, k):
            faults.append(f"excluded has shape {self.excluded.shape}, wanted {(n, k)}")
        if self.objective.centre is Centre.HOME and not self.territories.have_home.all():
            faults.append("the objective is about seat homes, but not every territory has one")
        faults += self.objective.faults(n, k)
        return faults

    @property
    def n_units(self) -> int:
        """Number of basic units."""
        return len(self.units)

    @property
    def n_territories(self) -> int:
        """Number of territories."""
        return len(self.territories)

    @property
    def limited(self) -> NDArray[np.intp]:
        """Positions of the measures with hard limits."""
        return np.array([m for m, measure in enumerate(self.measures) if measure.limited], dtype=np.intp)

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Return hard limits as two arrays of shape ``(n_territories, n_measures)``."""
        if not self.measures:
            return np.zeros((self.n_territories, 0)), np.zeros((self.n_territories, 0))
        return (
            np.stack([measure.lower for measure in self.measures], axis=1),
            np.stack([measure.upper for measure in self.measures], axis=1),
        )

    def moved_share(self, territory: IntArray) -> FloatArray:
        """Return the fraction of each unit that changes owner, shape ``(n_units,)``; 0 where `territory` is < 0."""
        placed = np.flatnonzero(territory >= 0)
        moved = np.zeros(self.n_units)
        kept = np.asarray(self.owned[placed, territory[placed]]).ravel()
        moved[placed] = np.clip(self.had_owner[placed] - kept, 0.0, 1.0)
        return moved

    def loads(self, territory: IntArray) -> FloatArray:
        """Return the activity each territory holds, fixed part included, shape ``(n_territories, n_measures)``.

        Units with a negative `territory` belong to nobody and are left out.
        """
        k = self.n_territories
        bin_of = np.where(territory < 0, k, territory)
        held = [sum_by(bin_of, column, k + 1)[:k] for column in self.activity.T]
        return self.territories.fixed_activity + np.array(held).reshape(len(self.measures), k).T

    def replace(self, **changes: Any) -> AlignmentProblem:
        """Return a copy with `changes`, checked again."""
        return replace(self, **changes)
