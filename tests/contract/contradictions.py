"""Problems with every kind of rule that a planted alignment keeps, each with one contradiction added.

`CONTRADICTIONS` names the kinds; each draws a problem from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import IntArray
from planner.budget import Budget
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.rules import RuleKind
from planner.seats import Territories
from planner.units import Units
from tests.contract.problems import grid, strips

N, K = 120, 6
BAND, LIMIT, LOCK, EXCLUSION = RuleKind.BAND, RuleKind.LIMIT, RuleKind.LOCK, RuleKind.EXCLUSION
CONTIGUITY, DISRUPTION, MIX = RuleKind.CONTIGUITY, RuleKind.DISRUPTION, RuleKind.MIX
APART, TOGETHER, REGION = RuleKind.APART, RuleKind.TOGETHER, RuleKind.REGION


def planted() -> IntArray:
    """Return the alignment that every problem of `ruled` keeps: 20 units each."""
    return np.repeat(np.arange(K), N // K).astype(np.int32)


def ruled(seed: int, **changes: Any) -> AlignmentProblem:
    """Return 120 accounts and 6 territories in 2 regions, with rules of every kind that can hold together."""
    random = np.random.default_rng([7, seed])
    owner = planted()
    xy_m = np.c_[owner * 9_000.0, np.zeros(N)] + random.uniform(0, 9_000, (N, 2))
    sales = random.uniform(0.6, 1.6, N)
    activity = np.c_[sales, np.ones(N)]
    share = np.full(K, 1 / K)
    locked = np.where(random.random(N) < 0.1, owner, -1)
    excluded = random.random((N, K)) < 0.08
    excluded[np.arange(N), owner] = False
    a, b = (
        random.choice(np.flatnonzero(owner == 0), 3, False),
        random.choice(np.flatnonzero(owner == 1), 3, False),
    )
    together = np.full(N, -1)
    together[random.choice(np.flatnonzero(owner == 4), 4, False)] = 0
    together[random.choice(np.flatnonzero(owner == 5), 3, False)] = 1
    current = owner.copy()
    moved = random.choice(N, 12, False)
    current[moved] = (owner[moved] + 1) % K
    hospital = (np.arange(N) % 4 == 0).astype(float)
    problem = AlignmentProblem(
        Units.points([f"a{i:03d}" for i in range(N)], xy_m),
        Territories.unnamed(K, 2),
        (
            Measure.banded("sales", float(sales.sum()), share, 0.3, 0.3),
            Measure("accounts", np.full(K, N / K), np.full(K, 12.0), np.full(K, 29.0)),
        ),
        activity,
        Objective(sales, np.zeros(N)),
        current=current,
        locked=locked,
        excluded=csr_array(excluded),
        budgets=(Budget("accounts", np.ones(N), 30.0, np.full(K, 15.0)),),
        mixes=(_mix(hospital, 0.1, 0.5),),
        apart=np.c_[a, b],
        together=together,
        region_of_unit=owner // 3,
        region_of_territory=np.arange(K) // 3,
        region_name=("North", "South"),
    )
    return problem.replace(**changes)


def _mix(part: np.ndarray, lower: float, upper: float) -> Mix:  # type: ignore[type-arg]
    whole = np.ones(len(part))
    return Mix("hospitals", part, whole, np.zeros(K), np.zeros(K), np.full(K, lower), np.full(K, upper))


def _limited(problem: AlignmentProblem, m: int, **sides: Any) -> AlignmentProblem:
    measures = list(problem.measures)
    measures[m] = replace(measures[m], **sides)
    return problem.replace(measures=tuple(measures))


def _with_limit(problem: AlignmentProblem, m: int, side: str, j: int, value: float) -> AlignmentProblem:
    limit = np.array(getattr(problem.measures[m], side))
    limit[j] = value
    return _limited(problem, m, **{side: limit})


def _free(problem: AlignmentProblem, units: IntArray) -> AlignmentProblem:
    """Return the problem in which no lock, exclusion, pair or group concerns `units`."""
    locked, together = np.array(problem.locked), np.array(problem.together)
    excluded = np.zeros((N, K), bool) if problem.excluded is None else problem.excluded.toarray()
    locked[units], together[units], excluded[units] = -1, -1, False
    apart = problem.apart[~np.isin(problem.apart, units).any(axis=1)]
    return problem.replace(locked=locked, together=together, excluded=csr_array(excluded), apart=apart)


def _members(j: int, count: int, seed: int) -> IntArray:
    held = np.flatnonzero(planted() == j)
    return np.sort(np.random.default_rng([3, seed]).choice(held, count, False)).astype(np.int32)


def _locked(problem: AlignmentProblem, units: IntArray, j: int) -> AlignmentProblem:
    freed = _free(problem, units)
    locked = np.array(freed.locked)
    locked[units] = j
    return freed.replace(locked=locked)


def _excluded(problem: AlignmentProblem, pairs: np.ndarray) -> AlignmentProblem:  # type: ignore[type-arg]
    given = np.zeros((N, K), bool) if problem.excluded is None else problem.excluded.toarray()
    return problem.replace(excluded=csr_array(given | pairs))


def cap_too_low(seed: int) -> AlignmentProblem:
    """Six territories of at most 15 accounts cannot hold 120."""
    return _limited(ruled(seed), 1, upper=np.full(K, 15.0), lower=np.full(K, -np.inf))


def floor_too_high(seed: int) -> AlignmentProblem:
    """Six territories cannot hold 24 accounts each of 120."""
    return _limited(ruled(seed), 1, lower=np.full(K, 24.0))


def caps_that_differ(seed: int) -> AlignmentProblem:
    """Limits of single seats that come to less than there is."""
    random = np.random.default_rng(seed)
    return _limited(ruled(seed), 1, upper=np.sort(random.uniform(15.0, 19.0, K)), lower=np.full(K, -np.inf))


def locks_over_band(seed: int) -> AlignmentProblem:
    """Locks of one seat come to more than its band allows."""
    problem = ruled(seed)
    return _locked(problem, np.r_[_members(0, 17, seed), _members(1, 12, seed)], 0)


def locks_over_cap(seed: int) -> AlignmentProblem:
    """Locks of one seat are more accounts than its own limit."""
    problem = ruled(seed)
    return _with_limit(_locked(problem, _members(2, 15, seed), 2), 1, "upper", 2, 13.0)


def locks_over_budget(seed: int) -> AlignmentProblem:
    """Locks away from today's owners move more than may change hands."""
    problem = ruled(seed).replace(current=planted(), owned=None, had_owner=None)
    problem = problem.replace(budgets=(Budget("accounts", np.ones(N), 3.0),))
    return _locked(problem, _members(3, 5, seed), 4)


