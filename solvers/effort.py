"""How much of what a search may use is used up."""

from __future__ import annotations

import numpy as np

from planner.stop import Stop


class Effort:
    """The time and the iterations that a search may use, as its stop told when it began.

    Parameters
    ----------
    stop
        When to stop.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.seconds, self.iterations = stop.seconds_left(), stop.iterations_left(0)

    def spent(self, iterations: int) -> float:
        """Return the share of time or iterations that is spent, in [0, 1]; 0 where neither is limited."""
        shares = [0.0]
        if np.isfinite(self.seconds):
            shares.append(1.0 - self._stop.seconds_left() / max(self.seconds, 1e-9))
        if np.isfinite(self.iterations):
            shares.append(iterations / max(self.iterations, 1.0))
        return float(min(1.0, max(shares)))
