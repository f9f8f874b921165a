"""What a plan is optimised for."""

from __future__ import annotations

import numpy as np

from data.assemble.findings import Findings, examples
from data.assemble.roster import Roster
from data.assemble.values import Values
from planner.arrays import FloatArray
from planner.measures.separation import separation
from planner.objective import Centre, Compactness, Objective
from planner.scenario import Band, Scenario

LEAST_WEIGHT = 1e-3
"""Weight of a unit without activity, as a part of the mean: enough that it does not roam, too little to steer."""


def objective(
    scenario: Scenario, values: Values, activity: FloatArray, roster: Roster, findings: Findings
) -> Objective:
    """Return the objective: weighed compactness, and the price of changing hands.

    Distance is weighed by the measure that the scenario names, else by the mean of the balanced ones, each scaled to
    the total of the primary one: an account that is small in one measure and large in another still pulls. Every
    unit weighs at least `LEAST_WEIGHT` times the mean; where all are 0, each weighs 1. A unit that moves costs as
    much as its weight ``disruption_km`` off centre; where the diameter is optimised, a whole territory's weight that
    moves costs as much as ``disruption_km`` of it.
    """
    held = _weighing(scenario, values, activity)
    weight = np.maximum(held, LEAST_WEIGHT * held.mean()) if held.any() else np.ones(len(held))
    centre = _centre(scenario, roster, findings)
    if scenario.compactness is Compactness.DIAMETER:
        price = weight / weight.sum() * max(len(roster), 1) * scenario.disruption_km * 1000.0
        return Objective(weight, price, centre, scenario.compactness)
    free = Objective(weight, np.zeros_like(weight), centre, scenario.compactness)
    away = separation(free).at(np.array([(scenario.disruption_km * 1000.0) ** 2]))[0]
    # Travel takes time at no distance as well, but staying costs nothing.
    return free.replace(move_cost=weight * (away if scenario.disruption_km > 0 else 0.0))


def _weighing(scenario: Scenario, values: Values, activity: FloatArray) -> FloatArray:
    """Return what weighs distance, in units of the primary measure, shape ``(n_units,)``."""
    if not len(values.names):
        return np.zeros(len(activity))
    total = activity.sum(axis=0)
    balanced = [values.position(name) for name, band in values.bands.items() if band != Band()]
    if scenario.compactness_measure is not None or not balanced or total[values.primary] <= 0:
        balanced = [values.primary]
    scale = np.where(total > 0, total[values.primary] / np.where(total > 0, total, 1.0), 0.0)
    return np.asarray((activity[:, balanced] * scale[balanced]).mean(axis=1))


def _centre(scenario: Scenario, roster: Roster, findings: Findings) -> Centre:
    homeless = ~np.isfinite(roster.home_deg).all(axis=1)
    needs_place = scenario.compactness in (Compactness.DISTANCE, Compactness.HOURS)
    if scenario.centre == "auto":
        if not homeless.any() and len(roster) and scenario.compactness is not Compactness.DIAMETER:
            return Centre.HOME
        return Centre.UNIT if needs_place else Centre.CENTROID
    if scenario.centre not in list(Centre):
        findings.error(
            "unknown_centre",
            f"centre = {scenario.centre!r} is not known.",
            "Use 'home', 'centroid', 'unit' or 'auto'.",
            table="plan.toml",
            value=scenario.centre,
        )
        return Centre.CENTROID
    if scenario.centre == Centre.CENTROID and needs_place:
        findings.error(
            "centre_of_distance",
            f"compactness = {str(scenario.compactness)!r} cannot be taken from centroids.",
            "Set centre = 'home', 'unit' or 'auto', or compactness = 'inertia'.",
            table="plan.toml",
            value=scenario.centre,
        )
        return Centre.UNIT
    if scenario.centre == Centre.HOME and homeless.any():
        findings.error(
            "centre_without_home",
            f"centre = 'home', but these territories have no seat with a home place: "
            f"{examples(roster.territory_id[homeless])}.",
            "Add latitude and longitude in seats, or set centre = 'centroid'.",
            table="seats",
            column="latitude",
            count=int(homeless.sum()),
        )
    return Centre(scenario.centre)
