"""The one place where a plan is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray, sum_by
from planner.measures import balance, compactness, company, contiguity, disruption, placement, travel
from planner.measures.separation import centre_units, diameters, separation
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Every measure of one alignment.

    Arrays per territory have shape ``(n_territories,)``, per territory and measure
    ``(n_territories, n_measures)``, per measure ``(n_measures,)``. Fractions are fractions, not percents.

    Parameters
    ----------
    measures
        Names of the measures, in column order.
    loads, ideal, deviation, violation
        Activity held; wanted; relative deviation; breach of the hard limits as a fraction of the ideal.
    worst_deviation, gini
        Largest absolute deviation and Gini coefficient of each measure.
    n_units
        Basic units per territory.
    centre_m
        Activity-weighted centroid, shape ``(n_territories, 2)``.
    inertia
        Moment of inertia about that centroid, activity · m².
    polsby_popper
        Polsby-Popper compactness; NaN where the units have no area.
    pieces, surplus_pieces
        Connected pieces, and how many of them are too many; 0 where there is no graph.
    mean_distance_m, reach_m
        Mean weighted and greatest straight distance from the home place (the centroid where there is none).
    gained, lost
        Activity gained and lost against the current alignment, per territory and measure.
    moved_share
        Share of each measure that changes owner, per measure.
    moved_entities, n_entities
        Accounts that change owner, and all of them (units where there are no accounts).
    unassigned
        Units that belong to nobody.
    lock_breaches, exclusion_breaches
        Units that leave a lock, and that are where they are excluded.
    apart_breaches, together_breaches
        Pairs that share a territory and must not; groups that lie in several.
    region_breaches
        Units in a territory of another region.
    mixes, mix_share, mix_violation
        Names of the mixes; share of each segment, shape ``(n_territories, n_mixes)``, NaN where a territory holds
        nothing; breach of its limits, a fraction.
    budgets, budget_used, budget_total
        Names of the disruption budgets; what changes hands as each counts it and may, shape ``(n_budgets,)``.
    budget_lost, budget_limit
        What each owner of today loses, and may, shape ``(n_territories, n_budgets)``.
    budget_breaches
        Limits of budgets that are passed, in all or for one owner.
    diameter_m
        Largest straight distance between two of its units.
    objective
        Cost that solvers minimise, in the unit of the objective; its parts are `compactness_cost` and
        `disruption_cost`.
    """

    measures: tuple[str, ...]
    loads: FloatArray
    ideal: FloatArray
    deviation: FloatArray
    violation: FloatArray
    worst_deviation: FloatArray
    gini: FloatArray
    n_units: IntArray
    centre_m: FloatArray
    inertia: FloatArray
    diameter_m: FloatArray
    polsby_popper: FloatArray
    pieces: IntArray
    surplus_pieces: IntArray
    mean_distance_m: FloatArray
    reach_m: FloatArray
    gained: FloatArray
    lost: FloatArray
    moved_share: FloatArray
    moved_entities: int
    n_entities: int
    unassigned: int
    lock_breaches: int
    exclusion_breaches: int
    apart_breaches: int
    together_breaches: int
    region_breaches: int
    mixes: tuple[str, ...]
    mix_share: FloatArray
    mix_violation: FloatArray
    budgets: tuple[str, ...]
    budget_used: FloatArray
    budget_total: FloatArray
    budget_lost: FloatArray
    budget_limit: FloatArray
    budget_breaches: int
    compactness_cost: float
    disruption_cost: float

    @property
    def objective(self) -> float:
        """Cost that solvers minimise, in the unit of the objective."""
        return self.compactness_cost + self.disruption_cost

    @property
    def mix_breaches(self) -> int:
        """Number of territories and mixes where a share leaves its limits."""
        return int((self.mix_violation > 0).sum())

    @property
    def feasible(self) -> bool:
        """Whether every hard rule holds and every unit is assigned."""
        return (
            self.unassigned == 0
            and self.lock_breaches == 0
            and self.exclusion_breaches == 0
            and not self.violation.any()
            and not self.surplus_pieces.any()
            and self.apart_breaches == 0
            and self.together_breaches == 0
            and self.region_breaches == 0
            and self.mix_breaches == 0
            and self.budget_breaches == 0
        )


def scorecard(problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None = None) -> Scorecard:
    """Measure an alignment, complete or (the current one) with units that nobody owns.

    Parameters
    ----------
    problem
        What it is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``; negative where nobody's.
    accounts
        Accounts behind the units. When given, what changes hands is counted account by account, else unit by
        unit. For the *current* alignment of accounts use `current_scorecard`.
    """
    if accounts is None:
        return _measure(problem, territory, problem.current, territory, problem.activity)
    return _measure(problem, territory, accounts.current, accounts.territory(territory), accounts.activity)


def current_scorecard(problem: AlignmentProblem, accounts: Accounts | None = None) -> Scorecard:
    """Measure the alignment in force, so that before and after stand side by side.

    With `accounts`, loads are summed account by account, since the accounts of one unit may have several owners.
    """
    if accounts is None:
        return scorecard(problem, np.where(problem.current < 0, -1, problem.current).astype(np.int32))
    owner = np.where(accounts.current < 0, -1, accounts.current).astype(np.int32)
    unit_owner = np.where(problem.current < 0, -1, problem.current).astype(np.int32)
    return _measure(problem, unit_owner, accounts.current, owner, accounts.activity, today=True)


