"""What is left to be proved impossible once plain contradictions are loosened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, MaskArray

TOLERANCE = 1e-9
"""Share of an ideal by which a load may leave a limit, as the scorecard judges."""


@dataclass(frozen=True, eq=False)
class Band:
    """Limits of one measure as the proofs need them.

    Parameters
    ----------
    measure
        Position of the measure.
    ideal
        What each territory should hold, shape ``(n_territories,)``; what is left to share where some territories
        are bound to hold more.
    lower, upper
        Hard limits, shape ``(n_territories,)``.
    widens
        Which territories a proof may widen the limits of; not those that are bound to hold more than the others.
    """

    measure: int
    ideal: FloatArray
    lower: FloatArray
    upper: FloatArray
    widens: MaskArray

    def at(self, deviation: float) -> tuple[FloatArray, FloatArray]:
        """Return the limits, widened to `deviation` from the ideal where they are narrower; as they are for 0."""
        if deviation <= 0:
            return self.lower, self.upper
        lower = np.where(self.widens, np.minimum(self.lower, self.ideal * (1 - deviation)), self.lower)
        upper = np.where(self.widens, np.maximum(self.upper, self.ideal * (1 + deviation)), self.upper)
        return lower, upper

    @property
    def slack(self) -> FloatArray:
        """By how much a load may leave its limits, shape ``(n_territories,)``."""
        return TOLERANCE * np.abs(self.ideal)
