"""The life of a planning job as a pure state machine: an event comes in, a new state comes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.errors import PlannerError


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Accepted, waiting for its turn."""
    RUNNING = "running"
    """Being worked on."""
    CANCELLING = "cancelling"
    """Asked to stop; it will keep the best it has."""
    DONE = "done"
    """Ended with a result."""
    FAILED = "failed"
    """Ended without a result, for a reason."""
    CANCELLED = "cancelled"
    """Withdrawn before there was anything to keep."""

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the job any more."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobEvent(StrEnum):
    """What can happen to a job."""

    START = "start"
    CANCEL = "cancel"
    FINISH = "finish"
    FAIL = "fail"
    INTERRUPT = "interrupt"


_NEXT = {
    (JobState.QUEUED, JobEvent.START): JobState.RUNNING,
    (JobState.QUEUED, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.QUEUED, JobEvent.FAIL): JobState.FAILED,
    (JobState.QUEUED, JobEvent.INTERRUPT): JobState.FAILED,
    (JobState.RUNNING, JobEvent.CANCEL): JobState.CANCELLING,
    (JobState.RUNNING, JobEvent.FINISH): JobState.DONE,
    (JobState.RUNNING, JobEvent.FAIL): JobState.FAILED,
    (JobState.RUNNING, JobEvent.INTERRUPT): JobState.FAILED,
    (JobState.CANCELLING, JobEvent.CANCEL): JobState.CANCELLING,
    (JobState.CANCELLING, JobEvent.FINISH): JobState.DONE,
    (JobState.CANCELLING, JobEvent.FAIL): JobState.FAILED,
    (JobState.CANCELLING, JobEvent.INTERRUPT): JobState.FAILED,
}


class ImpossibleEvent(PlannerError):
    """An event that cannot happen in the state a job is in."""


@dataclass(frozen=True)
class Job:
    """State of one job and, where it ended without a result, the reason.

    Parameters
    ----------
    state
        Where the job stands.
    reason
        Why it failed, in plain words; empty otherwise.
    """

    state: JobState = JobState.QUEUED
    reason: str = ""

    def allows(self, event: JobEvent) -> bool:
        """Return whether `event` can happen now."""
        return (self.state, event) in _NEXT

    def after(self, event: JobEvent, reason: str = "") -> Job:
        """Return the job after `event`.

        Parameters
        ----------
        event
            What happened.
        reason
            Why, in plain words; kept only where the job fails.

        Raises
        ------
        ImpossibleEvent
            Where `event` cannot happen in the present state.
        """
        if not self.allows(event):
            possible = ", ".join(e for s, e in _NEXT if s is self.state) or "nothing: it has ended"
            raise ImpossibleEvent(
                f"A job that is {self.state} cannot take the event {event}; possible: {possible}."
            )
        state = _NEXT[self.state, event]
        return Job(state, reason if state is JobState.FAILED else "")