def named_over_cap(seed: int) -> AlignmentProblem:
    """Named accounts and locks of one seat come to more than it may hold."""
    problem = ruled(seed)
    fixed = np.zeros((K, 2))
    fixed[1] = [6.0, 16.0]
    problem = problem.replace(territories=problem.territories.replace(fixed_activity=fixed))
    return _locked(problem, _members(1, 14, seed), 1)


def named_alone_over_cap(seed: int) -> AlignmentProblem:
    """Named accounts alone are more than a seat may hold."""
    problem = ruled(seed)
    fixed = np.zeros((K, 2))
    fixed[3] = [9.0, 33.0]
    return problem.replace(territories=problem.territories.replace(fixed_activity=fixed))


def floor_out_of_reach(seed: int) -> AlignmentProblem:
    """A seat may serve so few accounts that it misses its lower limit."""
    pairs = np.zeros((N, K), bool)
    pairs[:, 5] = True
    problem = ruled(seed)
    pairs[_members(5, 8, seed), 5] = False
    locked = np.where(problem.locked == 5, -1, problem.locked)
    together = np.where(planted() == 5, -1, problem.together)
    return _excluded(problem.replace(locked=locked, together=together), pairs)


def reach_too_short(seed: int) -> AlignmentProblem:
    """Accounts within reach of two seats together are too few for both."""
    problem = ruled(seed, excluded=None)
    near = np.zeros((N, K), bool)
    near[:, :2] = True
    near[np.r_[_members(0, 11, seed), _members(1, 8, seed)], :2] = False
    locked = np.where(problem.locked < 2, -1, problem.locked)
    return _excluded(problem.replace(locked=locked), near)


def nobody_has_the_skill(seed: int) -> AlignmentProblem:
    """One account is excluded from every seat."""
    problem = ruled(seed)
    unit = _members(4, 1, seed)
    problem = _free(problem, unit)
    pairs = np.zeros((N, K), bool)
    pairs[unit] = True
    return _excluded(problem, pairs)


def lock_against_exclusion(seed: int) -> AlignmentProblem:
    """One account is locked to a seat that it is excluded from."""
    problem = ruled(seed)
    unit = _members(2, 1, seed)
    pairs = np.zeros((N, K), bool)
    pairs[unit, 2] = True
    return _excluded(_locked(problem, unit, 2), pairs)


