"""Dead ends: never claimed where a plan exists, never wider than the best plan, found where built on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from solvers.conflicts import best_possible, find_conflicts
from solvers.conflicts.dead_ends import dead_ends
from solvers.conflicts.loosening import bands
from solvers.conflicts.packing import sizes_that_do_not_fit
from tests.contract.problems import grid, islands
from tests.solvers.divided import built, drawn_division, narrowest_band


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_whatever_is_called_impossible_is_and_no_band_is_claimed_wider_than_the_best_plan(seed: int) -> None:
    problem = drawn_division(seed)
    best = narrowest_band(problem)
    if best == 0:
        assert find_conflicts(problem) == ()
    limits = bands(problem, problem, ())
    for proof in (*dead_ends(problem, limits), *sizes_that_do_not_fit(problem, limits)):
        assert 0 < proof.deviation <= best + 1e-7
        assert proof.measure == 0


def test_most_of_what_is_impossible_is_found() -> None:
    found = impossible = 0
    for seed in range(40):
        problem = drawn_division(seed)
        if narrowest_band(problem) > 0:
            impossible += 1
            found += bool(find_conflicts(problem))
    assert impossible >= 25
    assert found >= 0.9 * impossible


def peninsula(doors: tuple[float, float] = (3.5, 4.0), light: float = 24.0) -> AlignmentProblem:
    """Return three heavy units in a row, the last beside two heavy ones, which open to a ladder of light units.

    Of four territories of 10, units 0, 1 and 2 together hold 8.5; with unit 3 or 4 they hold 12 or 12.5.
    """
    rest = 48
    value = np.r_[2.5, 2.5, 3.5, doors, np.full(rest, light / rest)]
    edges = [(0, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 6)]
    edges += [(i, i + 1) for i in range(5, 4 + rest)] + [(i, i + 2) for i in range(5, 3 + rest)]
    return built(value, edges, 4, 0.05)


def test_a_peninsula_behind_heavy_units_is_named_with_the_narrowest_band() -> None:
    problem = peninsula()
    (conflict,) = find_conflicts(problem)
    assert conflict.kind == "dead_end"
    assert set(conflict.units) >= {0, 1, 2}
    assert set(conflict.units) <= {0, 1, 2, 3, 4}
    # Alone they lack 15 %; with unit 3 they would be 20 % too many.
    assert conflict.deviation == pytest.approx(0.15)
    for words in ("u0", "u1", "u2", "sales", "±15.00 %", "8.50"):
        assert words in conflict.message


def test_loosening_a_dead_end_widens_all_bands_to_what_is_proved() -> None:
    problem = peninsula()
    conflicts = find_conflicts(problem)
    loosened = best_possible(problem, conflicts)
    assert loosened.measures[0].lower == pytest.approx(np.full(4, 8.5), rel=1e-5)
    assert loosened.measures[0].upper == pytest.approx(np.full(4, 11.5), rel=1e-5)
    assert find_conflicts(loosened) == ()


def test_a_dead_end_beside_an_oversize_unit_is_measured_against_what_is_left_to_share() -> None:
    plain = peninsula(doors=(8.0, 8.5), light=15.0)
    value = np.array(plain.activity[:, 0])
    value[-1] += 20.0
    total = float(value.sum())
    problem = plain.replace(
        activity=value[:, None], measures=(Measure.banded("sales", total, np.full(4, 0.25), 0.05, 0.05),)
    )
    conflicts = {conflict.kind: conflict for conflict in find_conflicts(problem)}
    assert set(conflicts) == {"oversize", "dead_end"}
    mean = (total - value[-1]) / 3
    deviation = conflicts["dead_end"].deviation
    # With unit 3 they hold 16.5; alone they would lack more of the mean that is left to three territories.
    assert deviation == pytest.approx(16.5 / mean - 1)
    assert f"of {mean:,.2f}" in conflicts["dead_end"].message
    loosened = best_possible(problem, tuple(conflicts.values()))
    others = np.delete(np.arange(4), int(loosened.locked[-1]))
    assert loosened.measures[0].upper[others] == pytest.approx(np.full(3, 16.5), rel=1e-5)
    assert loosened.measures[0].lower[others] == pytest.approx(np.full(3, mean * (1 - deviation)), rel=1e-5)
    assert find_conflicts(loosened) == ()


def bag(load: float) -> AlignmentProblem:
    """Return 60 light units of `load` together behind a unit of 3, and 44 light ones beyond it; 40 in all."""
    value = np.r_[np.full(60, load / 60), 3.0, np.full(44, (37 - load) / 44)]
    edges = [(i, i + 1) for i in range(104)] + [(i, i + 2) for i in (*range(58), *range(61, 103))]
    return built(value, edges, 4, 0.02)


def test_a_bag_between_one_territory_and_two_is_found_whatever_its_size() -> None:
    found = {conflict.units: conflict for conflict in find_conflicts(bag(18.0))}
    behind = next(conflict for units, conflict in found.items() if set(units) == set(range(60)))
    # One territory inside and the outlet can hold 18 + 3 between them at 5 %; two inside would need 10 %.
    assert behind.deviation == pytest.approx(21 / 20 - 1, abs=1e-6)
    assert "u60" in behind.message
    assert "18.00" in behind.message
    # 17.2 and 3 go into one inside and the outlet of 10.1 each.
    assert not any(set(conflict.units) == set(range(60)) for conflict in find_conflicts(bag(17.2)))


def test_without_contiguity_there_is_no_dead_end() -> None:
    problem = peninsula()
    assert find_conflicts(problem.replace(contiguous=False)) == ()
    assert find_conflicts(problem.replace(contiguous=False, graph=None)) == ()


def test_what_lies_in_another_part_of_the_map_may_fill_a_territory_up() -> None:
    problem = islands()
    assert find_conflicts(problem) == ()
    # A peninsula lacks 15 % only where nothing else can be added: here an island holds enough.
    alone = peninsula()
    assert alone.graph is not None
    edges, _ = alone.graph.edges()
    value = np.r_[alone.activity[:, 0], 1.01]
    ideal = alone.measures[0]
    joined = built(value, [tuple(edge) for edge in edges.tolist()], 4, 0.05).replace(measures=(ideal,))
    assert [conflict.deviation for conflict in find_conflicts(joined)] == []


def test_the_same_problem_gives_the_same_proofs() -> None:
    for problem in (peninsula(), drawn_division(7), drawn_division(11)):
        first, second = find_conflicts(problem), find_conflicts(problem)
        assert [one.message for one in first] == [one.message for one in second]


def test_a_feasible_grid_with_its_own_loads_as_bands_is_not_called_impossible() -> None:
    for seed in range(30):
        random = np.random.default_rng(seed)
        problem = grid(7, 6, 4, seed=seed)
        activity = random.lognormal(0, 1.5, (42, 1))
        label = np.tile(np.arange(7) * 4 // 7, 6).astype(np.int32)
        problem = problem.replace(activity=activity)
        load = problem.loads(label)[:, 0]
        problem = problem.replace(measures=(Measure("sales", load, 0.99 * load, 1.01 * load),))
        assert scorecard(problem, label).feasible
        assert find_conflicts(problem) == ()
