"""Neighbourhoods: connected, in a sensible order, with the units that matter."""

from __future__ import annotations

import numpy as np

from planner.graph import Graph
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units
from solvers.cp_sat.neighbourhood import free_units, neighbourhoods, territory_neighbours
from solvers.model import SearchModel, build_model


def blocks(side: int, per_side: int, locked: list[int] | None = None) -> tuple[SearchModel, np.ndarray]:  # type: ignore[type-arg]
    """Return a model of ``per_side²`` square territories of ``side²`` units each, and those territories."""
    width = side * per_side
    n, k = width * width, per_side * per_side
    x, y = np.arange(n) % width, np.arange(n) // width
    pairs = [(i, i + 1) for i in range(n) if (i + 1) % width] + [(i, i + width) for i in range(n - width)]
    label = (y // side * per_side + x // side).astype(np.int32)
    activity = np.ones((n, 1))
    activity[0] = 3.0
    lock = np.full(n, -1)
    lock[locked or []] = label[locked or []]
    problem = AlignmentProblem(
        Units.points([str(i) for i in range(n)], 1000.0 * np.c_[x, y]),
        Territories.unnamed(k, 1),
        (Measure.banded("units", n, np.full(k, 1 / k), 0.05, 0.05),),
        activity,
        Objective(np.ones(n), np.zeros(n)),
        Graph.from_edges(n, pairs),
        contiguous=True,
        locked=lock,
    )
    return build_model(problem), label


def test_neighbours_share_a_border() -> None:
    model, label = blocks(3, 3)
    beside = territory_neighbours(model, label)
    assert beside[4] == [1, 3, 5, 7]
    assert beside[0] == [1, 3]


def test_groups_come_once_small_first_broken_bands_first() -> None:
    model, label = blocks(3, 3)
    groups = [tuple(g.territories.tolist()) for g in neighbourhoods(model, label, seed=1)]
    assert len(groups) == len(set(groups))
    sizes = [len(group) for group in groups]
    assert sizes == sorted(sizes)
    assert sizes.count(2) == 12
    assert 0 in groups[0]
    assert groups != [tuple(g.territories.tolist()) for g in neighbourhoods(model, label, seed=2)]
    again = [tuple(g.territories.tolist()) for g in neighbourhoods(model, label, seed=1)]
    assert groups == again


def test_small_territories_are_free_but_for_their_locked_units() -> None:
    model, label = blocks(3, 2, locked=[0, 1])
    units = free_units(model, label, np.array([0, 1]))
    assert units.tolist() == [i for i in np.flatnonzero(label <= 1) if i > 1]


def test_large_territories_are_free_along_their_common_border() -> None:
    model, label = blocks(10, 2)
    units = free_units(model, label, np.array([0, 1]), most_units=40)
    assert len(units) == 40
    assert set(units.tolist()) == {y * 20 + x for y in range(10) for x in (8, 9, 10, 11)}


def test_a_territory_beside_nothing_is_grouped_with_the_nearest() -> None:
    model, label = blocks(2, 2)
    alone = np.full(model.n_units, 0, np.int32)
    alone[0] = 1
    beside = territory_neighbours(model, alone)
    assert all(beside[j] for j in range(4))
    assert label.max() == 3
