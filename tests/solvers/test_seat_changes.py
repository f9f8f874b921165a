"""Seats that come and go: what must move moves, and nothing else as long as the rules can hold so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.alignment import GONE, NOBODY
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.seats import Territories
from planner.solving import Status
from planner.stop import MaxIterations
from solvers.absorbing import first_alignment, links, with_ownerless
from solvers.seat_changes import adapt, hanging_together, must_move
from tests.contract.problems import grid

FAR = 1e9
"""Price of a move above anything that compactness could save."""


def columns(width: int, height: int, of: int) -> np.ndarray:
    """Owners of a grid whose columns belong to territories in turn, `of` columns each."""
    return (np.arange(width * height) % width // of).astype(np.int32)


def changed(
    current: np.ndarray, k: int, width: int, height: int, above: float = 0.5, below: float = 1.0
) -> AlignmentProblem:
    """A grid of equal units with `k` seats, owned as `current` says, moves at a high price."""
    board, n = grid(width, height, 2, seed=1, band=0.5), width * height
    return AlignmentProblem(
        units=board.units,
        territories=Territories.unnamed(k, 1),
        measures=(Measure.banded("sales", float(n), np.full(k, 1 / k), below, above),),
        activity=np.ones((n, 1)),
        objective=Objective(np.ones(n), np.full(n, FAR)),
        graph=board.graph,
        contiguous=True,
        current=current,
    )


def moved(problem: AlignmentProblem, territory: np.ndarray) -> np.ndarray:
    return (problem.current != NOBODY) & (territory != problem.current)


class TestSomebodyLeaves:
    # Four territories of three columns; the third one leaves, and 0, 1, 2 stand for those that stay.
    current = np.array([0, 1, GONE, 2])[columns(12, 4, 3)]

    def test_only_what_has_no_rep_moves_and_only_to_neighbours(self) -> None:
        problem = changed(self.current, 3, 12, 4)
        found = adapt(problem, stop=MaxIterations(2))
        assert found.status is Status.FEASIBLE
        assert found.alignment is not None
        territory = found.alignment.territory
        assert (moved(problem, territory) == (self.current == GONE)).all()
        assert set(territory[self.current == GONE]) == {1, 2}
        assert "taken over by its neighbours" in found.report.notes[0]

    def test_the_circle_widens_where_neighbours_have_no_room(self) -> None:
        # 48 units for three seats, at most 17 each: the first one, no neighbour, has to take two from the second.
        problem = changed(self.current, 3, 12, 4, above=0.1)
        found = adapt(problem, stop=MaxIterations(8))
        assert found.status is Status.FEASIBLE
        assert found.alignment is not None
        card = scorecard(problem, found.alignment.territory)
        assert card.feasible
        assert card.loads[:, 0].tolist() == [14, 17, 17]
        assert moved(problem, found.alignment.territory).sum() == 12 + 2
        assert any("Not enough room" in note for note in found.report.notes)

    def test_what_cannot_hold_is_told_with_the_reason(self) -> None:
        problem = changed(self.current, 3, 12, 4)
        tight = Measure("sales", np.full(3, 16.0), np.zeros(3), np.full(3, 15.0))
        found = adapt(problem.replace(measures=(tight,)), stop=MaxIterations(2))
        assert found.status is not Status.FEASIBLE
        assert found.alignment is not None
        assert found.report.reasons

    @settings(max_examples=8)
    @given(st.integers(0, 3), st.integers(2, 4), st.sampled_from([0.5, 1.0]))
    def test_whoever_leaves_nothing_outside_the_circle_changes(
        self, who: int, height: int, above: float
    ) -> None:
        place = np.array([j - (j > who) if j != who else GONE for j in range(4)])
        current = place[columns(8, height, 2)]
        problem = changed(current, 3, 8, height, above=above)
        found = adapt(problem, stop=MaxIterations(1))
        assert found.alignment is not None
        assert found.status is Status.FEASIBLE
        assert (moved(problem, found.alignment.territory) == (current == GONE)).all()


class TestSomebodyIsHired:
    def test_a_new_seat_is_peeled_from_the_overloaded(self) -> None:
        # The first territory holds six columns, the others two each; a fourth seat is new.
        current = np.array([0, 0, 0, 1, 2])[columns(10, 4, 2)]
        problem = changed(current, 4, 10, 4, above=1.5, below=0.4)
        found = adapt(problem, stop=MaxIterations(3))
        assert found.status is Status.FEASIBLE
        assert found.alignment is not None
        territory = found.alignment.territory
        gone = moved(problem, territory)
        assert set(current[gone]) == {0}
        assert set(territory[gone]) == {3}
        # Just what the new seat needs at least: six tenths of ten units.
        assert gone.sum() == 6

    def test_a_successor_takes_over_as_it_is(self) -> None:
        current = np.array([0, 1, GONE, 2])[columns(12, 4, 3)]
        problem = changed(current, 4, 12, 4, above=0.1, below=0.1)
        found = adapt(problem, stop=MaxIterations(3))
        assert found.status is Status.FEASIBLE
        assert found.alignment is not None
        assert (found.alignment.territory == np.array([0, 1, 3, 2])[columns(12, 4, 3)]).all()


class TestParts:
    def test_what_must_move(self) -> None:
        problem = changed(np.array([0, 1, GONE, NOBODY, 0, 1]), 2, 6, 1)
        locked = np.array([-1, -1, -1, -1, 1, 1])
        assert must_move(problem.replace(locked=locked)).tolist() == [False, False, True, False, True, False]

    def test_what_is_torn_today_need_not_be_mended(self) -> None:
        current = np.array([0, 1, 0, 1, 0, 1], np.int32)
        problem = changed(current, 2, 6, 1)
        assert not scorecard(problem, current).feasible
        assert scorecard(hanging_together(problem), current).feasible

    @settings(max_examples=20)
    @given(st.integers(0, 10_000))
    def test_the_first_alignment_is_complete_and_keeps_what_may_stay(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        k = int(random.integers(2, 5))
        current = random.integers(-2, k, 24).astype(np.int32)
        problem = changed(current, k + 1, 6, 4)
        owner = with_ownerless(problem)
        moving = must_move(problem) | (owner < 0)
        first = first_alignment(problem, links(problem), owner, moving)
        assert ((first.territory >= 0) & (first.territory <= k)).all()
        others = ~moving & (first.territory != owner)
        assert (first.territory[others] == k).all() or (
            np.bincount(current[current >= 0], minlength=k) == 0
        ).any()
        assert first.donors[owner[others]].all()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_alignment(seed: int) -> None:
    problem = changed(np.array([0, 1, GONE, 2])[columns(12, 4, 3)], 3, 12, 4, above=0.1)
    one, other = (adapt(problem, stop=MaxIterations(2), seed=seed) for _ in range(2))
    assert one.alignment == other.alignment
