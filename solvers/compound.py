"""Units that must stay together, made one unit each: the same problem with fewer units.

Activity, weights, budgets and mixes add up, exclusions and pairs apart are united, borders inside a group vanish. With
``W = Σ w_i`` of a group and ``x`` its weighted mean place, ``Σ w_i |x_i − c|² = W |x − c|² + Σ w_i |x_i − x|²`` for
any centre ``c``: about centroids and homes the moment of inertia is the same but for a constant. For other costs of
distance from homes the rows of a table of distances are averaged by weight, which is exact as well. About centre
units and for diameters the compound lies where one of its units does, and the cost is an approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, sum_by
from planner.graph import Graph
from planner.measures.separation import separation
from planner.mix import Mix
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem
from planner.rules.wording import listed, the_units
from planner.units import Units
from solvers.compound_owners import Owners, compound_owners, most_weight


@dataclass(frozen=True, eq=False)
class Compounds:
    """A problem whose groups are single units, and the way back.

    Parameters
    ----------
    problem
        The problem of the compounds; none of its units must stay together.
    of_unit
        Compound of each original unit, shape ``(n_units,)``.
    constant
        What the original objective is above that of `problem`, in its unit, where `exact`.
    exact
        Whether the objectives differ by `constant` whatever the plan.
    bounded
        Whether a lower bound of `problem` plus `constant` is one of the original problem.
    complete
        Whether every plan that keeps the original rules keeps those of `problem`.
    faults
        Groups that other rules tear apart, in words; they are not joined.
    """

    problem: AlignmentProblem
    of_unit: IntArray
    constant: float
    exact: bool
    bounded: bool
    complete: bool
    faults: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the contraction does not tell exactly, in words."""
        said = []
        if not self.complete:
            said.append("what groups with several owners move was rounded up to keep the disruption budgets")
        if not self.exact:
            said.append(
                "costs of groups were approximated while searching; the plan is measured unit by unit"
            )
        return tuple(said)

    def expanded(self, territory: IntArray) -> IntArray:
        """Return the plan of the original units, shape ``(n_units,)``."""
        return territory[self.of_unit]

    def contracted(self, territory: IntArray) -> IntArray:
        """Return the plan of the compounds: where most units of each are, the first territory among equals."""
        return most_weight(self.of_unit, territory, np.ones(len(territory)))


def has_groups(problem: AlignmentProblem) -> bool:
    """Return whether any two units must stay together."""
    grouped = problem.together[problem.together >= 0]
    return len(np.unique(grouped)) < len(grouped)


def contract(problem: AlignmentProblem) -> Compounds:
    """Make one unit of each group that must stay together."""
    group, faults = _without_torn(problem)
    of_unit = _numbered(group)
    n = int(of_unit.max()) + 1
    owners = compound_owners(problem, of_unit, n)
    objective, place, constant, exact = _costs(problem, of_unit, n, owners)
    pairs = of_unit[problem.apart]
    within = pairs[:, 0] == pairs[:, 1]
    faults += [
        f"{the_units(problem, pair)} must be kept apart, but belong to a group that must stay together"
        for pair in problem.apart[within]
    ]
    contracted = problem.replace(
        units=_units(problem, of_unit, n, place),
        activity=_added(problem.activity, of_unit, n),
        objective=objective,
        graph=_graph(problem.graph, of_unit, n),
        current=owners.current,
        owned=owners.owned,
        had_owner=owners.had_owner,
        locked=_highest(problem.locked, of_unit, n),
        excluded=_united(problem.excluded, of_unit, n),
        budgets=owners.budgets,
        mixes=tuple(_mix(mix, of_unit, n) for mix in problem.mixes),
        apart=np.unique(np.sort(pairs[~within], axis=1), axis=0),
        together=None,
        region_of_unit=_highest(problem.region_of_unit, of_unit, n),
    )
    diameter = objective.compactness is Compactness.DIAMETER
    bounded = owners.exact_budgets and (diameter or exact)
    exact = exact and owners.exact_cost
    return Compounds(contracted, of_unit, constant, exact, bounded, owners.exact_budgets, tuple(faults))


def _without_torn(problem: AlignmentProblem) -> tuple[IntArray, list[str]]:
    """Return the groups without those that locks or regions tear apart, and these in words."""
    group, faults = np.array(problem.together), []
    names = np.array(problem.region_name, dtype=object)
    torn = [("are locked to", problem.locked, problem.territories.territory_id)]
    torn.append(("belong to the regions", problem.region_of_unit, names))
    for words, label, ids in torn:
        held = np.flatnonzero((group >= 0) & (label >= 0))
        pairs = np.unique(np.c_[group[held], label[held]], axis=0)
        found, count = np.unique(pairs[:, 0], return_counts=True)
        for g in found[count > 1]:
            mine = held[group[held] == g]
            where = listed(ids, np.unique(label[mine]))
            faults.append(f"{the_units(problem, mine)} must stay together, but {words} {where}")
        group[np.isin(group, found[count > 1])] = -1
    return group, faults


