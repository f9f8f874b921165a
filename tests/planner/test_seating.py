"""Matching territories to seats: against every permutation there is, rule by rule."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.alignment import Alignment
from planner.budget import Budget
from planner.graph import Graph
from planner.matching import best_matching
from planner.mix import Mix
from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.seating import SeatingFacts, SeatingWeights, seat_wishes, seated
from planner.seats import Territories
from planner.units import Units


def matrices(low: int, high: int) -> st.SearchStrategy[np.ndarray]:
    def square(n: int) -> st.SearchStrategy[np.ndarray]:
        row = st.lists(st.integers(low, high), min_size=n, max_size=n)
        return st.lists(row, min_size=n, max_size=n).map(lambda rows: np.array(rows, float))

    return st.integers(1, 5).flatmap(square)


@given(matrices(0, 3), st.integers(0, 999))
def test_a_matching_is_the_best_of_all(cost: np.ndarray, seed: int) -> None:
    n = len(cost)
    draw = np.random.default_rng(seed)
    wish, allowed = draw.integers(0, 4, (n, n)) * 1.0, draw.random((n, n)) < 0.7
    np.fill_diagonal(allowed, True)
    rows = np.arange(n)
    ways = [np.array(way) for way in itertools.permutations(range(n))]
    possible = [way for way in ways if allowed[rows, way].all()]
    best = max((-cost[rows, way].sum(), wish[rows, way].sum()) for way in possible)
    found = best_matching(cost, wish, allowed)
    assert sorted(found) == list(rows)
    assert allowed[rows, found].all()
    assert (-cost[rows, found].sum(), wish[rows, found].sum()) == best


def test_a_matching_that_cannot_be_is_told() -> None:
    with pytest.raises(ValueError, match="infeasible"):
        best_matching(np.zeros((2, 2)), np.zeros((2, 2)), np.array([[True, False], [True, False]]))


def plan(n: int = 8, k: int = 4, **changes: object) -> AlignmentProblem:
    """Points on a line, all limits open, nobody's before."""
    problem = AlignmentProblem(
        units=Units.points([f"u{i}" for i in range(n)], np.c_[np.arange(n) * 1000.0, np.zeros(n)]),
        territories=Territories.unnamed(k, 1),
        measures=(Measure.watched("sales", float(n), np.full(k, 1 / k)),),
        activity=np.ones((n, 1)),
        objective=Objective(np.ones(n), np.zeros(n)),
    )
    return problem.replace(owned=None, had_owner=None, **changes)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


