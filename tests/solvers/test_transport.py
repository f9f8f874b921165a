"""Balanced clustering: weak duality, balance, rules, and the calculus of the smooth band."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.seats import Territories
from planner.stop import Cancelled
from solvers.model import build_model
from solvers.seeding import start_centres
from solvers.transport import SmoothBand, balance, cheapest_candidates, dual_value, squared_spacing
from tests.contract.problems import points, watched
from tests.solvers.drawn import NO_LIMIT, drawn_problem


def around(problem: AlignmentProblem, label: np.ndarray, room: float) -> AlignmentProblem:
    """Return the problem with limits such that `label` keeps them all."""
    loads = problem.loads(label)
    measures = tuple(
        type(measure)(measure.name, measure.ideal, loads[:, m] * (1 - room), loads[:, m] * (1 + room))
        for m, measure in enumerate(problem.measures)
    )
    return problem.replace(measures=measures, budgets=())


@settings(max_examples=100)
@given(seed=st.integers(0, 100_000), room=st.sampled_from([0.0, 0.05, 0.5]), size=st.floats(0.0, 3.0))
def test_no_price_lifts_the_dual_above_an_assignment_that_keeps_the_limits(
    seed: int, room: float, size: float
) -> None:
    random = np.random.default_rng(seed)
    problem = drawn_problem(seed, contiguous=False, centre=Centre.HOME)
    assert problem.excluded is not None
    open_ = ~problem.excluded.toarray() * random.random((problem.n_units, problem.n_territories))
    label = np.where(problem.locked >= 0, problem.locked, open_.argmax(axis=1)).astype(np.int32)
    problem = around(problem, label, room)
    card = scorecard(problem, label)
    assert card.feasible
    model = build_model(problem)
    price = size * random.normal(size=model.lower.shape)
    assert dual_value(model, model.home, price) <= card.objective / model.cost_unit * (1 + 1e-9) + 1e-9


@settings(max_examples=30)
@given(seed=st.integers(0, 100_000), width=st.integers(1, 6))
def test_candidates_are_the_cheapest_that_are_allowed(seed: int, width: int) -> None:
    problem = drawn_problem(seed, centre=Centre.HOME)
    assert problem.excluded is not None
    model = build_model(problem)
    price = np.random.default_rng(seed).normal(size=model.lower.shape)
    squared = ((model.xy[:, None, :] - model.home[None]) ** 2).sum(axis=2)
    cost = model.weight[:, None] * squared + model.activity @ price.T - model.pair_cost().toarray()
    cost[problem.excluded.toarray()] = np.inf
    candidate = cheapest_candidates(model, model.home, price, width)
    for i in range(problem.n_units):
        if problem.locked[i] >= 0:
            assert candidate[i, 0] == problem.locked[i]
            continue
        wanted = [j for j in np.argsort(cost[i], kind="stable") if np.isfinite(cost[i, j])]
        got = candidate[i][candidate[i] >= 0]
        np.testing.assert_allclose(cost[i, got], cost[i, wanted[: len(got)]], rtol=1e-12)
        assert len(got) == min(width, len(wanted))


@pytest.mark.parametrize("seed", range(4))
def test_many_small_units_end_near_their_bands(seed: int) -> None:
    problem = points(1_500, 6, seed=seed, band=0.05)
    problem = problem.replace(measures=problem.measures[:1], activity=problem.activity[:, :1],
                              territories=Territories.unnamed(6, 1))  # fmt: skip
    model = build_model(problem)
    random = np.random.default_rng(seed)
    centre, free = start_centres(model, problem.current, random)
    clustering = balance(model, centre, free=free, stop=NO_LIMIT, random=random)
    loads = problem.loads(clustering.territory)[:, 0]
    assert np.abs(loads / loads.mean() - 1).max() < 0.15
    nearest = cheapest_candidates(model, clustering.centre, np.zeros((6, 1)), 1)[:, 0]
    unpriced = problem.loads(nearest)[:, 0]
    assert np.abs(loads / loads.mean() - 1).max() < np.abs(unpriced / unpriced.mean() - 1).max()


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), centre=st.sampled_from(list(Centre)))
def test_locks_and_exclusions_hold_and_fixed_centres_stay(seed: int, centre: Centre) -> None:
    problem = drawn_problem(seed, centre=centre)
    model = build_model(problem)
    random = np.random.default_rng(seed)
    centres, drawn = start_centres(model, np.full_like(problem.current, -1), random)
    clustering = balance(model, centres, free=drawn, stop=NO_LIMIT, random=random)
    card = scorecard(problem, clustering.territory)
    assert (card.lock_breaches, card.exclusion_breaches, card.unassigned) == (0, 0, 0)
    assert np.array_equal(clustering.centre[~drawn], centres[~drawn])
    assert np.isfinite(clustering.multiplier).all()


def test_without_limits_every_unit_goes_to_its_nearest_centre() -> None:
    problem = watched()
    model = build_model(problem)
    centre = model.xy[[0, 5, 30, 40]]
    free = np.ones(4, bool)
    clustering = balance(model, centre, free=free, stop=NO_LIMIT, random=np.random.default_rng(0))
    squared = ((model.xy[:, None, :] - clustering.centre[None]) ** 2).sum(axis=2)
    assert np.array_equal(clustering.territory, squared.argmin(axis=1))


def test_a_stopped_balance_is_complete() -> None:
    model = build_model(points(100, 5))
    clustering = balance(
        model,
        model.xy[:5],
        free=np.ones(5, bool),
        stop=Cancelled(lambda: True),
        random=np.random.default_rng(0),
    )
    assert (clustering.territory >= 0).all()
    assert not clustering.multiplier.any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_what_the_smooth_band_wants_is_the_slope_of_its_support(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = build_model(points(40, 3))
    band = SmoothBand(model, random.uniform(0.1, 1.0, 3))
    price, step = random.normal(size=(3, 2)), 1e-5
    for j in range(3):
        for m in range(2):
            nudge = np.zeros((3, 2))
            nudge[j, m] = step
            rise = (band.support(price + nudge) - band.support(price - nudge)) / (2 * step)
            bend = (band.wanted(price + nudge) - band.wanted(price - nudge)) / (2 * step)
            assert rise == pytest.approx(band.wanted(price)[j, m], rel=1e-5, abs=1e-7)
            assert bend[j, m] == pytest.approx(band.slope(price)[j, m], rel=1e-5, abs=1e-7)
    wanted = band.wanted(100 * price)
    assert (wanted <= model.upper - model.fixed + 1e-9).all()
    assert (wanted >= model.lower - model.fixed - 1e-9).all()


def test_spacing_is_local() -> None:
    crowd = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    spacing = squared_spacing(np.vstack([crowd, 100 + 10 * crowd]))
    np.testing.assert_allclose(spacing[4:] / spacing[:4], 100.0)
    assert (squared_spacing(np.zeros((3, 2))) > 0).all()
    assert squared_spacing(np.zeros((1, 2))).tolist() == [1.0]
