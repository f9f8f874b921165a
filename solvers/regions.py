"""Regions as problems of their own: what no rule ties together can be solved one after the other.

A unit with a region may belong to its territories only. Regions touch where a unit without a region may belong to
territories of both: these are solved together. What remains between them are the disruption budgets for all, and what
seats lose to other regions, which is certain beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray
from planner.budget import Budget
from planner.problem import AlignmentProblem
from planner.rules.wording import listed, number, the_territory, the_units
from solvers.restriction import Positions, restricted


@dataclass(frozen=True, eq=False)
class Part:
    """One problem of its own.

    Parameters
    ----------
    name
        Its regions, in words.
    units, territories
        Positions in the whole problem, ascending.
    problem
        The problem, without regions: where several are solved together, exclusions stand for them.
    complete
        Whether its rules are those of the whole problem; if not, they are stricter.
    """

    name: str
    units: Positions
    territories: Positions
    problem: AlignmentProblem
    complete: bool


@dataclass(frozen=True, eq=False)
class Regions:
    """All parts of a problem, and what cannot hold, in words; `whole` tells whether the parts hold every unit."""

    parts: tuple[Part, ...]
    faults: tuple[str, ...]
    whole: bool


def has_regions(problem: AlignmentProblem) -> bool:
    """Return whether any rule of regions is there, or contiguity that does not hold for all territories."""
    regions = (problem.region_of_unit >= 0).any() or (problem.region_of_territory >= 0).any()
    return bool(regions or (problem.contiguous and problem.loose.any()))


def split(problem: AlignmentProblem) -> Regions:
    """Return the parts of a problem that no rule ties together, but budgets."""
    of_unit, of_territory = _components(problem)
    whole = problem.replace(graph=problem.graph_within_regions())
    parts, faults, placed = [], _strayed_locks(problem), 0
    for c in range(int(max(of_unit.max(), of_territory.max())) + 1):
        units, territories = np.flatnonzero(of_unit == c), np.flatnonzero(of_territory == c)
        if not len(units) and not len(territories):
            continue
        name = _name(problem, units, territories)
        if not len(territories):
            faults.append(f"{name} has {len(units):,} units, but no territory")
        elif not len(units):
            faults.append(f"{name} has {len(territories):,} territories, but no unit")
        else:
            part, told = _part(whole, name, units, territories)
            parts.append(part)
            faults += told
            placed += len(units)
    return Regions(tuple(parts), tuple(faults), placed == problem.n_units)


def _components(problem: AlignmentProblem) -> tuple[IntArray, IntArray]:
    """Return the part of each unit and of each territory; a unit that may go nowhere is with the first territory."""
    k, regions = problem.n_territories, len(problem.region_name)
    # The last node stands for all territories without a region.
    node_of_territory = np.where(problem.region_of_territory >= 0, problem.region_of_territory, regions)
    free = np.flatnonzero(problem.region_of_unit < 0)
    member = csr_array((np.ones(k), (np.arange(k), node_of_territory)), shape=(k, regions + 1))
    size: FloatArray = np.asarray(member.sum(axis=0), dtype=np.float64).ravel()
    open_to = np.broadcast_to(size > 0, (len(free), regions + 1)).copy()
    if problem.excluded is not None:
        open_to &= (problem.excluded[free].astype(float) @ member).toarray() < size
    held = problem.locked[free] >= 0
    open_to[held] = False
    open_to[held, node_of_territory[problem.locked[free[held]]]] = True
    unit, node = np.nonzero(open_to)
    shape = (regions + 1 + len(free),) * 2
    links = coo_array((np.ones(len(unit)), (node, regions + 1 + unit)), shape=shape)
    _, component = connected_components(links, directed=False)
    of_unit = component[np.where(problem.region_of_unit >= 0, problem.region_of_unit, 0)]
    of_unit[free] = component[regions + 1 :]
    of_territory = component[node_of_territory]
    nowhere = free[~open_to.any(axis=1)]
    of_unit[nowhere] = of_territory[0]
    return of_unit.astype(np.int32), of_territory.astype(np.int32)


def _part(
    whole: AlignmentProblem, name: str, units: Positions, territories: Positions
) -> tuple[Part, list[str]]:
    """Return one part, and what cannot hold there, in words."""
    own = restricted(whole, units, territories)
    loose = whole.loose[territories]
    budgets, faults = [], []
    for budget in whole.budgets:
        certain = _lost_outside(whole, budget, units)[territories]
        left = budget.per_territory[territories] - certain
        for j in np.flatnonzero(certain > budget.most_per_territory[territories]):
            position = int(territories[j])
            faults.append(
                f"{the_territory(whole, position)} loses at least {number(certain[j])} of {budget.name} to other "
                f"regions; it may lose {number(budget.per_territory[position])}"
            )
        budgets.append(budget.replace(weight=budget.weight[units], per_territory=np.maximum(left, 0.0)))
    problem = own.replace(
        excluded=_without_other_regions(whole, own, units, territories),
        budgets=tuple(budgets),
        contiguous=own.contiguous and not loose.all(),
        loose=None,
    )
    complete = not own.contiguous or bool(loose.all()) or not loose.any()
    return Part(name, units, territories, problem, complete), faults


def _lost_outside(whole: AlignmentProblem, budget: Budget, units: Positions) -> FloatArray:
    """Return what each seat loses of the units that are not among `units`, were they all to leave it."""
    outside = np.array(budget.weight)
    outside[units] = 0.0
    return np.asarray(whole.owned.T @ outside, dtype=np.float64)


def _without_other_regions(
    whole: AlignmentProblem, own: AlignmentProblem, units: Positions, territories: Positions
) -> csr_array | None:
    """Return the exclusions of a part, with those that keep units in their regions."""
    of_unit, of_territory = whole.region_of_unit[units], whole.region_of_territory[territories]
    if len(np.unique(of_territory)) < 2 or (of_unit < 0).all():
        return own.excluded
    away = csr_array((of_unit[:, None] >= 0) & (of_unit[:, None] != of_territory[None, :]))
    return away if own.excluded is None else csr_array((own.excluded.astype(bool) + away).astype(bool))


def _strayed_locks(problem: AlignmentProblem) -> list[str]:
    """Return the units that are locked to territories of other regions, in words, one sentence a territory."""
    locked, region = problem.locked, problem.region_of_unit
    held = np.flatnonzero((locked >= 0) & (region >= 0))
    away = held[problem.region_of_territory[locked[held]] != region[held]]
    said = []
    for j in np.unique(locked[away]):
        mine = away[locked[away] == j]
        names = listed(np.array(problem.region_name, dtype=object), np.unique(region[mine]))
        verb = "is" if len(mine) == 1 else "are"
        where = the_territory(problem, int(j))
        said.append(
            f"{the_units(problem, mine)} of {names} {verb} locked to {where}, which is of another region"
        )
    return said


def _name(problem: AlignmentProblem, units: Positions, territories: Positions) -> str:
    held = np.union1d(problem.region_of_unit[units], problem.region_of_territory[territories])
    held = held[held >= 0]
    if not len(held):
        return "what has no region"
    names = listed(np.array(problem.region_name, dtype=object), held)
    return f"region{'s' if len(held) > 1 else ''} {names}"