def competitors_too_many(seed: int) -> AlignmentProblem:
    """Four competitors in a region of three seats, no two with one."""
    problem = ruled(seed)
    rivals = _members(0, 4, seed)
    pairs = [(a, b) for p, a in enumerate(rivals) for b in rivals[p + 1 :]]
    freed = _free(problem, rivals)
    return freed.replace(apart=np.r_[freed.apart, pairs])


def competitors_locked_together(seed: int) -> AlignmentProblem:
    """Two competitors are locked to the same seat."""
    problem = ruled(seed)
    pair = _members(3, 2, seed)
    locked = _locked(problem, pair, 3)
    return locked.replace(apart=np.r_[locked.apart, [pair]])


def family_too_heavy(seed: int) -> AlignmentProblem:
    """A family that must be together is more than any seat may hold."""
    problem = ruled(seed)
    family = np.r_[_members(0, 16, seed), _members(1, 16, seed)]
    freed = _free(problem, family)
    together = np.array(freed.together)
    together[family] = 7
    return freed.replace(together=together)


def family_split_by_locks(seed: int) -> AlignmentProblem:
    """Two members of a family are locked to different seats."""
    problem = ruled(seed)
    one, other = _members(3, 1, seed), _members(4, 1, seed)
    both = _locked(_locked(problem, one, 3), other, 4)
    together = np.array(both.together)
    together[np.r_[one, other]] = 8
    return both.replace(together=together)


def family_of_competitors(seed: int) -> AlignmentProblem:
    """Two accounts must be together and apart."""
    problem = ruled(seed)
    pair = _members(2, 2, seed)
    freed = _free(problem, pair)
    together = np.array(freed.together)
    together[pair] = 8
    return freed.replace(together=together, apart=np.r_[freed.apart, [pair]])


def family_across_regions(seed: int) -> AlignmentProblem:
    """A family has members in two regions."""
    problem = ruled(seed)
    pair = np.r_[_members(1, 1, seed), _members(4, 1, seed)]
    freed = _free(problem, pair)
    together = np.array(freed.together)
    together[pair] = 8
    return freed.replace(together=together)


def locked_out_of_region(seed: int) -> AlignmentProblem:
    """An account of one region is locked to a seat of the other."""
    problem = ruled(seed)
    return _locked(problem, _members(0, 1, seed), 5)


def mix_above_the_whole(seed: int) -> AlignmentProblem:
    """Every seat must hold a larger share of hospitals than there are."""
    return ruled(seed, mixes=(_mix((np.arange(N) % 4 == 0).astype(float), 0.35, 1.0),))


def mix_below_the_whole(seed: int) -> AlignmentProblem:
    """No seat may hold as large a share of hospitals as there are."""
    return ruled(seed, mixes=(_mix((np.arange(N) % 4 == 0).astype(float), 0.0, 0.15),))


def mix_not_in_this_region(seed: int) -> AlignmentProblem:
    """There are hospitals enough, but not in one of the regions."""
    hospital = ((np.arange(N) < 60) & (np.arange(N) % 2 == 0)).astype(float)
    hospital[np.random.default_rng(seed).choice(np.arange(60, N), 3, False)] = 1.0
    return ruled(seed, mixes=(_mix(hospital, 0.15, 1.0),))


def region_too_full(seed: int) -> AlignmentProblem:
    """The accounts of one region are more than its seats may hold."""
    region = np.where(np.arange(N) < 95, 0, 1)
    problem = ruled(seed)
    free = np.arange(60, 95)
    freed = _free(problem, free.astype(np.int32))
    return freed.replace(region_of_unit=region, budgets=())


def region_too_empty(seed: int) -> AlignmentProblem:
    """The accounts of one region are too few for its seats, whatever is lifted above."""
    problem = region_too_full(seed)
    return _limited(_limited(problem, 0, upper=np.full(K, np.inf)), 1, upper=np.full(K, np.inf))


def budget_below_the_band(seed: int) -> AlignmentProblem:
    """Today's plan is far from the band, and next to nothing may change hands."""
    current = np.where(np.arange(N) < 50, 0, planted())
    problem = ruled(seed, locked=None, excluded=None, together=None, apart=None)
    return problem.replace(
        current=current, owned=None, had_owner=None, budgets=(Budget("accounts", np.ones(N), 6.0),)
    )


def seat_may_not_lose(seed: int) -> AlignmentProblem:
    """One seat of today holds far too much and may lose next to nothing."""
    problem = budget_below_the_band(seed)
    may_lose = np.full(K, np.inf)
    may_lose[0] = 5.0
    return problem.replace(budgets=(Budget("accounts", np.ones(N), 80.0, may_lose),))


