"""The immutable problem: everything a solver needs to know, checked on construction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.alignment import NOBODY
from planner.arrays import FloatArray, IntArray, MaskArray, read_only, sum_by
from planner.budget import Budget
from planner.contradictions import contradictions
from planner.errors import InvalidProblem
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Objective
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
        Whether every territory must be in one piece within each connected component of `graph_within_regions`.
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
    budgets
        Disruption budgets: how much may change hands.
    mixes
        Limits on the share of a segment per territory.
    apart
        Pairs of units that must not share a territory, shape ``(n_pairs, 2)``.
    together
        Group that a unit belongs to, shape ``(n_units,)``; −1 for none. The units of a group must share a territory.
        Where territories must hang together, the units of a group must do so on `graph` (`Graph.linked`).
    region_of_unit
        Region that a unit must stay in, shape ``(n_units,)``; −1 for none: it may belong to any territory.
    region_of_territory
        Region of each territory, shape ``(n_territories,)``; −1 for none: it holds units without a region only.
    region_name
        Names of the regions.
    loose
        Territories that need not hang together where `contiguous` holds for the others, shape
        ``(n_territories,)``; the same for all territories of one region.

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
    budgets: tuple[Budget, ...] = ()
    mixes: tuple[Mix, ...] = ()
    apart: IntArray = None  # type: ignore[assignment]
    together: IntArray = None  # type: ignore[assignment]
    region_of_unit: IntArray = None  # type: ignore[assignment]
    region_of_territory: IntArray = None  # type: ignore[assignment]
    region_name: tuple[str, ...] = ()
    loose: MaskArray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        n, k = len(self.units), len(self.territories)
        empty = {
            "current": np.full(n, NOBODY),
            "locked": np.full(n, -1),
            "apart": np.zeros((0, 2)),
            "together": np.full(n, -1),
            "region_of_unit": np.full(n, -1),
            "region_of_territory": np.full(k, -1),
        }
        for name, nothing in empty.items():
            given = getattr(self, name)
            object.__setattr__(self, name, read_only(nothing if given is None else given, np.int32))
        if self.owned is None:
            known = np.flatnonzero((self.current >= 0) & (self.current < k))
            share = (np.ones(len(known)), (known, self.current[known]))
            object.__setattr__(self, "owned", csr_array(share, shape=(n, k)))
        had = (self.current != NOBODY).astype(float) if self.had_owner is None else self.had_owner
        object.__setattr__(self, "had_owner", read_only(had, np.float64))
        object.__setattr__(self, "activity", read_only(self.activity, np.float64))
        loose = np.zeros(k, bool) if self.loose is None else self.loose
        object.__setattr__(self, "loose", read_only(loose, np.bool_))
        for name in ("measures", "mixes", "region_name"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "budgets", tuple(budget.for_territories(k) for budget in self.budgets))
        faults = contradictions(self)
        if faults:
            raise InvalidProblem(faults)

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

    def graph_within_regions(self) -> Graph | None:
        """Return the graph without borders between units of two regions: they never share a territory.

        On it, a region made of several enclaves has as many connected components, as islands have.
        """
        graph, region = self.graph, self.region_of_unit
        if graph is None or not (region >= 0).any():
            return graph
        edges, length_m = graph.edges()
        one, other = region[edges[:, 0]], region[edges[:, 1]]
        kept = (one == other) | (one < 0) | (other < 0)
        return graph if kept.all() else Graph.from_edges(graph.n_units, edges[kept], length_m[kept])

    def lost_share(self, weight: FloatArray, territory: IntArray) -> FloatArray:
        """Return the sum of `weight` that each owner of today loses, shape ``(n_territories,)``.

        Parameters
        ----------
        weight
            What each unit counts for, shape ``(n_units,)``.
        territory
            Territory of each unit; what has a negative one is not lost.
        """
        owned = self.owned.tocoo()
        unit, owner = owned.coords
        leaves = (territory[unit] >= 0) & (territory[unit] != owner)
        return sum_by(owner[leaves], (owned.data * weight[unit])[leaves], self.n_territories)

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