@st.composite
def cases(draw: st.DrawFn) -> tuple[AlignmentProblem, Alignment]:
    """A random problem with every rule that tells seats apart, and an alignment that keeps most of them."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, k = int(random.integers(4, 9)), int(random.integers(2, 5))
    territory = np.sort(np.r_[np.arange(k), random.integers(0, k, n - k)]).astype(np.int32)
    fixed, part = random.integers(0, 2, k) * 1.0, random.integers(0, 2, n) * 1.0
    held = fixed + np.bincount(territory, minlength=k)
    share = np.bincount(territory, part, k) / held
    excluded = random.random((n, k)) < 0.05
    excluded[np.arange(n), territory] = random.random(n) < 0.01
    centre = Centre.HOME if random.random() < 0.3 else Centre.CENTROID
    price = random.integers(0, 3, n) * 1e5 * float(random.random() < 0.4)
    problem = plan(
        n,
        k,
        territories=Territories.unnamed(k, 1).replace(
            home_xy_m=random.uniform(0, 9000, (k, 2)), fixed_activity=fixed[:, None]
        ),
        measures=(Measure("sales", np.full(k, n / k), np.zeros(k), held + random.integers(0, 3, k)),),
        objective=Objective(np.ones(n), price, centre),
        current=random.integers(-2, k, n),
        locked=np.where(random.random(n) < 0.05, territory, -1),
        excluded=csr_array(excluded),
        mixes=(
            Mix("A", part, np.ones(n), fixed * 0, fixed, fixed * 0, np.minimum(1, share + random.random(k))),
        ),
        budgets=(Budget("units", np.ones(n), np.inf, random.integers(2, 9, k) * 1.0),),
        region_of_unit=np.where(random.random(n) < 0.1, territory % 2, -1),
        region_of_territory=np.arange(k) % 2,
        region_name=("even", "odd"),
        graph=Graph.from_edges(n, [(i, i + 1) for i in range(n - 1)], np.ones(n - 1)),
        contiguous=bool(random.integers(2)),
        loose=(random.random(2) < 0.8)[np.arange(k) % 2],
    )
    return problem, Alignment(territory)


def kept(problem: AlignmentProblem, territory: np.ndarray) -> float:
    return float(problem.owned[np.arange(problem.n_units), territory].sum())


@settings(max_examples=60)
@given(cases())
def test_no_other_seating_is_better(case: tuple[AlignmentProblem, Alignment]) -> None:
    problem, alignment = case
    found = seated(problem, alignment, weights=SeatingWeights(distance=0.0))
    before = scorecard(problem, alignment.territory)
    after = scorecard(problem, found.territory)
    ways = itertools.permutations(range(problem.n_territories))
    cards = [(scorecard(problem, np.array(way)[alignment.territory]), np.array(way)) for way in ways]
    possible = [(card.objective, way) for card, way in cards if card.feasible]
    assert after.feasible == bool(possible)
    if not possible:
        assert found == alignment
        return
    assert before.feasible or found != alignment
    least = min(cost for cost, _ in possible)
    assert after.objective <= least * (1 + 1e-9) + 1e-6
    cheapest = [way for cost, way in possible if cost <= least * (1 + 1e-12) + 1e-9]
    most = max(kept(problem, way[alignment.territory]) for way in cheapest)
    assert kept(problem, found.territory) >= most - 1e-9


def test_free_centres_leave_it_to_the_customers() -> None:
    problem = plan(4, 2, current=numbers(0, 0, 1, 1))
    assert seated(problem, Alignment(numbers(1, 1, 0, 0))) == Alignment(numbers(0, 0, 1, 1))


def test_the_total_of_a_budget_is_kept() -> None:
    # Renaming would keep three small units and move the heavy one, which the budget does not allow.
    problem = plan(
        4, 2, current=numbers(0, 0, 0, 1), budgets=(Budget("sales", np.array([1.0, 1, 1, 9]), 5.0),)
    )
    start = Alignment(numbers(1, 1, 1, 1))
    assert scorecard(problem, start.territory).feasible
    assert seated(problem, start) == start


class TestWishes:
    problem = plan(3, 2)
    territory = numbers(0, 1, 1)

    def wishes(self, facts: SeatingFacts, **weights: float) -> np.ndarray:
        nothing = {"relationships": 0.0, "skills": 0.0, "capacity": 0.0, "distance": 0.0}
        return seat_wishes(self.problem, self.territory, facts, SeatingWeights(**(nothing | weights)))

    def facts(self, **more: object) -> SeatingFacts:
        keeps = csr_array(np.array([[0.0, 1], [1, 0], [0, 0], [1, 0]]))
        unit = numbers(0, 1, 2, -1)
        return SeatingFacts(np.array([1.0, 2, 1, 99]), unit, keeps, **more)  # type: ignore[arg-type]

    def test_relationships_are_shares_of_what_geography_decides(self) -> None:
        np.testing.assert_allclose(self.wishes(self.facts(), relationships=1.0), [[0, 0.25], [0.5, 0]])

    def test_skills(self) -> None:
        able = np.array([[True, False], [True, True], [False, True], [True, True]])
        found = self.wishes(self.facts(able=able), skills=1.0)
        np.testing.assert_allclose(found, [[0.25, 0.0], [0.5, 0.75]])

    def test_work_that_fits(self) -> None:
        facts = self.facts(hours=np.array([10.0, 20, 10, 0]), capacity_hours=np.array([15.0, np.nan]))
        np.testing.assert_allclose(self.wishes(facts, capacity=1.0), [[0.25, 0.25], [0.375, 0.75]])

    def test_nearness(self) -> None:
        homes = self.problem.territories.replace(home_xy_m=np.array([[0.0, 0.0], [1500.0, 0.0]]))
        problem = self.problem.replace(territories=homes)
        facts = SeatingFacts.of_units(problem)
        found = seat_wishes(problem, self.territory, facts, SeatingWeights(0, 0, 0, 1.0))
        np.testing.assert_allclose(found, [[0.5, 0.0], [0.0, 0.5]])


def test_a_lone_territory_stays_as_it_is() -> None:
    problem = plan(3, 1)
    assert seated(problem, Alignment(numbers(0, 0, 0))) == Alignment(numbers(0, 0, 0))
