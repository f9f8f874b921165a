"""Small problems that solvers have to cope with, and the least cost by trying everything."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import Delaunay

from planner.alignment import GONE, NOBODY
from planner.arrays import IntArray
from planner.budget import Budget
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.seats import Territories
from planner.units import Units


def grid(
    width: int,
    height: int,
    k: int,
    *,
    seed: int = 0,
    band: float = 0.3,
    centre: Centre = Centre.HOME,
    contiguous: bool = True,
    move_cost: float = 0.0,
    **changes: Any,
) -> AlignmentProblem:
    """Return a problem on a grid of unequal activity; today's territories are vertical strips."""
    random = np.random.default_rng(seed)
    n = width * height
    place = np.array([(x, y) for y in range(height) for x in range(width)], float)
    xy_m = 1000.0 * place + random.uniform(-200, 200, (n, 2))
    pairs = [(i, i + 1) for i in range(n) if (i + 1) % width] + [(i, i + width) for i in range(n - width)]
    activity = random.uniform(0.5, 1.5, n)
    measure = Measure.banded("sales", activity.sum(), np.full(k, 1 / k), band, band)
    homes = xy_m[random.choice(n, k, replace=n < k)]
    problem = AlignmentProblem(
        Units.points([f"u{i}" for i in range(n)], xy_m),
        Territories.unnamed(k, 1).replace(home_xy_m=homes),
        (measure,),
        activity[:, None],
        Objective(activity, np.full(n, move_cost), centre),
        Graph.from_edges(n, pairs),
        contiguous,
        current=strips(width, height, k),
    )
    return problem.replace(**changes)