def _measure(
    problem: AlignmentProblem,
    territory: IntArray,
    entity_current: IntArray,
    entity_territory: IntArray,
    entity_activity: FloatArray,
    today: bool = False,
) -> Scorecard:
    k = problem.n_territories
    units, objective, graph = problem.units, problem.objective, problem.graph
    if today:
        label = np.where(entity_territory < 0, k, entity_territory)
        columns = [sum_by(label, column, k + 1)[:k] for column in entity_activity.T]
        loads = np.array(columns).reshape(len(problem.measures), k).T
    else:
        loads = problem.loads(territory)
    lower, upper = problem.limits()
    ideal = np.array([measure.ideal for measure in problem.measures]).reshape(len(problem.measures), k).T
    deviation = balance.deviation(loads, ideal)

    centre = compactness.centroids(units.xy_m, objective.weight, territory, k)
    inertia = compactness.inertia(units.xy_m, objective.weight, territory, centre)
    home = problem.territories.home_xy_m
    start = np.where(problem.territories.have_home[:, None], home, centre)
    distance = travel.distance_m(units.xy_m, territory, start)
    mean_distance, reach = travel.mean_and_reach_m(distance, objective.weight, territory, k)

    roundness = np.full(k, np.nan)
    pieces = surplus = np.zeros(k, np.int32)
    linked = problem.graph_within_regions()
    if graph is not None and linked is not None:
        pieces = contiguity.pieces(graph, territory, k)
        surplus = contiguity.surplus_pieces(linked, territory, k)
        if units.have_area and np.isfinite(units.perimeter_m).all():
            placed = territory >= 0
            area = sum_by(territory[placed], units.area_m2[placed], k)
            roundness = compactness.polsby_popper(area, compactness.perimeter_m(units, graph, territory, k))

    diameter = diameters(units.xy_m, territory, k)
    moved = np.zeros(problem.n_units) if today else problem.moved_share(territory)
    leaving = np.full(problem.n_units, -1, np.int32) if today else territory
    budgets, mixes = problem.budgets, problem.mixes
    used = np.array([moved @ budget.weight for budget in budgets]).reshape(len(budgets))
    given_up = [problem.lost_share(budget.weight, leaving) for budget in budgets]
    over = sum(
        int(u > budget.most) + int((g > budget.most_per_territory).sum())
        for budget, u, g in zip(budgets, used, given_up, strict=True)
    )
    mix_share = [mix.share(territory) for mix in mixes]
    gained, lost = disruption.gained_and_lost(entity_activity, entity_current, entity_territory, k)
    changed = disruption.moved(entity_current, entity_territory)
    totals = entity_activity.sum(axis=0)
    return Scorecard(
        measures=tuple(measure.name for measure in problem.measures),
        loads=loads,
        ideal=ideal,
        deviation=deviation,
        violation=balance.band_violation(loads, lower, upper, ideal),
        worst_deviation=np.abs(deviation).max(axis=0, initial=0.0),
        gini=np.array([balance.gini(column) for column in loads.T]),
        n_units=np.bincount(territory[territory >= 0], minlength=k).astype(np.int32),
        centre_m=centre,
        inertia=inertia,
        diameter_m=diameter,
        polsby_popper=roundness,
        pieces=pieces,
        surplus_pieces=np.where(problem.contiguous & ~problem.loose, surplus, 0).astype(np.int32),
        mean_distance_m=mean_distance,
        reach_m=reach,
        gained=gained,
        lost=lost,
        moved_share=np.where(
            totals > 0, entity_activity[changed].sum(axis=0) / np.where(totals > 0, totals, 1), 0.0
        ),
        moved_entities=int(changed.sum()),
        n_entities=len(entity_territory),
        unassigned=int((territory < 0).sum()),
        lock_breaches=int(placement.unlocked(problem.locked, territory).sum()),
        exclusion_breaches=int(placement.barred(problem.excluded, territory).sum()),
        apart_breaches=int(company.sharing(problem.apart, territory).sum()),
        together_breaches=len(company.torn(problem.together, territory)),
        region_breaches=int(
            company.strayed(problem.region_of_unit, problem.region_of_territory, territory).sum()
        ),
        mixes=tuple(mix.name for mix in mixes),
        mix_share=_columns(mix_share, k),
        mix_violation=_columns([m.violation(s) for m, s in zip(mixes, mix_share, strict=True)], k),
        budgets=tuple(budget.name for budget in budgets),
        budget_used=used,
        budget_total=np.array([budget.total for budget in budgets]),
        budget_lost=_columns(given_up, k),
        budget_limit=_columns([budget.per_territory for budget in budgets], k),
        budget_breaches=over,
        compactness_cost=_compactness_cost(problem, territory, inertia, diameter),
        disruption_cost=float(moved @ objective.move_cost),
    )


def _columns(values: list[FloatArray], n_rows: int) -> FloatArray:
    """Return `values`, each of shape ``(n_rows,)``, side by side."""
    return np.array(values).reshape(len(values), n_rows).T


def _compactness_cost(
    problem: AlignmentProblem, territory: IntArray, inertia: FloatArray, diameter: FloatArray
) -> float:
    """Return what the objective makes of the shape of the territories."""
    objective, k = problem.objective, problem.n_territories
    if objective.compactness is Compactness.DIAMETER:
        return float(diameter.max())
    if objective.centre is Centre.CENTROID:
        return float(np.nansum(inertia))
    cost, xy = separation(objective), problem.units.xy_m
    column, place = np.arange(k, dtype=np.int32), problem.territories.home_xy_m
    if objective.centre is Centre.UNIT:
        column = centre_units(cost, xy, objective.weight, territory, k)
        place = xy[column]
    placed = np.flatnonzero(territory >= 0).astype(np.int32)
    of = territory[placed]
    return float(objective.weight[placed] @ cost.each(xy, placed, place[of], column[of]))
