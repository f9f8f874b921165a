"""Bounds and proofs around centre units against everything tried."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray
from planner.stop import MaxIterations
from solvers.bounds.branching import branched
from solvers.bounds.bundle import ascend
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.fixing import open_pairs
from solvers.bounds.lagrangian import Lagrangian, lagrangian_bound
from solvers.bounds.proof import prove_centres
from tests.solvers.drawn import NO_LIMIT

seeds = st.integers(0, 100_000)


def drawn(seed: int, *, measures: int = 1, exactly: bool = True) -> CentreProblem:
    """Return a problem of 7 units and 2 centres with limits that some plans keep."""
    random = np.random.default_rng(seed)
    place, activity = random.uniform(0, 10, (7, 2)), random.uniform(0.2, 2, (7, measures))
    cost = activity[:, :1] * ((place[:, None] - place[None]) ** 2).sum(axis=2)
    half = activity.sum(axis=0) / 2
    lower = 0.7 * half if exactly else np.zeros(measures)
    return CentreProblem.from_units(cost, activity, lower, 1.3 * half, 2, exactly=exactly)


def path(n: int) -> csr_array:
    """Return units in a row as neighbours."""
    first = np.arange(n - 1)
    return coo_array(
        (np.ones(2 * n - 2), (np.r_[first, first + 1], np.r_[first + 1, first])), shape=(n, n)
    ).tocsr()


def best_plan(problem: CentreProblem, links: csr_array | None = None) -> tuple[float, IntArray]:
    """Return the least cost and its centres by trying every alignment around every set of centres."""
    best, plan = np.inf, np.zeros(problem.n_units, np.int32)
    fewest = problem.k if problem.exactly else 1
    for count in range(fewest, problem.k + 1):
        for centres in itertools.combinations(range(problem.n_candidates), count):
            for choice in itertools.product(centres, repeat=problem.n_units):
                centre = np.array(choice, np.int32)
                if any(centre[u] != u for u in centres):
                    continue
                cost = float(problem.cost[centre, np.arange(problem.n_units)].sum())
                if cost < best and keeps_rules(problem, centre, links):
                    best, plan = cost, centre
    return best, plan


def keeps_rules(problem: CentreProblem, centre: IntArray, links: csr_array | None) -> bool:
    """Return whether limits and contiguity hold."""
    for u in np.unique(centre):
        inside = np.flatnonzero(centre == u)
        held = problem.activity[inside].sum(axis=0)
        if (held < problem.lower[u]).any() or (held > problem.upper[u]).any():
            return False
        if links is not None and connected_components(links[inside][:, inside])[0] > 1:
            return False
    return True


@settings(max_examples=12, deadline=None)
@given(seed=seeds, measures=st.sampled_from([1, 2]), exactly=st.booleans())
def test_no_plan_is_below_the_bound_and_none_better_is_ruled_out(
    seed: int, measures: int, exactly: bool
) -> None:
    problem = drawn(seed, measures=measures, exactly=exactly)
    least, plan = best_plan(problem)
    bound = lagrangian_bound(problem, stop=NO_LIMIT, iterations=60)
    assert bound.value <= least * (1 + 1e-9)
    if np.isfinite(least):
        pairs = open_pairs(problem, bound, least * 1.001, stop=NO_LIMIT)
        assert pairs[plan, np.arange(problem.n_units)].all()


@settings(max_examples=12, deadline=None)
@given(seed=seeds, contiguous=st.booleans())
def test_the_proof_ends_at_the_best_plan(seed: int, contiguous: bool) -> None:
    problem = drawn(seed)
    links = path(7) if contiguous else None
    least, _ = best_plan(problem, links)
    known = least * 1.2 if np.isfinite(least) else 1e4
    bound = lagrangian_bound(problem, stop=NO_LIMIT, iterations=60)
    pairs = (
        open_pairs(problem, bound, known, stop=NO_LIMIT) if bound.value < known else np.zeros((7, 7), bool)
    )
    proof = prove_centres(problem, pairs, known, links=links, bound=bound.value, stop=NO_LIMIT, seconds=60.0)
    assert proof.proved
    if np.isfinite(least) and least < known:
        assert proof.centre is not None
        assert keeps_rules(problem, proof.centre, links)
        assert proof.cost == pytest.approx(least, rel=1e-6)
        assert proof.bound == pytest.approx(least, rel=1e-5)
    else:
        assert proof.centre is None
        assert proof.bound == known


def test_a_proof_cut_short_still_bounds() -> None:
    problem = drawn(3)
    least, _ = best_plan(problem)
    everything = np.ones((7, 7), bool)
    proof = prove_centres(
        problem, everything, 2 * least, links=None, bound=0.5 * least, stop=MaxIterations(1), seconds=60.0
    )
    assert not proof.proved
    assert 0.5 * least <= proof.bound <= least * (1 + 1e-9)


def test_whole_units_prove_more_than_divisible_ones() -> None:
    random = np.random.default_rng(5)
    place, activity = random.uniform(0, 10, (40, 2)), random.uniform(0.2, 2, 40)
    cost = activity[:, None] * ((place[:, None] - place[None]) ** 2).sum(axis=2)
    mean = activity.sum() / 8
    problem = CentreProblem.from_units(cost, activity, 0.98 * mean, 1.02 * mean, 8)
    whole = lagrangian_bound(problem, stop=NO_LIMIT, iterations=300)
    function = Lagrangian(problem)
    divisible = ascend(
        function, 0.5 * function.scale, function.scale, stop=NO_LIMIT, iterations=300, step=0.1 * whole.value
    )
    assert whole.value > 1.02 * divisible.value
    again = lagrangian_bound(problem, stop=NO_LIMIT, iterations=300)
    assert again.value == whole.value
    # From good multipliers one evaluation is enough.
    warm = lagrangian_bound(problem, stop=MaxIterations(0), start=whole.alpha)
    assert warm.value > divisible.value


def test_a_few_multipliers_lead_the_way_where_territories_are_large() -> None:
    random = np.random.default_rng(6)
    place = random.uniform(0, 10, (250, 2))
    cost = ((place[:, None] - place[None]) ** 2).sum(axis=2)
    problem = CentreProblem.from_units(cost, np.ones(250), 60, 65, 4)
    bound = lagrangian_bound(problem, stop=NO_LIMIT, iterations=150)
    centres = np.array([[2.5, 2.5], [2.5, 7.5], [7.5, 2.5], [7.5, 7.5]])
    nearest = ((place[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1).sum()
    assert bound.value > 0.9 * nearest


def test_limits_that_no_territory_can_keep_have_no_bound_but_infinity() -> None:
    problem = CentreProblem.from_units(np.ones((4, 4)), np.full(4, 3.0), 1.0, 2.0, 2)
    assert lagrangian_bound(problem, stop=NO_LIMIT).value == np.inf


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="candidates"):
        CentreProblem.from_units(np.ones((3, 3)), np.ones(3), 0.0, 1.0, 4)
    with pytest.raises(ValueError, match="limits"):
        CentreProblem(
            np.ones((2, 3)), np.ones((3, 1)), np.zeros((1, 1)), np.ones((1, 1)), 1, True, np.full(2, -1, np.int32)
        )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(seed=seeds, most=st.sampled_from([1, 2, 5, 10_000]))
def test_a_branched_content_is_the_cheapest_one(seed: int, most: int) -> None:
    random = np.random.default_rng(seed)
    n = 9
    reduced = random.normal(size=n)
    load = random.uniform(0, 1, n) * (random.random(n) > 0.1)
    low, high = np.sort(random.uniform(0, 1.1 * load.sum(), 2))
    ratio = np.where(load > 0, reduced / np.maximum(load, 1e-9), np.where(reduced < 0, -np.inf, np.inf))
    order = np.argsort(ratio, kind="stable").astype(np.int32)
    share = np.empty(n)
    value = branched(reduced, load, order, float(low), float(high), load > 0, most, share)
    least = np.inf
    for choice in itertools.product((0.0, 1.0), repeat=n):
        taken = np.array(choice)
        if low <= taken @ load <= high:
            least = min(least, float(taken @ reduced))
    if most == 10_000:
        assert value == pytest.approx(least)
    assert value <= least + 1e-12
    if np.isfinite(value):
        assert share @ reduced == pytest.approx(value)


def test_the_bundle_climbs_kinks() -> None:
    random = np.random.default_rng(0)
    slopes, heights = random.normal(size=(60, 12)), random.uniform(0, 3, 60)
    slopes -= slopes.mean(axis=0)

    def lowest(point: FloatArray) -> tuple[float, FloatArray]:
        values = slopes @ point + heights
        at = int(values.argmin())
        return float(values[at]), slopes[at]

    found = ascend(lowest, np.zeros(12), np.ones(12), stop=NO_LIMIT, iterations=400, step=1.0)
    # The mean of all planes is flat, so no point is above it; a linear programme says how near one gets.

    best = linprog(
        np.r_[np.zeros(12), -1.0], A_ub=np.c_[-slopes, np.ones(60)], b_ub=heights, bounds=(None, None)
    )
    assert found.value == pytest.approx(-best.fun, rel=1e-4)
    assert found.value <= -best.fun + 1e-9