def too_big_for_anyone(seed: int) -> AlignmentProblem:
    """One account alone is more than any seat may hold."""
    problem = ruled(seed)
    activity = np.array(problem.activity)
    unit = _members(2, 1, seed)
    activity[unit, 0] = 45.0
    total = float(activity[:, 0].sum())
    measure = Measure.banded("sales", total, np.full(K, 1 / K), 0.25, 0.25)
    return _free(problem, unit).replace(activity=activity, measures=(measure, problem.measures[1]))


def too_many_big_ones(seed: int) -> AlignmentProblem:
    """Seven accounts of which no two fit into one of six seats."""
    problem = ruled(seed, region_of_unit=None, region_of_territory=None, region_name=())
    units = np.array([0, 20, 40, 60, 80, 100, 110], np.int32)
    activity = np.array(problem.activity)
    activity[units, 0] = 14.0
    activity[np.setdiff1d(np.arange(N), units), 0] *= 0.5
    total = float(activity[:, 0].sum())
    measure = Measure("sales", np.full(K, total / K), np.full(K, -np.inf), np.full(K, 1.05 * total / K))
    return _free(problem, units).replace(activity=activity, measures=(measure, problem.measures[1]))


def between_two_counts(seed: int) -> AlignmentProblem:
    """The limits of a count hold no whole number."""
    return _with_limit(_with_limit(ruled(seed), 1, "lower", 3, 19.2), 1, "upper", 3, 19.8)


def sales_want_more_accounts(seed: int) -> AlignmentProblem:
    """A seat must hold more sales than its few accounts can bring, whichever they are."""
    problem = _with_limit(ruled(seed), 1, "lower", 4, 0.0)
    return _with_limit(problem, 1, "upper", 4, 9.0)


def three_rivals_two_seats(seed: int) -> AlignmentProblem:
    """Three competitors may go to the same two seats only."""
    problem = ruled(seed)
    rivals = _members(5, 3, seed)
    freed = _free(problem, rivals)
    pairs = np.zeros((N, K), bool)
    pairs[rivals, 3] = True
    a, b, c = rivals
    return _excluded(freed.replace(apart=np.r_[freed.apart, [(a, b), (b, c), (a, c)]]), pairs)


def two_at_once(seed: int) -> AlignmentProblem:
    """Two contradictions that have nothing to do with each other."""
    problem = lock_against_exclusion(seed)
    return problem.replace(mixes=(_mix((np.arange(N) % 4 == 0).astype(float), 0.0, 0.2),))


def cut_off_by_locks(seed: int) -> AlignmentProblem:
    """Two corners are locked to one territory, and a wall of other locks is between them."""
    locked = np.full(60, -1)
    wall = 3 + seed % 4
    locked[np.arange(6) * 10 + wall] = 1
    locked[[0, 59]] = 0
    return grid(10, 6, 3, seed=seed, band=0.6, locked=locked)


def island_without_a_seat(seed: int) -> AlignmentProblem:
    """A unit may go to one territory only, which cannot get there."""
    locked, excluded = np.full(60, -1), np.zeros((60, 3), bool)
    excluded[0, 1:] = True
    excluded[[1, 10], 0] = True
    locked[45 + seed % 5] = 0
    return grid(10, 6, 3, seed=seed, band=0.6, locked=locked, excluded=csr_array(excluded))


def dead_end(seed: int) -> AlignmentProblem:
    """A light arm of units hangs on one heavy unit, too much for one territory and too little for two."""
    random = np.random.default_rng(seed)
    value = np.r_[random.uniform(0.95, 1.05, 5), 4.0, np.ones(31)]
    arm = [(i, 5) for i in range(5)]
    line = [(i, i + 1) for i in range(5, 36)]
    n, k = len(value), 10
    measure = Measure.banded("sales", float(value.sum()), np.full(k, 1 / k), 0.35, 0.35)
    xy_m = 1000.0 * np.c_[np.arange(n), random.uniform(0, 1, n)]
    return AlignmentProblem(
        Units.points([f"d{i}" for i in range(n)], xy_m),
        Territories.unnamed(k, 1),
        (measure,),
        value[:, None],
        Objective(value, np.zeros(n)),
        Graph.from_edges(n, arm + line),
        contiguous=True,
    )


def band_and_contiguity(seed: int) -> AlignmentProblem:
    """Two rows of a grid that one territory may hold lie apart: within the band only in pieces."""
    return grid(10, 4, 2, seed=seed, band=0.3, current=strips(10, 4, 2), excluded=_middle())


