"""The scorecard of a draft, put together from its territories; equal to a full evaluation to the last digit."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray
from planner.editing.draft import Draft
from planner.measures import balance, company, disruption, placement
from planner.measures.separation import separation
from planner.objective import Centre, Compactness
from planner.scorecard import Scorecard


def card_of(draft: Draft) -> Scorecard:
    """Return every measure of a draft."""
    ground, problem, territory = draft.ground, draft.problem, draft.territory
    k, m = problem.n_territories, len(problem.measures)
    rows = [standing.row for standing in draft.standings]
    details = [standing.details for standing in draft.standings]
    loads = np.array([row.loads for row in rows]).reshape(k, m)
    deviation = balance.deviation(loads, ground.ideal)
    entity = draft.entity_territory
    gained, lost = disruption.gained_and_lost(ground.activity, ground.current, entity, k)
    changed, totals = disruption.moved(ground.current, entity), ground.activity.sum(axis=0)
    moved = ground.activity[changed].sum(axis=0)
    budgets = problem.budgets
    return Scorecard(
        measures=tuple(measure.name for measure in problem.measures),
        loads=loads,
        ideal=ground.ideal,
        deviation=deviation,
        violation=np.array([standing.violation for standing in draft.standings]).reshape(k, m),
        worst_deviation=np.abs(deviation).max(axis=0, initial=0.0),
        gini=np.array([balance.gini(column) for column in loads.T]),
        n_units=np.array([len(standing.members) for standing in draft.standings], np.int32),
        centre_m=np.array([row.centre_m for row in rows]),
        inertia=np.array([row.inertia for row in rows]),
        diameter_m=np.array([more.diameter_m for more in details]),
        polsby_popper=np.array([more.polsby_popper for more in details]),
        pieces=np.array([row.pieces for row in rows], np.int32),
        surplus_pieces=np.array([standing.surplus_pieces for standing in draft.standings], np.int32),
        mean_distance_m=np.array([more.mean_distance_m for more in details]),
        reach_m=np.array([more.reach_m for more in details]),
        gained=gained,
        lost=lost,
        moved_share=np.where(totals > 0, moved / np.where(totals > 0, totals, 1), 0.0),
        moved_entities=int(changed.sum()),
        n_entities=len(entity),
        unassigned=0,
        lock_breaches=int(placement.unlocked(problem.locked, territory).sum()),
        exclusion_breaches=int(placement.barred(problem.excluded, territory).sum()),
        apart_breaches=int(company.sharing(problem.apart, territory).sum()),
        together_breaches=len(company.torn(problem.together, territory)),
        region_breaches=int(
            company.strayed(problem.region_of_unit, problem.region_of_territory, territory).sum()
        ),
        mixes=tuple(mix.name for mix in problem.mixes),
        mix_share=np.array([row.mix_share for row in rows]).reshape(k, len(problem.mixes)),
        mix_violation=np.array([s.mix_violation for s in draft.standings]).reshape(k, len(problem.mixes)),
        budgets=tuple(budget.name for budget in budgets),
        budget_used=draft.budget_used,
        budget_total=np.array([budget.total for budget in budgets]),
        budget_lost=draft.budget_lost,
        budget_limit=np.array([budget.per_territory for budget in budgets]).reshape(len(budgets), k).T,
        budget_breaches=sum(
            int(used > budget.most) + int((given_up > budget.most_per_territory).sum())
            for budget, used, given_up in zip(budgets, draft.budget_used, draft.budget_lost.T, strict=True)
        ),
        compactness_cost=_compactness_cost(draft),
        disruption_cost=float(draft.moved_share @ problem.objective.move_cost),
    )


def _compactness_cost(draft: Draft) -> float:
    """Return what the objective makes of the shape of the territories."""
    problem, rows = draft.ground.problem, [standing.row for standing in draft.standings]
    objective, k, xy = problem.objective, problem.n_territories, problem.units.xy_m
    if objective.compactness is Compactness.DIAMETER:
        return float(np.array([standing.details.diameter_m for standing in draft.standings]).max())
    if objective.centre is Centre.CENTROID:
        return float(np.nansum(np.array([row.inertia for row in rows])))
    column, place = np.arange(k, dtype=np.int32), problem.territories.home_xy_m
    if objective.centre is Centre.UNIT:
        column = np.array([row.centre_unit for row in rows], np.int32)
        place = xy[column]
    every, of = np.arange(problem.n_units, dtype=np.int32), draft.territory
    cost: FloatArray = separation(objective).each(xy, every, place[of], column[of])
    return float(objective.weight @ cost)
