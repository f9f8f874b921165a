"""Stops a solver that gets part of a run: its share of seconds and of iterations, or when the run itself must end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.stop import Stop, Termination


@dataclass(frozen=True)
class Portion:
    """Part of what a run may still spend.

    Parameters
    ----------
    stop
        Ends the whole run.
    done
        Iterations that the run did before.
    most
        Iterations that this part may do; inf where they are not limited.
    leaves
        Seconds of the run that must be left when this part ends; of no use where time is not limited.
    """

    stop: Stop
    done: int
    most: float
    leaves: float

    def reason(self, iterations: int) -> Termination | None:
        """Return why to stop after `iterations` of this part, None to go on."""
        reason = self.stop.reason(self.done + iterations)
        if reason is not None:
            return reason
        if iterations >= self.most:
            return Termination.ITERATION_LIMIT
        over = np.isfinite(self.leaves) and self.seconds_left() <= 0
        return Termination.TIME_LIMIT if over else None

    def seconds_left(self) -> float:
        """Return the seconds that this part may still spend; inf where time is not limited."""
        return _beyond(self.stop, self.leaves)

    def iterations_left(self, iterations: int) -> float:
        """Return the iterations that may follow `iterations` of this part; inf where they are not limited."""
        return max(0.0, min(self.most - iterations, self.stop.iterations_left(self.done + iterations)))


@dataclass(frozen=True)
class Uncounted:
    """A step that ends when its part of the time is spent or the run is cancelled, whatever is counted beside it.

    Iterations do not end it: they count whole searches, and what runs beside it must not change its result.

    Parameters
    ----------
    stop
        Ends the whole run.
    leaves
        Seconds of the run that must be left when this step ends; of no use where time is not limited.
    """

    stop: Stop
    leaves: float

    def reason(self, iterations: int) -> Termination | None:
        """Return why to stop, None to go on."""
        reason = self.stop.reason(0)
        return Termination.TIME_LIMIT if reason is None and self.seconds_left() <= 0 else reason

    def seconds_left(self) -> float:
        """Return the seconds that this step may still spend; inf where time is not limited."""
        return _beyond(self.stop, self.leaves)

    def iterations_left(self, iterations: int) -> float:
        """Return infinity: see above."""
        return float("inf")


def _beyond(stop: Stop, leaves: float) -> float:
    """Return the seconds left beyond those that must be left, at least 0; inf where time is not limited."""
    left = stop.seconds_left()
    return max(0.0, left - leaves) if np.isfinite(left) else left


def portion(stop: Stop, done: int, effort: tuple[float, float], ends: float, share: float) -> Portion:
    """Return a share of what is left until a fraction of the effort of a run is spent.

    Parameters
    ----------
    stop
        Ends the whole run.
    done
        Iterations that the run did before.
    effort
        Seconds and iterations that the whole run began with; inf where not limited.
    ends
        Fraction of the effort until which there is anything to share, in [0, 1].
    share
        Share of that, in (0, 1]. One iteration is the least.
    """
    seconds, iterations = effort
    most = leaves = np.inf
    if np.isfinite(iterations):
        most = max(1.0, float(round((ends * iterations - done) * share)))
    if np.isfinite(seconds):
        left = stop.seconds_left()
        leaves = left - max(0.0, left - (1.0 - ends) * seconds) * share
    return Portion(stop, done, most, leaves)


def share_of(stop: Stop, share: float) -> Portion:
    """Return a share of the time that `stop` leaves; iterations are counted as by `stop`."""
    return portion(stop, 0, (stop.seconds_left(), np.inf), 1.0, share)
