"""A scenario that asks nobody to change but those who must: limits widened to what each territory holds today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.arrays import FloatArray
from planner.demands import AskedRule, Band
from planner.measures.contiguity import surplus_pieces
from planner.problem import AlignmentProblem
from planner.scenario import Scenario

SHOWN = 3


def owners_share_units(problem: AlignmentProblem) -> bool:
    """Return whether some unit has several owners today, so that no alignment of units is that of today."""
    if not problem.owned.nnz:
        return False
    largest = np.asarray(problem.owned.max(axis=1).todense()).ravel()
    return bool((largest[problem.current >= 0] < problem.had_owner[problem.current >= 0] - 1e-9).any())


def as_today(
    scenario: Scenario, problem: AlignmentProblem, today: FloatArray, former: FloatArray
) -> tuple[Scenario, tuple[str, ...]]:
    """Return `scenario` so that whoever is outside its limits today may stay as it is, and what was eased, in words.

    Limits become rules per territory: those of the scenario, or what the territory holds today where that is outside.
    Nobody may get farther out; a new territory keeps the limits asked for, but may be what one of the former ones was,
    so that a successor can take over. Contiguity is asked only where every territory has it today. Moves cost more than
    any compactness could save.

    Parameters
    ----------
    problem
        The scenario assembled, with the territories to fill.
    today
        What each of them holds today, shape ``(n_territories, n_measures)``; nothing where it is new.
    former
        What those held that are given up, shape ``(n_former, n_measures)``.
    """
    notes: list[str] = []
    exists = today.sum(axis=1) > 0
    measures, rules = dict(scenario.measures), list(scenario.rules)
    names = problem.territories.territory_id
    for m in problem.limited:
        measure, held = problem.measures[m], today[:, m]
        least = np.where(exists, held, former[:, m].min(initial=np.inf))
        most = np.where(exists, held, former[:, m].max(initial=-np.inf))
        lower, upper = np.minimum(measure.lower, least), np.maximum(measure.upper, most)
        eased = np.flatnonzero((lower < measure.lower) | (upper > measure.upper))
        if not len(eased):
            continue
        measures[measure.name] = _around(measure.ideal, lower, upper)
        for kind, limit in (("min", lower), ("max", upper)):
            rules += [
                AskedRule(
                    kind,
                    name=f"{measure.name} as today",
                    territory_id=str(names[j]),
                    measure=measure.name,
                    value=float(limit[j]),
                )
                for j in np.flatnonzero(np.isfinite(limit) & ((limit > 0) | (kind == "max")))
            ]
        notes.append(
            f"{len(eased)} territories are outside what the limits of {measure.name} would be now "
            f"({_some(names[eased])}): they may stay so, but not get farther out."
        )
    contiguous = scenario.contiguous
    regions = {name: replace(region, measures={}) for name, region in scenario.regions.items()}
    torn = _torn(problem)
    if len(torn):
        contiguous = False
        regions = {name: replace(region, contiguous=None) for name, region in regions.items()}
        notes.append(
            f"{len(torn)} territories are in several pieces today ({_some(names[torn])}), so contiguity is not asked "
            "for; what hangs together stays so."
        )
    span_m = float(np.hypot(*np.ptp(problem.units.xy_m, axis=0)))
    price_km = max(scenario.disruption_km, float(np.ceil(span_m / 1000.0)), 1.0)
    asked = scenario.replace(
        measures=measures,
        rules=tuple(rules),
        regions=regions,
        contiguous=contiguous,
        disruption_km=price_km,
    )
    return asked, tuple(notes)


def _around(ideal: FloatArray, lower: FloatArray, upper: FloatArray) -> Band:
    """Return the narrowest band that holds all limits; rules make it exact for each territory."""
    known = ideal > 0
    below = np.max(1.0 - lower[known] / ideal[known], initial=0.0)
    above = np.max(upper[known] / ideal[known] - 1.0, initial=0.0)
    # A hair wider, so that rounding does not make the band the tighter of the two.
    return Band(
        float(min(below * (1 + 1e-9) + 1e-9, 1.0)) if np.isfinite(below) else None,
        float(above * (1 + 1e-9) + 1e-9) if np.isfinite(above) else None,
    )


def _torn(problem: AlignmentProblem) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the territories that must hang together and do not today."""
    graph = problem.graph_within_regions()
    if graph is None or not problem.contiguous:
        return np.zeros(0, np.intp)
    owner = np.where(problem.current >= 0, problem.current, -1).astype(np.int32)
    surplus = surplus_pieces(graph, owner, problem.n_territories)
    return np.flatnonzero((surplus > 0) & ~problem.loose)


def _some(names: np.ndarray[tuple[int], np.dtype[np.object_]]) -> str:
    shown = ", ".join(str(name) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
