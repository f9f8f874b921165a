"""Contents that hang together, choices of them, and proofs by looking at all of them, against everything tried."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray
from planner.objective import Centre
from planner.stop import Cancelled, MaxIterations
from solvers.bounding import prove_bound
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.centres import certify_centres
from solvers.bounds.connected import ConnectedContents
from solvers.bounds.connected_bound import connected_bound
from solvers.bounds.cover import cheapest_cover
from solvers.bounds.enumeration import enumerate_plans
from solvers.bounds.lagrangian import lagrangian_bound
from solvers.bounds.masks import neighbour_masks, put, units_of, words_for
from solvers.local_search.annealing import found
from solvers.local_search.search_state import SearchState
from solvers.model import build_model
from tests.contract.problems import grid
from tests.contract.problems import least_cost as least_of_all
from tests.solvers.drawn import NO_LIMIT

ROWS, COLUMNS = 3, 3
N = ROWS * COLUMNS
seeds = st.integers(0, 100_000)


def drawn(seed: int, k: int = 2, width: float = 0.3) -> tuple[CentreProblem, csr_array]:
    """Return a problem of 9 units on a grid, some without load, with some borders closed."""
    random = np.random.default_rng(seed)
    place = np.stack(np.meshgrid(np.arange(COLUMNS), np.arange(ROWS)), axis=-1).reshape(-1, 2)
    place = place + random.uniform(-0.3, 0.3, place.shape)
    load = random.uniform(0.2, 2, N) * (random.random(N) > 0.1)
    cost = (load[:, None] + 0.01) * ((place[:, None] - place[None]) ** 2).sum(axis=2)
    mean = load.sum() / k
    problem = CentreProblem.from_units(cost, load, (1 - width) * mean, (1 + width) * mean, k)
    borders = [(i, i + 1) for i in range(N) if i % COLUMNS < COLUMNS - 1]
    borders += [(i, i + COLUMNS) for i in range(N - COLUMNS)]
    first, last = np.array([border for border in borders if random.random() > 0.15]).T
    ones = np.ones(2 * len(first))
    return problem, coo_array((ones, (np.r_[first, last], np.r_[last, first])), shape=(N, N)).tocsr()


def in_one_piece(links: csr_array, inside: IntArray) -> bool:
    return bool(connected_components(links[inside][:, inside])[0] == 1)


def every_plan(problem: CentreProblem, links: csr_array) -> list[list[IntArray]]:
    """Return all contiguous plans within the limits, as lists of territories."""
    plans = []
    for label in itertools.product(range(problem.k), repeat=N - 1):
        territory = np.array((0, *label))
        used = np.unique(territory, return_index=True)[1]
        if len(used) < problem.k or (np.diff(used) < 0).any():
            continue
        parts = [np.flatnonzero(territory == j) for j in range(problem.k)]
        held = np.array([problem.activity[part, 0].sum() for part in parts])
        if (held < problem.lower[0, 0]).any() or (held > problem.upper[0, 0]).any():
            continue
        if all(in_one_piece(links, part) for part in parts):
            plans.append(parts)
    return plans


def cheapest_centre(problem: CentreProblem, part: IntArray) -> tuple[float, int]:
    cost = problem.cost[part][:, part].sum(axis=1)
    return float(cost.min()), int(part[cost.argmin()])


def least_cost(problem: CentreProblem, plans: list[list[IntArray]]) -> float:
    return min((sum(cheapest_centre(problem, part)[0] for part in plan) for plan in plans), default=np.inf)


@settings(max_examples=12, deadline=None)
@given(seed=seeds, root=st.integers(0, N - 1), k=st.sampled_from([2, 3]), width=st.sampled_from([0.1, 0.4]))
def test_contents_hold_the_cheapest_territory_of_any_plan_and_nothing_that_falls_apart(
    seed: int, root: int, k: int, width: float
) -> None:
    problem, links = drawn(seed, k, width)
    alpha = np.random.default_rng(seed).normal(size=N)
    contents = ConnectedContents(problem, links)
    reduced = problem.cost[root] - alpha
    of_plans = {tuple(part) for plan in every_plan(problem, links) for part in plan if root in part}
    value, found = contents.cheapest(root, alpha)
    listed = contents.all_below(root, alpha, np.inf, room=10_000, most=100_000, stop=NO_LIMIT)
    assert listed is not None
    units = [units_of(mask, N) for mask in listed[0]]
    assert len({tuple(part) for part in units}) == len(units)
    assert of_plans <= {tuple(part) for part in units}
    for part, cost in zip(units, listed[1], strict=True):
        held = problem.activity[part, 0].sum()
        assert problem.lower[0, 0] <= held <= problem.upper[0, 0]
        assert root in part
        assert in_one_piece(links, part)
        assert cost == pytest.approx(reduced[part].sum(), abs=1e-12)
    least = min(listed[1], default=np.inf)
    assert value == pytest.approx(least)
    if found is not None:
        assert reduced[units_of(found, N)].sum() == pytest.approx(value, abs=1e-12)
    # Cut short, the value is lower, never higher; a limit cuts the list.
    for most in (1, 4, 16):
        assert contents.cheapest(root, alpha, most=most)[0] <= least + 1e-12
    if len(units):
        middle = float(np.median(listed[1]))
        below = contents.all_below(root, alpha, middle, room=10_000, most=100_000, stop=NO_LIMIT)
        assert below is not None
        assert len(below[1]) == (listed[1] < middle).sum()
        assert contents.cheapest(root, alpha, limit=least - 1.0)[0] == least - 1.0


@settings(max_examples=10, deadline=None)
@given(seed=seeds, k=st.sampled_from([2, 3]), width=st.sampled_from([0.1, 0.3, 0.6]))
def test_looking_at_all_contents_ends_at_the_best_contiguous_plan(seed: int, k: int, width: float) -> None:
    problem, links = drawn(seed, k, width)
    plans = every_plan(problem, links)
    least = least_cost(problem, plans)
    known = 1.2 * least if np.isfinite(least) else 1e4
    contents = ConnectedContents(problem, links)
    simple = lagrangian_bound(problem, stop=NO_LIMIT, iterations=30)
    if not np.isfinite(simple.value):
        assert not plans
        return
    better = connected_bound(contents, simple.alpha, stop=NO_LIMIT, upper_bound=known, iterations=30)
    assert better.value <= least * (1 + 1e-9)
    if better.value == np.inf:
        assert not plans
        return
    for prices in (simple, better):
        looked = enumerate_plans(contents, prices, known, most=1_000_000, stop=NO_LIMIT)
        assert looked.finished
        if not plans:
            assert looked.centre is None
            continue
        assert looked.bound <= least * (1 + 1e-9)
        assert looked.centre is not None
        cost = problem.cost[looked.centre, np.arange(N)].sum()
        assert cost == pytest.approx(least)
        assert looked.pairs[looked.centre, np.arange(N)].all()
        nothing = enumerate_plans(contents, prices, least * (1 - 1e-9), most=1_000_000, stop=NO_LIMIT)
        assert nothing.finished
        assert nothing.centre is None
    short = enumerate_plans(contents, better, known, most=0, stop=NO_LIMIT)
    assert short.bound <= least * (1 + 1e-9)
    if not in_one_piece(links, np.arange(N, dtype=np.int32)):
        return
    result = certify_centres(problem, known, links=links, stop=NO_LIMIT, seconds=600.0, iterations=30)
    assert result.proved
    assert result.cost == pytest.approx(least if plans else known)
    unknown = certify_centres(problem, np.inf, links=links, stop=NO_LIMIT, seconds=600.0, iterations=30)
    assert unknown.proved == bool(plans)
    assert unknown.cost == pytest.approx(least)
    assert plans == [] or unknown.bound == pytest.approx(least)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, k=st.integers(1, 4), n=st.sampled_from([6, 70]))
def test_a_cover_is_the_cheapest_choice_of_contents_that_shares_out_all_units(
    seed: int, k: int, n: int
) -> None:
    random = np.random.default_rng(seed)
    # Six groups of units that belong together, in one word or in two.
    group = np.minimum(np.arange(n), 3) + np.maximum(np.arange(n) - (n - 3), 0)
    chosen = random.random((14, 6)) < 0.4
    chosen[np.arange(14), random.integers(6, size=14)] = True
    inside = chosen[:, group]
    mask = np.zeros((14, words_for(n)), np.uint64)
    for content, unit in np.argwhere(inside):
        put(mask[content], int(unit))
    cost = random.normal(size=14)
    least = np.inf
    for choice in itertools.combinations(range(14), k):
        if (inside[list(choice)].sum(axis=0) == 1).all():
            least = min(least, float(cost[list(choice)].sum()))
    plan, finished = cheapest_cover(mask, cost, n, k, 100.0, stop=NO_LIMIT)
    assert finished
    if np.isinf(least):
        assert plan is None
    else:
        assert plan is not None
        assert (inside[plan].sum(axis=0) == 1).all()
        assert cost[plan].sum() == pytest.approx(least)
        assert cheapest_cover(mask, cost, n, k, least - 1e-9, stop=NO_LIMIT) == (None, True)
    assert cheapest_cover(mask, cost, n, k, 100.0, stop=Cancelled(lambda: True))[0] is None


def test_units_of_a_mask_are_those_put_in_and_neighbours_those_linked() -> None:
    links = coo_array((np.ones(4), ([0, 129, 64, 0], [129, 0, 0, 64])), shape=(130, 130)).tocsr()
    beside = neighbour_masks(links)
    assert units_of(beside[0], 130).tolist() == [64, 129]
    assert units_of(beside[129], 130).tolist() == [0]
    assert not beside[1].any()


def test_a_search_that_is_cut_short_lists_nothing_and_says_so() -> None:
    problem, links = drawn(3)
    contents, alpha = ConnectedContents(problem, links), np.zeros(N)
    assert contents.all_below(4, alpha, np.inf, room=0, most=100_000, stop=MaxIterations(0)) is None
    assert contents.all_below(4, alpha, np.inf, room=0, most=0, stop=NO_LIMIT) is None


def test_connected_contents_refuse_other_problems() -> None:
    activity: FloatArray = np.ones((4, 2))
    problem = CentreProblem.from_units(np.ones((4, 4)), activity, 0.0, 4.0, 2)
    with pytest.raises(ValueError, match="one measure"):
        ConnectedContents(problem, csr_array((4, 4)))


@pytest.mark.parametrize("closed", [False, True])
def test_a_territory_in_two_components_of_the_graph_is_not_bounded_as_if_it_hung_together(
    closed: bool,
) -> None:
    problem = grid(2, 4, 2, seed=3, band=0.6, centre=Centre.UNIT, contiguous=True)
    graph = problem.graph
    assert graph is not None
    row = np.repeat(np.arange(8), np.diff(graph.indptr))
    keep = (row % 4 < 3) == (graph.indices % 4 < 3) if closed else np.ones(len(row), bool)
    parted = type(graph).from_edges(8, np.c_[row, graph.indices][keep])
    problem = problem.replace(graph=parted)
    model = build_model(problem)
    best = found(SearchState(model, np.repeat([0, 1], 4).astype(np.int32), 0))
    assert best.breach == 0
    assert best.surplus_pieces == 0
    proved = prove_bound(model, best, NO_LIMIT)
    assert proved is not None
    assert proved.value * model.cost_unit <= least_of_all(problem) * (1 + 1e-9)
