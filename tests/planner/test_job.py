"""The life of a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.job import ImpossibleEvent, Job, JobEvent, JobState

EVENTS = st.lists(st.sampled_from(list(JobEvent)), max_size=30)


def test_an_ordinary_life() -> None:
    assert Job().after(JobEvent.START).after(JobEvent.FINISH).state is JobState.DONE


def test_cancelling_a_running_job_keeps_its_result() -> None:
    cancelling = Job().after(JobEvent.START).after(JobEvent.CANCEL)
    assert cancelling.state is JobState.CANCELLING
    assert cancelling.after(JobEvent.CANCEL) == cancelling
    assert cancelling.after(JobEvent.FINISH).state is JobState.DONE


def test_cancelling_ends_without_a_result_where_there_is_nothing_to_keep() -> None:
    cancelling = Job().after(JobEvent.START).after(JobEvent.CANCEL)
    assert cancelling.after(JobEvent.WITHDRAW).state is JobState.CANCELLED
    assert cancelling.after(JobEvent.LOSE, "gone").state is JobState.CANCELLED
    assert cancelling.after(JobEvent.RELEASE).state is JobState.CANCELLED


def test_cancelling_a_waiting_job_ends_it_at_once() -> None:
    assert Job().after(JobEvent.CANCEL).state is JobState.CANCELLED


def test_a_failure_says_why_and_a_success_has_nothing_to_say() -> None:
    running = Job().after(JobEvent.START)
    assert running.after(JobEvent.FAIL, "out of memory").reason == "out of memory"
    assert running.after(JobEvent.FINISH, "ignored").reason == ""


def test_a_lost_job_is_tried_again_until_it_was_tried_often_enough() -> None:
    job = Job(most_attempts=2).after(JobEvent.START).after(JobEvent.LOSE, "Killed.")
    assert (job.state, job.reason, job.attempts) == (JobState.QUEUED, "", 1)
    job = job.after(JobEvent.START).after(JobEvent.LOSE, "Killed.")
    assert (job.state, job.reason, job.attempts) == (JobState.FAILED, "Killed. It was tried 2 times.", 2)


def test_a_job_outlives_more_servers_than_workers() -> None:
    job = Job(most_attempts=2)
    for _ in range(9):
        job = job.after(JobEvent.START).after(JobEvent.ORPHAN, "Power cut.")
        assert job.state is JobState.QUEUED
    assert job.after(JobEvent.START).after(JobEvent.ORPHAN, "Power cut.").state is JobState.FAILED
    assert job.after(JobEvent.START).after(JobEvent.LOSE, "Killed.").state is JobState.FAILED


def test_a_try_that_was_given_back_does_not_count() -> None:
    job = Job(most_attempts=1)
    for _ in range(5):
        job = job.after(JobEvent.START).after(JobEvent.RELEASE)
    assert job == Job(most_attempts=1)


@pytest.mark.parametrize("event", [JobEvent.FINISH, JobEvent.WITHDRAW, JobEvent.LOSE, JobEvent.RELEASE])
def test_nothing_comes_from_a_job_that_waits(event: JobEvent) -> None:
    with pytest.raises(
        ImpossibleEvent, match=f"queued cannot take the event {event}; possible: start, cancel"
    ):
        Job().after(event)


@given(EVENTS, st.integers(1, 4))
def test_whatever_happens(events: list[JobEvent], most_attempts: int) -> None:
    job = Job(most_attempts=most_attempts)
    tries = ends = 0
    for event in events:
        if not job.allows(event):
            with pytest.raises(ImpossibleEvent):
                job.after(event)
            continue
        assert not job.state.ended
        before, job = job, job.after(event, "why")
        tries += (event is JobEvent.START) - (event is JobEvent.RELEASE)
        ends += job.state.ended
        assert job.attempts == tries <= 5 * most_attempts
        assert bool(job.reason) is (job.state is JobState.FAILED)
        # Only who works on it hands over a result, and only who was asked to stop withdraws.
        if job.state is JobState.DONE:
            assert before.state.active
        if event is JobEvent.WITHDRAW:
            assert before.state is JobState.CANCELLING
    assert ends == job.state.ended <= 1
    assert not (job.state.ended and any(job.allows(event) for event in JobEvent))
    assert not (job.state.ended and job.state.active)


@given(EVENTS)
def test_a_job_that_was_asked_to_stop_never_starts_again(events: list[JobEvent]) -> None:
    job, asked = Job(), False
    for event in events:
        if job.allows(event):
            asked = asked or event is JobEvent.CANCEL
            job = job.after(event)
            assert not (asked and job.state in (JobState.QUEUED, JobState.RUNNING))
