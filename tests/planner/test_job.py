"""The life of a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.job import ImpossibleEvent, Job, JobEvent, JobState


def test_an_ordinary_life() -> None:
    assert Job().after(JobEvent.START).after(JobEvent.FINISH).state is JobState.DONE


def test_cancelling_a_running_job_keeps_its_result() -> None:
    cancelling = Job().after(JobEvent.START).after(JobEvent.CANCEL)
    assert cancelling.state is JobState.CANCELLING
    assert cancelling.after(JobEvent.CANCEL) == cancelling
    assert cancelling.after(JobEvent.FINISH).state is JobState.DONE


def test_cancelling_a_waiting_job_ends_it_at_once() -> None:
    assert Job().after(JobEvent.CANCEL).state is JobState.CANCELLED


def test_a_failure_says_why_and_a_success_has_nothing_to_say() -> None:
    running = Job().after(JobEvent.START)
    assert running.after(JobEvent.FAIL, "out of memory").reason == "out of memory"
    assert running.after(JobEvent.FINISH, "ignored").reason == ""


@pytest.mark.parametrize("event", [JobEvent.FINISH])
def test_a_waiting_job_cannot_finish(event: JobEvent) -> None:
    with pytest.raises(ImpossibleEvent, match="queued cannot take the event finish; possible: start, cancel"):
        Job().after(event)


@given(st.lists(st.sampled_from(list(JobEvent)), max_size=12))
def test_an_ended_job_stays_as_it_is(events: list[JobEvent]) -> None:
    job = Job()
    for event in events:
        if job.allows(event):
            assert not job.state.ended
            job = job.after(event)
        else:
            with pytest.raises(ImpossibleEvent):
                job.after(event)
    assert not (job.state.ended and any(job.allows(event) for event in JobEvent))
