"""Time, iterations and cancellation are one mechanism."""

from __future__ import annotations

import pytest

from planner.stop import AnyOf, Cancelled, MaxIterations, MaxSeconds, Termination


def test_time_counts_from_construction() -> None:
    now = [100.0]
    stop = MaxSeconds(5.0, clock=lambda: now[0])
    assert stop.reason(10**9) is None
    now[0] = 104.5
    assert stop.seconds_left() == 0.5
    assert stop.reason(0) is None
    now[0] = 105.0
    assert stop.reason(0) is Termination.TIME_LIMIT


def test_no_seconds_at_all_stops_at_once() -> None:
    assert MaxSeconds(0.0).reason(0) is Termination.TIME_LIMIT


def test_iterations_are_counted_down() -> None:
    stop = MaxIterations(3)
    assert [stop.reason(i) for i in range(4)] == [None, None, None, Termination.ITERATION_LIMIT]
    assert [stop.iterations_left(i) for i in range(5)] == [3, 2, 1, 0, 0]
    assert stop.seconds_left() == float("inf")


def test_cancel_is_noticed_as_soon_as_it_is_asked() -> None:
    asked = [False]
    stop = Cancelled(lambda: asked[0])
    assert stop.reason(0) is None
    assert stop.seconds_left() == stop.iterations_left(0) == float("inf")
    asked[0] = True
    assert stop.reason(0) is Termination.CANCELLED
    assert stop.seconds_left() == stop.iterations_left(0) == 0


def test_the_first_rule_in_order_names_the_reason_and_the_tightest_limit_counts() -> None:
    stop = AnyOf((Cancelled(lambda: True), MaxIterations(1)))
    assert stop.reason(5) is Termination.CANCELLED
    both = AnyOf((MaxIterations(4), MaxSeconds(60.0, clock=lambda: 0.0, started=0.0)))
    assert both.reason(3) is None
    assert both.iterations_left(3) == 1
    assert both.seconds_left() == 60.0


@pytest.mark.parametrize("iterations", [0, 10**9])
def test_no_rule_never_stops(iterations: int) -> None:
    never = AnyOf(())
    assert never.reason(iterations) is None
    assert never.seconds_left() == never.iterations_left(iterations) == float("inf")