def strips(width: int, height: int, k: int) -> IntArray:
    """Return vertical strips, as even as columns allow."""
    return np.tile(np.arange(width) * k // width, height).astype(np.int32)


def points(n: int, k: int, *, seed: int = 0, band: float = 0.2, **changes: Any) -> AlignmentProblem:
    """Return a problem on random points without a neighbour graph, nobody's today, with two measures."""
    random = np.random.default_rng(seed)
    activity = np.c_[random.lognormal(0, 0.5, n), np.ones(n)]
    share = np.full(k, 1 / k)
    problem = AlignmentProblem(
        Units.points([f"p{i}" for i in range(n)], random.uniform(0, 50_000, (n, 2))),
        Territories.unnamed(k, 2),
        tuple(
            Measure.banded(name, column.sum(), share, band, band)
            for name, column in zip(("sales", "accounts"), activity.T, strict=True)
        ),
        activity,
        Objective(activity[:, 0], np.zeros(n)),
    )
    return problem.replace(**changes)


def triangulated(n: int, k: int, *, seed: int = 0, **changes: Any) -> AlignmentProblem:
    """Return random points joined by their triangulation, contiguous."""
    bare = points(n, k, seed=seed, **changes)
    corners = Delaunay(bare.units.xy_m).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return bare.replace(graph=Graph.from_edges(n, pairs), contiguous=True)


def islands(k: int = 4, **changes: Any) -> AlignmentProblem:
    """Return two grids of 6 × 5 units far from each other, a neighbour graph of two components."""
    one = grid(6, 5, k, band=0.4, centre=Centre.CENTROID)
    assert one.graph is not None
    pairs, _ = one.graph.edges()
    n = 2 * one.n_units
    activity = np.vstack([one.activity, one.activity])
    problem = AlignmentProblem(
        Units.points([f"i{i}" for i in range(n)], np.vstack([one.units.xy_m, one.units.xy_m + 40_000.0])),
        Territories.unnamed(k, 1),
        (Measure.banded("sales", float(activity.sum()), np.full(k, 1 / k), 0.4, 0.4),),
        activity,
        Objective(activity[:, 0], np.zeros(n)),
        Graph.from_edges(n, np.vstack([pairs, pairs + one.n_units])),
        contiguous=True,
    )
    return problem.replace(**changes)


def ruled(seed: int = 3, **changes: Any) -> AlignmentProblem:
    """Return a grid with locks, exclusions that leave a choice, and a price on moves."""
    random = np.random.default_rng(seed)
    k, current = 4, strips(10, 8, 4)
    locked = np.where(random.random(80) < 0.08, current, -1)
    excluded = random.random((80, k)) < 0.15
    excluded[np.arange(80), current] = False
    return grid(
        10, 8, k, seed=seed, band=0.25, centre=Centre.CENTROID, move_cost=2e5, locked=locked,
        excluded=csr_array(excluded), **changes,
    )  # fmt: skip


def budgeted(budget: float, **changes: Any) -> AlignmentProblem:
    """Return a grid whose strips keep the band and of whose 48 units at most `budget` may change hands."""
    return grid(
        8, 6, 4, seed=2, band=0.4, centre=Centre.CENTROID, budgets=(Budget("units", np.ones(48), budget),),
        **changes,
    )  # fmt: skip


def families(centre: Centre = Centre.CENTROID, **changes: Any) -> AlignmentProblem:
    """Return a grid where pairs and threes of neighbours must stay together, some of them locked or excluded."""
    together = np.full(80, -1)
    for g, units in enumerate([(0, 1, 2), (14, 24), (37, 38, 48), (55, 65), (79, 78)]):
        together[list(units)] = g
    locked, excluded = np.full(80, -1), np.zeros((80, 4), bool)
    locked[79], excluded[24, 0], excluded[65, 3] = 3, True, True
    return grid(
        10, 8, 4, seed=1, band=0.3, centre=centre, together=together, locked=locked,
        excluded=csr_array(excluded), **changes,
    )  # fmt: skip


def families_of_several_owners() -> AlignmentProblem:
    """Return a grid whose groups have several owners today, with two budgets that count them differently."""
    weight = np.random.default_rng(6).uniform(0.5, 2.0, 48)
    together = np.full(48, -1)
    together[[1, 2, 29, 30, 37, 38]] = [0, 0, 1, 1, 2, 2]
    return budgeted(14.0).replace(
        together=together,
        budgets=(Budget("units", np.ones(48), 14.0), Budget("sales", weight, 18.0)),
        objective=Objective(np.ones(48), np.full(48, 3e5)),
    )


def regional(shared: tuple[int, ...] = (), **changes: Any) -> AlignmentProblem:
    """Return a grid of a western and an eastern region of two territories each; `shared` units may go to both.

    The west has an enclave in the east, and a plan that may leave either in pieces.
    """
    region = (np.arange(80) % 10 >= 5).astype(int)
    region[[28, 29]] = 0
    region[list(shared)] = -1
    return grid(
        10, 8, 4, seed=1, band=0.4, centre=Centre.CENTROID, region_of_unit=region,
        region_of_territory=[0, 0, 1, 1], region_name=("West", "East"),
    ).replace(**changes)  # fmt: skip


def mixed(centre: Centre = Centre.CENTROID, **changes: Any) -> AlignmentProblem:
    """Return a grid with pairs apart, a segment that each territory must hold its share of, and budgets per seat."""
    random = np.random.default_rng(9)
    segment = (random.random(80) < 0.3).astype(float)
    pairs = np.array([[3, 22], [44, 45], [44, 54], [9, 79], [33, 34], [60, 71]])
    k, share = 4, float(segment.mean())
    mix = Mix(
        "A by units", segment, np.ones(80), np.zeros(k), np.zeros(k),
        np.full(k, share - 0.12), np.full(k, share + 0.12),
    )  # fmt: skip
    budgets = (Budget("units", np.ones(80), 30.0, 10.0), Budget("sales", random.uniform(0.5, 1.5, 80), 32.0))
    return grid(
        10, 8, k, seed=1, band=0.3, centre=centre, apart=pairs, mixes=(mix,), budgets=budgets, **changes
    )


def nothing_happens() -> AlignmentProblem:
    """Return a grid without any activity."""
    still = grid(6, 5, 3, centre=Centre.CENTROID)
    return still.replace(
        activity=np.zeros((30, 1)),
        measures=(Measure.banded("sales", 0.0, np.full(3, 1 / 3), 0.1, 0.1),),
        objective=Objective(np.zeros(30), np.zeros(30)),
    )


def partly_owned() -> AlignmentProblem:
    """Return a grid with units that nobody, somebody gone, and two territories at once own today."""
    current = strips(8, 6, 4)
    current[:8], current[8:12] = NOBODY, GONE
    share = np.zeros((48, 4))
    owned = np.flatnonzero(current >= 0)
    share[owned, current[owned]] = 1.0
    share[20], share[21] = [0.75, 0.25, 0, 0], [0.5, 0.2, 0, 0]
    had = (current != NOBODY).astype(float)
    had[21] = 0.7
    return budgeted(20.0).replace(
        current=current, owned=csr_array(share), had_owner=had,
        objective=Objective(np.ones(48), np.full(48, 3e5)),
    )  # fmt: skip


def watched() -> AlignmentProblem:
    """Return a grid whose one measure is not limited."""
    free = grid(8, 6, 4, centre=Centre.CENTROID)
    return free.replace(measures=(Measure.watched("sales", float(free.activity.sum()), np.full(4, 0.25)),))


def mix_of(problem: AlignmentProblem, lower: float, upper: float, seed: int = 7) -> Mix:
    """Return limits on the share of a segment that about half of the units belong to, by their first measure."""
    random, k = np.random.default_rng(seed), problem.n_territories
    whole = problem.activity[:, 0]
    part = whole * (random.random(problem.n_units) < 0.5)
    return Mix("hospitals", part, whole, np.zeros(k), np.zeros(k), np.full(k, lower), np.full(k, upper))


def _tiny(**changes: Any) -> AlignmentProblem:
    return grid(3, 3, 2, seed=5, band=0.5, centre=Centre.CENTROID, **changes)


POSSIBLE: dict[str, Callable[[], AlignmentProblem]] = {
    "homes": lambda: grid(10, 8, 4, seed=1, band=0.2),
    "centroids": lambda: grid(10, 8, 4, seed=1, band=0.1, centre=Centre.CENTROID),
    "two measures, points without a graph": lambda: points(120, 5),
    "triangulated points": lambda: triangulated(100, 5),
    "locks, exclusions and a price on moves": ruled,
    "exclusions, points without a graph": lambda: points(
        90, 5, excluded=csr_array(np.random.default_rng(1).random((90, 5)) < 0.3)
    ),
    "exclusions, all centres free": lambda: points(
        60, 3, band=0.5, excluded=csr_array(np.arange(60)[:, None] % 3 == np.arange(3))
    ),
    "disruption budget": lambda: budgeted(6.0),
    "no unit may move": lambda: budgeted(0.0),
    "units that several or nobody own": partly_owned,
    "two islands": islands,
    "one unit": lambda: grid(1, 1, 1),
    "one territory": lambda: grid(5, 4, 1),
    "as many territories as units": lambda: grid(3, 2, 6, band=0.9),
    "no activity": nothing_happens,
    "coincident points": lambda: points(40, 3, band=0.5).replace(
        units=Units.points([f"c{i}" for i in range(40)], np.repeat([[0.0, 0.0], [9.0, 5.0]], 20, axis=0))
    ),
    "all at one place": lambda: points(20, 2).replace(
        units=Units.points([f"c{i}" for i in range(20)], np.zeros((20, 2)))
    ),
    "points on a line": lambda: points(30, 3, band=0.4).replace(
        units=Units.points([f"l{i}" for i in range(30)], np.c_[np.arange(30) * 100.0, np.zeros(30)])
    ),
    "pairs apart, a mix, budgets per seat": mixed,
    "pairs apart, a mix, budgets per seat, homes": lambda: mixed(Centre.HOME),
    "pairs apart, a mix, budgets per seat, best units": lambda: mixed(Centre.UNIT, contiguous=False),
    "all kinds of rules": lambda: mixed(
        together=families().together,
        locked=np.where(np.arange(80) == 79, 3, -1),
        region_of_unit=np.where(np.arange(80) % 10 < 5, 0, 1),
        region_of_territory=[0, 0, 1, 1],
        region_name=("West", "East"),
        loose=[True, True, False, False],
    ),
    "groups together": families,
    "groups together, homes": lambda: families(Centre.HOME),
    "groups together, best units": lambda: families(Centre.UNIT),
    "groups of several owners, two budgets": families_of_several_owners,
    "groups together, points without a graph": lambda: points(60, 4, together=np.arange(60) // 2 % 28),
    "regions": regional,
    "regions, one of them loose": lambda: regional(loose=[False, False, True, True]),
    "regions that share units": lambda: regional((44, 45)),
    "regions that share units, one of them loose": lambda: regional(
        (44, 45), loose=[True, True, False, False]
    ),
    "regions with budgets for all": lambda: regional(
        budgets=(Budget("units", np.ones(80), 20.0), Budget("per seat", np.ones(80), per_territory=12.0)),
    ),
    "groups in regions": lambda: families(
        region_of_unit=np.where(np.arange(80) % 10 < 5, 0, 1),
        region_of_territory=[0, 0, 1, 1],
        region_name=("West", "East"),
    ),
    "pairs apart": lambda: grid(
        8, 6, 4, seed=3, apart=[(0, 1), (9, 10), (10, 18), (20, 28), (27, 28), (30, 31), (40, 47), (5, 6)]
    ),
    "pairs apart, points without a graph": lambda: points(
        90,
        4,
        apart=[
            (i, j)
            for group in (range(4), range(10, 13), range(20, 24))
            for i in group
            for j in group
            if i < j
        ],
    ),
    "a mix, points without a graph": lambda: (lambda free: free.replace(mixes=(mix_of(free, 0.45, 0.55),)))(
        points(120, 5)
    ),
    "a budget per seat": lambda: budgeted(48.0).replace(
        budgets=(
            Budget("units", np.ones(48), 9.0, [2.0, 0.0, 3.0, 9.0]),
            Budget("sales", np.arange(48.0), 200.0),
        )
    ),
    "a measure that is only watched": watched,
    "no measure at all": lambda: watched().replace(
        measures=(), activity=np.zeros((48, 0)), territories=Territories.unnamed(4, 0)
    ),
}
"""Problems that have a feasible alignment, by what is special about them."""

TINY: dict[str, Callable[[], AlignmentProblem]] = {
    "homes": lambda: grid(3, 3, 2, seed=1, band=0.3),
    "homes with a price on moves": lambda: grid(3, 3, 2, seed=2, band=0.2, move_cost=2e5),
    "centroids": lambda: grid(3, 3, 2, seed=1, band=0.3, centre=Centre.CENTROID),
    "centroids, no graph": lambda: points(9, 2, band=0.4),
    "three territories": lambda: grid(4, 2, 3, seed=4, band=0.6),
    "budget": lambda: grid(
        3, 3, 2, seed=5, band=0.5, budgets=(Budget("units", np.ones(9), 1.0),)
    ),
    "as many territories as units": lambda: grid(2, 2, 4, band=0.9),
    "pairs apart and a mix, homes": lambda: grid(
        3, 3, 2, seed=1, band=0.5, apart=[(0, 8), (2, 6)], mixes=(mix_of(_tiny(), 0.2, 0.7),)
    ),
    "groups": lambda: grid(
        4, 2, 2, seed=3, band=0.5, together=[0, 0, -1, -1, -1, -1, 1, 1], centre=Centre.CENTROID
    ),
    "groups, homes by distance": lambda: grid(4, 2, 2, seed=3, band=0.5, together=[0, 0, -1, 1, -1, -1, -1, 1]).replace(
        objective=Objective(np.ones(8), np.zeros(8), Centre.HOME, Compactness.DISTANCE)
    ),
    "pairs apart": lambda: grid(
        4, 2, 2, seed=3, band=0.5, apart=[[0, 1], [6, 7]], centre=Centre.CENTROID, contiguous=False
    ),
    "a mix": lambda: grid(4, 2, 2, seed=3, band=0.4, centre=Centre.CENTROID).replace(
        mixes=(Mix("A", np.arange(8) % 4 < 2, np.ones(8), *np.zeros((3, 2)), np.full(2, 0.5)),)
    ),
    "a budget per seat": lambda: grid(
        4, 2, 2, seed=3, band=0.6, centre=Centre.CENTROID,
        budgets=(Budget("units", np.ones(8), per_territory=np.array([1.0, 2.0])),),
    ),
    "regions": lambda: grid(
        3, 2, 3, seed=3, band=0.9, centre=Centre.CENTROID, region_of_unit=[0, 0, 1, 0, 0, 1],
        region_of_territory=[0, 0, 1], region_name=("West", "East"),
    ),
    "regions that share a unit": lambda: grid(
        3, 2, 3, seed=3, band=0.9, centre=Centre.CENTROID, region_of_unit=[0, -1, 1, 0, 0, 1],
        region_of_territory=[0, 0, 1], region_name=("West", "East"),
    ),
}  # fmt: skip
"""Problems small enough to try everything."""


def _locked_overload() -> AlignmentProblem:
    return grid(6, 4, 3, band=0.1, locked=np.where(np.arange(24) < 15, 0, -1))


def _oversize(n_big: int = 1, k: int = 3) -> AlignmentProblem:
    plain = grid(6, 4, k, band=0.1, centre=Centre.CENTROID)
    activity = np.array(plain.activity)
    activity[:n_big, 0] = 60.0
    return plain.replace(
        activity=activity,
        measures=(Measure.banded("sales", float(activity.sum()), np.full(k, 1 / k), 0.1, 0.1),),
    )


def _many_oversize() -> AlignmentProblem:
    plain = points(30, 3, seed=2)
    activity = np.array(plain.activity)
    activity[:2, 0], activity[2:4, 1] = 500.0, 400.0
    share = np.full(3, 1 / 3)
    totals = zip(("sales", "accounts"), activity.sum(axis=0), strict=True)
    measures = tuple(Measure.banded(name, total, share, 0.1, 0.1) for name, total in totals)
    return plain.replace(activity=activity, measures=measures)


def _total_missed() -> AlignmentProblem:
    plain = grid(6, 4, 3)
    total = 2.0 * float(plain.activity.sum())
    return plain.replace(measures=(Measure.banded("sales", total, np.full(3, 1 / 3), 0.1, 0.1),))


def _nowhere() -> AlignmentProblem:
    return grid(6, 4, 3, excluded=csr_array(np.arange(24)[:, None] * np.ones(3) == 7.0))


def _locked_where_excluded() -> AlignmentProblem:
    locked, excluded = np.full(24, -1), np.zeros((24, 3), bool)
    locked[5], excluded[5, 1] = 1, True
    return grid(6, 4, 3, locked=locked, excluded=csr_array(excluded))


IMPOSSIBLE: dict[str, tuple[Callable[[], AlignmentProblem], str]] = {
    "a unit bigger than any territory may be": (_oversize, "u0"),
    "locks that overload a territory": (_locked_overload, "T001"),
    "limits that miss the total": (_total_missed, "at least"),
    "a unit excluded from everywhere": (_nowhere, "u7"),
    "a unit locked where it is excluded": (_locked_where_excluded, "u5"),
    "owners gone beyond the budget": (
        lambda: budgeted(3.0).replace(
            current=np.where(np.arange(48) < 5, GONE, strips(8, 6, 4)), owned=None, had_owner=None
        ),
        "5.00 of units has to change hands",
    ),
    "more big units than territories, in two measures": (_many_oversize, "p0"),
    "three competitors, two territories": (lambda: _tiny(apart=[(0, 1), (1, 2), (0, 2)]), "apart"),
    "a mix that no territory can keep": (lambda: _tiny(mixes=(mix_of(_tiny(), 0.9, 1.0),)), "mixes"),
    "a seat that must give and may not": (
        lambda: _tiny(
            locked=[1, *[-1] * 8], budgets=(Budget("units", np.ones(9), per_territory=[0.0, 9.0]),)
        ),
        "budget",
    ),
    "fewer units than territories": (lambda: grid(2, 1, 3, current=[0, 1]), "2 units"),
}
"""Problems without any feasible alignment, and what the reasons have to name."""

TORN: dict[str, tuple[Callable[[], AlignmentProblem], str]] = {
    "a group locked to two territories": (
        lambda: grid(
            6, 4, 3, together=np.arange(24) // 2, locked=np.where(np.arange(24) < 2, np.arange(24), -1)
        ),
        "u0 and u1 must stay together",
    ),
    "a unit locked to another region": (
        lambda: regional(locked=np.where(np.arange(80) == 3, 2, -1)),
        "u3 of West is locked to territory T003",
    ),
    "a region without a territory": (
        lambda: regional(region_of_territory=[0, 0, 0, 0]),
        "region East has 38 units, but no territory",
    ),
    "a territory of a region without units": (
        lambda: regional(region_of_territory=[0, 1, 1, 2], region_name=("West", "East", "South")),
        "region South has 1 territories, but no unit",
    ),
    "a region that is too big for its territories": (
        lambda: regional(region_of_territory=[0, 0, 0, 1]),
        "region East: ",
    ),
    "a seat that loses more to another region than it may": (
        lambda: regional(
            region_of_territory=[1, 0, 0, 1], budgets=(Budget("units", np.ones(80), per_territory=3.0),)
        ),
        "territory T001 loses at least",
    ),
    "regions that have to move more than the budget": (
        lambda: regional(region_of_territory=[1, 1, 0, 0], budgets=(Budget("units", np.ones(80), 30.0),)),
        "of units has to change hands",
    ),
}
"""The same of groups that must stay together and of regions."""


def least_cost(problem: AlignmentProblem) -> float:
    """Return the least objective by trying every alignment, activity · m²; inf where none keeps the rules."""
    best = np.inf
    for choice in itertools.product(range(problem.n_territories), repeat=problem.n_units):
        card = scorecard(problem, np.array(choice, np.int32))
        if card.feasible and (card.n_units > 0).all():
            best = min(best, card.objective)
    return best


def frozen(problem: AlignmentProblem) -> list[bytes]:
    """Return the bytes of every array a solver might write to."""
    sparse = [problem.owned] + ([problem.excluded] if problem.excluded is not None else [])
    arrays = [
        problem.units.xy_m, problem.activity, problem.territories.home_xy_m, problem.territories.fixed_activity,
        problem.together, problem.apart, problem.region_of_unit, problem.region_of_territory, problem.loose,
        problem.current, problem.had_owner, problem.locked, problem.objective.weight, problem.objective.move_cost,
        *(limit for m in problem.measures for limit in (m.ideal, m.lower, m.upper)),
        *(array for budget in problem.budgets for array in (budget.weight, budget.per_territory)),
        *(part for matrix in sparse for part in (matrix.data, matrix.indices, matrix.indptr)),
    ]  # fmt: skip
    if problem.graph is not None:
        arrays += [problem.graph.indptr, problem.graph.indices]
    return [array.tobytes() for array in arrays]