def _numbered(group: IntArray) -> IntArray:
    """Return the compound of each unit, numbered by their first units."""
    alone = group < 0
    own = np.where(alone, group.max(initial=-1) + 1 + np.arange(len(group)), group)
    _, first, number = np.unique(own, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[number.ravel()], dtype=np.int32)


def _costs(
    problem: AlignmentProblem, of_unit: IntArray, n: int, owners: Owners
) -> tuple[Objective, FloatArray, float, bool]:
    """Return the objective of the compounds, their places, what the shape costs besides, and whether that is exact."""
    objective, xy = problem.objective, problem.units.xy_m
    weight = sum_by(of_unit, objective.weight, n)
    # Where nothing weighs anything, plain means are as good as any.
    share = np.where(weight[of_unit] > 0, objective.weight, 1.0)
    share = share / sum_by(of_unit, share, n)[of_unit]
    place = _added(xy * share[:, None], of_unit, n)
    away = ((xy - place[of_unit]) ** 2).sum(axis=1)
    changed = objective.replace(weight=weight, move_cost=owners.move_cost)
    if objective.compactness is Compactness.INERTIA and objective.between is None:
        if objective.centre is not Centre.UNIT:
            return changed, place, float(objective.weight @ away), True
    elif objective.centre is Centre.HOME and objective.compactness is not Compactness.DIAMETER:
        return changed.replace(between=_mean_table(problem, of_unit, n, share)), place, 0.0, True
    order = np.lexsort((away, of_unit))
    _, first = np.unique(of_unit[order], return_index=True)
    middle = order[first]
    if objective.between is not None:
        squared = objective.compactness is Compactness.INERTIA
        rows = objective.between[:, middle]
        mean = _added((rows**2 if squared else rows) * share[:, None], of_unit, n)
        changed = changed.replace(between=np.sqrt(mean) if squared else mean)
    return changed, xy[middle], 0.0, False


def _mean_table(problem: AlignmentProblem, of_unit: IntArray, n: int, share: FloatArray) -> FloatArray:
    """Return the distances of compounds from homes whose cost is the mean of their units', ``(n_compounds, k)``."""
    cost, xy = separation(problem.objective), problem.units.xy_m
    every, k = np.arange(problem.n_units, dtype=np.int32), problem.n_territories
    table = np.empty((n, k))
    for j in range(k):
        home = np.broadcast_to(problem.territories.home_xy_m[j], xy.shape)
        each = cost.each(xy, every, home, np.full(problem.n_units, j, np.int32))
        table[:, j] = sum_by(of_unit, each * share, n)
    return np.sqrt(table) if problem.objective.compactness is Compactness.INERTIA else table


def _units(problem: AlignmentProblem, of_unit: IntArray, n: int, place: FloatArray) -> Units:
    order = np.argsort(of_unit, kind="stable")
    first = np.searchsorted(of_unit[order], np.arange(n + 1))
    ids = problem.units.unit_id
    names = [
        ids[order[a]] if b == a + 1 else listed(ids, order[a:b], 2)
        for a, b in zip(first[:-1].tolist(), first[1:].tolist(), strict=True)
    ]
    # Outlines of compounds are not needed: plans are measured on the original units.
    return Units(names, place, sum_by(of_unit, problem.units.area_m2, n), np.full(n, np.nan))  # type: ignore[arg-type]


def _graph(graph: Graph | None, of_unit: IntArray, n: int) -> Graph | None:
    return None if graph is None else Graph.from_edges(n, of_unit[graph.edges()[0]])


def _mix(mix: Mix, of_unit: IntArray, n: int) -> Mix:
    return mix.replace(part=sum_by(of_unit, mix.part, n), whole=sum_by(of_unit, mix.whole, n))


def _united(excluded: csr_array | None, of_unit: IntArray, n: int) -> csr_array | None:
    """Return the exclusions of all units of each compound."""
    if excluded is None:
        return None
    pairs = excluded.tocoo()
    row, column = (side[np.asarray(pairs.data, bool)] for side in pairs.coords)
    united = csr_array((np.ones(len(row)), (of_unit[row], column)), shape=(n, excluded.shape[1]))
    return united.astype(bool)


def _added(values: FloatArray, of_unit: IntArray, n: int) -> FloatArray:
    """Return the sums of rows over the units of each compound."""
    columns = [sum_by(of_unit, column, n) for column in values.T]
    return np.array(columns).reshape(values.shape[1], n).T


def _highest(label: IntArray, of_unit: IntArray, n: int) -> IntArray:
    """Return the one label ≥ 0 among the units of each compound, −1 where there is none."""
    found = np.full(n, -1, np.int32)
    np.maximum.at(found, of_unit, label)
    return found
