"""Balanced clustering of many territories: pruned search, samples, soft assignment, rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array

from planner.objective import Objective
from planner.problem import AlignmentProblem
from planner.seats import Territories
from planner.stop import Cancelled
from solvers.model import build_model
from solvers.seeding import start_centres
from solvers.transport import (
    TransportParams,
    balance,
    cheapest_candidates,
    dual_value,
    round_into_bands,
    squared_spacing,
)
from solvers.transport.ascent import newton_step
from solvers.transport.dense import Dense
from solvers.transport.nearby import Nearby, part_of
from solvers.transport.sampling import spread_sample
from tests.contract.problems import points
from tests.solvers.drawn import NO_LIMIT

QUICK = TransportParams(many=10, samples=(20,), moves=(6, 1), cooling_moving=0.6)


def one_measure(n: int, k: int, *, seed: int = 0, band: float = 0.05) -> AlignmentProblem:
    """Return points whose only measure is also the weight."""
    problem = points(n, k, seed=seed, band=band)
    activity = problem.activity[:, :1]
    return problem.replace(
        measures=problem.measures[:1], activity=activity, territories=Territories.unnamed(k, 1),
        objective=Objective(activity[:, 0], np.zeros(n)),
    )  # fmt: skip


def test_the_tree_finds_what_a_look_at_all_pairs_finds_at_extreme_prices() -> None:
    model = build_model(points(300, 60, seed=1))
    random = np.random.default_rng(1)
    centre = model.xy[random.choice(300, 60, replace=False)]
    price = random.normal(0, 0.3, (60, 2))
    price[:3] -= 200.0
    squared = ((model.xy[:, None, :] - centre[None]) ** 2).sum(axis=2)
    cost = model.weight[:, None] * squared + model.activity @ price.T
    found = cheapest_candidates(model, centre, price, 7)
    np.testing.assert_allclose(np.take_along_axis(cost, found, 1), np.sort(cost, axis=1)[:, :7], rtol=1e-12)
    bands = np.where(price > 0, -model.upper * price, -model.lower * price).sum()
    paid = cost.min(axis=1).sum() + model.leave_cost.sum() + (model.fixed * price).sum()
    assert dual_value(model, centre, price) == pytest.approx(paid + bands, rel=1e-9)


def test_looking_at_every_territory_nearby_is_what_all_pairs_are() -> None:
    model = build_model(points(200, 8, seed=2))
    random = np.random.default_rng(2)
    centre, price = model.xy[:8].copy(), random.normal(0, 0.2, (8, 2))
    everyone, heat = np.arange(200), np.full(200, 0.3)
    dense = Dense(model, everyone, np.ones(200))
    dense.move_to(centre)
    value, load, jacobian = dense.expand(price, heat)
    nearby = Nearby(part_of(model, everyone), np.ones(200), 8)
    nearby.look_around(centre, price)
    other_value, other_load, moment, curvature = nearby.expand(price, heat)
    assert other_value == pytest.approx(value, rel=1e-9)
    np.testing.assert_allclose(other_load, load, rtol=1e-9)
    # The dense curvature is taken in single precision, the sparse one leaves negligible shares out.
    np.testing.assert_allclose(curvature.toarray(), -jacobian, atol=1e-4 * np.abs(jacobian).max())
    assert moment[:, 0].sum() == pytest.approx(model.weight.sum())


def test_a_sample_stands_for_all_everywhere() -> None:
    model = build_model(one_measure(4_000, 16, seed=3))
    pick, stands_for = spread_sample(model, 400, np.random.default_rng(3))
    assert 350 < len(pick) <= 401
    assert len(np.unique(pick)) == len(pick)
    assert stands_for @ model.weight[pick] == pytest.approx(model.weight.sum(), rel=0.02)
    whole, ones = spread_sample(model, 4_000, np.random.default_rng(3))
    assert np.array_equal(whole, np.arange(4_000))
    assert (ones == 1).all()


def test_many_territories_come_into_their_bands_and_again_the_same() -> None:
    problem = one_measure(8_000, 40)
    model = build_model(problem)
    results = []
    for _ in range(2):
        random = np.random.default_rng(4)
        centre, free = start_centres(model, np.full(8_000, -1, np.int32), random)
        clustering = balance(model, centre, free=free, stop=NO_LIMIT, random=random, params=QUICK)
        results.append(
            round_into_bands(model, clustering.territory, clustering.centre, clustering.multiplier, NO_LIMIT)
        )
    assert np.array_equal(*results)
    loads = problem.loads(results[0])[:, 0]
    assert np.abs(loads / loads.mean() - 1).max() <= 0.05 * (1 + 1e-9)
    nearest = cheapest_candidates(model, clustering.centre, np.zeros((40, 1)), 1)[:, 0]
    spread = [
        (model.weight * ((model.xy - clustering.centre[label]) ** 2).sum(axis=1)).sum()
        for label in (results[0], nearest)
    ]
    assert spread[0] < 1.6 * spread[1]


def test_a_cancelled_rounding_changes_nothing() -> None:
    model = build_model(one_measure(500, 10, band=0.001))
    centre = model.xy[:10].copy()
    label = cheapest_candidates(model, centre, np.zeros((10, 1)), 1)[:, 0]
    stopped = round_into_bands(model, label, centre, np.zeros((10, 1)), Cancelled(lambda: True))
    assert np.array_equal(stopped, label)
    rounded = round_into_bands(model, label, centre, np.zeros((10, 1)), NO_LIMIT)

    def breach(territory: np.ndarray) -> float:
        load = np.bincount(territory, model.activity[:, 0], 10)
        return float(np.maximum(load - model.upper[:, 0], model.lower[:, 0] - load).clip(0).sum())

    assert breach(rounded) < 0.5 * breach(label)
    assert (squared_spacing(centre) > 0).all()


def test_a_singular_system_gives_no_step() -> None:
    flat, gradient = csc_array((2, 2)), np.array([[1.0], [2.0]])
    assert newton_step(flat, np.zeros(2), gradient) is None
    step = newton_step(flat, np.array([2.0, 4.0]), gradient)
    assert step is not None
    np.testing.assert_allclose(step, [[0.5], [0.5]])
