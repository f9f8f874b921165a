"""The life of a job as a pure state machine: an event comes in, a new state comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from planner.errors import PlannerError

MOST_ATTEMPTS = 3
"""How often a job is started before a worker that keeps getting lost is taken to be the job's own fault."""


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

    @property
    def active(self) -> bool:
        """Whether a worker is on it."""
        return self in (JobState.RUNNING, JobState.CANCELLING)


class JobEvent(StrEnum):
    """What can happen to a job."""

    START = "start"
    """A worker takes it."""
    CANCEL = "cancel"
    """Somebody asks it to stop."""
    FINISH = "finish"
    """The worker hands over a result."""
    WITHDRAW = "withdraw"
    """The worker stopped as asked and had nothing worth keeping."""
    FAIL = "fail"
    """The worker, or what was asked, cannot give a result; trying again would not help."""
    LOSE = "lose"
    """The worker is gone without a word; another try may succeed."""
    ORPHAN = "orphan"
    """The server of the worker is gone, and the worker with it: rarely the fault of the job."""
    RELEASE = "release"
    """The server that works on it shuts down in order; the try does not count."""


_NEXT = {
    (JobState.QUEUED, JobEvent.START): JobState.RUNNING,
    (JobState.QUEUED, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.QUEUED, JobEvent.FAIL): JobState.FAILED,
    (JobState.RUNNING, JobEvent.CANCEL): JobState.CANCELLING,
    (JobState.RUNNING, JobEvent.FINISH): JobState.DONE,
    (JobState.RUNNING, JobEvent.FAIL): JobState.FAILED,
    (JobState.RUNNING, JobEvent.LOSE): JobState.QUEUED,
    (JobState.RUNNING, JobEvent.ORPHAN): JobState.QUEUED,
    (JobState.RUNNING, JobEvent.RELEASE): JobState.QUEUED,
    (JobState.CANCELLING, JobEvent.CANCEL): JobState.CANCELLING,
    (JobState.CANCELLING, JobEvent.FINISH): JobState.DONE,
    (JobState.CANCELLING, JobEvent.WITHDRAW): JobState.CANCELLED,
    (JobState.CANCELLING, JobEvent.FAIL): JobState.FAILED,
    # What it had found is gone with its worker, and nobody wants it started again.
    (JobState.CANCELLING, JobEvent.LOSE): JobState.CANCELLED,
    (JobState.CANCELLING, JobEvent.ORPHAN): JobState.CANCELLED,
    (JobState.CANCELLING, JobEvent.RELEASE): JobState.CANCELLED,
}


_PATIENCE = {JobEvent.LOSE: 1, JobEvent.ORPHAN: 5}
"""Times `most_attempts` that a job may have been started where it is lost like this; one that takes its server down
with it has to end some day too."""


class ImpossibleEvent(PlannerError):
    """An event that cannot happen in the state a job is in."""


class NothingToKeep(PlannerError):
    """Raised by work that was asked to stop and has nothing worth keeping."""


@dataclass(frozen=True)
class Job:
    """State of one job and, where it ended without a result, the reason.

    Parameters
    ----------
    state
        Where the job stands.
    reason
        Why it failed, in plain words; empty otherwise.
    attempts
        How often it was started and not released again.
    most_attempts
        How often it may be started where its workers are lost; at least 1. Where servers are lost, five times as often.
    """

    state: JobState = JobState.QUEUED
    reason: str = ""
    attempts: int = 0
    most_attempts: int = MOST_ATTEMPTS

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
        state, attempts = _NEXT[self.state, event], self.attempts
        if event is JobEvent.START:
            attempts += 1
        elif event is JobEvent.RELEASE:
            attempts -= 1
        elif (
            event in _PATIENCE
            and state is JobState.QUEUED
            and attempts >= self.most_attempts * _PATIENCE[event]
        ):
            state, reason = JobState.FAILED, f"{reason} It was tried {attempts} times.".strip()
        return replace(
            self, state=state, reason=reason if state is JobState.FAILED else "", attempts=attempts
        )
