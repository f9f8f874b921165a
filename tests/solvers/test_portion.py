"""Parts of a run end when their share is spent, or when the run ends."""

from __future__ import annotations

from planner.stop import AnyOf, MaxIterations, MaxSeconds, Termination
from solvers.portion import share_of


def test_a_share_of_the_time_ends_before_the_whole_does() -> None:
    now = [0.0]
    whole = MaxSeconds(10.0, clock=lambda: now[0], started=0.0)
    now[0] = 2.0
    part = share_of(AnyOf((whole, MaxIterations(3))), 0.25)
    assert part.seconds_left() == 2.0
    assert part.reason(0) is None
    now[0] = 4.0
    assert part.reason(0) is Termination.TIME_LIMIT
    assert whole.reason(0) is None


def test_a_share_of_unlimited_time_is_unlimited_and_iterations_are_those_of_the_whole() -> None:
    part = share_of(MaxIterations(3), 0.25)
    assert part.seconds_left() == float("inf")
    assert part.reason(2) is None
    assert part.reason(3) is Termination.ITERATION_LIMIT
    assert part.iterations_left(1) == 2
