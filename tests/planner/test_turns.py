"""Turns in the queue of jobs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from planner.turns import turns

PEOPLE = ("ada", "bob", "cleo")
START = datetime(2026, 1, 5, tzinfo=UTC)
QUEUES = st.lists(st.sampled_from(PEOPLE), max_size=20).map(
    lambda people: [(f"job-{place}", person) for place, person in enumerate(people)]
)
RUNNING = st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 4))
SERVED = st.dictionaries(
    st.sampled_from(PEOPLE), st.integers(0, 9).map(lambda hours: START + timedelta(hours=hours))
)


def test_who_puts_in_much_does_not_keep_others_waiting() -> None:
    waiting = [("a1", "ada"), ("a2", "ada"), ("a3", "ada"), ("b1", "bob"), ("c1", "cleo")]
    assert turns(waiting, {}, {}) == ["a1", "b1", "c1", "a2", "a3"]


def test_who_has_one_running_waits_for_those_who_have_none() -> None:
    assert turns([("a1", "ada"), ("b1", "bob")], {"ada": 1}, {}) == ["b1", "a1"]


def test_who_was_served_longest_ago_comes_first() -> None:
    served = {"ada": START + timedelta(hours=2), "bob": START}
    assert turns([("a1", "ada"), ("b1", "bob")], {}, served) == ["b1", "a1"]
    assert turns([("a1", "ada"), ("c1", "cleo")], {}, served) == ["c1", "a1"]


@given(QUEUES, RUNNING, SERVED)
def test_everybody_is_served_in_their_own_order(
    waiting: list[tuple[str, str]], running: dict[str, int], served: dict[str, datetime]
) -> None:
    order = turns(waiting, running, served)
    assert sorted(order) == sorted(job for job, _ in waiting)
    for person in PEOPLE:
        own = [job for job, whose in waiting if whose == person]
        assert [job for job in order if job in own] == own


@given(QUEUES, RUNNING, SERVED)
def test_nobody_gets_two_more_than_somebody_who_waits(
    waiting: list[tuple[str, str]], running: dict[str, int], served: dict[str, datetime]
) -> None:
    whose = dict(waiting)
    left, busy = Counter(whose.values()), Counter(running)
    for job in turns(waiting, running, served):
        person = whose[job]
        assert busy[person] == min(busy[other] for other in left if left[other])
        busy[person] += 1
        left[person] -= 1