def _middle() -> csr_array:
    """Return the exclusion of both middle rows of a 10 × 4 grid from the first territory."""
    pairs = np.zeros((40, 2), bool)
    pairs[10:30, 0] = True
    return csr_array(pairs)


def fewer_units_than_territories(seed: int) -> AlignmentProblem:
    """More territories than there is to fill them."""
    return grid(3, 1, 4 + seed % 3, band=0.9, contiguous=False, current=[0, 1, 2])


CONTRADICTIONS: dict[str, tuple[Callable[[int], AlignmentProblem], tuple[set[RuleKind], ...]]] = {
    "a cap on accounts too low for all": (cap_too_low, ({LIMIT},)),
    "a floor of accounts too high for all": (floor_too_high, ({LIMIT},)),
    "caps of single seats that miss the total": (caps_that_differ, ({LIMIT},)),
    "locks over a band": (locks_over_band, ({LOCK, BAND}, {LOCK, LIMIT}, {LOCK, REGION})),
    "locks over the limit of a seat": (locks_over_cap, ({LOCK, LIMIT},)),
    "locks over the budget": (locks_over_budget, ({LOCK, DISRUPTION},)),
    "named accounts and locks over a limit": (named_over_cap, ({LOCK, LIMIT}, {LOCK, BAND})),
    "named accounts over a limit": (named_alone_over_cap, ({LIMIT}, {BAND})),
    "a floor out of reach": (floor_out_of_reach, ({EXCLUSION, LIMIT}, {EXCLUSION, BAND})),
    "a reach too short for two seats": (
        reach_too_short,
        ({EXCLUSION, LIMIT}, {EXCLUSION, BAND}, {APART, EXCLUSION, REGION}),
    ),
    "nobody with the skill": (nobody_has_the_skill, ({EXCLUSION}, {EXCLUSION, REGION})),
    "a lock against an exclusion": (lock_against_exclusion, ({LOCK, EXCLUSION},)),
    "more competitors than seats": (competitors_too_many, ({APART, REGION},)),
    "competitors locked to one seat": (competitors_locked_together, ({APART, LOCK},)),
    "a family heavier than any limit": (family_too_heavy, ({TOGETHER, LIMIT}, {TOGETHER, BAND})),
    "a family split by locks": (family_split_by_locks, ({TOGETHER, LOCK},)),
    "a family of competitors": (family_of_competitors, ({TOGETHER, APART},)),
    "a family across regions": (family_across_regions, ({TOGETHER, REGION},)),
    "a lock out of the region": (locked_out_of_region, ({LOCK, REGION},)),
    "a mix above the whole": (mix_above_the_whole, ({MIX},)),
    "a mix below the whole": (mix_below_the_whole, ({MIX},)),
    "a mix not in one region": (mix_not_in_this_region, ({MIX, REGION},)),
    "a region too full": (region_too_full, ({REGION, LIMIT}, {REGION, BAND})),
    "a region too empty": (region_too_empty, ({REGION, LIMIT}, {REGION, BAND})),
    "a budget below what the band moves": (budget_below_the_band, ({DISRUPTION, BAND}, {DISRUPTION, LIMIT})),
    "a seat that may not lose": (seat_may_not_lose, ({DISRUPTION, BAND}, {DISRUPTION, LIMIT})),
    "an account too big for anyone": (too_big_for_anyone, ({BAND}, {BAND, REGION})),
    "too many big accounts": (too_many_big_ones, ({BAND},)),
    "limits between two counts": (between_two_counts, ({LIMIT},)),
    "more sales than so few accounts bring": (sales_want_more_accounts, ({BAND, LIMIT},)),
    "three competitors, two seats": (three_rivals_two_seats, ({APART, EXCLUSION, REGION},)),
    "two contradictions at once": (two_at_once, ({LOCK, EXCLUSION}, {MIX})),
    "a territory cut off by locks": (cut_off_by_locks, ({LOCK, CONTIGUITY},)),
    "a unit that its territory cannot reach": (island_without_a_seat, ({LOCK, EXCLUSION, CONTIGUITY},)),
    "a dead end": (dead_end, ({BAND, CONTIGUITY},)),
    "rows that exclusions part": (band_and_contiguity, ({EXCLUSION, CONTIGUITY, BAND},)),
    "more territories than units": (fewer_units_than_territories, (set(),)),
}
"""Kinds of contradictions: what draws one from a seed, and the kinds of rules that may be named."""
