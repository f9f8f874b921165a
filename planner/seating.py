"""Which seat each territory of a finished plan goes to, so that as few customers as possible change rep.

The shape of the territories is settled; what is matched are contents ``j`` to seats ``s``, one to one. Every hard rule
that tells seats apart speaks of one such pair: locks, exclusions, regions, limits and mixes with what a seat holds
apart from geography, what a seat of today may lose, contiguity of the seats it is asked of. So does the cost: distance
from a home, and the price of what changes owner. Hence the best matching is a linear assignment problem, solved
exactly: least cost first, wishes among the cheapest. Where centres are free and moves cost nothing every matching
costs the same, and the wishes alone decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from planner.alignment import Alignment
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.measures import balance, contiguity
from planner.measures.separation import separation
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard


@dataclass(frozen=True)
class SeatingWeights:
    """What each wish counts for; the wishes themselves are shares of the whole plan.

    Parameters
    ----------
    relationships
        Share of customers that keep their rep.
    skills
        Share of customers whose rep has the skills they need.
    capacity
        Share of the work that fits into the hours of its seat.
    distance
        Nearness to home: 1 less the mean distance as a part of the largest.
    """

    relationships: float = 1.0
    skills: float = 1e-3
    capacity: float = 1e-3
    distance: float = 1e-4


@dataclass(frozen=True, eq=False)
class SeatingFacts:
    """What wishes are about, by entity (account, else basic unit) and seat.

    Parameters
    ----------
    size
        What an entity counts for: 1, or its sales, shape ``(n_entities,)``, ≥ 0.
    unit
        Basic unit of each, −1 where geography does not decide on it, shape ``(n_entities,)``.
    keeps
        Whether a seat is that of the rep in force, shape ``(n_entities, n_territories)``, sparse.
    able
        Whether a seat has the skills that an entity needs, shape ``(n_entities, n_territories)``; None where no
        entity needs any.
    hours
        Work of each entity in hours a year, shape ``(n_entities,)``; None where unknown.
    capacity_hours
        Hours of each seat for that work, shape ``(n_territories,)``, NaN where unknown.
    """

    size: FloatArray
    unit: IntArray
    keeps: csr_array
    able: MaskArray | None = None
    hours: FloatArray | None = None
    capacity_hours: FloatArray | None = None

    @classmethod
    def of_units(cls, problem: AlignmentProblem) -> SeatingFacts:
        """Return what the problem itself knows: its units and who owns them today."""
        n = problem.n_units
        return cls(np.ones(n), np.arange(n, dtype=np.int32), problem.owned)


def seated(
    problem: AlignmentProblem,
    alignment: Alignment,
    facts: SeatingFacts | None = None,
    weights: SeatingWeights | None = None,
) -> Alignment:
    """Return `alignment` with its territories matched to seats in the best way.

    All hard rules hold as before and the objective is no worse. An alignment that breaks rules stays as it is unless
    another matching keeps all of them.
    """
    before = scorecard(problem, alignment.territory)
    if problem.n_territories < 2:
        return alignment
    facts = SeatingFacts.of_units(problem) if facts is None else facts
    # Imported here: scipy.optimize takes a while to load, and most of the package does without it.
    from planner.matching import best_matching

    territory = alignment.territory
    allowed, cost = allowed_seats(problem, territory), seat_costs(problem, territory)
    wish = seat_wishes(problem, territory, facts, weights or SeatingWeights())
    if before.feasible:
        np.fill_diagonal(allowed, True)
    elif not _can_be_matched(allowed):
        return alignment
    matched = Alignment(best_matching(cost, wish, allowed)[territory])
    if matched == alignment:
        return alignment
    after = scorecard(problem, matched.territory)
    # The total of a budget spans several pairs: it is checked here.
    no_worse = not before.feasible or after.objective <= before.objective * (1 + 1e-9) + 1e-12
    return matched if after.feasible and no_worse else alignment


def _can_be_matched(allowed: MaskArray) -> bool:
    """Return whether the allowed pairs hold a complete matching."""
    return bool((maximum_bipartite_matching(csr_array(allowed), perm_type="column") >= 0).all())


def allowed_seats(problem: AlignmentProblem, territory: IntArray) -> MaskArray:
    """Return which contents may go to which seats by the hard rules, shape ``(n_territories, n_territories)``."""
    k = problem.n_territories
    allowed: MaskArray = np.ones((k, k), dtype=np.bool_)
    locked = np.flatnonzero(problem.locked >= 0)
    bound = np.zeros((k, k), dtype=np.bool_)
    bound[territory[locked], problem.locked[locked]] = True
    # A content with locked units may only go where all of them are locked to.
    several = bound.any(axis=1)
    allowed[several] = bound[several] & (bound[several].sum(axis=1) == 1)[:, None]
    if problem.excluded is not None:
        unit, seat = problem.excluded.nonzero()
        allowed[territory[unit], seat] = False
    regional = np.flatnonzero(problem.region_of_unit >= 0)
    if len(regional):
        content, region = territory[regional], problem.region_of_unit[regional]
        for j, r in np.unique(np.stack([content, region], axis=1), axis=0):
            allowed[j] &= problem.region_of_territory == r
    graph = problem.graph_within_regions()
    if problem.contiguous and graph is not None and problem.loose.any():
        torn = contiguity.surplus_pieces(graph, territory, k) > 0
        allowed &= ~torn[:, None] | problem.loose[None, :]
    return allowed & _within_limits(problem, territory)


def _within_limits(problem: AlignmentProblem, territory: IntArray) -> MaskArray:
    """Return which pairs keep limits of measures and mixes, and what seats of today may lose."""
    k = problem.n_territories
    inside: MaskArray = np.ones((k, k), dtype=np.bool_)
    held = problem.loads(territory) - problem.territories.fixed_activity
    lower, upper = problem.limits()
    for m in problem.limited:
        loads = held[:, m, None] + problem.territories.fixed_activity[None, :, m]
        ideal = problem.measures[m].ideal[None, :]
        inside &= balance.band_violation(loads, lower[None, :, m], upper[None, :, m], ideal) == 0
    for mix in problem.mixes:
        part, whole = mix.amounts(territory)
        part = (part - mix.fixed_part)[:, None] + mix.fixed_part[None, :]
        whole = (whole - mix.fixed_whole)[:, None] + mix.fixed_whole[None, :]
        share = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
        inside &= mix.violation(share) == 0
    for budget in problem.budgets:
        if np.isfinite(budget.per_territory).any():
            kept = _owned_by_content(problem, territory, budget.weight)
            today = np.asarray(problem.owned.T @ budget.weight).ravel()
            inside &= today[None, :] - kept <= budget.most_per_territory[None, :]
    return inside


def seat_costs(problem: AlignmentProblem, territory: IntArray) -> FloatArray:
    """Return what each content adds to the objective at each seat, shape ``(n_territories, n_territories)``."""
    objective, k = problem.objective, problem.n_territories
    costs = -_owned_by_content(problem, territory, objective.move_cost)
    if objective.centre is Centre.HOME and objective.compactness is not Compactness.DIAMETER:
        distance, xy = separation(objective), problem.units.xy_m
        columns = np.arange(k, dtype=np.int32)
        for j in range(k):
            members = np.flatnonzero(territory == j).astype(np.int32)
            away = distance.pairs(xy, members, problem.territories.home_xy_m, columns)
            costs[j] += objective.weight[members] @ away
    return costs


def seat_wishes(
    problem: AlignmentProblem, territory: IntArray, facts: SeatingFacts, weights: SeatingWeights
) -> FloatArray:
    """Return how well each content would do at each seat, shape ``(n_territories, n_territories)``.

    Sums over a matching are shares of the plan times their weights; what is unknown counts for nothing.
    """
    k = problem.n_territories
    decided = np.flatnonzero(facts.unit >= 0)
    content = territory[facts.unit[decided]]
    size = facts.size[decided] / max(float(facts.size[decided].sum()), np.finfo(float).tiny)
    into = csr_array((size, (content, np.arange(len(decided)))), shape=(k, len(decided)))
    wish = weights.relationships * np.asarray((into @ facts.keeps[decided]).todense(), dtype=np.float64)
    if facts.able is not None:
        wish += weights.skills * np.asarray(into @ facts.able[decided])
    if facts.hours is not None and facts.capacity_hours is not None:
        hours = np.bincount(content, facts.hours[decided], k)
        room = np.where(np.isfinite(facts.capacity_hours), facts.capacity_hours, np.inf)
        fits = np.minimum(hours[:, None], room[None, :]) / max(float(hours.sum()), np.finfo(float).tiny)
        wish += weights.capacity * fits
    return wish + weights.distance * _nearness(problem, territory)


def _nearness(problem: AlignmentProblem, territory: IntArray) -> FloatArray:
    """Return 1 less the mean distance of each content from each home over the largest, divided by their number."""
    k = problem.n_territories
    weight, xy = problem.objective.weight, problem.units.xy_m
    mass = sum_by(territory, weight, k)
    total = np.stack([sum_by(territory, weight * xy[:, d], k) for d in (0, 1)], axis=1)
    middle = total / np.where(mass > 0, mass, 1.0)[:, None]
    away = np.hypot(*(middle[:, None, :] - problem.territories.home_xy_m[None, :, :]).transpose(2, 0, 1))
    known = np.isfinite(away) & (mass > 0)[:, None]
    largest = float(away[known].max(initial=0.0))
    nearness = 1.0 - np.where(known, away, largest) / (largest if largest > 0 else 1.0)
    return np.asarray(nearness / k)


def _owned_by_content(problem: AlignmentProblem, territory: IntArray, weight: FloatArray) -> FloatArray:
    """Return what each owner of today holds of each content, weighed, shape ``(n_territories, n_territories)``."""
    k = problem.n_territories
    content = csr_array((weight, (territory, np.arange(problem.n_units))), shape=(k, problem.n_units))
    return np.asarray((content @ problem.owned).todense(), dtype=np.float64)
