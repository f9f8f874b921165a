"""The scorecard as plain values, before and after side by side."""

from __future__ import annotations

import numpy as np

from data.export.assignments import Owners
from data.stakes import loss_summary, workload_summary
from planner.scorecard import Scorecard

UNITS_OF_MEASURE = {
    "value": "as in the input",
    "ideal": "as in the input",
    "lower": "as in the input; null: no limit",
    "upper": "as in the input; null: no limit",
    "deviation": "fraction of the ideal",
    "violation": "fraction of the ideal",
    "worst_deviation": "fraction of the ideal",
    "moved_share": "fraction of the measure",
    "gini": "0 (even) to 1",
    "inertia": "activity · m²",
    "polsby_popper": "0 (ragged) to 1 (a disc)",
    "mean_distance_km": "km, straight line",
    "reach_km": "km, straight line",
    "diameter_km": "km, straight line",
    "budgets": "amounts that change hands, as each budget counts them; null: no limit",
    "mixes": "shares, fractions",
    "expected_loss": "fraction of annual sales; amounts in minor units of the currency",
    "workload": "hours a year",
}


COSTS = ("objective", "compactness_cost", "disruption_cost")
"""Told in the unit of the objective."""


def scores(owners: Owners) -> dict[str, object]:
    """Return the scorecards before and after; ``before`` is None where nothing is in force."""
    plan = owners.plan
    return {
        "measures": list(plan.after.measures),
        "units_of_measure": UNITS_OF_MEASURE
        | dict.fromkeys(COSTS, owners.assembled.problem.objective.unit_of_cost),
        "entities": "units" if owners.assembled.accounts is None else "accounts",
        "before": None if plan.before is None else _score(owners, plan.before),
        "after": _score(owners, plan.after),
        "expected_loss": loss_summary(owners.assembled, owners.stakes),
        "workload": workload_summary(owners.assembled, owners.stakes),
    }


def _score(owners: Owners, card: Scorecard) -> dict[str, object]:
    problem = owners.assembled.problem
    lower, upper = problem.limits()
    per_measure = {
        "value": card.loads,
        "ideal": card.ideal,
        "lower": lower,
        "upper": upper,
        "deviation": card.deviation,
        "violation": card.violation,
        "gained": card.gained,
        "lost": card.lost,
    }
    per_territory = {
        "units": card.n_units,
        "inertia": card.inertia,
        "diameter_km": card.diameter_m / 1000,
        "polsby_popper": card.polsby_popper,
        "mean_distance_km": card.mean_distance_m / 1000,
        "reach_km": card.reach_m / 1000,
        "pieces": card.pieces,
        "surplus_pieces": card.surplus_pieces,
    }
    return {
        "feasible": card.feasible,
        "objective": card.objective,
        "compactness_cost": card.compactness_cost,
        "disruption_cost": card.disruption_cost,
        "inertia": float(np.nansum(card.inertia)),
        "mean_polsby_popper": _mean(card.polsby_popper),
        "mean_distance_km": _mean(card.mean_distance_m / 1000),
        "greatest_reach_km": _greatest(card.reach_m / 1000),
        "surplus_pieces": int(card.surplus_pieces.sum()),
        "moved_entities": card.moved_entities,
        "entities": card.n_entities,
        "unassigned": card.unassigned,
        "lock_breaches": card.lock_breaches,
        "exclusion_breaches": card.exclusion_breaches,
        "apart_breaches": card.apart_breaches,
        "together_breaches": card.together_breaches,
        "region_breaches": card.region_breaches,
        "mix_breaches": card.mix_breaches,
        "budget_breaches": card.budget_breaches,
        "budgets": [
            {"name": name, "used": card.budget_used[b], "total": card.budget_total[b]}
            for b, name in enumerate(card.budgets)
        ],
        "totals": {
            name: {
                "value": card.loads[:, m].sum(),
                "worst_deviation": card.worst_deviation[m],
                "gini": card.gini[m],
                "moved_share": card.moved_share[m],
            }
            for m, name in enumerate(card.measures)
        },
        "territories": [
            {
                "territory_id": territory_id,
                "seat_id": problem.territories.seat_id[j],
                **{name: values[j] for name, values in per_territory.items()},
                "measures": {
                    name: {key: values[j, m] for key, values in per_measure.items()}
                    for m, name in enumerate(card.measures)
                },
                "mixes": [
                    {
                        "name": mix.name,
                        "share": card.mix_share[j, x],
                        "lower": mix.lower[j],
                        "upper": mix.upper[j],
                        "violation": card.mix_violation[j, x],
                    }
                    for x, mix in enumerate(problem.mixes)
                ],
                "budgets": [
                    {"name": name, "lost": card.budget_lost[j, b], "limit": card.budget_limit[j, b]}
                    for b, name in enumerate(card.budgets)
                ],
            }
            for j, territory_id in enumerate(problem.territories.territory_id)
        ],
    }


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _greatest(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else None
