"""Where centres start: homes, then today's centroids, then drawn ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.budget import Budget
from planner.objective import Centre
from planner.stop import MaxIterations
from planner.units import Units
from solvers.centres import centroids
from solvers.model import build_model
from solvers.seeding import start_centres
from solvers.starts import draw_start, keeps_to_a_budget
from tests.contract.problems import grid, nothing_happens, points, strips


def test_homes_come_first() -> None:
    model = build_model(grid(8, 6, 4))
    centre, drawn = start_centres(model, strips(8, 6, 4), np.random.default_rng(0))
    assert not drawn.any()
    assert np.array_equal(centre, model.home)


def test_then_the_centroids_of_today_then_drawn_ones() -> None:
    problem = grid(8, 6, 4)
    home = problem.territories.home_xy_m.copy()
    home[1:] = np.nan
    objective = problem.objective.replace(centre=Centre.CENTROID)
    territories = problem.territories.replace(home_xy_m=home)
    model = build_model(problem.replace(territories=territories, objective=objective))
    current = np.where(strips(8, 6, 4) == 3, -1, strips(8, 6, 4)).astype(np.int32)
    centre, drawn = start_centres(model, current, np.random.default_rng(0))
    assert drawn.tolist() == [False, False, False, True]
    np.testing.assert_array_equal(centre[0], model.home[0])
    np.testing.assert_allclose(centre[1:3], centroids(model, strips(8, 6, 4))[1:3], atol=1e-6)
    assert np.isfinite(centre[3]).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 60), k=st.integers(1, 12))
def test_drawn_centres_lie_among_the_units_and_apart(seed: int, n: int, k: int) -> None:
    model = build_model(points(n, k, seed=seed))
    nobodys = np.full(n, -1, np.int32)
    centre, drawn = start_centres(model, nobodys, np.random.default_rng(seed))
    assert drawn.all()
    assert (centre >= model.xy.min(axis=0) - 1e-9).all()
    assert (centre <= model.xy.max(axis=0) + 1e-9).all()
    again, _ = start_centres(model, nobodys, np.random.default_rng(seed))
    assert np.array_equal(centre, again)
    if n > 3 * k:
        assert len(np.unique(centre.round(9), axis=0)) == k


def test_places_that_coincide_and_units_without_activity_do_no_harm() -> None:
    together = points(20, 4).replace(units=Units.points([str(i) for i in range(20)], np.zeros((20, 2))))
    for problem in (together, nothing_happens()):
        nobodys = np.full(problem.n_units, -1, np.int32)
        centre, drawn = start_centres(build_model(problem), nobodys, np.random.default_rng(1))
        assert np.isfinite(centre[drawn]).all()


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_two_lands_far_apart_get_as_many_of_many_centres_as_they_have_mass(seed: int) -> None:
    problem = points(6_000, 120, seed=3)
    half = np.arange(6_000) % 2
    half = half[np.argsort(problem.units.xy_m[:, 0], kind="stable").argsort()]
    weight = np.ones(6_000)
    apart = Units.points(problem.units.unit_id, problem.units.xy_m + half[:, None] * [1e7, 0.0])
    objective = problem.objective.replace(weight=weight)
    model = build_model(problem.replace(units=apart, objective=objective))
    centre, _ = start_centres(model, np.full(6_000, -1, np.int32), np.random.default_rng(seed))
    xy_m = centre * model.length_m + model.origin_m
    assert (xy_m[:, 0] < 1e6).sum() == 60
    assert (xy_m[:, 0] > 9e6).sum() == 60


def test_where_a_budget_limits_moves_every_other_start_is_near_today() -> None:
    today = (np.arange(200) * 5 // 200).astype(np.int32)
    plain = points(200, 5, seed=3)
    order = np.argsort(plain.units.xy_m[:, 0])
    current = np.empty(200, np.int32)
    current[order] = today
    problem = plain.replace(
        current=current, owned=None, had_owner=None, budgets=(Budget("units", np.ones(200), 60.0),)
    )
    model = build_model(problem)
    moved = [
        int((draw_start(model, problem.current, index, 1, MaxIterations(10**6)) != current).sum())
        for index in range(4)
    ]
    assert keeps_to_a_budget(model, 0)
    assert not keeps_to_a_budget(model, 1)
    assert not keeps_to_a_budget(build_model(plain), 0)
    assert max(moved[0], moved[2]) < 60 < min(moved[1], moved[3])
