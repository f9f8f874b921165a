"""What makes the arrays of a problem no problem at all: shapes, ranges, positions that do not exist.

Rules that merely cannot hold at the same time are no contradiction of arrays: solvers explain those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.alignment import GONE
from planner.objective import Centre

if TYPE_CHECKING:
    from planner.problem import AlignmentProblem


def contradictions(problem: AlignmentProblem) -> list[str]:
    """Return every contradiction in words; empty where the problem may be built."""
    faults = _shapes(problem)
    return faults or [*_ranges(problem), *_rules(problem)]


def _shapes(problem: AlignmentProblem) -> list[str]:
    n, k, m = len(problem.units), len(problem.territories), len(problem.measures)
    shapes: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [
        ("activity", problem.activity.shape, (n, m)),
        ("units.xy_m", problem.units.xy_m.shape, (n, 2)),
        ("territories.home_xy_m", problem.territories.home_xy_m.shape, (k, 2)),
        ("territories.fixed_activity", problem.territories.fixed_activity.shape, (k, m)),
        ("objective.weight", problem.objective.weight.shape, (n,)),
        ("objective.move_cost", problem.objective.move_cost.shape, (n,)),
        ("current", problem.current.shape, (n,)),
        ("owned", problem.owned.shape, (n, k)),
        ("had_owner", problem.had_owner.shape, (n,)),
        ("locked", problem.locked.shape, (n,)),
        ("apart", problem.apart.shape, (len(problem.apart), 2)),
        ("together", problem.together.shape, (n,)),
        ("region_of_unit", problem.region_of_unit.shape, (n,)),
        ("region_of_territory", problem.region_of_territory.shape, (k,)),
        ("loose", problem.loose.shape, (k,)),
    ]
    shapes += [
        (f"{limit} of measure {measure.name}", getattr(measure, limit).shape, (k,))
        for measure in problem.measures
        for limit in ("ideal", "lower", "upper")
    ]
    return [f"{name} has shape {given}, wanted {wanted}" for name, given, wanted in shapes if given != wanted]


def _ranges(problem: AlignmentProblem) -> list[str]:
    n, k = len(problem.units), len(problem.territories)
    faults = []
    if n == 0:
        faults.append("there is no basic unit")
    if k == 0:
        faults.append("there is no territory to fill")
    if not np.isfinite(problem.activity).all() or (problem.activity < 0).any():
        faults.append("activity must be finite and not negative")
    if not np.isfinite(problem.units.xy_m).all():
        faults.append("every unit needs a place")
    if ((problem.locked < -1) | (problem.locked >= k)).any():
        faults.append("locked names a territory that does not exist")
    if ((problem.current < GONE) | (problem.current >= k)).any():
        faults.append("current names a territory that does not exist")
    if problem.graph is not None and problem.graph.n_units != n:
        faults.append(f"graph has {problem.graph.n_units} units, wanted {n}")
    if problem.contiguous and problem.graph is None:
        faults.append("contiguity needs a neighbour graph")
    if problem.excluded is not None and problem.excluded.shape != (n, k):
        faults.append(f"excluded has shape {problem.excluded.shape}, wanted {(n, k)}")
    if problem.objective.centre is Centre.HOME and not problem.territories.have_home.all():
        faults.append("the objective is about seat homes, but not every territory has one")
    return faults + problem.objective.faults(n, k)


def _rules(problem: AlignmentProblem) -> list[str]:
    n, k, regions = len(problem.units), len(problem.territories), len(problem.region_name)
    faults = [fault for budget in problem.budgets for fault in budget.faults(n, k)]
    faults += [fault for mix in problem.mixes for fault in mix.faults(n, k)]
    if ((problem.apart < 0) | (problem.apart >= n)).any():
        faults.append("apart names a unit that does not exist")
    elif (problem.apart[:, 0] == problem.apart[:, 1]).any():
        faults.append("apart holds a unit away from itself")
    if (problem.together < -1).any():
        faults.append("together has a group below −1")
    for name in ("region_of_unit", "region_of_territory"):
        region = getattr(problem, name)
        if ((region < -1) | (region >= regions)).any():
            faults.append(f"{name} names a region that does not exist")
    for r, name in enumerate(problem.region_name):
        loose = problem.loose[problem.region_of_territory == r]
        if loose.any() and not loose.all():
            faults.append(f"some territories of region {name} are loose and some are not")
    return faults + _torn_groups(problem)


def _torn_groups(problem: AlignmentProblem) -> list[str]:
    """Return the groups whose units are not linked, where territories must hang together."""
    graph = problem.graph
    grouped = problem.together >= 0
    if not problem.contiguous or graph is None or graph.n_units != len(problem.units) or not grouped.any():
        return []
    # Every unit without a group is a group of its own: only borders inside groups remain.
    own = np.where(grouped, problem.together, problem.together.max() + 1 + np.arange(len(grouped)))
    _, piece = graph.pieces(own.astype(np.int32))
    pairs = np.unique(np.c_[problem.together[grouped], piece[grouped]], axis=0)
    group, count = np.unique(pairs[:, 0], return_counts=True)
    return [
        f"the units of group {g} must be together, but do not hang together on the graph: link them (Graph.linked)"
        for g in group[count > 1]
    ]
